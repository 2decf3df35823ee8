"""What shoppers report of labels: one line each in an append-only file, for the regulator's queue. No address, no device, no photo yet."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from ledger.domain.errors import BackpressureError

MOST_BYTES: Final = 64 << 20


class ReportsFullError(BackpressureError):
    """The file of reports has reached its size and awaits being taken away."""

    code = "reports.full"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelReport:
    """at: unix seconds; label: the label's text; outcome: of its verdict then; note: at most 500 characters."""

    at: int
    label: str
    reason: str
    outcome: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBook:
    """The file; many processes may append to it at once, since a line is one write."""

    path: Path

    def add(self, report: LabelReport) -> None:
        """Keep a report, durable when this returns. Raises ReportsFullError, OSError."""
        line = orjson.dumps(
            {
                "at": report.at,
                "label": report.label,
                "reason": report.reason,
                "outcome": report.outcome,
                "note": report.note,
            }
        )
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size > MOST_BYTES:
                raise ReportsFullError("the file of reports is full", 3600.0)
            os.write(descriptor, line + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
