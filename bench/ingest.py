"""Bulk ingest in process: signed JSON texts in, receipts out, each batch durable before its receipts leave.

Half footprints, half certificates that stand on them. Every run has a database of its own, on the disk under bench/.data.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.harness import Effort, Peer, Result, against, one_core, wall_rate
from ledger.services.host import LedgerHost
from ledger.services.ingest import CheckingPool
from tests.support.databases import fresh_database, postgres_server
from tests.support.ledger import certificate, config, footprint
from verifier.receipt import Receipt

DATA = Path(__file__).parent / ".data"
CHECKERS = 2  # processes that check beside the one that writes

MakeUrl = Callable[[Path], str]


def statements(count: int) -> list[bytes]:
    """`count` different signed statements, each certificate after its footprint."""
    made: list[bytes] = []
    for number in range((count + 1) // 2):
        made += (footprint(number), certificate(number, number))
    return made[:count]


@contextmanager
def place() -> Iterator[Path]:
    """An empty directory on the disk the bench lives on: memory would flatter."""
    DATA.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DATA) as directory:
        yield Path(directory)


def _sqlite(directory: Path) -> str:
    return str(directory / "ledger.sqlite")


def measure_sqlite(effort: Effort) -> Iterator[Result]:
    """Row `ingest-sqlite`; the peer is pymerkle's tree on SQLite, which checks nothing."""
    with one_core():
        peer = Peer(name="pymerkle on SQLite, no checks", value=_pymerkle_rate(effort.of(1_000)), unit="per second")
        yield _measure("ingest-sqlite", effort, _sqlite, processes=0, peers=(peer,))


def measure_sqlite_parallel(effort: Effort) -> Iterator[Result]:
    """Row `ingest-sqlite-parallel`."""
    yield _measure("ingest-sqlite-parallel", effort, _sqlite, processes=CHECKERS)


def measure_postgres(effort: Effort) -> Iterator[Result]:
    """Row `ingest-postgres`. The server is a process of its own and may use the other core."""
    with postgres_server() as server:
        yield _measure("ingest-postgres", effort, lambda _: fresh_database(server), processes=0)


def measure_postgres_parallel(effort: Effort) -> Iterator[Result]:
    """Row `ingest-postgres-parallel`."""
    with postgres_server() as server:
        yield _measure("ingest-postgres-parallel", effort, lambda _: fresh_database(server), processes=CHECKERS)


def _measure(row: str, effort: Effort, url: MakeUrl, *, processes: int, peers: tuple[Peer, ...] = ()) -> Result:
    given = statements(effort.of(12_000 if processes else 6_000))
    pool = CheckingPool(processes) if processes else None
    if pool is not None:
        pool.warm()
    busy: list[float] = []
    try:
        seen = against(lambda: _ingest(given, url, pool, busy), effort.runs)
    finally:
        if pool is not None:
            pool.close()
    figures = {**seen.seen, "statements": len(given), "json_bytes": median(map(len, given)), "busy": median(busy[1:])}
    return Result(row=row, runs=seen.ratios, seen=figures, peers=peers)


def _ingest(given: list[bytes], url: MakeUrl, pool: CheckingPool | None, busy: list[float]) -> float:
    """Receipts per second into a fresh ledger. Notes in `busy` which share of the time this process was at work."""
    with place() as directory:
        host = LedgerHost.open(config(url(directory), directory / "log"))
        before, started = time.process_time(), time.perf_counter()
        try:
            return wall_rate(lambda: sum(isinstance(one, Receipt) for one in host.ingest(given, pool=pool)))
        finally:
            busy.append((time.process_time() - before) / (time.perf_counter() - started))
            host.close()


def _pymerkle_rate(count: int) -> float:
    """Appends per second to pymerkle's SQLite tree, which commits each."""
    from pymerkle import SqliteTree

    with place() as directory:
        tree = SqliteTree(str(directory / "tree.sqlite"))
        try:
            return wall_rate(lambda: len([tree.append_entry(b"entry %d" % number) for number in range(count)]))
        except sqlite3.Error as error:
            raise RuntimeError("pymerkle's tree failed") from error
        finally:
            tree.con.close()
