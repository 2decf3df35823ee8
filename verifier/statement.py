"""Statements and log entries: what a party says and signs, and the leaf it becomes (spec 02).

Statement = { v:1, kind, issuer, body, issuedAt, signer, signature }
bodyHash  = SHA-256(canonical(body))
id        = SHA-256(0x02 ‖ canonical({ bodyHash, issuer, kind }))
entry     = canonical({ v:1, kind, issuer, bodyHash, summaryHash, issuedAt, signer, signature [, body] })
"""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from verifier.canonical import encode_parsed, parse
from verifier.eip712 import hashed_statement_digest
from verifier.encoding import parse_hex, parse_integer, to_hex
from verifier.errors import MalformedError
from verifier.hashing import sha256
from verifier.identifiers import Party, parse_party
from verifier.sealed import SEAL_MEMBER, find_commitments
from verifier.signature import parse_address, parse_signature, recover, to_checksum
from verifier.types import Address, BodyHash, Digest, JsonValue, StatementId

# Kinds whose entries carry the body: certifying is a public act (design 3.2).
PUBLIC_KINDS: Final = frozenset({"certificate", "labels", "rule"})
# The log writes an entry's length in 16 bits (spec 04).
MAX_ENTRY_BYTES: Final = 65_535
# An entry or statement adds less than 1 KiB to its body, so what parses here can be logged and shown.
MAX_PUBLIC_BODY_BYTES: Final = MAX_ENTRY_BYTES - 1024
MAX_BODY_BYTES: Final = 1_048_576 - 1024
# Evidence nests a body five levels down, and no document is deeper than 32 (spec 01).
MAX_BODY_DEPTH: Final = 24
TIME_LIMIT: Final = 2**40

_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_STATEMENT = frozenset({"v", "kind", "issuer", "body", "issuedAt", "signer", "signature"})
_ENTRY = frozenset({"v", "kind", "issuer", "bodyHash", "summaryHash", "issuedAt", "signer", "signature"})
_SEAL_TOKEN = f'"{SEAL_MEMBER}"'.encode()


class Statement(NamedTuple):
    """A parsed statement. `body` is the JSON as signed, `body_bytes` its canonical bytes, `body_hash` their SHA-256.

    `signer` is what the document claims, 20 bytes; `signature` is 65 checked bytes, or b"" where nothing was signed.
    """

    kind: str
    issuer: Party
    body: dict[str, JsonValue]
    issued_at: int
    signer: Address
    signature: bytes
    body_bytes: bytes
    body_hash: BodyHash


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A log entry. `body` and `body_bytes` are present exactly for the public kinds, None otherwise."""

    kind: str
    issuer: Party
    body_hash: BodyHash
    summary_hash: bytes
    issued_at: int
    signer: Address
    signature: bytes
    body: dict[str, JsonValue] | None
    body_bytes: bytes | None


def parse_statement(value: JsonValue, place: str = "") -> Statement:
    """A statement from JSON that `verifier.canonical.parse` gave; the body's own form is the kind's affair (`verifier.bodies`).

    Raises MalformedError for anything but exactly the members of spec 02 in their forms, and for a `$sealed` member
    where none may stand (F20).
    """
    members = _members(value, place, _STATEMENT)
    _require_version(members["v"], f"{place}/v")
    kind = _kind(members["kind"], f"{place}/kind")
    body = _body(members["body"], f"{place}/body")
    body_bytes = encode_parsed(body)
    _check_body(kind, body, body_bytes, f"{place}/body")
    return Statement(
        kind,
        parse_party(members["issuer"], f"{place}/issuer"),
        body,
        parse_integer(members["issuedAt"], f"{place}/issuedAt", least=0, most=TIME_LIMIT - 1),
        parse_address(members["signer"], f"{place}/signer"),
        _signature(members["signature"], f"{place}/signature"),
        body_bytes,
        BodyHash(sha256(body_bytes)),
    )


def statement_document(statement: Statement) -> dict[str, JsonValue]:
    """The members `parse_statement` reads."""
    return {
        "v": 1,
        "kind": statement.kind,
        "issuer": statement.issuer,
        "body": statement.body,
        "issuedAt": statement.issued_at,
        "signer": to_checksum(statement.signer),
        "signature": to_hex(statement.signature),
    }


def statement_id(said: Statement | Entry) -> StatementId:
    """What was said by whom: the same whoever re-signs, rotates keys or submits again."""
    return statement_id_from(kind=said.kind, issuer=said.issuer, body_hash=said.body_hash)


def statement_id_from(*, kind: str, issuer: str, body_hash: bytes) -> StatementId:
    """The id from its three parts, each already of its form (spec 02)."""
    text = f'{{"bodyHash":"{to_hex(body_hash)}","issuer":"{issuer}","kind":"{kind}"}}'
    return StatementId(sha256(b"\x02" + text.encode("ascii")))


def subject_of_number(issuer: str, number: str) -> bytes:
    """The status subject of a certificate number: SHA-256(0x06 ‖ canonical({issuer, number})), 32 bytes (spec 05)."""
    return sha256(b"\x06" + encode_parsed({"issuer": issuer, "number": number}))


def entry_bytes(statement: Statement, summary_hash: bytes) -> bytes:
    """Leaf data of a statement; `summary_hash` is `summary.hash_summary` of its derived summary.

    leafHash = merkle.leaf_hash of these bytes.
    """
    body = statement.body_bytes if statement.kind in PUBLIC_KINDS else None
    return _encode_entry(statement, summary_hash, body)


def parse_entry(data: bytes) -> Entry:
    """Leaf data read strictly: parsed, encoded again and compared, bodyHash recomputed where the body is there.

    For monitors and fsck, which see entries alone. Raises MalformedError.
    """
    value = parse(data, MAX_ENTRY_BYTES)
    kind = _kind(value.get("kind") if type(value) is dict else None, "/kind")
    public = kind in PUBLIC_KINDS
    members = _members(value, "", _ENTRY | {"body"} if public else _ENTRY)
    _require_version(members["v"], "/v")
    body = _body(members["body"], "/body") if public else None
    entry = Entry(
        kind=kind,
        issuer=parse_party(members["issuer"], "/issuer"),
        body_hash=BodyHash(parse_hex(members["bodyHash"], "/bodyHash", 32)),
        summary_hash=parse_hex(members["summaryHash"], "/summaryHash", 32),
        issued_at=parse_integer(members["issuedAt"], "/issuedAt", least=0, most=TIME_LIMIT - 1),
        signer=parse_address(members["signer"], "/signer"),
        signature=_signature(members["signature"], "/signature"),
        body=body,
        body_bytes=None if body is None else encode_parsed(body),
    )
    if body is not None and entry.body_bytes is not None:
        _check_body(kind, body, entry.body_bytes, "/body")
        if sha256(entry.body_bytes) != entry.body_hash:
            raise MalformedError("body-hash", "/bodyHash", "is not the hash of the body beside it")
    if _encode_entry(entry, entry.summary_hash, entry.body_bytes) != data:
        raise MalformedError("canonical", "", "the entry is not in its canonical bytes")
    return entry


def entry_digest(entry: Entry, separator: bytes) -> Digest:
    """The EIP-712 digest the entry's signer signed, from the entry alone (its summaryHash stands for the summary)."""
    return hashed_statement_digest(
        separator, entry.kind, entry.issuer, entry.summary_hash, entry.body_hash, entry.issued_at
    )


