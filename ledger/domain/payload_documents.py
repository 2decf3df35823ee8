"""Documents of docs/spec/11: strict readers and writers, and what is signed.

EncryptionKey { v:1, party, publicKey: 0x-hex 32, from, until, signer, signature }
Header        { v:1, payload: Payload, shares: [Share] }                  1 to 64 shares, at most 256 wraps in all
Payload       { kind, submitter, statement, createdAt, size, sha256, keyHash }
              id = SHA-256(0x07 ‖ canonical(Payload))
Share         { wraps: [{ party, key: 0x-hex 32, wrapped: base64url 80 }], sharedAt, signer, signature }   1 to 64 wraps
Erasure       { v:1, payload: id, reason, erasedAt, signer, signature }
"""

from __future__ import annotations

from typing import Final

from ledger.domain.payloads import (
    KEY_BYTES,
    WRAPPED_BYTES,
    Descriptor,
    EncryptionKey,
    Erasure,
    PayloadHeader,
    PayloadId,
    PayloadKind,
    Share,
    Wrap,
)
from verifier.bodies.fields import read_array, read_name, read_object
from verifier.canonical import canonicalize
from verifier.deployment import Deployment
from verifier.documents import read_size, read_time, read_version
from verifier.eip712 import encryption_key_digest, payload_erasure_digest, payload_share_digest
from verifier.encoding import parse_base64url, parse_hex, to_base64url, to_hex
from verifier.errors import MalformedError
from verifier.hashing import sha256
from verifier.identifiers import parse_party
from verifier.signature import parse_address, parse_signature, to_checksum
from verifier.types import Digest, JsonValue, StatementId

MAX_WRAPS: Final = 64
MAX_SHARES: Final = 64
MAX_RECIPIENTS: Final = 256
TAG_BYTES: Final = 16
_SIGNED: Final = frozenset({"signer", "signature"})
_KEY: Final = frozenset({"v", "party", "publicKey", "from", "until"}) | _SIGNED
_HEADER: Final = frozenset({"v", "payload", "shares"})
_PAYLOAD: Final = frozenset({"kind", "submitter", "statement", "createdAt", "size", "sha256", "keyHash"})
_SHARE: Final = frozenset({"wraps", "sharedAt"}) | _SIGNED
_WRAP: Final = frozenset({"party", "key", "wrapped"})
_ERASURE: Final = frozenset({"v", "payload", "reason", "erasedAt"}) | _SIGNED


def parse_encryption_key(value: JsonValue, place: str = "") -> EncryptionKey:
    """Read an EncryptionKey. Raises MalformedError; whether its point is usable is asked by `check_public_key`."""
    members = read_object(value, place, _KEY)
    read_version(members["v"], f"{place}/v")
    found = EncryptionKey(
        party=parse_party(members["party"], f"{place}/party"),
        public_key=parse_hex(members["publicKey"], f"{place}/publicKey", KEY_BYTES),
        starts_at=read_time(members["from"], f"{place}/from"),
        ends_at=read_time(members["until"], f"{place}/until"),
        signer=parse_address(members["signer"], f"{place}/signer"),
        signature=_signature(members, place),
    )
    if not found.starts_at < found.ends_at:
        raise MalformedError("range", f"{place}/until", "not later than from")
    return found


def encryption_key_document(key: EncryptionKey) -> dict[str, JsonValue]:
    """The document `parse_encryption_key` reads."""
    return {
        "v": 1,
        "party": key.party,
        "publicKey": to_hex(key.public_key),
        "from": key.starts_at,
        "until": key.ends_at,
        "signer": to_checksum(key.signer),
        "signature": to_hex(key.signature),
    }


def encryption_key_signed(key: EncryptionKey, deployment: Deployment) -> Digest:
    """What the party's registered key signs."""
    return encryption_key_digest(
        deployment.domain_separator,
        party=key.party,
        public_key=key.public_key,
        start=key.starts_at,
        until=key.ends_at,
    )


def parse_header(value: JsonValue) -> PayloadHeader:
    """Read a payload's header. Raises MalformedError."""
    members = read_object(value, "", _HEADER)
    read_version(members["v"], "/v")
    descriptor = parse_descriptor(members["payload"], "/payload")
    listed = read_array(members["shares"], "/shares", least=1, most=MAX_SHARES)
    shares = tuple(parse_share(share, f"/shares/{index}") for index, share in enumerate(listed))
    parties = [party for share in shares for party in share.parties]
    if len(parties) > MAX_RECIPIENTS or len(set(parties)) != len(parties):
        raise MalformedError("recipients", "/shares", f"a party twice, or more than {MAX_RECIPIENTS} of them")
    return PayloadHeader(payload=payload_id(descriptor), descriptor=descriptor, shares=shares)


def header_document(header: PayloadHeader) -> dict[str, JsonValue]:
    """The document `parse_header` reads."""
    return {
        "v": 1,
        "payload": descriptor_document(header.descriptor),
        "shares": [share_document(share) for share in header.shares],
    }


