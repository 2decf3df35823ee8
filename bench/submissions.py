"""Single submissions through the front: 64 clients, each waiting for its receipt before it submits again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from statistics import median

from bench.harness import Effort, Result, against, percentile
from bench.ingest import place, statements
from ledger.services.host import LedgerHost
from tests.support.ledger import config

CLIENTS = 64


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `submissions` and `submissions-p99`, on SQLite."""
    given = statements(effort.of(6_000, 1_000))
    waits: list[list[float]] = []

    def once() -> float:
        with place() as directory:
            host = LedgerHost.open(config(str(directory / "ledger.sqlite"), directory / "log"))
            try:
                speed, waited = asyncio.run(_submit_all(host, given))
            finally:
                host.close()
        waits.append(waited)
        return speed

    seen = against(once, effort.runs)
    counted = waits[1:]  # the first run warms up
    yield Result(row="submissions", runs=seen.ratios, seen=seen.seen)
    yield Result(
        row="submissions-p99",
        runs=tuple(1000 * percentile(waited, 0.99) for waited in counted),
        seen={"median_ms": median([1000 * median(waited) for waited in counted])},
    )


async def _submit_all(host: LedgerHost, given: list[bytes]) -> tuple[float, list[float]]:
    """Receipts per second, and how long each client waited for each, in seconds."""
    front = host.front()
    queue = iter(given)
    waited: list[float] = []

    async def client() -> None:
        for data in queue:
            asked = time.perf_counter()
            await front.submit(data)
            waited.append(time.perf_counter() - asked)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    speed = len(waited) / (time.perf_counter() - started)
    await front.close()
    return speed, waited
