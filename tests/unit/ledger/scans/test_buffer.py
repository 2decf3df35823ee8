"""Gathering scans: in batches, none twice, none lost while the process lives."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.errors import BackpressureError
from ledger.domain.scans import ScanKind, ScanReport
from ledger.domain.store_errors import StoreUnavailableError
from ledger.scans.regions import RegionError
from ledger.services.scan_buffer import ScanBuffer
from ledger.store.scans import SqlScanStore
from tests.support.scans import ITEM, SHANGHAI, scanning


class Flaky(SqlScanStore):
    """A store that is away whenever the test says so."""

    away = False

    def add_scans(self, scans: Any) -> None:
        if Flaky.away:
            raise StoreUnavailableError("away")
        super().add_scans(scans)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = Flaky.open(str(tmp_path / "scans.db"))
    Flaky.away = False
    yield opened
    opened.close()


def report(number: int, region: int = SHANGHAI) -> ScanReport:
    return ScanReport(item=ITEM, kind=ScanKind.ANONYMOUS, region=region, device_hint=b"%d" % number)


def test_a_full_batch_is_written_and_the_rest_on_flush(store: Any) -> None:
    buffer = ScanBuffer(scanning(store), batch=10)
    for number in range(25):
        buffer.add(report(number))
    assert (store.stats().scans[ScanKind.ANONYMOUS], len(buffer)) == (20, 5)
    assert buffer.flush() == 5
    assert buffer.flush() == 0


def test_while_the_store_is_away_scans_wait_up_to_a_limit(store: Any) -> None:
    buffer = ScanBuffer(scanning(store), batch=4, most=6)
    Flaky.away = True
    for number in range(3):
        buffer.add(report(number))
    with pytest.raises(StoreUnavailableError):
        buffer.add(report(3))
    buffer.add(report(4))
    buffer.add(report(5))
    with pytest.raises(BackpressureError):
        buffer.add(report(6))
    Flaky.away = False
    assert buffer.flush() == 6


def test_many_threads(store: Any) -> None:
    buffer = ScanBuffer(scanning(store), batch=50)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: buffer.add(report(number)), range(1000)))
    buffer.flush()
    assert store.stats().scans == {ScanKind.ANONYMOUS: 1000}


def test_a_wrong_region_spoils_no_batch(store: Any) -> None:
    buffer = ScanBuffer(scanning(store))
    buffer.add(report(1))
    with pytest.raises(RegionError):
        buffer.add(report(2, region=5))
    assert buffer.flush() == 1
