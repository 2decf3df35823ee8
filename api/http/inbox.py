"""The inbox of a serving writer: the same files, answers and promises as `operator run` (docs/operations.md, Inbox protocol)."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.http.background import resting
from api.http.logs import TROUBLE
from api.runtime.daemon import ANSWERS
from api.runtime.files import UnreadableError, write_whole
from api.runtime.submissions import answer_lines, read_statements
from ledger.domain.errors import LedgerError, SubmissionRefusedError
from ledger.services.ingest import Refusal

if TYPE_CHECKING:
    from api.http.submissions import Submissions, Submitted
    from verifier.receipt import Receipt

LOOK_SECONDS: Final = 0.5
HELD_SECONDS: Final = 5.0
TOGETHER: Final = 500


class Inbox:
    """Takes files of statements. A file is removed once its answers are on the disk; until then it is taken again."""

    def __init__(self, submissions: Submissions, inbox: Path, outbox: Path) -> None:
        self._submissions = submissions
        self._inbox = inbox
        self._outbox = outbox

    async def keep_taking(self, stop: asyncio.Event) -> None:
        """Take what is put there until told to stop. What passes (a full disk, a busy database) is tried again."""
        await asyncio.to_thread(self._prepare)
        while not stop.is_set():
            pause = LOOK_SECONDS
            for path in await asyncio.to_thread(self._waiting):
                try:
                    await self.take(path, stop)
                except LedgerError as error:
                    TROUBLE.warning("inbox held: %s", error)
                    pause = float(getattr(error, "retry_after", HELD_SECONDS))
                    break
                except (OSError, UnreadableError) as error:
                    TROUBLE.error("inbox: %s: %s", path.name, error)
            await resting(stop, pause)

    async def take(self, path: Path, stop: asyncio.Event) -> None:
        """Submit a file's statements, write the answers, remove the file. Raises LedgerError, UnreadableError, OSError: it stays."""
        outcomes: list[Receipt | Refusal] = []
        lines = read_statements(path)
        while batch := await asyncio.to_thread(_some, lines):
            if stop.is_set():
                return
            for outcome in await self._submissions.submit_many(batch):
                outcomes.append(_answer(outcome, len(outcomes)))
        await asyncio.to_thread(write_whole, self._outbox / (path.stem + ANSWERS), answer_lines(outcomes))
        await asyncio.to_thread(path.unlink)
        refused = sum(isinstance(outcome, Refusal) for outcome in outcomes)
        fields = {"file": path.name, "receipts": len(outcomes) - refused, "refused": refused}
        TROUBLE.info("taken", extra={"fields": fields})

    def _prepare(self) -> None:
        self._inbox.mkdir(exist_ok=True)
        self._outbox.mkdir(exist_ok=True)

    def _waiting(self) -> list[Path]:
        return sorted(self._inbox.glob("*.ndjson"))


def _some(lines: Iterator[bytes]) -> list[bytes]:
    return list(itertools.islice(lines, TOGETHER))


def _answer(outcome: Submitted | LedgerError, position: int) -> Receipt | Refusal:
    if isinstance(outcome, SubmissionRefusedError):
        return Refusal(position=position, error=outcome)
    if isinstance(outcome, LedgerError):
        raise outcome  # no answer to the statement: it is submitted again
    return outcome.receipt
