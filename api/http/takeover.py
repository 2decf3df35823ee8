"""Event listeners as bare connections: once the head of the answer is out, uvicorn lets the connection go.

What a listener costs under ASGI is not its socket but what waits on it: a task, a dozen frames of middleware and routing, the
scope, a parser, a task group (31 kB measured). None of that is of use to somebody who is only told things. So the application
hands the connection to a protocol of a few slots, which the hub writes to; the request is over for everything else.

    scope["extensions"]["tanji.hand-over"](protocol) -> whether the connection is the protocol's now
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from api.http.edge import Receive, Scope, Send
    from api.http.hub import EventHub, Frames
    from ledger.domain.events import Cursor

HAND_OVER: Final = "tanji.hand-over"
# What a listener may leave unread in our memory before it counts as too slow (the kernel's buffers come before).
UNREAD: Final = 262_144
DRAIN_SECONDS: Final = 30.0
_LAST_CHUNK: Final = b"0\r\n\r\n"


class ServiceProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which can give its connection away."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {HAND_OVER: self._hand_over}  # type: ignore[dict-item]  # ASGI: any value

    def _hand_over(self, listener: ConnectionListener) -> bool:
        if self.cycle.disconnected or self.transport.is_closing():
            return False
        self.flow.resume_reading()  # or its end would never be seen
        # As if the client had gone: uvicorn neither ends the answer nor waits for another request.
        self.cycle.disconnected = True
        self.connections.discard(self)
        self.connections.add(listener)  # type: ignore[arg-type]  # uvicorn asks `shutdown` of its connections, nothing more
        self.transport.set_protocol(listener)
        listener.begin(self.transport, self.connections)
        self.scope = None  # type: ignore[assignment]  # it knows this protocol: nobody shall wait for the collector
        return True


class ConnectionListener(asyncio.Protocol):
    """A connection on which an answer in chunks is under way. What its client sends from now on is not read."""

    __slots__ = ("_connections", "_left", "_paused", "_resumed", "_transport")

    def __init__(self, left: Callable[[ConnectionListener], None]) -> None:
        self._left = left
        self._paused = False
        self._resumed: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._connections: set[Any] = set()

    def begin(self, transport: asyncio.Transport, connections: set[Any]) -> None:
        """The connection is this listener's now; `connections`: those the server closes when it stops."""
        self._transport = transport
        self._connections = connections

    @property
    def is_open(self) -> bool:
        """Whether anything can be told."""
        return self._transport is not None and not self._transport.is_closing()

    def tell(self, frames: Frames) -> None:
        """Write the frames; a client that leaves too much unread is cut off."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > UNREAD:
            transport.abort()
        else:
            transport.write(frames.chunk)

    async def drained(self) -> None:
        """Wait until the client has read most of it; half a minute at most."""
        if self._transport is None or not self._paused:
            return
        self._resumed = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._resumed
        except TimeoutError:
            if self._transport is not None:
                self._transport.abort()
        finally:
            self._resumed = None

    def pause_writing(self) -> None:
        """asyncio: the client reads more slowly than it is told."""
        self._paused = True

    def resume_writing(self) -> None:
        """asyncio: it has caught up."""
        self._paused = False
        if self._resumed is not None and not self._resumed.done():
            self._resumed.set_result(None)

    def end(self) -> None:
        """Finish the answer and close."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_LAST_CHUNK)
            self._transport.close()

    # What uvicorn calls when it stops.
    shutdown = end

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio
        """asyncio: the client has gone."""
        self._connections.discard(self)
        self._transport = None
        self.resume_writing()
        self._left(self)


class EventStream(Response):
    """The answer to a listener: its head, then the connection is the hub's. Where there is none to have, a plain stream."""

    media_type = "text/event-stream"

    def __init__(self, hub: EventHub, cursor: Cursor, headers: dict[str, str]) -> None:
        self.status_code = 200
        self.background = None
        self.body = b""
        self._hub = hub
        self._cursor = cursor
        self.init_headers(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        hand_over = (scope.get("extensions") or {}).get(HAND_OVER)
        headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        if hand_over is None:
            await self._stream(headers, scope, receive, send)
            return
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        listener = ConnectionListener(self._hub.leave)
        if hand_over(listener):
            self._hub.attach(listener, self._cursor)

    async def _stream(self, headers: list[tuple[bytes, bytes]], scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.responses import StreamingResponse

        response = StreamingResponse(self._hub.listen(self._cursor), media_type=self.media_type)
        response.raw_headers = headers
        await response(scope, receive, send)
