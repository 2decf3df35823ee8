"""What shoppers report of labels: one line each in an append-only file, for the regulator's queue. No address, no device.

{ at, label, reason, outcome, note, region, photo }       region: 0 where it was not said; photo: a name in the folder of photos, or null
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

from api.pages.photos import PhotoShelf
from ledger.domain.errors import BackpressureError

MOST_BYTES: Final = 64 << 20
FILE: Final = "reports.ndjson"
PHOTOS: Final = "report-photos"


class ReportsFullError(BackpressureError):
    """The file of reports has reached its size and awaits being taken away."""

    code = "reports.full"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelReport:
    """at: unix seconds; label: the label's text; outcome: of its verdict then; note: at most 500 characters.

    region: a province's code of `ledger.scans.regions`, 0 unknown; photo: its name in the folder of photos.
    """

    at: int
    label: str
    reason: str
    outcome: str
    note: str
    region: int = 0
    photo: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBook:
    """The file; many processes may append to it at once, since a line is one write."""

    path: Path

    @property
    def photos(self) -> PhotoShelf:
        """The folder of photos, beside the file."""
        return PhotoShelf(folder=self.path.with_name(PHOTOS))

    def add(self, report: LabelReport) -> None:
        """Keep a report, durable when this returns. Raises ReportsFullError, OSError."""
        append_line(self.path, asdict(report))


def append_line(path: Path, document: dict[str, object]) -> None:
    """Append one JSON line, durable when this returns. Raises ReportsFullError, OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if os.fstat(descriptor).st_size > MOST_BYTES:
            raise ReportsFullError("the file of reports is full", 3600.0)
        os.write(descriptor, orjson.dumps(document) + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
