"""Whatever happens to the catalogue, the log goes on: submissions, checkpoints, and lists again once they can."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ledger.domain.store_errors import StoreError, StoreFullError, StoreUnavailableError
from ledger.services.catalogue_follower import AT_ONCE, FIRST_PAUSE, LONGEST_PAUSE, CatalogueFollower
from ledger.services.host import LedgerHost
from ledger.store.engines import parse_url, writing_engine
from tests.support.ledger import OwnedClock, certificate, config
from verifier.receipt import Receipt

LOGGER = "ledger.services.catalogue_follower"


@pytest.fixture
def parts(tmp_path: Path, database_url: str) -> dict[str, Any]:
    return {"url": database_url, "files": tmp_path / "log", "clock": OwnedClock()}


@dataclass
class Work:
    """A keeper with so many entries to take in, that raises what it is told to."""

    left: int = 0
    error: Exception | None = None
    steps: int = 0
    asked: threading.Event = field(default_factory=threading.Event)

    def step(self) -> int:
        self.steps += 1
        self.asked.set()
        if self.error is not None:
            raise self.error
        took = min(200, self.left)
        self.left -= took
        return took


@contextmanager
def executed(url: str, *statements: str) -> Iterator[None]:
    """Statements in a transaction that stays open, and is rolled back at the end."""
    engine = writing_engine(parse_url(url))
    with engine.connect() as connection:
        for one in statements:
            connection.execute(sa.text(one))
        yield
        connection.rollback()
    engine.dispose()


def execute(url: str, *statements: str) -> None:
    engine = writing_engine(parse_url(url))
    with engine.begin() as connection:
        for one in statements:
            connection.execute(sa.text(one))
    engine.dispose()


def submit(host: LedgerHost, first: int, upto: int) -> None:
    answers = list(host.ingest(certificate(number) for number in range(first, upto)))
    assert all(isinstance(one, Receipt) for one in answers)


# ---------------------------------------------------------------- the follower by itself


def test_a_call_takes_so_many_and_the_next_goes_on() -> None:
    work = Work(left=2 * AT_ONCE + 50)
    follower = CatalogueFollower(work, OwnedClock())
    assert [follower.follow() for _ in range(4)] == [AT_ONCE, AT_ONCE, 50, 0]


@pytest.mark.parametrize(
    "error",
    [StoreFullError("the disk"), StoreUnavailableError("locked"), StoreError("no such table"), RecursionError(), ValueError("x")],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_a_failure_is_told_and_tried_again_later_and_later(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    work, clock = Work(left=300, error=error), OwnedClock()
    follower = CatalogueFollower(work, clock)
    pauses = []
    with caplog.at_level(logging.WARNING, LOGGER):
        for _ in range(8):
            steps = work.steps
            assert follower.follow() == 0
            assert work.steps == steps + 1
            pause = 0
            while work.steps == steps + 1:  # it is left alone meanwhile
                clock.pass_time(1)
                pause += 1
                steps = work.steps - 1
                if pause >= FIRST_PAUSE * 2 ** len(pauses) or pause >= LONGEST_PAUSE:
                    break
                assert follower.follow() == 0
                assert work.steps == steps + 1
            pauses.append(pause)
        assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
        assert len(caplog.records) == 8
        work.error = None
        assert follower.follow() == 300
    assert "again" in caplog.records[-1].message
    work.left, work.error = 10, error
    follower.follow()
    clock.pass_time(2)
    work.error = None
    assert follower.follow() == 10, "and the pauses begin anew"


def test_on_its_thread_it_ends_when_told_and_looks_once_more() -> None:
    work, stop = Work(left=500), threading.Event()
    thread = threading.Thread(target=CatalogueFollower(work, OwnedClock()).keep, args=(stop,))
    thread.start()
    assert work.asked.wait(30)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert work.left == 0, "what was there when it was told to stop is taken in"


def test_a_thread_survives_failures() -> None:
    work, clock, stop = Work(left=500, error=StoreFullError("the disk")), OwnedClock(), threading.Event()
    thread = threading.Thread(target=CatalogueFollower(work, clock).keep, args=(stop,))
    thread.start()
    assert work.asked.wait(30)
    work.error = None
    clock.pass_time(10)
    while work.left:
        assert thread.is_alive()
        time.sleep(0.01)
    stop.set()
    thread.join(30)


# ---------------------------------------------------------------- beside a log


def test_a_broken_catalogue_fails_neither_submissions_nor_checkpoints(
    parts: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    host = LedgerHost.open(config(**parts))
    submit(host, 0, 5)
    assert host.integrate() is not None
    rows = host.reader.catalogue()
    assert rows.size() == 5
    execute(parts["url"], "ALTER TABLE catalogue_parties RENAME TO elsewhere")
    with caplog.at_level(logging.WARNING, LOGGER):
        for first in (5, 10):
            submit(host, first, first + 5)
            made = host.integrate()
            assert made is not None
            assert made.size == host.tree.size == first + 5
    assert len(caplog.records) == 1, "told once; the second try comes later"
    assert rows.size() == 5, "a step that failed left nothing"
    assert len(rows.listed()) == 5
    host.close()
    host = LedgerHost.open(config(**parts))
    assert host.tree.size == 15, "a ledger opens without its lists too"
    execute(parts["url"], "ALTER TABLE elsewhere RENAME TO catalogue_parties")
    host.integrate()
    parts["clock"].pass_time(int(FIRST_PAUSE) + 1)
    host.integrate()
    assert host.reader.catalogue().size() == 15
    host.close()


def test_rows_in_its_way_do_not_stop_the_log(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))
    execute(parts["url"], "INSERT INTO catalogue_entries (leaf_index, kind, issuer) VALUES (2, 'x', 'y')")
    submit(host, 0, 5)
    made = host.integrate()
    assert made is not None
    assert made.size == 5
    assert host.reader.catalogue().size() == 0
    host.close()


def test_a_locked_catalogue_is_not_waited_for(parts: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """SQLite locks everything at once, so there only the follower is asked; on PostgreSQL the log goes on meanwhile."""
    host = LedgerHost.open(config(**parts))
    submit(host, 0, 5)
    host.publish()
    is_sqlite = parts["url"].startswith("sqlite")
    lock = ("SELECT 1",) if is_sqlite else ("LOCK TABLE catalogue_state IN ACCESS EXCLUSIVE MODE",)
    with executed(parts["url"], *lock), caplog.at_level(logging.WARNING, LOGGER):
        started = time.monotonic()
        assert host.catalogue.follow() == 0
        waited = time.monotonic() - started
        if not is_sqlite:
            submit(host, 5, 10)
            made = host.integrate()
            assert made is not None
            assert made.size == 10
    # Ten seconds is what the log's own transactions wait for a lock: far from it, however busy the machine.
    assert waited < 9
    assert "store" not in caplog.text
    assert len(caplog.records) == 1
    parts["clock"].pass_time(10)
    host.integrate()
    assert host.reader.catalogue().size() == host.reader.size()
    host.close()


def test_a_service_publishes_while_lists_hang(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))
    hanging, go = threading.Event(), threading.Event()

    class Hanging:
        def step(self) -> int:
            hanging.set()
            go.wait(60)
            return 0

    host.catalogue = CatalogueFollower(Hanging(), parts["clock"])

    async def serve() -> None:
        front, stop = host.front(), asyncio.Event()
        keeping = asyncio.create_task(host.keep_integrating(stop, 0.005))
        await asyncio.to_thread(hanging.wait, 60)
        for number in range(20):
            receipt = await front.submit(certificate(number))
            while host.tree.size <= receipt.index:
                await asyncio.sleep(0.005)
        assert not go.is_set()
        stop.set()
        go.set()
        await keeping
        await front.close()

    asyncio.run(asyncio.wait_for(serve(), 120))
    assert host.tree.size == 20
    host.close()


def test_a_service_keeps_lists_beside_checkpoints(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))

    async def serve() -> None:
        front, stop = host.front(), asyncio.Event()
        keeping = asyncio.create_task(host.keep_integrating(stop, 0.005))
        await asyncio.gather(*(front.submit(certificate(number)) for number in range(60)))
        stop.set()
        await keeping
        await front.close()

    asyncio.run(serve())
    assert host.tree.size == host.reader.catalogue().size() == 60
    assert host.reader.catalogue().totals().certificates == 60
    host.close()
