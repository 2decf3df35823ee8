"""Answers that are written while the request is still being read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import aclosing
from typing import Any

from starlette.responses import Response

Message = MutableMapping[str, Any]


class DuplexResponse(Response):
    """Sends frames as they come. Starlette's own streaming response waits for the client to leave by reading its messages, which are
    the body that is being read here."""

    def __init__(self, frames: AsyncIterator[bytes], media_type: str, headers: dict[str, str]) -> None:
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.body = b""
        self._frames = frames
        self.init_headers(headers)

    async def __call__(
        self,
        scope: MutableMapping[str, Any],  # noqa: ARG002 - ASGI
        receive: Callable[[], Awaitable[Message]],  # noqa: ARG002 - ASGI
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """ASGI."""
        headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        async with aclosing(self._frames) as frames:  # type: ignore[type-var]
            async for frame in frames:
                if frame:
                    await send({"type": "http.response.body", "body": frame, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
