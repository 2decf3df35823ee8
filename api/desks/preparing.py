"""From what somebody means to say to the exact text that is signed: derived by the verifier, never typed in.

A document to prepare is a draft { v:1, kind, issuer, body } or a change { v:1, statusChange: { owner, subject, status, successor?, nonce?, deadline? } };
nonce and deadline are filled in where they are left out. Nothing here sees a key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from api.desks.calls import PreparedCall, prepare_call
from api.desks.typed import typed_change, typed_statement
from api.runtime.requests import STATUS_NAMES, ChangeRequest, parse_change, serialize_change
from api.runtime.statements import Draft, parse_draft, serialize_draft
from ledger.services.status import CHANGE
from verifier.canonical import canonicalize, parse
from verifier.deployment import Deployment
from verifier.eip712 import domain_separator, statement_digest, status_change_digest
from verifier.encoding import to_hex
from verifier.errors import MalformedError
from verifier.hashing import sha256
from verifier.statement import statement_id_from
from verifier.times import shanghai_date
from verifier.types import BodyHash, Digest, JsonValue, PartyId

MAX_BYTES: Final = 1_048_576
RELAYED_WITHIN: Final = 7 * 86_400  # seconds a change may wait for whoever relays it
LaneLength: TypeAlias = Callable[[PartyId, bytes], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedStatement:
    """A draft with all that its signature covers. issued_at: unix seconds; digest: what the key signs."""

    draft: Draft
    body_hash: bytes
    issued_at: int
    digest: Digest
    typed_data: dict[str, JsonValue]

    @property
    def id(self) -> str:
        """The statement's id, whoever signs."""
        return to_hex(
            statement_id_from(kind=self.draft.kind, issuer=self.draft.issuer, body_hash=BodyHash(self.body_hash))
        )

    @property
    def summary(self) -> str:
        """The line a wallet shows."""
        return self.draft.summary

    def file(self) -> bytes:
        """The draft, for `tanji sign`."""
        return serialize_draft(self.draft)

    def document(self) -> dict[str, JsonValue]:
        """What the page's script signs from, after it has derived it all again."""
        return {
            "what": "statement",
            "document": parse(self.file()),
            "summary": self.summary,
            "bodyHash": to_hex(self.body_hash),
            "id": self.id,
            "issuedAt": self.issued_at,
            "digest": to_hex(self.digest),
            "typedData": self.typed_data,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedChange:
    """A status change with nonce and deadline, to be signed and relayed, or written by the key's own account."""

    change: ChangeRequest
    digest: Digest
    typed_data: dict[str, JsonValue]
    call: PreparedCall

    @property
    def summary(self) -> str:
        """One line for people; a wallet shows the members."""
        change = self.change
        successor = f" · successor {to_hex(change.successor)}" if any(change.successor) else ""
        return (
            f"Status {STATUS_NAMES[change.status]} · subject {to_hex(change.subject)} · lane of {change.owner}"
            f" · transition {change.nonce + 1} · until {shanghai_date(change.deadline)}{successor}"
        )

    def file(self) -> bytes:
        """The change without signature, for `tanji sign`."""
        return serialize_change(self.change)

    def document(self) -> dict[str, JsonValue]:
        """As `PreparedStatement.document`; `transaction` is the same change written by the wallet itself."""
        return {
            "what": "statusChange",
            "document": parse(self.file()),
            "summary": self.summary,
            "digest": to_hex(self.digest),
            "typedData": self.typed_data,
            "transaction": self.call.document(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedTransaction:
    """A call that the wallet's own account sends; `summary` says in one line what it does.

    wish: the document that summary and call are derived from (api.desks.acts), and that the page's script derives them from again; purpose: what
    the account's key must be registered for; after: address and document to post once it is mined; command: the same by command line.
    """

    summary: str
    call: PreparedCall
    wish: Mapping[str, JsonValue]
    purpose: str = ""
    after: tuple[str, Mapping[str, JsonValue]] | None = None
    command: str = ""

    def file(self) -> bytes:
        """The call, for who sends it otherwise."""
        return canonicalize({"v": 1, "transaction": self.call.document()})

    def document(self) -> dict[str, JsonValue]:
        """As `PreparedStatement.document`; there is nothing to relay."""
        found: dict[str, JsonValue] = {
            "what": "transaction", "summary": self.summary, "transaction": self.call.document(), "command": self.command,
        }  # fmt: skip
        found["document"] = dict(self.wish)
        if self.purpose:
            found["purpose"] = self.purpose
        if self.after is not None:
            found["after"] = {"path": self.after[0], "document": dict(self.after[1])}
        return found


Prepared: TypeAlias = PreparedStatement | PreparedChange | PreparedTransaction


def prepare_statement(draft: Draft, deployment: Deployment, *, now: int) -> PreparedStatement:
    """Everything a signature of the draft at `now` covers."""
    body_hash = sha256(canonicalize(draft.body))
    typed = typed_statement(
        deployment, kind=draft.kind, issuer=draft.issuer, summary=draft.summary, body_hash=body_hash, issued_at=now
    )
    digest = statement_digest(deployment.domain_separator, draft.kind, draft.issuer, draft.summary, body_hash, now)
    return PreparedStatement(draft=draft, body_hash=body_hash, issued_at=now, digest=digest, typed_data=typed)


def prepare_change(change: ChangeRequest, deployment: Deployment) -> PreparedChange:
    """Everything a signature of the change covers, and the call that does the same."""
    digest = status_change_digest(
        domain_separator(deployment.chain_id, deployment.status_registry),
        owner=change.owner_id,
        subject=change.subject,
        status=int(change.status),
        successor=change.successor,
        nonce=change.nonce,
        deadline=change.deadline,
    )
    call = prepare_call(
        deployment.chain_id,
        deployment.status_registry,
        CHANGE,
        (change.owner_id, change.subject, int(change.status), change.successor),
    )
    return PreparedChange(change=change, digest=digest, typed_data=typed_change(deployment, change), call=call)


def prepare(data: bytes, deployment: Deployment, *, now: int, lane_length: LaneLength) -> Prepared:
    """Prepare a document (see the module).

    Args:
        lane_length: how many transitions the lane of (owner, subject) has; asked only where the nonce is left out.

    Raises MalformedError, FootprintRefusedError (with every finding), and what `lane_length` raises.
    """
    document = parse(data, MAX_BYTES)
    if isinstance(document, dict) and "statusChange" in document:
        return prepare_change(_filled(document, now, lane_length), deployment)
    return prepare_statement(parse_draft(data), deployment, now=now)


def _filled(document: dict[str, JsonValue], now: int, lane_length: LaneLength) -> ChangeRequest:
    asked = document["statusChange"]
    if "signature" in document:
        raise MalformedError("unknown-member", "/signature", "this is signed already: submit it")
    if not isinstance(asked, dict):
        raise MalformedError("object", "/statusChange")
    given = {"nonce": 0, "deadline": now + RELAYED_WITHIN, **asked}
    change = parse_change(canonicalize({**document, "statusChange": given}))
    return change if "nonce" in asked else replace(change, nonce=lane_length(change.owner_id, change.subject))
