"""Sealing and opening payloads, on the submitter's and the recipients' machines. The server only frames (docs/spec/11).

file     magic (16)  "tanji payload v1"
         length (4)  of the header, big-endian, at most 131,072
         header      canonical JSON, Header of `ledger.domain.payload_documents`
         sealed      AES-256-GCM(data key, nonce 0^12, content, aad): ciphertext ‖ tag (16)
aad      "tanji payload v1\\n" ‖ canonical({kind, statement, submitter})
keyHash  SHA-256(0x08 ‖ data key)
wrapped  HPKE (RFC 9180) base mode, single shot, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; aad empty,
         info "tanji payload v1\\n" ‖ canonical({party, payload, statement}), plaintext the data key
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ledger.domain.payload_documents import header_document, parse_header, payload_id
from ledger.domain.payload_errors import NotARecipientError, PayloadSealError
from ledger.domain.payloads import Descriptor, PayloadHeader, PayloadId, PayloadKind, Share, Wrap
from verifier.canonical import canonicalize, parse
from verifier.encoding import to_hex
from verifier.errors import MalformedError
from verifier.hashing import sha256
from verifier.identifiers import Party
from verifier.types import StatementId

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.hpke import Suite

MAGIC: Final = b"tanji payload v1"
HEADER_BYTES: Final = 131_072
PREFIX_BYTES: Final = len(MAGIC) + 4
DATA_KEY_BYTES: Final = 32
_CONTEXT: Final = MAGIC + b"\n"
# Every data key encrypts one content and is then done with, so no nonce ever meets a key twice.
_NONCE: Final = bytes(12)
_ORDER: Final = 2**255 - 19


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedContent:
    """A content that nobody is named for yet. `data_key` leaves the submitter's machine only wrapped."""

    descriptor: Descriptor
    sealed: bytes = field(repr=False)
    data_key: bytes = field(repr=False)

    @property
    def payload(self) -> PayloadId:
        """The payload's id."""
        return payload_id(self.descriptor)


def seal_content(
    content: bytes, *, kind: PayloadKind, submitter: Party, statement: StatementId, created_at: int
) -> SealedContent:
    """Encrypt a content under a fresh data key. Raises MalformedError for an empty one."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if not content:
        raise MalformedError("size", "the content", "empty")
    data_key = secrets.token_bytes(DATA_KEY_BYTES)
    sealed = AESGCM(data_key).encrypt(_NONCE, content, _aad(kind, submitter, statement))
    descriptor = Descriptor(
        kind=kind,
        submitter=submitter,
        statement=statement,
        created_at=created_at,
        size=len(sealed),
        digest=sha256(sealed),
        key_commitment=_commitment(data_key),
    )
    return SealedContent(descriptor=descriptor, sealed=sealed, data_key=data_key)


def wrap_key(data_key: bytes, *, payload: PayloadId, statement: StatementId, party: Party, public_key: bytes) -> Wrap:
    """Encrypt a data key to a party's X25519 key. Raises MalformedError: `public-key`."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    check_public_key(public_key, "publicKey")
    key = X25519PublicKey.from_public_bytes(public_key)
    wrapped = _suite().encrypt(data_key, key, info=_info(payload, statement, party))
    return Wrap(party=party, key=public_key, wrapped=wrapped)


def unwrap_key(header: PayloadHeader, party: Party, private_key: X25519PrivateKey) -> bytes:
    """The data key, out of the wrap for this party and key.

    Raises NotARecipientError, PayloadSealError (the wrap was altered, or holds another key than the payload's).
    """
    from cryptography.exceptions import InvalidTag

    public = private_key.public_key().public_bytes_raw()
    wraps = (wrap for share in header.shares for wrap in share.wraps)
    found = next((wrap for wrap in wraps if wrap.party == party and wrap.key == public), None)
    if found is None:
        raise NotARecipientError(party)
    info = _info(header.payload, header.descriptor.statement, party)
    try:
        data_key = _suite().decrypt(found.wrapped, private_key, info=info)
    except InvalidTag as error:
        raise PayloadSealError("wrap", "does not open: altered, or of another payload or party") from error
    if _commitment(data_key) != header.descriptor.key_commitment:
        # AES-GCM does not commit to its key: without this, one ciphertext could open to two contents for two readers.
        raise PayloadSealError("key", "is not the one this payload is committed to")
    return data_key


