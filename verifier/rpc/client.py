"""Plain JSON-RPC 2.0 over HTTP with caps on time and size. Everything an endpoint says is a claim, not a fact.

Request   POST  [{"jsonrpc":"2.0","id":n,"method":"eth_…","params":[…]}, …]      one object when there is one call
Answer    200   [{"jsonrpc":"2.0","id":n,"result":…} | {…,"error":{"code":-32601,"message":"…"}}, …]  in any order
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import orjson

from verifier.rpc.endpoints import Endpoint
from verifier.rpc.errors import EndpointAnswerError, EndpointError, EndpointRefusalError, EndpointUnreachableError

_READ_BYTES = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Caps per request: seconds until the whole answer is here, and bytes of the answer."""

    seconds: float = 20.0
    answer_bytes: int = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One JSON-RPC method with its positional parameters (JSON values)."""

    method: str
    params: tuple[object, ...] = ()


class RpcClient(Protocol):
    """What the quorum and the snapshot builder need of an endpoint."""

    @property
    def operator(self) -> str:
        """Who answers, for reports."""
        ...

    def call(self, method: str, *params: object) -> object:
        """Return the result of one call, a JSON value of unknown form. Raises EndpointError."""
        ...

    def batch(self, calls: Sequence[Call]) -> list[object | EndpointRefusalError]:
        """Return one result or refusal per call, in order. Raises EndpointError when the whole batch failed."""
        ...


class HttpRpcClient:
    """A JSON-RPC endpoint over HTTP(S), one kept-alive connection; not shared between threads.

    No redirects (they would change the operator), no compression (a bomb would pass the cap), no environment proxies.
    """

    def __init__(self, endpoint: Endpoint, *, limits: Limits | None = None) -> None:
        self._endpoint = endpoint
        self._limits = limits or Limits()
        self._ids = itertools.count(1)
        self._connection: http.client.HTTPConnection | None = None

    @property
    def operator(self) -> str:
        """Who answers, for reports."""
        return self._endpoint.operator

    def call(self, method: str, *params: object) -> object:
        """Return the result of one call.

        Raises:
            EndpointUnreachableError: no complete answer in time.
            EndpointAnswerError: not JSON-RPC, wrong id, too large.
            EndpointRefusalError: the endpoint answered with an error.
        """
        [result] = self.batch([Call(method=method, params=params)])
        if isinstance(result, EndpointRefusalError):
            raise result
        return result

    def batch(self, calls: Sequence[Call]) -> list[object | EndpointRefusalError]:
        """Return one result or refusal per call, in order; errors as for :meth:`call`."""
        if not calls:
            return []
        numbered = [(next(self._ids), call) for call in calls]
        requests = [
            {"jsonrpc": "2.0", "id": number, "method": call.method, "params": list(call.params)}
            for number, call in numbered
        ]
        label = calls[0].method
        answer = self._parse(self._post(orjson.dumps(requests if len(calls) > 1 else requests[0]), label), label)
        if isinstance(answer, dict) and answer.get("error") is not None:
            # One error for all: a single call's refusal, or a server that takes no batches.
            if len(calls) > 1:
                return [result for call in calls for result in self.batch([call])]
            return [self._refusal(answer["error"], label)]
        entries = answer if isinstance(answer, list) else [answer]
        by_id = {entry.get("id"): entry for entry in entries if isinstance(entry, dict) and _is_id(entry.get("id"))}
        if len(entries) != len(calls) or len(by_id) != len(calls):
            raise EndpointAnswerError(
                endpoint=self.operator, method=label, detail=f"{len(calls)} calls, {len(entries)} answers"
            )
        return [self._result(by_id.get(number), call.method, number) for number, call in numbered]

    def close(self) -> None:
        """Give up the connection; the next call opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _result(self, entry: object, method: str, number: int) -> object:
        if not isinstance(entry, dict):
            raise EndpointAnswerError(endpoint=self.operator, method=method, detail=f"no answer with id {number}")
        error = entry.get("error")
        if error is not None:
            return self._refusal(error, method)
        if "result" not in entry:
            raise EndpointAnswerError(endpoint=self.operator, method=method, detail="neither result nor error")
        return entry["result"]

    def _refusal(self, error: object, method: str) -> EndpointRefusalError:
        members = error if isinstance(error, dict) else {}
        number = members.get("code")
        return EndpointRefusalError(
            endpoint=self.operator,
            method=method,
            number=number if isinstance(number, int) else 0,
            message=_printable(members.get("message")),
            data=members.get("data"),
        )

    def _parse(self, body: bytes, method: str) -> object:
        try:
            answer: object = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise EndpointAnswerError(endpoint=self.operator, method=method, detail="the answer is not JSON") from error
        return answer

    def _post(self, body: bytes, method: str) -> bytes:
        for attempt in (1, 2):
            reused = self._connection is not None
            try:
                return self._exchange(body, method)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.close()
                stale = reused and attempt == 1 and not isinstance(error, TimeoutError)
                if not stale:  # a kept-alive connection that the server has since closed deserves one more try
                    raise EndpointUnreachableError(
                        endpoint=self.operator, method=method, detail=_reason(error)
                    ) from error
            except EndpointError:
                self.close()
                raise
        raise EndpointUnreachableError(endpoint=self.operator, method=method, detail="connection lost")

    def _exchange(self, body: bytes, method: str) -> bytes:
        deadline = time.monotonic() + self._limits.seconds
        connection = self._connected()
        # The socket's own timeout restarts with every byte; the watchdog ends a server that drips them.
        watchdog = threading.Timer(self._limits.seconds, _hang_up, args=(connection.sock,))
        watchdog.daemon = True
        watchdog.start()
        try:
            headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "tanji-verify/1"}
            connection.request("POST", self._target(), body=body, headers=headers)
            response = connection.getresponse()
            data = self._read(response, method)
            if time.monotonic() >= deadline:  # a socket shut down by the watchdog reads as an early end
                raise TimeoutError
        except (OSError, http.client.HTTPException, ValueError) as error:
            if time.monotonic() >= deadline:
                raise TimeoutError(f"no complete answer within {self._limits.seconds:g} s") from error
            raise
        finally:
            watchdog.cancel()
        if response.status != 200 and not data.lstrip().startswith((b"{", b"[")):
            raise EndpointAnswerError(endpoint=self.operator, method=method, detail=f"HTTP status {response.status}")
        return data

    def _read(self, response: http.client.HTTPResponse, method: str) -> bytes:
        cap = self._limits.answer_bytes
        chunks: list[bytes] = []
        size = 0
        while chunk := response.read1(_READ_BYTES):
            size += len(chunk)
            if size > cap:
                raise EndpointAnswerError(endpoint=self.operator, method=method, detail=f"more than {cap} bytes")
            chunks.append(chunk)
        response.close()  # read1 leaves a finished response open, and its connection then cannot be used again
        return b"".join(chunks)

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            parts = urlsplit(self._endpoint.url)
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            connection = kind(parts.hostname or "", parts.port, timeout=self._limits.seconds)
            connection.connect()
            self._connection = connection
        return self._connection

    def _target(self) -> str:
        parts = urlsplit(self._endpoint.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _hang_up(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # already gone: that is what was wanted
        sock.shutdown(socket.SHUT_RDWR)


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _reason(error: Exception) -> str:
    return _printable(str(error) or type(error).__name__)


def _printable(value: object) -> str:
    """A server's words, made safe for a terminal and short."""
    text = value if isinstance(value, str) else repr(value)
    return "".join(char if char.isprintable() else " " for char in text[:200])
