"""What happens, as a stream that can be taken up again anywhere: statements, anchors, changes of status.

Nothing is written for it. A cursor says how far three sources that only grow have been read, so any process answers for any
cursor, and who was away misses nothing:

    cursor = <entries>-<anchors>-<block>       log entries, anchors (final ones), and final blocks, each all that come before

A change of status is told at once with `final: false`, when the node's newest block shows it, and again with `final: true` once
its block is final; only that moves the cursor. One poller feeds all listeners of a process, and rests while there are none.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import orjson

from api.http.errors import QueryError
from api.http.logs import TROUBLE
from api.runtime.requests import STATUS_NAMES
from ledger.domain.chain import BlockTag, LogRecord
from ledger.domain.errors import LedgerError
from verifier.contracts import Status
from verifier.encoding import to_hex
from verifier.hashing import keccak256
from verifier.signature import to_checksum
from verifier.statement import parse_entry
from verifier.types import Address

if TYPE_CHECKING:
    from api.http.service import Service

POLL_SECONDS: Final = 0.5
KEEPALIVE_SECONDS: Final = 15.0
RING: Final = 8_192
# How much one step reads of each source: a listener from the beginning of a long log is served piece by piece.
ENTRIES: Final = 500
BLOCKS: Final = 5_000
STATUS_CHANGED: Final = keccak256(b"StatusChanged(bytes32,bytes32,address,uint8,bytes32,uint256)")
_CURSOR: Final = re.compile(r"(0|[1-9][0-9]{0,15})-(0|[1-9][0-9]{0,15})-(0|[1-9][0-9]{0,15})", re.ASCII)
_KEEPALIVE: Final = b": \n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far each source has been read: entries below `entries`, anchors up to `anchors`, blocks below `block`."""

    entries: int = 0
    anchors: int = 0
    block: int = 0

    def __str__(self) -> str:
        return f"{self.entries}-{self.anchors}-{self.block}"

    def covers(self, other: Cursor) -> bool:
        """Whether everything before `other` has been read."""
        return self.entries >= other.entries and self.anchors >= other.anchors and self.block >= other.block


def parse_cursor(text: str) -> Cursor:
    """Read a cursor. Raises QueryError."""
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise QueryError("cursor", "form", "three whole numbers with a - between them, as an event's id")
    entries, anchors, block = map(int, match.groups())
    return Cursor(entries=entries, anchors=anchors, block=block)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened; `cursor` is where to go on after it."""

    kind: str
    data: dict[str, object]
    cursor: Cursor

    def frame(self) -> bytes:
        """As it goes over the wire (WHATWG HTML, 9.2)."""
        return b"event: %s\nid: %s\ndata: %s\n\n" % (
            self.kind.encode(),
            str(self.cursor).encode(),
            orjson.dumps(self.data, option=orjson.OPT_SORT_KEYS),
        )


class EventSource:
    """Reads the three sources from any cursor. Blocks; safe for several threads."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def newest(self) -> Cursor:
        """The cursor of now. Raises LedgerError."""
        service = self._service
        if service.finality is None:
            return Cursor(entries=service.store.size())
        sight = service.finality.sight()
        block = 0 if sight.final is None else sight.final.number + 1
        return Cursor(entries=service.store.size(), anchors=sight.final_seq, block=block)

    def after(self, cursor: Cursor, until: Cursor | None = None) -> tuple[list[Event], Cursor]:
        """A piece of what follows a cursor (up to `until`), and the cursor after it. Equal cursors: nothing more. Raises LedgerError."""
        limit = until or self.newest()
        events = [*self._statements(cursor, limit)]
        at = replace(cursor, entries=events[-1].cursor.entries if events else max(cursor.entries, limit.entries))
        anchors = [*self._anchors(at, limit)]
        at = replace(at, anchors=max(at.anchors, limit.anchors))
        block = max(at.block, min(limit.block, at.block + BLOCKS))
        changes = [*self._changes(at, at.block, block - 1, is_final=True)]
        return [*events, *anchors, *changes], replace(at, block=block)

    def early(self, cursor: Cursor) -> list[Event]:
        """Changes of status that blocks after the final one show: news, not yet history."""
        chain = self._service.chain
        if chain is None or self._service.finality is None:
            return []
        head = chain.head(BlockTag.LATEST)
        return [] if head is None else [*self._changes(cursor, cursor.block, head.number, is_final=False)]

    def _statements(self, cursor: Cursor, limit: Cursor) -> list[Event]:
        found: list[Event] = []
        if cursor.entries >= limit.entries:
            return found
        for entry in self._service.store.entries(cursor.entries, min(limit.entries, cursor.entries + ENTRIES)):
            parsed = parse_entry(entry.entry)
            data: dict[str, object] = {
                "id": to_hex(entry.statement_id),
                "kind": parsed.kind,
                "issuer": parsed.issuer,
                "index": entry.index,
                "receivedAt": entry.received_at,
            }
            found.append(Event(kind="statement", data=data, cursor=replace(cursor, entries=entry.index + 1)))
        return found

    def _anchors(self, cursor: Cursor, limit: Cursor) -> list[Event]:
        if cursor.anchors >= limit.anchors:
            return []
        return [
            Event(
                kind="anchor",
                data={"seq": one.seq, "size": one.size, "root": to_hex(one.root), "time": one.time},
                cursor=replace(cursor, anchors=one.seq),
            )
            for one in self._service.shelf.anchors(cursor.anchors + 1)
            if one.seq <= limit.anchors
        ]

    def _changes(self, cursor: Cursor, first: int, last: int, *, is_final: bool) -> list[Event]:
        chain = self._service.chain
        if chain is None or last < first:
            return []
        records = chain.logs(self._service.deployment.status_registry, STATUS_CHANGED, first, last)
        ordered = sorted(records, key=lambda record: record.block_number)
        return [
            Event(
                kind="status",
                data={**data, "final": is_final},
                # The next event may be of the same block: a block counts as read when all of it was told.
                cursor=replace(cursor, block=record.block_number) if is_final else cursor,
            )
            for record in ordered
            if (data := _change_document(record)) is not None
        ]


