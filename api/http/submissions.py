"""Submitting through the front, and telling a statement that is new from one that was here before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.domain.errors import LedgerError
from ledger.services.front import SubmissionFront
from verifier.receipt import Receipt

TOGETHER: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A receipt; `is_new` when this submission made the entry, and not an earlier one."""

    receipt: Receipt
    is_new: bool


class Submissions:
    """The writing side of the service; on one event loop.

    The sequencer answers in the order of its indexes, and answers for what is there already with an older index. So an answer
    is new when its index is beyond every one seen so far; `size` is the log's at the start.
    """

    def __init__(self, front: SubmissionFront, size: int) -> None:
        self._front = front
        self._beyond = size

    async def submit(self, data: bytes) -> Submitted:
        """Submit one statement. Raises as `SubmissionFront.submit`."""
        return self._told(await self._front.submit(data))

    async def submit_many(self, batch: Sequence[bytes]) -> list[Submitted | LedgerError]:
        """Submit statements together; a refusal stands in its statement's place. Raises WriterStoppedError."""
        outcomes = await self._front.submit_many(batch)
        return [self._told(one) if isinstance(one, Receipt) else one for one in outcomes]

    async def submit_all(self, lines: AsyncIterator[bytes]) -> AsyncIterator[Submitted | LedgerError]:
        """Submit a stream, some hundreds together; outcomes in the order of the lines."""
        batch: list[bytes] = []
        async for line in lines:
            batch.append(line)
            if len(batch) == TOGETHER:
                for outcome in await self.submit_many(batch):
                    yield outcome
                batch = []
        if batch:
            for outcome in await self.submit_many(batch):
                yield outcome

    def _told(self, receipt: Receipt) -> Submitted:
        is_new = receipt.index >= self._beyond
        if is_new:
            self._beyond = receipt.index + 1
        return Submitted(receipt=receipt, is_new=is_new)

    async def close(self) -> None:
        """Answer everyone who waits, then stop."""
        await self._front.close()
