"""Bulk ingest: a batch goes to the disk while the next is checked, and still no receipt leaves before its entry is durable."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.errors import LedgerError
from ledger.domain.store_errors import StoreError, StoreFullError
from ledger.services.host import LedgerHost
from ledger.services.ingest import Refusal
from ledger.services.sequencer import SequencerPolicy
from tests.support.ledger import certificate, config
from verifier.receipt import Receipt

BATCH = 10
COUNT = 45
ROOT = Path(__file__).resolve().parents[3]
POINTS = ("batch.signed", "batch.begun", "batch.written", "batch.committed")


@dataclass
class Told:
    """A `CrashPoints` that notes every step, and raises `error` the n-th time `point` is reached."""

    point: str = ""
    left: int = 0
    error: LedgerError | None = None
    steps: list[tuple[str, str]] = field(default_factory=list)

    def reach(self, point: str) -> None:
        self.steps.append((point, threading.current_thread().name))
        if point == self.point:
            self.left -= 1
            if self.left == 0 and self.error is not None:
                raise self.error


@pytest.fixture
def parts(tmp_path: Path, database_url: str) -> dict[str, Any]:
    return {"url": database_url, "files": tmp_path / "log", "sequencing": SequencerPolicy(batch=BATCH)}


def statements(first: int = 0, upto: int = COUNT) -> list[bytes]:
    return [certificate(number) for number in range(first, upto)]


def until_it_raises(outcomes: Iterator[Receipt | Refusal]) -> tuple[list[Receipt], BaseException | None]:
    found: list[Receipt] = []
    try:
        for one in outcomes:
            assert isinstance(one, Receipt), one
            found.append(one)
    except (LedgerError, OSError) as error:
        return found, error
    return found, None


def test_no_receipt_is_given_before_its_entry_is_durable(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))
    sizes = []
    for outcome in host.ingest(statements()):
        assert isinstance(outcome, Receipt)
        sizes.append(host.reader.size())
        stored = host.reader.entry(outcome.index)
        assert stored is not None
        assert stored.receipt_signature == outcome.signature
    # While a batch's receipts are looked at, nothing is under way: the store does not grow.
    assert sizes == [BATCH] * 10 + [2 * BATCH] * 10 + [3 * BATCH] * 10 + [4 * BATCH] * 10 + [COUNT] * 5
    host.close()


def test_batches_are_committed_one_after_the_other_on_one_thread(parts: dict[str, Any]) -> None:
    told = Told()
    host = LedgerHost.open(config(**parts, crash=told))
    taken: list[int] = []

    def source() -> Iterator[bytes]:
        for number, statement in enumerate(statements()):
            if number % BATCH == 0:
                taken.append(sum(step == "batch.committed" for step, _ in told.steps))
            yield statement

    assert len(list(host.ingest(source()))) == COUNT
    points = [step for step, _ in told.steps]
    assert points == list(POINTS) * 5
    assert {name for _, name in told.steps} == {"ingest-commit_0"}
    assert taken[0] == 0
    # Batch k+1 is read while batch k is on its way, never two ahead.
    assert all(ahead - 1 <= committed <= ahead for ahead, committed in enumerate(taken)), taken
    host.close()


@pytest.mark.parametrize("stop", [1, BATCH - 1, BATCH, BATCH + 1, COUNT])
def test_a_caller_that_stops_early_leaves_whole_batches(parts: dict[str, Any], stop: int) -> None:
    host = LedgerHost.open(config(**parts))
    outcomes = host.ingest(statements())
    held = [next(outcomes) for _ in range(stop)]
    outcomes.close()  # type: ignore[attr-defined]
    size = host.reader.size()
    assert size == min(COUNT, -(-stop // BATCH) * BATCH)
    assert not [one for one in threading.enumerate() if one.name.startswith("ingest-commit")]
    # The same sequencer goes on where it stands, with others' statements first.
    (other,) = host.ingest(statements(500, 501))
    assert isinstance(other, Receipt)
    assert other.index == size
    again = list(host.ingest(statements()))
    assert again[:stop] == held
    assert host.reader.size() == COUNT + 1
    host.close()


def test_a_caller_may_integrate_and_submit_in_the_middle(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))
    indices = []
    for number, outcome in enumerate(host.ingest(statements())):
        assert isinstance(outcome, Receipt)
        indices.append(outcome.index)
        if number == BATCH + 3:
            assert [one.index for one in host.ingest(statements(500, 502)) if isinstance(one, Receipt)] == [20, 21]
            made = host.integrate()
            assert made is not None
            assert made.size == 22
    assert indices == [*range(20), *range(22, COUNT + 2)]
    host.close()


@pytest.mark.parametrize(
    "error", [StoreFullError("the disk"), StoreError("the database failed")], ids=["full", "failed"]
)
@pytest.mark.parametrize("point", POINTS)
def test_a_commit_that_fails_gives_no_receipt_and_takes_no_index(
    parts: dict[str, Any], point: str, error: LedgerError
) -> None:
    host = LedgerHost.open(config(**parts, crash=Told(point=point, left=3, error=error)))
    held, raised = until_it_raises(host.ingest(statements()))
    assert raised is error
    assert [one.index for one in held] == list(range(2 * BATCH)), "what went before is answered"
    # After the commit nobody can tell whether it happened: whole, or not at all.
    assert host.reader.size() == (3 * BATCH if point == "batch.committed" else 2 * BATCH)
    again, raised = until_it_raises(host.ingest(statements()))
    assert raised is None
    assert again[: 2 * BATCH] == held
    assert [one.index for one in again] == list(range(COUNT))
    assert host.reader.size() == COUNT
    host.close()


def test_a_source_that_fails_does_not_keep_back_receipts(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))

    def source() -> Iterator[bytes]:
        yield from statements(0, 2 * BATCH + 5)
        raise OSError("the file went away")

    held, raised = until_it_raises(host.ingest(source()))
    assert isinstance(raised, OSError)
    assert [one.index for one in held] == list(range(2 * BATCH)), "two batches were durable, and both are answered"
    assert host.reader.size() == 2 * BATCH, "what was read of the third is not logged"
    assert list(host.ingest(statements(0, 2 * BATCH))) == held
    host.close()


def test_a_source_that_fails_while_the_disk_is_full(parts: dict[str, Any]) -> None:
    full = StoreFullError("the disk")
    host = LedgerHost.open(config(**parts, crash=Told(point="batch.written", left=2, error=full)))

    def source() -> Iterator[bytes]:
        yield from statements(0, 2 * BATCH)
        raise OSError("the file went away")

    held, raised = until_it_raises(host.ingest(source()))
    assert raised is full
    assert len(held) == host.reader.size() == BATCH
    host.close()


def test_refusals_stand_in_their_places_across_batches(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))
    mixed = [b"{" if number % 3 == 0 or number < 2 * BATCH else one for number, one in enumerate(statements())]
    outcomes = list(host.ingest(mixed))
    assert [one.position for one in outcomes if isinstance(one, Refusal)] == [
        number for number in range(COUNT) if number % 3 == 0 or number < 2 * BATCH
    ]
    assert [one.index for one in outcomes if isinstance(one, Receipt)] == list(range(host.reader.size()))
    assert list(host.ingest([])) == []
    host.close()


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_killed_while_the_next_batch_is_checked(database_url: str, tmp_path: Path, point: str) -> None:
    files = tmp_path / "log"
    worker = subprocess.run(
        [sys.executable, "-m", "tests.support.ingest_worker", database_url, str(files), point, "3", str(BATCH)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert worker.returncode == -9, f"the step was not reached: {worker.stderr}"
    rows = [line.split(" ") for line in worker.stdout.split("\n")[:-1]]
    given = {row[0]: (int(row[1]), row[2]) for row in rows}
    assert len(given) == 2 * BATCH, "two batches were answered before the third was on its way"

    host = LedgerHost.open(config(database_url, files, wait=30.0))
    stored = {one.statement_id.hex(): (one.index, one.receipt_signature.hex()) for one in host.reader.entries(0, COUNT)}
    assert len(stored) == host.reader.size()
    assert len(stored) in (2 * BATCH, 3 * BATCH), "a batch is there whole or not at all"
    assert {key: stored[key] for key in given} == given
    again = list(host.ingest(statements()))
    assert [one.index for one in again if isinstance(one, Receipt)] == list(range(COUNT))
    assert {one.id.hex(): (one.index, one.signature.hex()) for one in again if isinstance(one, Receipt)} | given == {
        one.id.hex(): (one.index, one.signature.hex()) for one in again if isinstance(one, Receipt)
    }
    host.close()