def _change_document(record: LogRecord) -> dict[str, object] | None:
    """StatusChanged(owner, subject, signer indexed; status, successor, position); None for what has not its form."""
    if len(record.topics) != 4 or len(record.data) != 96:
        return None
    number = int.from_bytes(record.data[:32], "big")
    if number not in {status.value for status in Status}:
        return None
    successor = record.data[32:64]
    return {
        "owner": to_hex(record.topics[1]),
        "subject": to_hex(record.topics[2]),
        "signer": to_checksum(Address(record.topics[3][12:])),
        "status": STATUS_NAMES[Status(number)],
        "successor": to_hex(successor) if any(successor) else None,
        "block": record.block_number,
    }


class EventHub:
    """One poller and its listeners, on one event loop."""

    def __init__(self, source: EventSource) -> None:
        self._source = source
        self._ring: deque[bytes] = deque(maxlen=RING)
        self._next = 0  # number of the next frame; the ring holds the last ones before it
        self._at: Cursor | None = None
        self._told: dict[bytes, None] = {}  # early news already told
        self._wake = asyncio.Event()
        self._poller: asyncio.Task[None] | None = None
        self.listeners = 0

    async def listen(self, cursor: Cursor | None) -> AsyncIterator[bytes]:
        """Frames from a cursor on (from now without one), for ever. Ends when a listener is too slow: it comes back with its cursor."""
        self.listeners += 1
        try:
            if self._at is None:
                self._at = await asyncio.to_thread(self._source.newest)
            if self._poller is None:
                self._poller = asyncio.create_task(self._poll())
            at, upto, position = cursor or self._at, self._at, self._next
            yield b"retry: 2000\nid: %s\n\n" % str(at).encode()
            async for frame in self._replay(at, upto):
                yield frame
            async for frame in self._follow(position):
                yield frame
        finally:
            self.listeners -= 1
            if not self.listeners and self._poller is not None:
                self._poller.cancel()
                self._poller = None
                self._at = None

    async def close(self) -> None:
        """Stop polling."""
        if self._poller is not None:
            self._poller.cancel()

    async def _replay(self, at: Cursor, upto: Cursor) -> AsyncIterator[bytes]:
        while not at.covers(upto):
            events, following = await asyncio.to_thread(self._source.after, at, upto)
            for event in events:
                yield event.frame()
            if following == at:
                return
            at = following

    async def _follow(self, position: int) -> AsyncIterator[bytes]:
        while True:
            oldest = self._next - len(self._ring)
            if position < oldest:
                return
            while position < self._next:
                yield self._ring[position - self._next]
                position += 1
                if position < self._next - len(self._ring):
                    return
            try:
                await asyncio.wait_for(self._wake.wait(), KEEPALIVE_SECONDS)
            except TimeoutError:
                yield _KEEPALIVE

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self._step()
            except LedgerError as error:
                TROUBLE.warning("events held: %s", error)

    async def _step(self) -> None:
        at = self._at
        if at is None:
            return
        events, following = await asyncio.to_thread(self._source.after, at)
        early = await asyncio.to_thread(self._source.early, following)
        frames = [event.frame() for event in events]
        for event in early:
            key = orjson.dumps(event.data)
            if key not in self._told:
                self._told[key] = None
                frames.append(event.frame())
        while len(self._told) > RING:
            del self._told[next(iter(self._told))]
        self._at = following
        if frames:
            self._ring.extend(frames)
            self._next += len(frames)
            wake, self._wake = self._wake, asyncio.Event()
            wake.set()
