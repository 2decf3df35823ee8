"""What runs beside the requests: the inbox, and certificates judged before anybody asks."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from api.http.inbox import Inbox
from api.http.submissions import Submissions
from ledger.domain.errors import LedgerError, QueueFullError
from tests.support.ledger import footprint
from tests.support.service import Served


class _Busy:
    """Submissions that are full for the first batches."""

    def __init__(self, submissions: Submissions, refusals: int) -> None:
        self._submissions = submissions
        self._refusals = refusals

    async def submit_many(self, batch: list[bytes]) -> object:
        self._refusals -= 1
        if self._refusals >= 0:
            return [QueueFullError("full", 0.01) for _ in batch]
        return await self._submissions.submit_many(batch)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "inbox", tmp_path / "outbox"


def taken(running: Served, folders: tuple[Path, Path], busy: int = 0) -> list[dict[str, object]]:
    """Let the inbox work until there are answers."""

    async def work() -> None:
        inbox = Inbox(_Busy(running.service.writer(), busy), *folders)  # type: ignore[arg-type]
        stop = asyncio.Event()
        task = asyncio.create_task(inbox.keep_taking(stop))
        while list(folders[0].glob("*.ndjson")):
            await asyncio.sleep(0.01)
        stop.set()
        await task

    running.client.portal.call(lambda: asyncio.wait_for(work(), 20))  # type: ignore[union-attr]
    return [json.loads(line) for line in (folders[1] / "a.answers.ndjson").read_bytes().splitlines()]


@pytest.mark.parametrize("busy", [0, 3])
def test_a_file_is_answered_in_its_order_and_then_removed(
    running: Served, folders: tuple[Path, Path], busy: int
) -> None:
    folders[0].mkdir()
    (folders[0] / "a.ndjson").write_bytes(b"\n".join([footprint(1), b"{}", footprint(2), footprint(1)]))
    first, refused, second, again = taken(running, folders, busy)
    assert (first["index"], second["index"], again) == (0, 1, first)
    assert refused["position"] == 1
    assert running.service.store.size() == 2


def test_what_cannot_be_logged_now_gets_no_answer(running: Served, folders: tuple[Path, Path]) -> None:
    for folder in folders:
        folder.mkdir()
    file = folders[0] / "a.ndjson"
    file.write_bytes(footprint(1))
    inbox = Inbox(_Busy(running.service.writer(), 1), *folders)  # type: ignore[arg-type]
    with pytest.raises(LedgerError):
        asyncio.run(inbox.take(file, asyncio.Event()))
    assert file.exists()
    assert list(folders[1].iterdir()) == []
