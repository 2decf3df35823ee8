"""A service behind its real server on loopback, in a thread; and listeners of its event stream over plain sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from api.http.takeover import ServiceProtocol


@contextmanager
def server_of(app: Any, *, send_buffer: int = 0) -> Iterator[tuple[int, uvicorn.Server]]:
    """Serve as `tanji serve` does; yields the port. send_buffer: bytes the kernel holds for a connection (0: as it likes)."""
    with socket.socket() as listening:
        if send_buffer:  # connections inherit it
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, http=ServiceProtocol, log_level="warning", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield int(listening.getsockname()[1]), server
        finally:
            server.should_exit = True
            thread.join(timeout=30)


class Ear:
    """One listener on a socket."""

    def __init__(self, port: int, cursor: str = "", *, receive_buffer: int = 0) -> None:
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(20)
        self._socket.connect(("127.0.0.1", port))
        query = f"?cursor={cursor}" if cursor else ""
        self._socket.sendall(f"GET /v1/events{query} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        self.text = b""

    def until(self, wanted: bytes) -> bytes:
        """Read until the text holds `wanted`, or the server ends."""
        while wanted not in self.text:
            data = self._socket.recv(65_536)
            if not data:
                break
            self.text += data
        return self.text

    def to_the_end(self) -> bytes:
        """Read until the server closes; an abort counts as the end."""
        try:
            while data := self._socket.recv(65_536):
                self.text += data
        except ConnectionResetError:
            pass
        return self.text

    def close(self) -> None:
        """Leave."""
        self._socket.close()
