"""The log's files as C2SP tlog-tiles lays them out, under the monitoring prefix `/log`.

    /log/checkpoint                     text/plain, may change at any moment
    /log/tile/<L>/<N>[.p/<W>]           W × 32 bytes                                immutable
    /log/tile/entries/<N>[.p/<W>]       W × ( uint16 length, big-endian ‖ entry )   immutable

A plain ASGI callable that answers from memory: reading and framing a file costs several times what sending it does (trap 22).
A partial tile is served from the full one when its own file is gone: its content is the full tile's beginning.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from starlette.concurrency import run_in_threadpool

from api.http.answers import IMMUTABLE, entity_tag, tag_matches
from api.http.errors import UnknownError
from api.http.problems import problem_response
from ledger.log.bundles import decode_bundle
from ledger.log.files import TileSource
from ledger.log.layout import HASH_BYTES

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_Headers = list[tuple[bytes, bytes]]

PREFIX: Final = "/log"
KEPT: Final = 8_192
KEPT_BYTES: Final = 64 << 20
CHECKPOINT_SECONDS: Final = 0.2
# N: groups of three digits, all but the last with an x, no needless leading groups; W: 1 to 255.
_TILE: Final = re.compile(
    r"tile/(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?",
    re.ASCII,
)


class TileApp:
    """Serves the files of one log. For one event loop."""

    path = PREFIX

    def __init__(self, files: TileSource) -> None:
        self._files = files
        self._kept: OrderedDict[str, tuple[_Headers, bytes, str]] = OrderedDict()
        self._kept_bytes = 0
        self._checkpoint: bytes | None = None
        self._checkpoint_at = float("-inf")

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """ASGI; the mount has matched the prefix."""
        scope["route"] = self
        path = scope["path"][len(PREFIX) + 1 :]
        if scope["method"] != "GET":
            await _send(send, 405, [(b"allow", b"GET, HEAD, OPTIONS")], b"")
            return
        kept = self._kept.get(path)
        if kept is not None:
            self._kept.move_to_end(path)
        elif path == "checkpoint":
            await self._send_checkpoint(scope, receive, send)
            return
        else:
            kept = await self._load(path)
        if kept is None:
            await problem_response(UnknownError("no such file of the log", field="path"), 0)(scope, receive, send)
            return
        headers, body, etag = kept
        if tag_matches(_if_none_match(scope), etag):
            await _send(send, 304, headers, b"")
        else:
            await _send(send, 200, headers, body)

    async def _load(self, path: str) -> tuple[_Headers, bytes, str] | None:
        match = _TILE.fullmatch(path)
        if match is None or match["index"].startswith("x000/"):
            return None
        body = await run_in_threadpool(self._read, path, match)
        if body is None:
            return None
        etag = entity_tag(body)
        headers = [
            (b"content-type", b"application/octet-stream"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", IMMUTABLE.encode()),
            (b"etag", etag.encode()),
        ]
        kept = headers, body, etag
        if path not in self._kept:
            self._kept[path] = kept
            self._kept_bytes += len(body)
            while len(self._kept) > KEPT or self._kept_bytes > KEPT_BYTES:
                _, gone = self._kept.popitem(last=False)
                self._kept_bytes -= len(gone[1])
        return kept

    def _read(self, path: str, match: re.Match[str]) -> bytes | None:
        body = self._files.read(path)
        if body is not None or match["width"] is None:
            return body
        width = int(match["width"])
        full = self._files.read(f"tile/{match['level']}/{match['index']}")
        if full is None:
            return None
        if match["level"] != "entries":
            return full[: width * HASH_BYTES]
        return full[: sum(2 + len(entry) for entry in decode_bundle(full)[:width])]

    async def _send_checkpoint(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        now = time.monotonic()
        if now - self._checkpoint_at > CHECKPOINT_SECONDS:
            self._checkpoint = await run_in_threadpool(self._files.read, "checkpoint")
            self._checkpoint_at = now
        note = self._checkpoint
        if note is None:
            error = UnknownError("nothing was logged yet", field="path")
            await problem_response(error, 0)(scope, receive, send)
            return
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(note)),
            (b"cache-control", b"no-cache"),
        ]
        await _send(send, 200, headers, note)


def _if_none_match(scope: MutableMapping[str, Any]) -> str | None:
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            return str(value.decode("latin-1"))
    return None


async def _send(send: Send, status: int, headers: _Headers, body: bytes) -> None:
    if status == 304:
        headers = [(name, value) for name, value in headers if name != b"content-length"]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
