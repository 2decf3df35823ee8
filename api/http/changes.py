"""Status changes over HTTP: relayed to the chain, and the reason given with them kept beside.

Reasons are testimony: the chain holds the status alone. A reason is taken only together with the change that it puts on the chain, so that
nobody but who had the signature first can give one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from api.runtime.requests import STATUS_NAMES, ChangeRequest, parse_change
from ledger.ports.clock import Clock
from ledger.services.relaying import ChangeRelay, Relayed
from verifier.bodies.fields import read_choice, read_object
from verifier.canonical import canonicalize, parse
from verifier.documents import SMALL_DOCUMENT_BYTES
from verifier.encoding import to_hex
from verifier.errors import MalformedError
from verifier.signature import to_checksum
from verifier.types import JsonValue

LONGEST_NOTE: Final = 500
# Grounds of the label scheme for each step; "other" with a note for the rest.
REASON_CODES: Final = frozenset(
    {
        "surveillance-missed",
        "figures-doubtful",
        "figures-wrong",
        "product-changed",
        "misused",
        "holder-asked",
        "production-ended",
        "investigation",
        "investigation-closed",
        "corrected",
        "replaced",
        "other",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why: a code of REASON_CODES and a note of at most 500 characters ("" for none)."""

    code: str
    note: str = ""


class Reasons(Protocol):
    """Where reasons are kept (api.pages.reasons)."""

    def add(self, change: ChangeRequest, signer: str, reason: Reason, now: int) -> None:
        """Keep a reason, durable when this returns."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDesk:
    """Takes signed changes. reasons: None where nobody keeps them; giving one is then no error."""

    relay: ChangeRelay
    clock: Clock
    reasons: Reasons | None = None

    def submit(self, data: bytes) -> dict[str, JsonValue]:
        """Relay `{v, statusChange, signature, reason?}` and say what became of it.

        Blocks until mined. Raises MalformedError and what `ChangeRelay.relay` raises.
        """
        change, reason = parse_submission(data)
        done = self.relay.relay(change.signed())
        signer = to_checksum(done.signer)
        if done.is_new and reason is not None and self.reasons is not None:
            self.reasons.add(change, signer, reason, self.clock.now())
        return _answer(change, done, signer)


def parse_submission(data: bytes) -> tuple[ChangeRequest, Reason | None]:
    """A signed change, and the reason beside it. Raises MalformedError."""
    document = parse(data, SMALL_DOCUMENT_BYTES)
    if not isinstance(document, dict):
        raise MalformedError("object", "")
    reason = _reason(document["reason"]) if "reason" in document else None
    change = parse_change(canonicalize({name: value for name, value in document.items() if name != "reason"}))
    change.signed()
    return change, reason


def _reason(value: JsonValue) -> Reason:
    members: Mapping[str, JsonValue] = read_object(value, "/reason", frozenset({"code"}), frozenset({"note"}))
    note = members.get("note", "")
    if not isinstance(note, str):
        raise MalformedError("string", "/reason/note")
    if len(note) > LONGEST_NOTE:
        raise MalformedError("string-length", "/reason/note", f"at most {LONGEST_NOTE} characters")
    return Reason(code=read_choice(members["code"], "/reason/code", REASON_CODES), note=note)


def _answer(change: ChangeRequest, done: Relayed, signer: str) -> dict[str, JsonValue]:
    return {
        "owner": change.owner,
        "subject": to_hex(change.subject),
        "status": STATUS_NAMES[change.status],
        "position": change.nonce,
        "signer": signer,
        "isNew": done.is_new,
        "block": done.block,
        "transaction": None if done.transaction is None else to_hex(done.transaction),
    }
