"""Webhook endpoints and deliveries on SQLite and PostgreSQL (see `shared`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ledger.domain.events import Cursor, read_cursor
from ledger.domain.store_errors import StoreError, WriterBusyError
from ledger.domain.webhook_orders import parse_order, read_wanted
from ledger.domain.webhooks import (
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointId,
    EndpointState,
    Message,
    Settlement,
)
from ledger.store.engines import parse_url
from ledger.store.locks import WEBHOOK_WORKER, WriterLock, acquire_writer_lock
from ledger.store.shared import SharedDatabase, insert_new
from ledger.store.webhook_tables import DELIVERIES, ENDPOINTS, ORDERS

_E: Final = ENDPOINTS.c
_D: Final = DELIVERIES.c
_WAITING: Final = str(DeliveryState.WAITING)


class SqlWebhookStore(SharedDatabase):
    """`ports.webhooks.WebhookStore`. Safe for many threads and processes."""

    __slots__ = ()

    def add(self, endpoint: Endpoint) -> Endpoint:
        """Keep an endpoint, or give the one there is; see the port."""
        values = {
            "endpoint": endpoint.endpoint, "party": endpoint.party, "document": endpoint.document, "state": str(endpoint.state),
            "reason": endpoint.reason, "created_at": endpoint.created_at, "expires_at": endpoint.expires_at,
            "cursor": str(endpoint.cursor), "failures": endpoint.failures,
        }  # fmt: skip
        with self._begin() as connection:
            insert_new(connection, ENDPOINTS, values)
            return _endpoint(connection.execute(sa.select(ENDPOINTS).where(_E.endpoint == endpoint.endpoint)).one())

    def find(self, endpoint: EndpointId) -> Endpoint | None:
        """An endpoint, removed ones too."""
        with self._read() as connection:
            row = connection.execute(sa.select(ENDPOINTS).where(_E.endpoint == endpoint)).first()
            return None if row is None else _endpoint(row)

    def of_party(self, party: str) -> Sequence[Endpoint]:
        """A party's endpoints that are not removed, oldest first."""
        return self._endpoints(_E.party == party, _E.state != str(EndpointState.REMOVED))

    def active(self, now: int) -> Sequence[Endpoint]:
        """The endpoints that are told things."""
        return self._endpoints(*_told(now))

    def _endpoints(self, *conditions: sa.ColumnElement[bool]) -> Sequence[Endpoint]:
        query = sa.select(ENDPOINTS).where(*conditions).order_by(_E.created_at, _E.endpoint)
        with self._read() as connection:
            return [_endpoint(row) for row in connection.execute(query)]

    def set_state(self, endpoint: EndpointId, state: EndpointState, reason: str) -> None:
        """Pause, resume or remove; see the port."""
        with self._begin() as connection:
            own = sa.update(ENDPOINTS).where(_E.endpoint == endpoint, _E.state != str(EndpointState.REMOVED))
            connection.execute(own.values(state=str(state), reason=reason, failures=0))
            if state is EndpointState.REMOVED:
                connection.execute(sa.delete(DELIVERIES).where(_D.endpoint == endpoint, _D.state == _WAITING))

    def rewind(self, endpoint: EndpointId, cursor: Cursor) -> None:
        """Tell an endpoint everything after `cursor` again."""
        with self._begin() as connection:
            connection.execute(sa.update(ENDPOINTS).where(_E.endpoint == endpoint).values(cursor=str(cursor)))

    def take_order(self, digest: bytes, expires_at: int) -> bool:
        """Remember an order as carried out; False when it was before."""
        with self._begin() as connection:
            return insert_new(connection, ORDERS, {"digest": digest, "expires_at": expires_at})

    def enqueue(
        self, endpoint: EndpointId, before: Cursor, after: Cursor, messages: Sequence[Message], now: int
    ) -> bool:
        """Queue messages and move the cursor, together; see the port."""
        with self._begin() as connection:
            moved = (
                sa.update(ENDPOINTS)
                .where(_E.endpoint == endpoint, _E.cursor == str(before), _E.state == str(EndpointState.ACTIVE))
                .values(cursor=str(after))
            )
            if connection.execute(moved).rowcount != 1:
                return False
            for message in messages:
                _queue(connection, endpoint, message, now)
            return True

    def enqueue_early(self, endpoint: EndpointId, messages: Sequence[Message], now: int) -> None:
        """Queue messages that no cursor covers; see the port."""
        with self._begin() as connection:
            for message in messages:
                insert_new(connection, DELIVERIES, _fresh(endpoint, message, now))

    def due(self, now: int, most: int, without: Collection[EndpointId]) -> Sequence[Delivery]:
        """Of every active endpoint but some, the oldest message that may be tried now."""
        oldest = (
            sa.select(sa.func.min(_D.number))
            .join(ENDPOINTS, _E.endpoint == _D.endpoint)
            .where(_D.state == _WAITING, _D.next_at <= now, _D.endpoint.not_in(list(without)), *_told(now))
            .group_by(_D.endpoint)
        )
        query = sa.select(DELIVERIES).where(_D.number.in_(oldest)).order_by(_D.number).limit(most)
        with self._read() as connection:
            return [_delivery(row) for row in connection.execute(query)]

    def waiting(self, endpoint: EndpointId) -> int:
        """How many messages wait for an endpoint."""
        return self._count(_D.endpoint == endpoint)

    def backlog(self) -> int:
        """How many messages wait in all."""
        return self._count()

    def _count(self, *conditions: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).where(_D.state == _WAITING, *conditions)
        with self._read() as connection:
            return int(connection.execute(query).scalar_one())

    def settle(self, settlement: Settlement) -> None:
        """Keep what a try came to."""
        done = settlement.state is not DeliveryState.WAITING
        failures = 0 if settlement.state is DeliveryState.DELIVERED else _E.failures + 1
        with self._begin() as connection:
            connection.execute(
                sa.update(DELIVERIES)
                .where(_D.number == settlement.number)
                .values(
                    state=str(settlement.state), attempts=settlement.attempts, next_at=settlement.next_at,
                    answer=settlement.answer, problem=settlement.problem, settled_at=settlement.at if done else 0,
                )
            )  # fmt: skip
            own = sa.update(ENDPOINTS).where(_E.endpoint == settlement.endpoint)
            connection.execute(own.values(failures=failures))
            if settlement.pause:
                active = own.where(_E.state == str(EndpointState.ACTIVE))
                connection.execute(active.values(state=str(EndpointState.PAUSED), reason=settlement.pause))

    def deliveries(
        self, endpoint: EndpointId, *, after: int, most: int, state: DeliveryState | None = None
    ) -> Sequence[Delivery]:
        """Deliveries with a larger number than `after`, oldest first."""
        query = sa.select(DELIVERIES).where(_D.endpoint == endpoint, _D.number > after).order_by(_D.number).limit(most)
        if state is not None:
            query = query.where(_D.state == str(state))
        with self._read() as connection:
            return [_delivery(row) for row in connection.execute(query)]

    def purge(self, *, settled_before: int, now: int) -> int:
        """Forget what was settled before a time, and expired orders; see the port."""
        settled = sa.delete(DELIVERIES).where(_D.state != _WAITING, _D.settled_at < settled_before)
        over = sa.select(_E.endpoint).where(sa.or_(_E.state == str(EndpointState.REMOVED), _E.expires_at < now))
        never = sa.delete(DELIVERIES).where(_D.state == _WAITING, _D.endpoint.in_(over))
        with self._begin() as connection:
            connection.execute(sa.delete(ORDERS).where(ORDERS.c.expires_at < now))
            return sum(int(connection.execute(gone).rowcount) for gone in (settled, never))


