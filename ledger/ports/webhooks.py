"""Where webhooks are kept, and what they are told of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from ledger.domain.events import Cursor, Event
from ledger.domain.webhooks import Delivery, DeliveryState, Endpoint, EndpointId, EndpointState, Message, Settlement
from verifier.questions import Lane
from verifier.types import StatementId


class WebhookStore(Protocol):
    """Every method is one durable transaction; raises StoreFullError, StoreUnavailableError or StoreError."""

    def add(self, endpoint: Endpoint) -> Endpoint:
        """Keep an endpoint; the one there is under this id, whatever became of it, when there is one."""
        ...

    def find(self, endpoint: EndpointId) -> Endpoint | None:
        """An endpoint, removed ones too."""
        ...

    def of_party(self, party: str) -> Sequence[Endpoint]:
        """A party's endpoints that are not removed, oldest first."""
        ...

    def active(self, now: int) -> Sequence[Endpoint]:
        """The endpoints that are told things."""
        ...

    def set_state(self, endpoint: EndpointId, state: EndpointState, reason: str) -> None:
        """Pause, resume or remove. What waits for a removed endpoint is dropped; a resumed one begins without failures."""
        ...

    def rewind(self, endpoint: EndpointId, cursor: Cursor) -> None:
        """Tell an endpoint everything after `cursor` again."""
        ...

    def take_order(self, digest: bytes, expires_at: int) -> bool:
        """Remember an order as carried out; False when it was before."""
        ...

    def enqueue(
        self, endpoint: EndpointId, before: Cursor, after: Cursor, messages: Sequence[Message], now: int
    ) -> bool:
        """Queue messages and move the endpoint's cursor, together; False, and nothing done, when the cursor is no longer `before`.

        A message that was settled already is sent again: only a rewound cursor comes to it twice.
        """
        ...

    def enqueue_early(self, endpoint: EndpointId, messages: Sequence[Message], now: int) -> None:
        """Queue messages that no cursor covers; those known already stay as they are."""
        ...

    def due(self, now: int, most: int, without: Collection[EndpointId]) -> Sequence[Delivery]:
        """Of every active endpoint but some, the oldest message that may be tried now."""
        ...

    def waiting(self, endpoint: EndpointId) -> int:
        """How many messages wait for an endpoint."""
        ...

    def backlog(self) -> int:
        """How many messages wait in all."""
        ...

    def settle(self, settlement: Settlement) -> None:
        """Keep what a try came to."""
        ...

    def deliveries(
        self, endpoint: EndpointId, *, after: int, most: int, state: DeliveryState | None = None
    ) -> Sequence[Delivery]:
        """Deliveries with a larger number than `after`, oldest first."""
        ...

    def purge(self, *, settled_before: int, now: int) -> int:
        """Forget what was settled before a time, what waits for endpoints that are over, and expired orders. How many deliveries."""
        ...


class EventFeed(Protocol):
    """The events, from any cursor (`api.http.events`). Blocks; raises LedgerError."""

    def newest(self) -> Cursor:
        """The cursor of now."""
        ...

    def after(self, cursor: Cursor, until: Cursor | None = None) -> tuple[list[Event], Cursor]:
        """A piece of what follows a cursor, and the cursor after it."""
        ...

    def early(self, cursor: Cursor) -> list[Event]:
        """Changes of status that no final block shows yet."""
        ...


class CertificateLanes(Protocol):
    """What a certificate's standing depends on."""

    def __call__(self, certificate: StatementId) -> frozenset[Lane] | None:
        """The lanes whose status decides on a certificate; None while the log does not have it."""
        ...


class WorkerLock(Protocol):
    """Sees to it that one worker tells the endpoints, whichever process it is in."""

    def take(self) -> bool:
        """Whether this worker is the one, now. Never waits. Raises StoreUnavailableError."""
        ...

    def release(self) -> None:
        """Let another one be it."""
        ...
