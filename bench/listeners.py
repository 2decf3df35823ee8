"""Listeners of the event stream: the server's whole resident memory with 5,000 of them, all of whom hear an event."""

from __future__ import annotations

import asyncio
import os
import time
import urllib.request
from collections.abc import Iterator

from api.http.serving import raise_descriptors
from bench.harness import Effort, Result
from bench.http import pinned_server
from bench.ingest import place, statements

LISTENERS = 5_000
_AT_ONCE = 100
_SECONDS = 60.0
_ASK = b"GET /v1/events HTTP/1.1\r\nHost: bench\r\n\r\n"


def measure(effort: Effort) -> Iterator[Result]:
    """Row `events-listeners-resident`. Not scaled: the row is about this many."""
    raise_descriptors()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[0]})
    data = next(iter(statements(2_000)))
    resident: list[float] = []
    seen: dict[str, float] = {}
    try:
        for _ in range(min(3, effort.runs)):
            with place() as directory, pinned_server("service", cores[-1], str(directory)) as (port, process):
                before = resident_megabytes(process)
                after, seconds = asyncio.run(_told(port, process, data))
            resident.append(after)
            seen = {
                "without_listeners": before,
                "kilobytes_each": 1000 * (after - before) / LISTENERS,
                "told_all_within_ms": 1000 * seconds,
                "heard": float(LISTENERS),
            }
    finally:
        os.sched_setaffinity(0, set(cores))
    yield Result(row="events-listeners-resident", runs=tuple(resident), seen=seen)


def resident_megabytes(process: int) -> float:
    """VmRSS of a process, in 10^6 bytes."""
    with open(f"/proc/{process}/status", encoding="ascii") as file:  # noqa: PTH123 - no file of ours
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) * 1024 / 1e6


class _Ear(asyncio.Protocol):
    """A listener: counts whose stream has begun, and who has heard the event."""

    __slots__ = ("_counts", "_state")

    def __init__(self, counts: list[int]) -> None:
        self._counts = counts
        self._state = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(_ASK)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if self._state == 0 and b"retry: " in data:
            self._state = 1
            self._counts[0] += 1
        if self._state == 1 and b"event: statement" in data:
            self._state = 2
            self._counts[1] += 1


async def _told(port: int, process: int, data: bytes) -> tuple[float, float]:
    """Resident megabytes with everybody listening and told once, and the seconds from the receipt until the last one heard."""
    loop, counts = asyncio.get_running_loop(), [0, 0]
    for _ in range(0, LISTENERS, _AT_ONCE):
        await asyncio.gather(
            *(loop.create_connection(lambda: _Ear(counts), "127.0.0.1", port) for _ in range(_AT_ONCE))
        )
    await _until(counts, 0)
    await asyncio.to_thread(_post, port, data)
    started = time.perf_counter()
    await _until(counts, 1)
    return resident_megabytes(process), time.perf_counter() - started


async def _until(counts: list[int], which: int) -> None:
    deadline = time.monotonic() + _SECONDS
    while counts[which] < LISTENERS:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{counts} of {LISTENERS} listeners")
        await asyncio.sleep(0.005)


def _post(port: int, data: bytes) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/statements", data=data, headers={"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request).read()
