"""Bulk ingest: many statements in, in process; a receipt or a refusal for each out, in their order.

Checking is what costs (trap 21), so it can be spread over processes while one writer sequences what they have checked; and a batch
is put on disk, by a thread that mostly waits, while the next one is being checked.
"""

from __future__ import annotations

import gc
import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ledger.domain.entries import Received
from ledger.domain.errors import LedgerError
from ledger.services.sequencer import Outcome, Sequencer
from ledger.services.submission import Examined, examine_all
from verifier.receipt import Receipt

# More than a batch's objects, so that the collector only looks when some of them outlive it.
_YOUNG_OBJECTS: Final = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A statement that was not logged: its place in the input (from 0), and why."""

    position: int
    error: LedgerError


def _settle() -> None:
    """What has been imported lives as long as the process: the collector need not walk it, nor look often."""
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)


class CheckingPool:
    """Processes that check statements. Starting them takes a second: keep the pool for as long as there is work."""

    def __init__(self, processes: int) -> None:
        self.processes = processes
        # spawn: a forked child would share the database's sockets and the writer's lock.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_settle)

    def submit(self, statements: Sequence[bytes], separator: bytes) -> Future[list[Examined]]:
        """Check statements in one of the processes."""
        return self._pool.submit(examine_all, statements, separator)

    def warm(self) -> None:
        """Wait until every process has started."""
        wait([self._pool.submit(examine_all, [b"{}"] * 100, bytes(32)) for _ in range(4 * self.processes)])

    def close(self) -> None:
        """Stop the processes."""
        self._pool.shutdown(cancel_futures=True)


def ingest(
    statements: Iterable[bytes], sequencer: Sequencer, separator: bytes, *, pool: CheckingPool | None = None
) -> Iterator[Receipt | Refusal]:
    """Sequence statements in batches; yields the outcome of each once its batch is durable.

    A batch's outcomes come when the next batch has been read and checked, so a slow source delays them by a batch. While the
    caller holds an outcome nothing is under way: it may stop there, integrate, or submit through the same sequencer.

    Args:
        statements: JSON texts.
        sequencer: the open sequencer.
        separator: the deployment's EIP-712 domain separator, 32 bytes.
        pool: processes to check in; without one, this process checks.

    Raises:
        FencedError, BackpressureError, StoreError: the batch at hand was not sequenced (or all of it was: feeding the
            same statements again gives the same receipts). What was yielded before is durable.
        What `statements` raises: once the outcomes of everything sequenced before have been yielded.
    """
    size = sequencer.policy.batch
    position = 0
    checked = (
        _check_here(statements, separator, size) if pool is None else _check_there(statements, separator, size, pool)
    )
    with _calm_collector():
        for outcome in _sequence(checked, sequencer):
            yield Refusal(position=position, error=outcome) if isinstance(outcome, LedgerError) else outcome
            position += 1


def _sequence(batches: Iterator[list[Examined]], sequencer: Sequencer) -> Iterator[Outcome]:
    """The outcomes of one batch after the other; while one is put on disk, the next is taken from `batches`.

        thread     disk
        prepare k ─▶ commit k          numbers and signatures of k are in memory, and nobody has seen them
        check k+1    (one transaction)  in memory: touches neither store nor sequencer
        wait ◀────── done or failed    leaving this function by any way waits here too (the pool's `with`)
        yield k                        durable; nothing is under way
        prepare k+1                    sees the store as k left it

    Killed anywhere, the log has batches 1..k whole or 1..k−1 whole, and nobody holds a receipt of what it lacks.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ingest-commit") as disk:
        batch = next(batches, None)
        while batch is not None:
            prepared = sequencer.prepare([one for one in batch if isinstance(one, Received)])
            durable = disk.submit(sequencer.commit, prepared)
            following, trouble = _next(batches)
            outcomes = iter(durable.result())
            for one in batch:
                yield next(outcomes) if isinstance(one, Received) else one
            if trouble is not None:
                raise trouble
            batch = following


def _next(batches: Iterator[list[Examined]]) -> tuple[list[Examined] | None, Exception | None]:
    """The next batch, or what reading or checking it raised: that may not keep back the receipts of the one before."""
    try:
        return next(batches, None), None
    except Exception as error:
        return None, error


def _check_here(statements: Iterable[bytes], separator: bytes, size: int) -> Iterator[list[Examined]]:
    source = iter(statements)
    while chunk := list(islice(source, size)):
        yield examine_all(chunk, separator)


def _check_there(
    statements: Iterable[bytes], separator: bytes, size: int, pool: CheckingPool
) -> Iterator[list[Examined]]:
    source = iter(statements)
    waiting: deque[Future[list[Examined]]] = deque()
    try:
        # A bounded number of chunks ahead: the input may be endless.
        while chunk := list(islice(source, size)):
            waiting.append(pool.submit(chunk, separator))
            if len(waiting) > pool.processes + 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


@contextmanager
def _calm_collector() -> Iterator[None]:
    """Keep the collector from walking what lives for ever, again and again, while objects pass by the thousand."""
    youngest, *older = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(max(youngest, _YOUNG_OBJECTS) if youngest else 0, *older)
    try:
        yield
    finally:
        gc.set_threshold(youngest, *older)
        gc.unfreeze()
