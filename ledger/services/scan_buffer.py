"""Scans on their way to the store: gathered, so that one durable transaction serves many. What waits here is lost when the process
dies: a second's scans, of testimony that never makes a label authentic.
"""

from __future__ import annotations

from threading import Lock
from typing import Final

from ledger.domain.errors import BackpressureError
from ledger.domain.scans import ScanReport
from ledger.scans.regions import require_region
from ledger.services.scanning import Scanning

BATCH: Final = 500
MOST_WAITING: Final = 20_000


class ScanBuffer:
    """For any number of threads. Whoever owns it calls `flush` every second or so, and at the end."""

    def __init__(self, scanning: Scanning, *, batch: int = BATCH, most: int = MOST_WAITING) -> None:
        self._scanning = scanning
        self._batch = batch
        self._most = most
        self._lock = Lock()
        self._waiting: list[ScanReport] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, report: ScanReport) -> None:
        """Take a scan; the one that fills a batch writes it.

        Raises:
            RegionError: a region that is not in the list.
            BackpressureError: the store has not taken anything for long.
        """
        require_region(report.region)
        with self._lock:
            if len(self._waiting) >= self._most:
                raise BackpressureError("scans wait for the store", 5.0)
            self._waiting.append(report)
            full = len(self._waiting) % self._batch == 0
        if full:
            self.flush()

    def flush(self) -> int:
        """Write what waits; how many were kept. What could not be written waits on. Raises the store's errors."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        try:
            return self._scanning.record_scans(taken) if taken else 0
        except BackpressureError:
            with self._lock:
                self._waiting = taken + self._waiting
            raise
