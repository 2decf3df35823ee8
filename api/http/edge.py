"""The outermost layer: request ids, limits before anything is read, safe headers, HEAD and OPTIONS, metrics, access log.

One plain ASGI callable. It answers by itself what must not reach the application: a compressed body, too long an address, a
client beyond its rate, a preflight; and what came out of the application as an exception nobody expected.
"""

from __future__ import annotations

import itertools
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.http.errors import MediaTypeError, RateLimitedError, RequestError, UrlTooLongError
from api.http.limits import Buckets, Rate, client_key
from api.http.logs import ACCESS, TROUBLE
from api.http.metrics import Metrics
from api.http.problems import PageFor, error_response, no_page

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_URL: Final = 8_192
HEAD_ONLY: Final = "tanji.head"  # in the scope of a HEAD: an endless answer may end after its head
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_CSP: Final = b"content-security-policy"
_OWN: Final = b"cross-origin-resource-policy"  # what one party alone may read (api.http.answers.OWN)
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS: Final = _READING | {"POST", "PUT", "PATCH", "DELETE"}
_SAFE: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
_API_CSP: Final = (_CSP, b"default-src 'none'; frame-ancestors 'none'")
# Any page may read what anybody may read, without cookies. Writes are not for other pages to make.
_CORS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link, Retry-After, X-Request-Id"),
)
_PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"If-None-Match, Last-Event-ID, X-Request-Id"),
    (b"access-control-max-age", b"86400"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeSettings:
    """reads, writes: per client. hsts: seconds of Strict-Transport-Security, 0 where TLS does not end here."""

    reads: Rate = field(default_factory=lambda: Rate(per_second=100, burst=1_000))
    writes: Rate = field(default_factory=lambda: Rate(per_second=20, burst=200))
    hsts: int = 0


class Edge:
    """Wraps the application. `allowed` gives the methods of a path, none for an unknown one."""

    def __init__(
        self,
        app: App,
        settings: EdgeSettings,
        metrics: Metrics,
        allowed: Callable[[Scope], frozenset[str]],
        page_for: PageFor = no_page,
    ) -> None:
        self._app = app
        self._page_for = page_for
        self._metrics = metrics
        self._allowed = allowed
        self._reads = Buckets(settings.reads)
        self._writes = Buckets(settings.writes)
        hsts = ((b"strict-transport-security", b"max-age=%d" % settings.hsts),) if settings.hsts else ()
        self._safe = (*_SAFE, *hsts)
        self._prefix = secrets.token_hex(4)
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(self, scope, send)
        started = time.perf_counter()
        try:
            await self._answer(exchange, scope, receive)
        except ClientDisconnect:
            exchange.status = exchange.status or 499
        except Exception as error:
            TROUBLE.exception("unexpected", extra={"fields": {"requestId": exchange.request_id}})
            if exchange.status:
                raise  # half an answer is out: the server closes the connection
            await self._failed(scope, error)(scope, receive, exchange.send)
        finally:
            self._finish(exchange, scope, time.perf_counter() - started)

    async def _answer(self, exchange: _Exchange, scope: Scope, receive: Receive) -> None:
        method = scope["method"]
        try:
            self._admit(scope, exchange)
        except RequestError as error:
            await self._failed(scope, error)(scope, receive, exchange.send)
            return
        if method == "OPTIONS":
            await self._options(exchange, scope)
        elif method == "HEAD":
            # The application knows GET alone; the body is dropped on its way out.
            inner = {**scope, "method": "GET", HEAD_ONLY: True}
            await self._app(inner, receive, exchange.send_head)
            scope["route"] = inner.get("route")
        else:
            await self._app(scope, receive, exchange.send)

    def _failed(self, scope: Scope, error: Exception) -> Response:
        return error_response(Request(scope), error, int(time.time()), self._page_for)

    def _admit(self, scope: Scope, exchange: _Exchange) -> None:
        if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_URL:
            raise UrlTooLongError(f"at most {MAX_URL} bytes of path and query")
        if exchange.encoding not in (b"", b"identity"):
            raise MediaTypeError(exchange.encoding.decode("latin-1")[:40], "an uncompressed body")
        buckets = self._reads if scope["method"] in _READING else self._writes
        if buckets.rate.per_second:
            client = scope.get("client")
            wait = buckets.take(client_key(client[0]) if client else "", time.monotonic())
            if wait:
                raise RateLimitedError(wait)

    async def _options(self, exchange: _Exchange, scope: Scope) -> None:
        allowed = self._allowed(scope)
        status = 204 if allowed else 404
        methods = ", ".join(sorted(allowed | {"OPTIONS"} | ({"HEAD"} if "GET" in allowed else frozenset())))
        headers = [(b"allow", methods.encode()), *(_PREFLIGHT if "GET" in allowed else ())]
        await exchange.send({"type": "http.response.start", "status": status, "headers": headers})
        await exchange.send({"type": "http.response.body", "body": b""})

    def dress(self, headers: list[tuple[bytes, bytes]], method: str, request_id: bytes) -> list[tuple[bytes, bytes]]:
        """The headers of an answer with what every answer carries."""
        dressed = [*headers, *self._safe, (b"x-request-id", request_id)]
        if not any(name == _CSP for name, _ in headers):
            dressed.append(_API_CSP)
        if method in _READING and not any(name == _OWN for name, _ in headers):
            dressed += _CORS
        return dressed

    def request_id(self, given: bytes) -> bytes:
        """The client's own, where it is one, else a new one."""
        if given and _REQUEST_ID.fullmatch(given):
            return given
        return f"{self._prefix}-{next(self._numbers):x}".encode()

    def _finish(self, exchange: _Exchange, scope: Scope, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "-")
        status = exchange.status or 499
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.answered(route, method, status, seconds)
        if ACCESS.isEnabledFor(logging.INFO):
            fields = {
                "requestId": exchange.request_id.decode(),
                "method": method,
                "route": route,
                "status": status,
                "milliseconds": round(1000 * seconds, 2),
                "bytes": exchange.sent,
            }
            ACCESS.info("request", extra={"fields": fields})


class _Exchange:
    """One request and its answer."""

    __slots__ = ("_edge", "_method", "_send", "encoding", "request_id", "sent", "status")

    def __init__(self, edge: Edge, scope: Scope, send: Send) -> None:
        given = b""
        self.encoding = b""
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                given = value
            elif name == b"content-encoding":
                self.encoding = value.lower()
        self.request_id = edge.request_id(given)
        self.status = 0
        self.sent = 0
        self._edge = edge
        self._method = scope["method"]
        self._send = send

    async def send(self, message: Message) -> None:
        """Pass an answer on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._edge.dress(list(message.get("headers", ())), self._method, self.request_id)
        else:
            self.sent += len(message.get("body", b""))
        await self._send(message)

    async def send_head(self, message: Message) -> None:
        """Pass the head of an answer on, and an empty body."""
        if message["type"] == "http.response.body":
            if message.get("more_body"):
                return
            message = {"type": "http.response.body", "body": b""}
        await self.send(message)
