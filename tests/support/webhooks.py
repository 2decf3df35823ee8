"""Webhooks under test: real receivers on loopback, honest and hostile, and a feed of events in memory."""

from __future__ import annotations

import asyncio
import json
import ssl
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api.http.alerts import AlertFeed
from ledger.domain.events import Cursor, Event, EventKind
from ledger.domain.webhook_orders import Action, Order, serialize_order
from ledger.domain.webhooks import EndpointId
from ledger.keys.memory import MemoryLogSigner, MemorySigner
from ledger.services.webhook_runner import RunnerParts, WebhookRunner
from ledger.services.webhooks import Outcome, WebhookDesk
from ledger.store.webhooks import SqlWebhookStore, SqlWorkerLock
from ledger.webhooks.matching import Matcher
from ledger.webhooks.sending import Courier
from ledger.webhooks.signing import sign_order
from ledger.webhooks.targets import Reach, SystemResolver
from tests.support import bodies
from tests.support.ledger import CERTIFIER_KEY, DEPLOYMENT, NOW, MemoryDirectory, OwnedClock, directory
from verifier.encoding import to_hex
from verifier.identifiers import party_id
from verifier.questions import Lane
from verifier.types import JsonValue, StatementId

WEBHOOK_SIGNER = MemoryLogSigner.from_seed(b"\x09" * 32)
Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)  # type: ignore[no-any-return]

    def check(self, key: bytes = WEBHOOK_SIGNER.public_key) -> None:
        """Raise InvalidSignature unless the service signed it."""
        signed = f"{self.message}.{self.headers['webhook-timestamp']}.".encode() + self.body
        found = [one.partition(",") for one in self.headers["webhook-signature"].split(" ")]
        assert {version for version, _, _ in found} == {"v1a"}
        for number, (_, _, signature) in enumerate(found, 1):
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(b64decode(signature), signed)
            except InvalidSignature:
                if number == len(found):
                    raise
            else:
                return


@dataclass
class Receiver:
    """What a receiver got, and what it answers: the next of `answers`, then 204 for ever."""

    received: list[Received] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    hold: asyncio.Event | None = None
    url: str = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.splitlines()
        headers = dict(
            line.lower().split(": ", 1) if "webhook" not in line else _as_sent(line) for line in lines if line
        )
        body = await reader.readexactly(int(headers["content-length"]))
        self.received.append(Received(path=first.split(" ")[1], headers=headers, body=body))
        if self.hold is not None:
            await self.hold.wait()
        writer.write(self.answers.pop(0) if self.answers else status(204))
        writer.close()

    @property
    def messages(self) -> list[str]:
        return [one.message for one in self.received]


def _as_sent(line: str) -> list[str]:
    name, value = line.split(": ", 1)
    return [name.lower(), value]


def status(code: int, *headers: str) -> bytes:
    """An answer without a body."""
    return "\r\n".join([f"HTTP/1.1 {code} Told", "Content-Length: 0", *headers, "", ""]).encode()