class SqlWorkerLock:
    """`ports.webhooks.WorkerLock` of the database at `url`. For one worker, on one thread at a time."""

    __slots__ = ("_held", "_url")

    def __init__(self, url: str) -> None:
        self._url = parse_url(url)
        self._held: WriterLock | None = None

    def take(self) -> bool:
        """Whether this worker is the one, now; see the port."""
        if self._held is not None and not self._held.is_held():
            self.release()
        if self._held is None:
            try:
                self._held = acquire_writer_lock(self._url, 0.0, WEBHOOK_WORKER)
            except WriterBusyError:
                return False
        return True

    def release(self) -> None:
        """Let another one be it."""
        held, self._held = self._held, None
        if held is not None:
            held.release()


def _told(now: int) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """The conditions under which an endpoint is told things."""
    return _E.state == str(EndpointState.ACTIVE), _E.expires_at > now


def _fresh(endpoint: EndpointId, message: Message, now: int) -> dict[str, Any]:
    return {
        "endpoint": endpoint, "message": message.message, "kind": str(message.kind), "cursor": str(message.cursor),
        "payload": message.payload, "state": _WAITING, "attempts": 0, "next_at": now, "answer": 0, "problem": "",
        "created_at": now, "settled_at": 0,
    }  # fmt: skip


def _queue(connection: sa.Connection, endpoint: EndpointId, message: Message, now: int) -> None:
    """Insert a message; one that was settled before is to be sent again."""
    values = _fresh(endpoint, message, now)
    make = postgresql.insert if connection.dialect.name != "sqlite" else sqlite.insert
    again = {name: values[name] for name in ("state", "attempts", "next_at", "payload", "settled_at")}
    connection.execute(
        make(DELIVERIES)
        .values(values)
        .on_conflict_do_update(index_elements=["endpoint", "message"], set_=again, where=_D.state != _WAITING)
    )


def _endpoint(row: sa.Row[Any]) -> Endpoint:
    order = parse_order(bytes(row.document))
    return Endpoint(
        endpoint=EndpointId(row.endpoint),
        party=row.party,
        url=order.target,
        interest=read_wanted(order.details).interest,
        state=EndpointState(row.state),
        reason=row.reason,
        created_at=row.created_at,
        expires_at=row.expires_at,
        cursor=_cursor(row.cursor),
        failures=row.failures,
        document=bytes(row.document),
    )


def _cursor(text: str) -> Cursor:
    cursor = read_cursor(text)
    if cursor is None:
        raise StoreError(f"no cursor: {text[:50]}")
    return cursor


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        number=row.number,
        endpoint=EndpointId(row.endpoint),
        message=row.message,
        kind=row.kind,
        cursor=row.cursor,
        payload=bytes(row.payload),
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_at=row.next_at,
        answer=row.answer,
        problem=row.problem,
        created_at=row.created_at,
        settled_at=row.settled_at,
    )
