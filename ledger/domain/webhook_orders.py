"""Orders about webhooks: small documents signed by a key of the party whose endpoints they are about. There is no account.

{ v:1, webhookOrder: { action, party, target, details, issuedAt, deadline }, signature }

action       target          details
add          URL             { kinds?: [statement|anchor|status], certificates?: [id], parties?: [party], cursor?, until? }
remove       endpoint
pause        endpoint
resume       endpoint
replay       endpoint        { cursor }
list         ""
deliveries   endpoint        { after?, state?: waiting|delivered|dead }

signature    EIP-712, AnchorLog's domain: WebhookOrder(string action,string party,string target,bytes32 detailsHash,uint64 issuedAt,
             uint64 deadline), detailsHash = SHA-256(canonical(details))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ledger.domain.events import Cursor, EventKind, read_cursor
from ledger.domain.webhooks import DeliveryState, EndpointId, Interest
from verifier.bodies.fields import read_array, read_choice, read_object, read_time
from verifier.canonical import canonicalize, parse
from verifier.documents import SMALL_DOCUMENT_BYTES, read_size, read_version
from verifier.eip712 import webhook_order_digest
from verifier.encoding import parse_hex, to_hex
from verifier.errors import MalformedError
from verifier.hashing import sha256
from verifier.identifiers import parse_party
from verifier.signature import parse_signature
from verifier.types import Digest, JsonValue, StatementId

MOST_NAMED: Final = 100
LONGEST_TARGET: Final = 500
_MEMBERS: Final = frozenset({"action", "party", "target", "details", "issuedAt", "deadline"})
_PLACE: Final = "/webhookOrder"
_DETAILS: Final = f"{_PLACE}/details"


class Action(StrEnum):
    """What is ordered."""

    ADD = "add"
    REMOVE = "remove"
    PAUSE = "pause"
    RESUME = "resume"
    REPLAY = "replay"
    LIST = "list"
    DELIVERIES = "deliveries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order before or after signing. target: URL, endpoint or ""; signature: 65 bytes, or b"". Times: unix seconds."""

    action: Action
    party: str
    target: str
    details: Mapping[str, JsonValue]
    issued_at: int
    deadline: int
    signature: bytes = b""

    def digest(self, separator: bytes) -> Digest:
        """What its key signs."""
        return webhook_order_digest(
            separator,
            action=str(self.action),
            party=self.party,
            target=self.target,
            details_hash=sha256(canonicalize(dict(self.details))),
            issued_at=self.issued_at,
            deadline=self.deadline,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an `add` asks for. cursor: None for now; until: 0 for as long as the service likes."""

    interest: Interest
    cursor: Cursor | None
    until: int


def endpoint_id(digest: bytes) -> EndpointId:
    """The endpoint an `add` makes, named by its digest: the same order again makes no second one."""
    return EndpointId("wh_" + digest[:16].hex())


def parse_order(data: bytes) -> Order:
    """Read a signed order. Raises MalformedError."""
    document = read_object(parse(data, SMALL_DOCUMENT_BYTES), "", frozenset({"v", "webhookOrder", "signature"}))
    read_version(document["v"], "/v")
    members = read_object(document["webhookOrder"], _PLACE, _MEMBERS)
    action = Action(read_choice(members["action"], f"{_PLACE}/action", frozenset(map(str, Action))))
    target = members["target"]
    if not isinstance(target, str) or len(target) > LONGEST_TARGET:
        raise MalformedError("string-length", f"{_PLACE}/target", f"a string of at most {LONGEST_TARGET} characters")
    order = Order(
        action=action,
        party=parse_party(members["party"], f"{_PLACE}/party"),
        target=target,
        details=read_object(members["details"], _DETAILS, *_KNOWN.get(action, (frozenset(), frozenset()))),
        issued_at=read_time(members["issuedAt"], f"{_PLACE}/issuedAt"),
        deadline=read_time(members["deadline"], f"{_PLACE}/deadline"),
        signature=parse_signature(parse_hex(document["signature"], "/signature", 65), "/signature"),
    )
    _READERS.get(action, _nothing)(order.details)  # refused before anybody looks whose signature it is
    return order


def serialize_order(order: Order) -> bytes:
    """The canonical bytes `parse_order` reads."""
    members: dict[str, JsonValue] = {
        "action": str(order.action),
        "party": order.party,
        "target": order.target,
        "details": dict(order.details),
        "issuedAt": order.issued_at,
        "deadline": order.deadline,
    }
    return canonicalize({"v": 1, "webhookOrder": members, "signature": to_hex(order.signature)})


def read_wanted(details: Mapping[str, JsonValue]) -> Wanted:
    """The details of an `add`. Raises MalformedError."""
    kinds = _texts(details, "kinds", len(EventKind)) or [str(EventKind.STATUS)]
    known = frozenset(map(str, EventKind))
    return Wanted(
        interest=Interest(
            kinds=frozenset(EventKind(read_choice(kind, f"{_DETAILS}/kinds", known)) for kind in kinds),
            certificates=frozenset(
                StatementId(parse_hex(one, f"{_DETAILS}/certificates", 32))
                for one in _texts(details, "certificates", MOST_NAMED)
            ),
            parties=frozenset(
                parse_party(one, f"{_DETAILS}/parties") for one in _texts(details, "parties", MOST_NAMED)
            ),
        ),
        cursor=read_replay(details) if "cursor" in details else None,
        until=read_time(details["until"], f"{_DETAILS}/until") if "until" in details else 0,
    )


def read_replay(details: Mapping[str, JsonValue]) -> Cursor:
    """The details of a `replay`. Raises MalformedError."""
    text = details["cursor"]
    cursor = read_cursor(text) if isinstance(text, str) else None
    if cursor is None:
        raise MalformedError(
            "form", f"{_DETAILS}/cursor", "three whole numbers with a - between them, as an event's id"
        )
    return cursor


def read_page(details: Mapping[str, JsonValue]) -> tuple[int, DeliveryState | None]:
    """The details of `deliveries`. Raises MalformedError."""
    after = read_size(details.get("after", 0), f"{_DETAILS}/after")
    if "state" not in details:
        return after, None
    known = frozenset(map(str, DeliveryState))
    return after, DeliveryState(read_choice(details["state"], f"{_DETAILS}/state", known))


def _texts(details: Mapping[str, JsonValue], name: str, most: int) -> list[JsonValue]:
    if name not in details:
        return []
    found = read_array(details[name], f"{_DETAILS}/{name}", least=1, most=most)
    if len({str(one) for one in found}) != len(found):
        raise MalformedError("repeated", f"{_DETAILS}/{name}", "each at most once")
    return found


def _nothing(_: Mapping[str, JsonValue]) -> None:
    """No details to read."""


# Members of the details that are due, and those that may be there.
_KNOWN: Final[Mapping[Action, tuple[frozenset[str], frozenset[str]]]] = {
    Action.ADD: (frozenset(), frozenset({"kinds", "certificates", "parties", "cursor", "until"})),
    Action.REPLAY: (frozenset({"cursor"}), frozenset()),
    Action.DELIVERIES: (frozenset(), frozenset({"after", "state"})),
}
_READERS: Final[Mapping[Action, Callable[[Mapping[str, JsonValue]], object]]] = {
    Action.ADD: read_wanted,
    Action.REPLAY: read_replay,
    Action.DELIVERIES: read_page,
}
