"""Group commit for single submissions: who waits together is made durable together.

One worker thread; while it makes a batch durable, the next one gathers. No timer: an idle ledger answers at once, a busy one
fills its batches by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ledger.domain.entries import Received
from ledger.domain.errors import LedgerError, QueueFullError, WriterStoppedError
from ledger.domain.store_errors import FencedError
from ledger.services.sequencer import Sequencer
from ledger.services.submission import Examined, examine_all
from verifier.receipt import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPolicy:
    """`batch`: submissions made durable together. `waiting`: how many may wait before more are turned away."""

    batch: int = 128
    waiting: int = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    data: bytes
    answer: asyncio.Future[Receipt]


class SubmissionFront:
    """Takes single submissions on an event loop. Made and used on that loop."""

    def __init__(self, sequencer: Sequencer, separator: bytes, policy: FrontPolicy | None = None) -> None:
        self._sequencer = sequencer
        self._separator = separator
        self._policy = policy or FrontPolicy()
        self._waiting: list[_Waiting] = []
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="sequencer")
        self._running: asyncio.Task[None] | None = None
        self._stopped = False

    async def submit(self, data: bytes) -> Receipt:
        """Submit a statement's JSON text; returns once it is durable and sequenced, with its receipt.

        Who is cancelled while waiting may have been sequenced all the same, and gets the receipt by asking again.

        Raises:
            SubmissionMalformedError, SubmissionRefusedError: it is not let in, and why.
            QueueFullError, WriterStoppedError, BackpressureError: try again later.
            StoreError: the database failed.
        """
        if self._stopped:
            raise WriterStoppedError("this ledger takes no submissions", 5.0)
        if len(self._waiting) >= self._policy.waiting:
            raise QueueFullError(f"{len(self._waiting)} submissions are waiting", 1.0)
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(data=data, answer=answer))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await answer

    async def submit_many(self, batch: Sequence[bytes]) -> list[Receipt | LedgerError]:
        """Submit statements together, in their order; a refusal stands in its statement's place.

        Raises WriterStoppedError; what stops the whole batch stands in every admissible statement's place.
        """
        if self._stopped:
            raise WriterStoppedError("this ledger takes no submissions", 5.0)
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._work, batch)

    async def close(self) -> None:
        """Answer everyone who waits, then stop."""
        self._stopped = True
        if self._running is not None:
            await self._running
        self._worker.shutdown()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._policy.batch], self._waiting[self._policy.batch :]
                try:
                    outcomes = await loop.run_in_executor(self._worker, self._work, [one.data for one in batch])
                except BaseException as error:
                    # A defect of ours: nobody may wait for ever because of it.
                    for one in batch + self._waiting:
                        _fail(one.answer, WriterStoppedError(f"the sequencer failed: {type(error).__name__}", 5.0))
                    self._waiting = []
                    raise
                for one, outcome in zip(batch, outcomes, strict=True):
                    _answer(one.answer, outcome)
        finally:
            self._running = None

    def _work(self, batch: Sequence[bytes]) -> list[Receipt | LedgerError]:
        examined: list[Examined] = examine_all(batch, self._separator)
        try:
            sequenced = iter(self._sequencer.sequence([one for one in examined if isinstance(one, Received)]))
        except LedgerError as error:
            if isinstance(error, FencedError):
                self._stopped = True
            return [error if isinstance(one, Received) else one for one in examined]
        return [next(sequenced) if isinstance(one, Received) else one for one in examined]


def _answer(answer: asyncio.Future[Receipt], outcome: Receipt | LedgerError) -> None:
    if isinstance(outcome, LedgerError):
        _fail(answer, outcome)
    elif not answer.done():  # the caller may have given up waiting
        answer.set_result(outcome)


def _fail(answer: asyncio.Future[Receipt], error: LedgerError) -> None:
    if not answer.done():
        answer.set_exception(error)
