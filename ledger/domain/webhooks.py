"""Webhooks: who is told of events at which address, and each message's way there.

endpoint   active ⇄ paused          removed for good        (by its party's signed orders; paused by itself when it fails for long)
delivery   waiting → delivered | dead                        dead: given up after the last try; a replay sends it again
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, NewType

from ledger.domain.errors import LedgerError
from ledger.domain.events import Cursor, EventKind
from verifier.types import StatementId

EndpointId = NewType("EndpointId", str)


class EndpointState(StrEnum):
    """Whether an endpoint is told anything."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


class DeliveryState(StrEnum):
    """How far a message has got."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """What an endpoint wants to hear. Without certificates and parties: everything of these kinds."""

    kinds: frozenset[EventKind]
    certificates: frozenset[StatementId] = frozenset()
    parties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A registered address. document: the signed order, as canonical JSON. cursor: how far events were looked at for it.

    reason: why it is paused (`order`, `gone`, `failing`), "" otherwise. failures: tries in a row that went wrong. Times: unix seconds.
    """

    endpoint: EndpointId
    party: str
    url: str
    interest: Interest
    state: EndpointState
    reason: str
    created_at: int
    expires_at: int
    cursor: Cursor
    failures: int
    document: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message for one endpoint. message: its webhook-id, the same however often it is sent."""

    message: str
    kind: EventKind
    cursor: Cursor
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message and how it fares. answer: the last HTTP status (0: none); problem: why the last try failed ("" when it did not)."""

    number: int
    endpoint: EndpointId
    message: str
    kind: str
    cursor: str
    payload: bytes
    state: DeliveryState
    attempts: int
    next_at: int
    answer: int
    problem: str
    created_at: int
    settled_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What one try came to: the delivery's new state, and what it means for its endpoint."""

    number: int
    endpoint: EndpointId
    state: DeliveryState
    attempts: int
    next_at: int
    answer: int
    problem: str
    at: int
    pause: str = ""


class OrderRefusedError(LedgerError):
    """A signed order that is not carried out. `field` names the member, `rule` the broken rule."""

    code: ClassVar[str] = "webhook.order-refused"

    def __init__(self, field: str, rule: str, detail: str = "") -> None:
        super().__init__(f"{field}: {rule}" + (f" ({detail})" if detail else ""))
        self.field = field
        self.rule = rule
        self.detail = detail


class UnsafeTargetError(LedgerError):
    """An address that is not told anything: not https, not public, not to be resolved. `rule` says which."""

    code: ClassVar[str] = "webhook.unsafe-target"

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(f"{rule}: {detail}")
        self.field = "/webhookOrder/target"
        self.rule = rule
        self.detail = detail


class EndpointUnknownError(LedgerError):
    """No such endpoint of this party."""

    code: ClassVar[str] = "webhook.unknown"

    def __init__(self, endpoint: str) -> None:
        super().__init__(f"no endpoint {endpoint} of this party")
        self.field = "/webhookOrder/target"
        self.endpoint = endpoint
