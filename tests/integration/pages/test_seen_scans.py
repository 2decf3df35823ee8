"""Scans on their way to the store: gathered, written in small batches, none twice; back-pressure is told; a store that fails loses its batch alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from api.pages import parts
from api.pages.parts import AT_ONCE, SeenScans
from ledger.domain.scans import ScanKind, ScanReport
from ledger.domain.store_errors import StoreUnavailableError
from tests.support.scans import ITEM


class Records:
    """Takes batches; the first one fails where it shall."""

    def __init__(self, *, failing: int = 0) -> None:
        self.batches: list[list[ScanReport]] = []
        self.failing = failing

    def record_scans(self, reports: Iterable[ScanReport]) -> int:
        self.batches.append(list(reports))
        if len(self.batches) <= self.failing:
            raise StoreUnavailableError("away")
        return 0


def report(number: int) -> ScanReport:
    return ScanReport(item=ITEM, kind=ScanKind.ANONYMOUS, region=0, device_hint=b"%d" % number)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "GATHER_SECONDS", 0.01)
    monkeypatch.setattr(parts, "PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize("failing", [0, 1])
def test_every_scan_is_written_once_in_order_in_batches(failing: int) -> None:
    records: Any = Records(failing=failing)

    async def run() -> None:
        seen = SeenScans(records)
        for number in range(2 * AT_ONCE + 5):
            assert seen.add(report(number))
        await asyncio.sleep(0.1)
        assert seen.add(report(-1))  # after a rest it begins again
        await asyncio.sleep(0.1)

    asyncio.run(run())
    assert [len(batch) for batch in records.batches] == [AT_ONCE, AT_ONCE, 5, 1]
    hints = [one.device_hint for batch in records.batches for one in batch]
    assert hints == [b"%d" % number for number in (*range(2 * AT_ONCE + 5), -1)]


def test_beyond_what_may_wait_a_scan_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_WAITING", 3)
    records: Any = Records()

    async def run() -> list[bool]:
        seen = SeenScans(records)
        return [seen.add(report(number)) for number in range(5)]

    assert asyncio.run(run()) == [True, True, True, False, False]
