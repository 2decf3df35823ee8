"""The worker that tells endpoints: events are queued durably first, then tried until they are taken or given up.

    events after the cursor ─▶ messages queued, cursor moved (one transaction) ─▶ tried ─▶ delivered
                                                                                    ╰──▶ again after a pause ─▶ dead

A kill between any two of these loses nothing: what was queued is due again at the next start, under the same webhook-id. Any
number may stand by; the one that holds the database's lock works.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ledger.domain.errors import LedgerError
from ledger.domain.events import Cursor, Event, EventKind
from ledger.domain.webhooks import Delivery, DeliveryState, Endpoint, EndpointId, Message, Settlement
from ledger.ports.clock import Clock
from ledger.ports.signer import LogSigner
from ledger.ports.webhooks import EventFeed, WebhookStore, WorkerLock
from ledger.webhooks.backoff import LONGEST_DOUBT, TRIES, doubt_for, pause_after
from ledger.webhooks.matching import Matcher
from ledger.webhooks.sending import Answer, Courier
from ledger.webhooks.signing import message_of, signed_headers
from verifier.errors import VerifierError

POLL_SECONDS: Final = 0.5
HELD_SECONDS: Final = 2.0  # after trouble
AT_ONCE: Final = 32
# Pieces of history read in one step; messages that may wait for one endpoint before no more are made for it.
PIECES: Final = 20
MOST_WAITING: Final = 10_000
# A cursor that moved so far without a message is kept all the same.
KEPT_AFTER: Final = 5_000
REMEMBERED: Final = 65_536
KEPT_DAYS: Final = 30
PURGE_SECONDS: Final = 3_600.0
STOP_SECONDS: Final = 3.0
GONE: Final = 410

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerParts:
    """What the worker works with. signers: the first, and one it takes over from; chance: uniform in [0, 1), for jitter."""

    store: WebhookStore
    lock: WorkerLock
    feed: EventFeed
    matcher: Matcher
    signers: Sequence[LogSigner]
    courier: Courier
    clock: Clock
    chance: Callable[[], float] = random.random


@dataclass(slots=True, kw_only=True)
class _Reading:
    """How far events were read for an endpoint: `kept` in the store, `read` in memory, no message lying between."""

    kept: Cursor
    read: Cursor


class WebhookRunner:
    """One worker, on one event loop; the store and the feed are asked on threads."""

    def __init__(self, parts: RunnerParts) -> None:
        self._parts = parts
        self._endpoints: dict[EndpointId, Endpoint] = {}
        self._readings: dict[EndpointId, _Reading] = {}
        self._told: OrderedDict[str, None] = OrderedDict()  # early messages queued by this process
        self._doubted: dict[EndpointId, float] = {}
        self._trying: dict[EndpointId, asyncio.Task[None]] = {}
        self._looked = self._purged = float("-inf")
        self._leads = False

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop, or stand by. What passes (database, node) is logged and tried again."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                pause = POLL_SECONDS
                try:
                    await self.step()
                except (LedgerError, VerifierError) as error:
                    _log.warning("webhooks held: %s", error)
                    pause = HELD_SECONDS
                await asyncio.wait(
                    {stopping, *self._trying.values()},
                    timeout=pause,
                    return_when=asyncio.FIRST_COMPLETED,
                )
        finally:
            stopping.cancel()
            await self._settle_down()
            await asyncio.to_thread(self._parts.lock.release)

    async def step(self) -> None:
        """Queue what happened, begin what is due; nothing while another process does. Raises LedgerError, VerifierError."""
        clock = self._parts.clock
        self._trying = {name: task for name, task in self._trying.items() if not task.done()}
        if clock.monotonic() - self._looked >= POLL_SECONDS:
            self._looked = clock.monotonic()
            self._leads = await asyncio.to_thread(self._parts.lock.take)
            if self._leads:
                await asyncio.to_thread(self._look)
        if not self._leads:
            return
        room = AT_ONCE - len(self._trying)
        if room > 0 and self._endpoints:
            self._doubted = {name: until for name, until in self._doubted.items() if until > clock.monotonic()}
            held = self._doubted.keys() | self._trying.keys()
            due = await asyncio.to_thread(self._parts.store.due, clock.now(), room, held)
            for delivery in due:
                if (endpoint := self._endpoints.get(delivery.endpoint)) is not None:
                    self._trying[endpoint.endpoint] = asyncio.create_task(self._try(endpoint, delivery))
        if clock.monotonic() - self._purged >= PURGE_SECONDS:
            self._purged = clock.monotonic()
            now = clock.now()
            await asyncio.to_thread(self._purge, now)

    async def _settle_down(self) -> None:
        """Let tries that are nearly there finish; the others are due again at the next start."""
        if self._trying:
            await asyncio.wait(self._trying.values(), timeout=STOP_SECONDS)
        for task in self._trying.values():
            task.cancel()
        await asyncio.gather(*self._trying.values(), return_exceptions=True)

    def _purge(self, now: int) -> None:
        self._parts.store.purge(settled_before=now - KEPT_DAYS * 86_400, now=now)

    # ------------------------------------------------------------ queueing, on a thread

    def _look(self) -> None:
        """Queue what happened since the last look, for every endpoint."""
        found = self._parts.store.active(self._parts.clock.now())
        self._endpoints = {endpoint.endpoint: endpoint for endpoint in found}
        self._readings = {one.endpoint: self._reading(one) for one in found}
        if not found:
            return
        newest = self._parts.feed.newest()
        for _ in range(PIECES):
            pieces: dict[Cursor, tuple[list[Event], Cursor]] = {}
            behind = [endpoint for endpoint in found if self._read_on(endpoint, newest, pieces)]
            found = behind
            if not behind:
                break
        self._queue_early(newest)

    def _read_on(self, endpoint: Endpoint, newest: Cursor, pieces: dict[Cursor, tuple[list[Event], Cursor]]) -> bool:
        """Read one piece for an endpoint (pieces: those read already for others). Whether there is more."""
        reading = self._readings.get(endpoint.endpoint)
        if reading is None or reading.read.covers(newest):
            return False
        if reading.read not in pieces:
            pieces[reading.read] = self._parts.feed.after(reading.read, newest)
        events, following = pieces[reading.read]
        if following == reading.read:
            return False
        messages = self._messages(endpoint, events)
        if messages and self._parts.store.waiting(endpoint.endpoint) >= MOST_WAITING:
            return False
        far = following.ahead_of(reading.kept) >= KEPT_AFTER
        if messages or far:
            now = self._parts.clock.now()
            if not self._parts.store.enqueue(endpoint.endpoint, reading.kept, following, messages, now):
                del self._readings[endpoint.endpoint]  # rewound, paused or removed meanwhile: looked at anew next time
                return False
            reading.kept = following
        reading.read = following
        return not following.covers(newest)

    def _reading(self, endpoint: Endpoint) -> _Reading:
        known = self._readings.get(endpoint.endpoint)
        if known is not None and known.kept == endpoint.cursor:
            return known
        return _Reading(kept=endpoint.cursor, read=endpoint.cursor)  # new here, or rewound by an order

    def _queue_early(self, newest: Cursor) -> None:
        """Queue what the newest blocks say already, though they are not final: a withdrawal is told within seconds."""
        listening = [one for one in self._endpoints.values() if EventKind.STATUS in one.interest.kinds]
        if not listening:
            return
        events = self._parts.feed.early(newest)
        for endpoint in listening:
            fresh = [one for one in self._messages(endpoint, events) if one.message not in self._told]
            if fresh:
                self._parts.store.enqueue_early(endpoint.endpoint, fresh, self._parts.clock.now())
            for one in fresh:
                self._told[one.message] = None
        while len(self._told) > REMEMBERED:
            self._told.popitem(last=False)

    def _messages(self, endpoint: Endpoint, events: Sequence[Event]) -> list[Message]:
        now, wants = self._parts.clock.now(), self._parts.matcher.wants
        return [message_of(one, endpoint.endpoint, now) for one in events if wants(endpoint, one)]

    # ------------------------------------------------------------ trying

    async def _try(self, endpoint: Endpoint, delivery: Delivery) -> None:
        parts = self._parts
        # Left alone until this try's outcome is kept: what is not kept is due still, and must not be sent again and again.
        self._doubted[endpoint.endpoint] = parts.clock.monotonic() + LONGEST_DOUBT
        try:
            headers = signed_headers(parts.signers, delivery.message, delivery.payload, parts.clock.now())
            answer = await parts.courier.send(endpoint.url, headers, delivery.payload)
            settlement = self._settlement(endpoint, delivery, answer)
            await asyncio.to_thread(parts.store.settle, settlement)
        except LedgerError as error:  # sent again later, which receivers know by its id
            _log.warning("a webhook's outcome was not kept: %s", error)
            return
        failures = endpoint.failures + 1 if answer.problem else 0
        if endpoint.endpoint in self._endpoints:  # the next try counts on, before the store is looked at again
            self._endpoints[endpoint.endpoint] = replace(endpoint, failures=failures)
        self._doubted[endpoint.endpoint] = parts.clock.monotonic() + doubt_for(failures)

    def _settlement(self, endpoint: Endpoint, delivery: Delivery, answer: Answer) -> Settlement:
        now, attempts = self._parts.clock.now(), delivery.attempts + 1
        state, pause, next_at = DeliveryState.DELIVERED, "", now
        if answer.problem:
            given_up = attempts >= TRIES
            state = DeliveryState.DEAD if given_up else DeliveryState.WAITING
            if answer.status == GONE:
                pause = "gone"
            elif given_up and endpoint.failures + 1 >= TRIES:
                pause = "failing"
            if not given_up:
                next_at = now + pause_after(attempts, self._parts.chance, answer.asked)
        return Settlement(
            number=delivery.number,
            endpoint=endpoint.endpoint,
            state=state,
            attempts=attempts,
            next_at=next_at,
            answer=answer.status,
            problem=answer.problem[:200],
            at=now,
            pause=pause,
        )
