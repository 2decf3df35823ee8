"""Telling many listeners: one poller, every frame made once, the same bytes handed to all.

A listener is whoever can be told without waiting. On the server they are bare connections (`api.http.takeover`), each some
kilobytes; under any other server they are queues behind a response. Who is too slow is let go and comes back with its cursor.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final, Protocol

import orjson

from api.http.errors import ListenersFullError
from api.http.events import frame_of
from api.http.logs import TROUBLE
from ledger.domain.errors import LedgerError

if TYPE_CHECKING:
    from api.http.events import EventSource
    from ledger.domain.events import Cursor

POLL_SECONDS: Final = 0.5
KEEPALIVE_SECONDS: Final = 15.0
MOST_LISTENERS: Final = 10_000
# Early news remembered as told; frames a queue holds before its listener counts as too slow.
REMEMBERED: Final = 8_192
QUEUED: Final = 1_024
# Told without a pause for other requests: some two milliseconds.
AT_ONCE: Final = 256
_KEEPALIVE: Final = b": \n\n"


class Frames:
    """Frames to tell. chunk: the same as a chunk of HTTP/1.1 (RFC 9112, 7.1), made once for all connections."""

    __slots__ = ("chunk", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.chunk = b"%x\r\n%b\r\n" % (len(text), text)


class Listener(Protocol):
    """Who is told. `is_open` turns False once and for all when the listener has gone or is too slow."""

    @property
    def is_open(self) -> bool:
        """Whether there is anybody to tell."""
        ...

    def tell(self, frames: Frames) -> None:
        """Take frames without waiting; nothing happens when it is not open."""
        ...

    async def drained(self) -> None:
        """Wait until most of what was told has gone out, or the listener has."""
        ...

    def end(self) -> None:
        """Let it go; it may come back with its cursor."""
        ...


class EventHub:
    """One poller and its listeners, on one event loop."""

    def __init__(self, source: EventSource) -> None:
        self._source = source
        self._at: Cursor | None = None
        self._told: dict[bytes, None] = {}  # early news already told
        self._listeners: dict[Listener, None] = {}
        self._joining: dict[Listener, asyncio.Task[None]] = {}
        self._poller: asyncio.Task[None] | None = None

    @property
    def listeners(self) -> int:
        """How many there are."""
        return len(self._listeners) + len(self._joining)

    async def ready(self) -> Cursor:
        """The cursor of now, the poller running. Raises LedgerError, ListenersFullError."""
        if self.listeners >= MOST_LISTENERS:
            raise ListenersFullError(MOST_LISTENERS)
        if self._at is None:
            newest = await asyncio.to_thread(self._source.newest)
            self._at = self._at or newest
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll())
        return self._at

    def attach(self, listener: Listener, cursor: Cursor) -> None:
        """Tell a listener everything after `cursor`, for as long as it is open. `ready` was awaited just before."""
        listener.tell(Frames(b"retry: 2000\nid: %s\n\n" % str(cursor).encode()))
        if self._at is not None and cursor.covers(self._at):
            self._listeners[listener] = None
            return
        task = self._joining[listener] = asyncio.create_task(self._join(listener, cursor))
        task.add_done_callback(lambda done: self._joined(listener, done))

    def leave(self, listener: Listener) -> None:
        """Forget a listener."""
        self._listeners.pop(listener, None)
        task = self._joining.pop(listener, None)
        if task is not None:
            task.cancel()
        if not self.listeners:
            self._rest()

    async def listen(self, cursor: Cursor | None) -> AsyncIterator[bytes]:
        """Frames from a cursor on (from now without one), for ever, for servers without connections to take over."""
        now = await self.ready()
        listener = QueuedListener()
        self.attach(listener, cursor or now)
        try:
            while frame := await listener.next():
                yield frame
        finally:
            listener.end()
            self.leave(listener)

    async def close(self) -> None:
        """Stop polling, let everybody go."""
        for listener in (*self._listeners, *self._joining):
            listener.end()
            self.leave(listener)
        self._rest()

    def _rest(self) -> None:
        if self._poller is not None:
            self._poller.cancel()
        self._poller = self._at = None

    async def _join(self, listener: Listener, at: Cursor) -> None:
        """What happened before now, piece by piece, as fast as the listener takes it."""
        while self._at is not None and listener.is_open and not at.covers(self._at):
            events, following = await asyncio.to_thread(self._source.after, at, self._at)
            if events:
                listener.tell(Frames(b"".join(map(frame_of, events))))
                await listener.drained()
            if following == at:
                break
            at = following
        # No await since the cursor was compared: nothing told meanwhile is missed.
        self._joining.pop(listener, None)
        self._listeners[listener] = None

    def _joined(self, listener: Listener, done: asyncio.Task[None]) -> None:
        if done.cancelled() or done.exception() is None:
            return
        TROUBLE.warning("a listener's replay failed: %s", done.exception())
        listener.end()
        self.leave(listener)

    async def _poll(self) -> None:
        quiet = 0.0
        while True:
            await asyncio.sleep(POLL_SECONDS)
            quiet += POLL_SECONDS
            try:
                frames = await self._step()
            except LedgerError as error:
                TROUBLE.warning("events held: %s", error)
                frames = b""
            if frames or quiet >= KEEPALIVE_SECONDS:
                quiet = 0.0
                # Listed in the step that moved the cursor: who joins from now on starts after these frames.
                await self._tell(Frames(frames or _KEEPALIVE), tuple(self._listeners))

    async def _step(self) -> bytes:
        at = self._at
        if at is None:
            return b""
        events, following = await asyncio.to_thread(self._source.after, at)
        early = await asyncio.to_thread(self._source.early, following)
        frames = [frame_of(event) for event in events]
        for event in early:
            key = orjson.dumps(event.data)
            if key not in self._told:
                self._told[key] = None
                frames.append(frame_of(event))
        while len(self._told) > REMEMBERED:
            del self._told[next(iter(self._told))]
        self._at = following
        return b"".join(frames)

    async def _tell(self, frames: Frames, listeners: tuple[Listener, ...]) -> None:
        rest = iter(listeners)
        while batch := tuple(itertools.islice(rest, AT_ONCE)):
            for listener in batch:
                listener.tell(frames)
            await asyncio.sleep(0)


class QueuedListener:
    """Frames in a queue, for whoever awaits them. One that is not emptied ends."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()
        self._taken = asyncio.Event()
        self.is_open = True

    def tell(self, frames: Frames) -> None:
        """Queue the frames."""
        if not self.is_open:
            return
        if self._frames.qsize() >= QUEUED:
            self.end()
            return
        self._frames.put_nowait(frames.text)

    async def drained(self) -> None:
        """Wait until something was taken."""
        while self.is_open and not self._frames.empty():
            self._taken.clear()
            await self._taken.wait()

    async def next(self) -> bytes:
        """The next frames; empty at the end."""
        frames = await self._frames.get()
        self._taken.set()
        return frames

    def end(self) -> None:
        """What is queued already is still taken."""
        if self.is_open:
            self.is_open = False
            self._taken.set()
            self._frames.put_nowait(b"")
