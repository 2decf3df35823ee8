"""NDJSON bulk: one request with thousands of statements, answered line by line while it is read; until the last receipt is here.

Server and client as in `bench.http`; `rec` on the server's core, right before and after.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from statistics import median

from bench.harness import Effort, Result, recoveries_per_second
from bench.http import pinned_server
from bench.ingest import place, statements

_MOST = 10_000  # lines a request


def measure(effort: Effort) -> Iterator[Result]:
    """Row `http-bulk`."""
    given = statements(min(_MOST, effort.of(9_000, 2_000)))
    body = b"\n".join(given) + b"\n"
    cores = sorted(os.sched_getaffinity(0))
    rates: list[float] = []
    ratios: list[float] = []
    busy: list[float] = []
    try:
        for _ in range(effort.runs):
            with place() as directory, pinned_server("service", cores[-1], str(directory)) as (port, process):
                before, used = _rec(cores[-1]), processor_seconds(process)
                os.sched_setaffinity(0, {cores[0]})
                rate = _rate(port, body, len(given))
                used = processor_seconds(process) - used
                rec = (before + _rec(cores[-1])) / 2
            rates.append(rate)
            ratios.append(rate / rec)
            busy.append(len(given) / used / rec)
    finally:
        os.sched_setaffinity(0, set(cores))
    seen = {"per_second": median(rates), "statements": len(given), "of_the_servers_processor_time": median(busy)}
    yield Result(row="http-bulk", runs=tuple(ratios), seen=seen)


def processor_seconds(process: int) -> float:
    """What a process has used of all processors, its threads included."""
    with open(f"/proc/{process}/stat", encoding="ascii") as file:  # noqa: PTH123 - no file of ours
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rec(core: int) -> float:
    """`rec` on the core the server has to itself."""
    os.sched_setaffinity(0, {core})
    return recoveries_per_second()


def _rate(port: int, body: bytes, count: int) -> float:
    """Receipts per second: sent by a thread of the system's buffers, read to the end."""
    head = (
        "POST /v1/statements:bulk HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-ndjson\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        answer = _exchanged(connection, head.encode() + body)
    seconds = time.perf_counter() - started
    receipts = answer.count(b'"anchorBy"')
    if receipts != count:
        raise RuntimeError(f"{receipts} receipts for {count} statements: {answer[-300:]!r}")
    return count / seconds


def _exchanged(connection: socket.socket, request: bytes) -> bytes:
    """Everything that comes back, read while there is still something to send."""
    connection.setblocking(False)
    rest, answer = memoryview(request), bytearray()
    while True:
        idle = True
        try:
            some = connection.recv(1 << 20)
            if not some:
                return bytes(answer)
            answer += some
            idle = False
        except BlockingIOError:
            pass
        try:
            if rest:
                rest = rest[connection.send(rest[: 1 << 18]) :]
                idle = False
        except BlockingIOError:
            pass
        if idle:
            time.sleep(0.001)