def entry_signed(entry: Entry, separator: bytes) -> bool:
    """Whether the entry carries a signature that recovers to its `signer` in this domain.

    Raises RecoveryError when no key can have made the signature.
    """
    return entry.signature != b"" and recover(entry_digest(entry, separator), entry.signature) == entry.signer


def _encode_entry(said: Statement | Entry, summary_hash: bytes, body: bytes | None) -> bytes:
    # Members in canonical order; every text is of a form that JSON does not escape (kind, party, hex, EIP-55).
    #   {"body":…,"bodyHash":"0x…","issuedAt":…,"issuer":"…","kind":"…","signature":"0x…","signer":"0x…",
    #    "summaryHash":"0x…","v":1}
    head = b"{" if body is None else b'{"body":' + body + b","
    tail = (
        f'"bodyHash":"{to_hex(said.body_hash)}","issuedAt":{said.issued_at},"issuer":"{said.issuer}",'
        f'"kind":"{said.kind}","signature":"{to_hex(said.signature)}","signer":"{to_checksum(said.signer)}",'
        f'"summaryHash":"{to_hex(summary_hash)}","v":1}}'
    )
    return head + tail.encode("ascii")


def _members(value: object, place: str, names: frozenset[str]) -> dict[str, JsonValue]:
    if type(value) is not dict:
        raise MalformedError("object", place, type(value).__name__)
    if value.keys() != names:
        missing, unknown = names - value.keys(), value.keys() - names
        rule, name = ("missing-member", min(missing)) if missing else ("unknown-member", min(unknown))
        raise MalformedError(rule, f"{place}/{name}")
    return value


def _require_version(value: object, place: str) -> None:
    if type(value) is not int or value != 1:
        raise MalformedError("version", place, repr(value)[:40])


def _kind(value: object, place: str) -> str:
    if type(value) is not str or _KIND.fullmatch(value) is None:
        raise MalformedError("kind", place, "1 to 32 characters [a-z][a-z0-9-]*")
    return value


def _body(value: JsonValue, place: str) -> dict[str, JsonValue]:
    if type(value) is not dict:
        raise MalformedError("object", place, type(value).__name__)
    return value


def _check_body(kind: str, body: dict[str, JsonValue], body_bytes: bytes, place: str) -> None:
    most = MAX_PUBLIC_BODY_BYTES if kind in PUBLIC_KINDS else MAX_BODY_BYTES
    if len(body_bytes) > most:
        raise MalformedError("size", place, f"more than {most} canonical bytes")
    # Brackets count at least the depth, so nearly every body is done here without a walk. (`replace` searches; `count` steps.)
    brackets = 2 * len(body_bytes) - len(body_bytes.replace(b"{", b"")) - len(body_bytes.replace(b"[", b""))
    if brackets > MAX_BODY_DEPTH and _depth(body) > MAX_BODY_DEPTH:
        raise MalformedError("depth", place, f"deeper than {MAX_BODY_DEPTH}")
    # The member's canonical spelling is unique, so bodies without these bytes seal nothing.
    if _SEAL_TOKEN in body_bytes:
        find_commitments(kind, body, place)


def _depth(body: JsonValue) -> int:
    depth, level = 0, [body]
    while level:
        depth += 1
        deeper: list[JsonValue] = []
        for value in level:
            deeper += value.values() if type(value) is dict else value if type(value) is list else ()
        level = [value for value in deeper if type(value) is dict or type(value) is list]
    return depth


def _signature(value: object, place: str) -> bytes:
    # "0x" parses: nothing was signed, and the check of the signature says so (A01).
    return b"" if value == "0x" else parse_signature(parse_hex(value, place), place)
