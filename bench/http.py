"""The service under load: a server pinned to one core, this process on the other, 64 kept-alive connections.

`H` is FastAPI's hello-world in requests per second, from the same load, right before and after every run, under the
parser and the loop that the service has. Beside it the same under uvicorn as it comes by itself, which is half as fast.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, median

from bench.harness import Effort, Result, percentile
from bench.ingest import place, statements

CLIENTS = 64
ROOT = Path(__file__).resolve().parent.parent


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `http-statements`, `http-statements-p99`, `http-tiles`."""
    given = [_post(data) for data in statements(effort.of(6_000, 2_000))]
    tile = get("/log/tile/0/000")
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[0]})
    speeds: list[float] = []
    waits: list[float] = []
    tiles: list[float] = []
    hellos: list[float] = []
    plain: list[float] = []
    try:
        for _ in range(effort.runs):
            with _server("hello-plain", cores[-1]) as hello:
                plain.append(speed(hello, [get("/")] * len(given)))
            with place() as directory, _server("hello", cores[-1]) as hello:
                before = speed(hello, [get("/")] * len(given))
                with _server("service", cores[-1], str(directory)) as port:
                    posted = speed(port, given)
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/bench/integrate", data=b"").read()
                    read = speed(port, [tile] * len(given))
                h = mean((before, speed(hello, [get("/")] * len(given))))
            with place() as directory, _server("service", cores[-1], str(directory)) as port:
                waits.append(1000 * percentile(at_rate(port, given[: len(given) // 2], posted / 2), 0.99))
            speeds.append(posted / h)
            tiles.append(read / h)
            hellos.append(h)
    finally:
        os.sched_setaffinity(0, set(cores))
    yield Result(row="http-statements", runs=tuple(speeds), seen=beside(speeds, hellos, plain))
    yield Result(row="http-statements-p99", runs=tuple(waits))
    yield Result(row="http-tiles", runs=tuple(tiles), seen=beside(tiles, hellos, plain))


def beside(ratios: Sequence[float], hellos: Sequence[float], plain: Sequence[float]) -> dict[str, float]:
    """Figures beside ratios of H: both hello-worlds, the row's own speed, and its ratio of the plain one."""
    each = median(ratio * h for ratio, h in zip(ratios, hellos, strict=True))
    return {
        "per_second": each,
        "hello_per_second": median(hellos),
        "plain_hello_per_second": median(plain),
        "of_the_plain_hello": each / median(plain),
    }


@contextmanager
def _server(what: str, core: int, *more: str) -> Iterator[int]:
    with pinned_server(what, core, *more) as (port, _):
        yield port


@contextmanager
def pinned_server(what: str, core: int, *more: str, seconds: float = 60) -> Iterator[tuple[int, int]]:
    """One of `bench.http_server` on a core of its own, up within so many seconds: its port and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "bench.http_server", what, str(port), str(core), *more]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()  # what it started (a node) it ends itself
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def get(path: str, headers: str = "") -> bytes:
    """A request as it travels; headers: whole lines."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n".encode()


def _post(data: bytes) -> bytes:
    head = f"POST /v1/statements HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


class _Client(asyncio.Protocol):
    """One connection: a request at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._buffer.lower().find(b"content-length:", 0, head)
        length = int(self._buffer[at + 15 : self._buffer.find(b"\r\n", at)])
        if len(self._buffer) >= head + 4 + length and self._answer is not None:
            status = int(self._buffer[9:12])
            self._buffer = b""
            self._answer.set_result(status)

    async def ask(self, request: bytes) -> None:
        """Send and wait for the whole answer."""
        self._answer = asyncio.get_running_loop().create_future()
        if self._transport is not None:
            self._transport.write(request)
        status = await self._answer
        if status not in (200, 201):
            raise RuntimeError(f"answered {status}")


async def _open(port: int) -> list[_Client]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(_Client, "127.0.0.1", port))[1] for _ in range(CLIENTS)]


def speed(port: int, requests: Sequence[bytes]) -> float:
    """Requests per second, every client asking as soon as it is answered."""

    async def run() -> float:
        clients, queue = await _open(port), iter(requests)

        async def work(client: _Client) -> None:
            for request in queue:
                await client.ask(request)

        started = time.perf_counter()
        await asyncio.gather(*map(work, clients))
        return len(requests) / (time.perf_counter() - started)

    return asyncio.run(run())


def at_rate(port: int, requests: Sequence[bytes], per_second: float) -> list[float]:
    """Seconds each request took from when it was due: a late one counts its waiting for a free connection too."""

    async def run() -> list[float]:
        idle: asyncio.Queue[_Client] = asyncio.Queue()
        for client in await _open(port):
            idle.put_nowait(client)
        waited: list[float] = []

        async def one(request: bytes, due: float) -> None:
            client = await idle.get()
            await client.ask(request)
            idle.put_nowait(client)
            waited.append(time.perf_counter() - due)

        tasks = []
        started = time.perf_counter()
        for number, request in enumerate(requests):
            due = started + number / per_second
            while (pause := due - time.perf_counter()) > 0:
                await asyncio.sleep(pause)
            tasks.append(asyncio.create_task(one(request, due)))
        await asyncio.gather(*tasks)
        return waited[CLIENTS:]

    return asyncio.run(run())
