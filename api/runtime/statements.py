"""Drafts and signing: what a person is shown, and what is signed after they have seen it.

Draft { v:1, kind, issuer, body }        a statement before anybody signed it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from verifier.bodies.fields import read_object
from verifier.canonical import canonicalize, parse
from verifier.documents import read_version
from verifier.eip712 import statement_digest
from verifier.encoding import to_hex
from verifier.errors import MalformedError
from verifier.signature import to_checksum
from verifier.statement import Statement, parse_statement, statement_document
from verifier.summary import derive_summary
from verifier.types import JsonValue

if TYPE_CHECKING:
    from ledger.ports.signer import Signer

MAX_BYTES: Final = 1_048_576
KINDS: Final = ("footprint", "certificate", "labels", "rule")
_MEMBERS: Final = frozenset({"v", "kind", "issuer", "body"})
# Stands in until the real signer is known; a statement without signature parses and proves nothing.
_NOBODY: Final = "0x" + "0" * 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A statement to be signed: kind, issuer (party text), body as JSON; `summary` is the wallet's line."""

    kind: str
    issuer: str
    body: dict[str, JsonValue]
    summary: str


def make_draft(kind: str, issuer: str, body: JsonValue, place: str = "") -> Draft:
    """Check a draft: kind known, body of its kind's form, small enough to be logged.

    Raises:
        MalformedError: names the member; `kind` when nobody could say what is being signed.
        FootprintRefusedError: the footprint breaks a rule of PACT (the log would refuse it).
    """
    if kind not in KINDS:
        raise MalformedError("kind", f"{place}/kind", f"one of {', '.join(KINDS)}")
    unsigned: dict[str, JsonValue] = {
        "v": 1, "kind": kind, "issuer": issuer, "body": body, "issuedAt": 0, "signer": _NOBODY, "signature": "0x",
    }  # fmt: skip
    parsed = parse_statement(unsigned, place)
    summary = derive_summary(kind, parsed.body, f"{place}/body")
    if kind == "footprint":
        from ledger.intake.pact import require_footprint

        require_footprint(parsed.body)
    return Draft(kind=kind, issuer=parsed.issuer, body=parsed.body, summary=summary)


def parse_draft(data: bytes) -> Draft:
    """Read a draft document. Raises as `make_draft`."""
    document = read_object(parse(data, MAX_BYTES), "", _MEMBERS)
    read_version(document["v"], "/v")
    kind, issuer = document["kind"], document["issuer"]
    if not isinstance(kind, str) or not isinstance(issuer, str):
        raise MalformedError("string", "/kind" if not isinstance(kind, str) else "/issuer")
    return make_draft(kind, issuer, document["body"])


def serialize_draft(draft: Draft) -> bytes:
    """The canonical bytes `parse_draft` reads."""
    return canonicalize({"v": 1, "kind": draft.kind, "issuer": draft.issuer, "body": draft.body})


def sign_draft(draft: Draft, signer: Signer, separator: bytes, *, issued_at: int) -> Statement:
    """Sign what the draft's summary says, in the domain of the 32-byte `separator`; `issued_at` in unix seconds.

    Raises SigningError.
    """
    members: dict[str, JsonValue] = {
        "v": 1,
        "kind": draft.kind,
        "issuer": draft.issuer,
        "body": draft.body,
        "issuedAt": issued_at,
        "signer": to_checksum(signer.address),
        "signature": "0x",
    }
    unsigned = parse_statement(members)
    digest = statement_digest(
        separator, draft.kind, draft.issuer, draft.summary, unsigned.body_hash, unsigned.issued_at
    )
    return parse_statement({**members, "signature": to_hex(signer.sign_digest(digest))})


def serialize_statement(statement: Statement) -> bytes:
    """The canonical bytes of a statement document."""
    return canonicalize(statement_document(statement))
