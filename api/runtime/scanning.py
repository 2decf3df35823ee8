"""Opening a home's records of scans, item states and PINs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ledger.scans.daykey import DayKeyDirectory
from ledger.scans.thresholds import DAY, Retention
from ledger.services.clocks import SystemClock
from ledger.services.issued_items import LoggedItems
from ledger.services.scanning import Scanning, ScanningParts
from ledger.store.reader import StoreReader
from ledger.store.scans import SqlScanStore

if TYPE_CHECKING:
    from api.runtime.config import ScanSettings
    from api.runtime.home import Home


# An item is known so long after its labels were logged, long before they are anchored.
FRESH_SECONDS: Final = 1.0


@contextmanager
def open_scanning(home: Home) -> Iterator[Scanning]:
    """For as many processes as like; the log's writer is not needed.

    Raises StoreUnavailableError (no ledger yet), SchemaError, StoreError.
    """
    log = StoreReader.open(home.database)
    try:
        store = SqlScanStore.open(home.scan_database)
        try:
            parts = ScanningParts(
                store=store,
                issued=LoggedItems(log, home.leaves, fresh_seconds=FRESH_SECONDS),
                keys=DayKeyDirectory(home.day_keys),
                clock=SystemClock(),
            )
            yield Scanning(parts)
        finally:
            store.close()
    finally:
        log.close()


def retention_of(settings: ScanSettings) -> Retention:
    """How long the settings keep records."""
    return Retention(
        expiring=settings.expiring_days * DAY, lasting=settings.lasting_days * DAY, alerts=settings.alert_days * DAY
    )