def parse_descriptor(value: JsonValue, place: str) -> Descriptor:
    """Read what a payload's id names. Raises MalformedError."""
    members = read_object(value, place, _PAYLOAD)
    kind = members["kind"]
    if type(kind) is not str or kind not in list(PayloadKind):
        raise MalformedError("choice", f"{place}/kind", f"one of {', '.join(PayloadKind)}")
    return Descriptor(
        kind=PayloadKind(kind),
        submitter=parse_party(members["submitter"], f"{place}/submitter"),
        statement=StatementId(parse_hex(members["statement"], f"{place}/statement", 32)),
        created_at=read_time(members["createdAt"], f"{place}/createdAt"),
        size=read_size(members["size"], f"{place}/size", TAG_BYTES + 1),
        digest=parse_hex(members["sha256"], f"{place}/sha256", 32),
        key_commitment=parse_hex(members["keyHash"], f"{place}/keyHash", 32),
    )


def descriptor_document(descriptor: Descriptor) -> dict[str, JsonValue]:
    """The document `parse_descriptor` reads."""
    return {
        "kind": str(descriptor.kind),
        "submitter": descriptor.submitter,
        "statement": to_hex(descriptor.statement),
        "createdAt": descriptor.created_at,
        "size": descriptor.size,
        "sha256": to_hex(descriptor.digest),
        "keyHash": to_hex(descriptor.key_commitment),
    }


def payload_id(descriptor: Descriptor) -> PayloadId:
    """SHA-256(0x07 ‖ canonical(Payload)): 32 bytes."""
    return PayloadId(sha256(b"\x07" + canonicalize(descriptor_document(descriptor))))


def parse_share(value: JsonValue, place: str) -> Share:
    """Read a share. Raises MalformedError."""
    members = read_object(value, place, _SHARE)
    listed = read_array(members["wraps"], f"{place}/wraps", least=1, most=MAX_WRAPS)
    wraps = tuple(_parse_wrap(wrap, f"{place}/wraps/{index}") for index, wrap in enumerate(listed))
    if len({wrap.party for wrap in wraps}) != len(wraps):
        raise MalformedError("recipients", f"{place}/wraps", "a party twice")
    return Share(
        wraps=wraps,
        shared_at=read_time(members["sharedAt"], f"{place}/sharedAt"),
        signer=parse_address(members["signer"], f"{place}/signer"),
        signature=_signature(members, place),
    )


def share_document(share: Share) -> dict[str, JsonValue]:
    """The document `parse_share` reads."""
    return {
        "wraps": _wraps(share.wraps),
        "sharedAt": share.shared_at,
        "signer": to_checksum(share.signer),
        "signature": to_hex(share.signature),
    }


def share_signed(
    payload: PayloadId, statement: StatementId, wraps: tuple[Wrap, ...], shared_at: int, deployment: Deployment
) -> Digest:
    """What the submitter signs for a share: the wallet shows the recipients, the hash binds their wrapped keys."""
    return payload_share_digest(
        deployment.domain_separator,
        payload=payload,
        statement=statement,
        recipients=", ".join(wrap.party for wrap in wraps),
        wraps_hash=sha256(canonicalize(_wraps(wraps))),
        shared_at=shared_at,
    )


def parse_erasure(value: JsonValue) -> Erasure:
    """Read an order to erase. Raises MalformedError."""
    members = read_object(value, "", _ERASURE)
    read_version(members["v"], "/v")
    return Erasure(
        payload=PayloadId(parse_hex(members["payload"], "/payload", 32)),
        reason=read_name(members["reason"], "/reason"),
        erased_at=read_time(members["erasedAt"], "/erasedAt"),
        signer=parse_address(members["signer"], "/signer"),
        signature=_signature(members, ""),
    )


def erasure_document(erasure: Erasure) -> dict[str, JsonValue]:
    """The document `parse_erasure` reads."""
    return {
        "v": 1,
        "payload": to_hex(erasure.payload),
        "reason": erasure.reason,
        "erasedAt": erasure.erased_at,
        "signer": to_checksum(erasure.signer),
        "signature": to_hex(erasure.signature),
    }


def erasure_signed(payload: PayloadId, reason: str, erased_at: int, deployment: Deployment) -> Digest:
    """What whoever orders the erasure signs."""
    return payload_erasure_digest(deployment.domain_separator, payload=payload, reason=reason, erased_at=erased_at)


def _wraps(wraps: tuple[Wrap, ...]) -> list[JsonValue]:
    return [{"party": wrap.party, "key": to_hex(wrap.key), "wrapped": to_base64url(wrap.wrapped)} for wrap in wraps]


def _parse_wrap(value: JsonValue, place: str) -> Wrap:
    members = read_object(value, place, _WRAP)
    wrapped = parse_base64url(members["wrapped"], f"{place}/wrapped", WRAPPED_BYTES)
    if len(wrapped) != WRAPPED_BYTES:
        raise MalformedError("size", f"{place}/wrapped", f"{len(wrapped)} bytes where {WRAPPED_BYTES} are due")
    return Wrap(
        party=parse_party(members["party"], f"{place}/party"),
        key=parse_hex(members["key"], f"{place}/key", KEY_BYTES),
        wrapped=wrapped,
    )


def _signature(members: dict[str, JsonValue], place: str) -> bytes:
    return parse_signature(parse_hex(members["signature"], f"{place}/signature", 65), f"{place}/signature")
