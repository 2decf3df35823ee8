"""A JSON-RPC server that lies: a proxy before a real node whose answers a test changes, or a server that makes them up.

The lies are told on the wire, so the client's own parsing, caps and timeouts are part of what is tested.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = dict[str, Any]
Lie = Callable[[str, list[Any], Answer], Answer]
"""Given method, params and the honest answer object (`result` or `error`), return the one to send."""


def honest(method: str, params: list[Any], answer: Answer) -> Answer:
    return answer


@dataclass
class LyingRpc:
    """What the server does. Tests set `lie` (per call) or `raw` (the whole HTTP body), and `delay` or `drip` in seconds."""

    url: str = ""
    upstream: Callable[[str, list[Any]], Answer] | None = None
    lie: Lie = honest
    raw: Callable[[bytes], bytes] | None = None
    status: int = 200
    delay: float = 0.0
    drip: float = 0.0
    methods: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def answer(self, body: bytes) -> bytes:
        request = json.loads(body)
        batch = request if isinstance(request, list) else [request]
        answers = [self._answer_one(one) for one in batch]
        honest_body = json.dumps(answers if isinstance(request, list) else answers[0]).encode()
        return honest_body if self.raw is None else self.raw(honest_body)

    def _answer_one(self, request: dict[str, Any]) -> Answer:
        self.methods.append(request["method"])
        told = (
            {"error": {"code": -32601, "message": "method not found"}}
            if self.upstream is None
            else self.upstream(request["method"], request["params"])
        )
        return {"jsonrpc": "2.0", "id": request["id"], **self.lie(request["method"], request["params"], told)}


def upstream_node(url: str) -> Callable[[str, list[Any]], Answer]:
    """Pass calls on to a real node."""

    def ask(method: str, params: list[Any]) -> Answer:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.loads(response.read())
        return {name: answer[name] for name in ("result", "error") if name in answer}

    return ask


@contextmanager
def lying_rpc(upstream: Callable[[str, list[Any]], Answer] | str | None = None) -> Iterator[LyingRpc]:
    """Run the server on a free port of the loopback interface."""
    source = upstream_node(upstream) if isinstance(upstream, str) else upstream
    server = LyingRpc(upstream=source)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    httpd.daemon_threads = True
    server.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def _handler(server: LyingRpc) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two writes; the second waited 40 ms for an ACK

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.stopping.wait(server.delay)
            answer = server.answer(body)
            try:
                self.send_response(server.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self._send(answer)
            except OSError:
                self.close_connection = True  # the client gave up, which is what it should do

        def _send(self, answer: bytes) -> None:
            if not server.drip:
                self.wfile.write(answer)
                return
            for place in range(len(answer)):
                self.wfile.write(answer[place : place + 1])
                self.wfile.flush()
                if server.stopping.wait(server.drip):
                    return

        def log_message(self, *args: object) -> None:
            return

    return Handler


def flip_hex(text: str, place: int = -1) -> str:
    """The same hex text with one digit changed."""
    place %= len(text)
    digit = format(int(text[place], 16) ^ 1, "x")
    return text[:place] + digit + text[place + 1 :]


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the condition did not come true")
        time.sleep(0.01)