@asynccontextmanager
async def listening(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on loopback; yields its port."""
    open_now: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now.add(writer)
        try:
            await behaviour(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            open_now.discard(writer)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for writer in tuple(open_now):
            writer.transport.abort()


@asynccontextmanager
async def receiving(**changes: Any) -> AsyncIterator[Receiver]:
    """An honest receiver."""
    receiver = Receiver(**changes)
    async with listening(receiver) as port:
        receiver.url = f"http://127.0.0.1:{port}/hook"
        yield receiver


class MemoryFeed:
    """Events in memory: every event is one final block."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.news: list[Event] = []

    def add(self, kind: EventKind, **data: Any) -> Event:
        event = Event(kind=kind, data=data, cursor=Cursor(block=len(self.events) + 1))
        self.events.append(event)
        return event

    def status(self, subject: bytes, owner: str = bodies.CERTIFIER, *, owner_id: str = "", **data: Any) -> Event:
        whose = owner_id or to_hex(party_id(owner))
        values = {"subject": to_hex(subject), "owner": whose, "status": "withdrawn", "final": True}
        return self.add(EventKind.STATUS, **(values | data))

    def newest(self) -> Cursor:
        return Cursor(block=len(self.events))

    def after(self, cursor: Cursor, until: Cursor | None = None) -> tuple[list[Event], Cursor]:
        last = min(len(self.events), cursor.block + 50, (until or self.newest()).block)
        return self.events[cursor.block : last], replace(cursor, block=max(cursor.block, last))

    def early(self, cursor: Cursor) -> list[Event]:
        return [event for event in self.news if event.cursor.block >= cursor.block]


@dataclass
class Names:
    """A resolver that knows what it is told, one answer after another; the last one stays."""

    answers: list[Sequence[str]]
    asked: int = 0

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        found = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if not found:
            raise OSError("no such name")
        return found


def order(
    action: Action,
    target: str = "",
    details: dict[str, JsonValue] | None = None,
    *,
    key: MemorySigner = CERTIFIER_KEY,
    party: str = bodies.CERTIFIER,
    now: int = NOW,
    separator: bytes = DEPLOYMENT.domain_separator,
    **changes: Any,
) -> bytes:
    """A signed order as a document."""
    asked = Order(action=action, party=party, target=target, details=details or {}, issued_at=now, deadline=now + 600)
    return serialize_order(sign_order(replace(asked, **changes), key, separator))


@dataclass
class Hooks:
    """Desk, worker and store over one database, with an owned clock and events in memory."""

    url: str
    clock: OwnedClock
    feed: MemoryFeed
    keys: MemoryDirectory
    store: SqlWebhookStore
    desk: WebhookDesk
    runner: WebhookRunner
    lanes: dict[StatementId, frozenset[Lane]] = field(default_factory=dict)

    async def ordered(self, action: Action, target: str = "", details: dict[str, JsonValue] | None = None) -> Outcome:
        """An order of the certifier, carried out."""
        return await self.desk.take(order(action, target, details, now=self.clock.now()))

    async def registered(self, url: str, **details: JsonValue) -> EndpointId:
        return (await self.ordered(Action.ADD, url, details)).endpoints[0].endpoint

    async def pass_time(self, seconds: int = 1) -> None:
        """Let so much time pass, then let the worker do what is due, to its end."""
        self.clock.pass_time(seconds)
        await settled(self.runner)

    def restarted(self) -> WebhookRunner:
        """Another worker over the same database, as after a kill: nothing of the old one's memory is left."""
        self.runner._parts.lock.release()  # a killed process's lock is released by the system
        self.runner = WebhookRunner(replace(self.runner._parts, store=self.store, lock=SqlWorkerLock(self.url)))
        return self.runner

    def history(self, endpoint: EndpointId) -> list[tuple[str, int, int]]:
        found = self.store.deliveries(endpoint, after=0, most=100)
        return [(str(one.state), one.attempts, one.answer) for one in found]


async def settled(runner: WebhookRunner) -> None:
    """Step until a step begins nothing. A try that ended while its step was still running counts as begun."""
    while True:
        await runner.step()
        if not runner._trying:
            return
        await asyncio.wait(runner._trying.values())


@contextmanager
def hooks(url: str, **changes: Any) -> Iterator[Hooks]:
    """Open them; `changes` replace parts."""
    clock, feed, known = OwnedClock(), MemoryFeed(), directory()
    reach, names = changes.get("reach", Reach.LOOPBACK), changes.get("names", SystemResolver())
    courier = Courier(
        reach=reach, tls=ssl.create_default_context(), resolver=names, seconds=changes.get("seconds", 5.0)
    )
    told = AlertFeed(feed, changes["alerts"], clock) if "alerts" in changes else feed
    store = SqlWebhookStore.open(url)
    lanes: dict[StatementId, frozenset[Lane]] = {}
    lock = SqlWorkerLock(url)
    parts = RunnerParts(
        store=store,
        lock=lock,
        feed=told,
        matcher=Matcher(lanes.get),
        signers=changes.get("signers", (WEBHOOK_SIGNER,)),
        courier=courier,
        clock=clock,
        chance=lambda: 0.5,
    )
    desk = WebhookDesk(
        store=store,
        directory=known,
        feed=told,
        courier=courier,
        separator=DEPLOYMENT.domain_separator,
        clock=clock,
    )
    made = Hooks(
        url=url, clock=clock, feed=feed, keys=known, store=store, desk=desk, runner=WebhookRunner(parts), lanes=lanes
    )
    try:
        yield made
    finally:
        made.runner._parts.lock.release()
        lock.release()
        store.close()