def open_content(header: PayloadHeader, sealed: bytes, data_key: bytes) -> bytes:
    """The content. Raises PayloadSealError when a bit of it, or of what it says it is, was changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    descriptor = header.descriptor
    if len(sealed) != descriptor.size or sha256(sealed) != descriptor.digest:
        raise PayloadSealError("content", "is not the one this payload names")
    aad = _aad(descriptor.kind, descriptor.submitter, descriptor.statement)
    try:
        return AESGCM(data_key).decrypt(_NONCE, sealed, aad)
    except InvalidTag as error:
        raise PayloadSealError("content", "does not open: altered") from error


def check_public_key(public_key: bytes, place: str) -> None:
    """Raise MalformedError (`public-key`) for a point that every private key agrees on, or a number not reduced mod p."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    if len(public_key) != 32 or int.from_bytes(public_key, "little") >= _ORDER:
        raise MalformedError("public-key", place, "not 32 bytes of a number below 2^255-19")
    try:
        # RFC 7748, 6.1: a shared secret of zeros gives a point of small order away.
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(public_key))
    except ValueError as error:
        raise MalformedError("public-key", place, "a point of small order") from error


def frame(header: PayloadHeader) -> bytes:
    """What stands in the file before the sealed content. Raises MalformedError when there is too much of it."""
    document = canonicalize(header_document(header), HEADER_BYTES)
    return MAGIC + len(document).to_bytes(4, "big") + document


def header_length(prefix: bytes) -> int:
    """How long the header is, from the file's first 20 bytes. Raises MalformedError."""
    if len(prefix) != PREFIX_BYTES or prefix[: len(MAGIC)] != MAGIC:
        raise MalformedError("payload", "byte 0", "not a payload of version 1")
    length = int.from_bytes(prefix[len(MAGIC) :], "big")
    if not 0 < length <= HEADER_BYTES:
        raise MalformedError("size", "byte 16", f"a header of {length} bytes, at most {HEADER_BYTES}")
    return length


def read_header(document: bytes) -> PayloadHeader:
    """A header from its canonical bytes, and from nothing else. Raises MalformedError."""
    value = parse(document, HEADER_BYTES)
    if canonicalize(value, HEADER_BYTES) != document:
        raise MalformedError("canonical", "", "the header is not in canonical form")
    return parse_header(value)


def split(file: bytes) -> tuple[PayloadHeader, bytes]:
    """Header and sealed content of a whole file. Raises MalformedError."""
    end = PREFIX_BYTES + header_length(file[:PREFIX_BYTES])
    return read_header(file[PREFIX_BYTES:end]), file[end:]


def with_shares(header: PayloadHeader, shares: Iterable[Share]) -> PayloadHeader:
    """The same payload with other shares."""
    return PayloadHeader(payload=header.payload, descriptor=header.descriptor, shares=tuple(shares))


def wraps_for(content: SealedContent, recipients: Sequence[tuple[Party, bytes]]) -> tuple[Wrap, ...]:
    """The data key for each recipient (party, X25519 public key), in order. Raises MalformedError."""
    statement = content.descriptor.statement
    return tuple(
        wrap_key(content.data_key, payload=content.payload, statement=statement, party=party, public_key=key)
        for party, key in recipients
    )


def _suite() -> Suite:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _aad(kind: PayloadKind, submitter: Party, statement: StatementId) -> bytes:
    return _CONTEXT + canonicalize({"kind": str(kind), "statement": to_hex(statement), "submitter": submitter})


def _info(payload: PayloadId, statement: StatementId, party: Party) -> bytes:
    return _CONTEXT + canonicalize({"party": party, "payload": to_hex(payload), "statement": to_hex(statement)})


def _commitment(data_key: bytes) -> bytes:
    return sha256(b"\x08" + data_key)
