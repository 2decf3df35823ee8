"""What the rules say of a history, scan by scan, as an operator would have seen it grow."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Any, Final

from ledger.domain.scans import ItemHistory, ScanKind
from ledger.scans.rules import copy_signals
from ledger.scans.thresholds import LIMITS

STEPS: Final = (1, 2, 3, 5, 10, 20, 50, 100)
_MOST: Final = 120  # scans of one item that are replayed


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One item: consumers' scans it had, at which of them it first became suspect (0: never), why, and scans warned after the 20th."""

    scans: int
    found_at: int
    reasons: tuple[str, ...]
    late: int
    late_warned: int


def replay(history: ItemHistory, *, to_the_end: bool) -> Seen:
    """Judge after each scan. `to_the_end` goes on after the first alarm, to count who was warned."""
    scans = history.scans
    times = [scan.at for scan in scans]
    count = found_at = late = warned = 0
    reasons: tuple[str, ...] = ()
    for place, scan in enumerate(scans):
        if scan.kind is ScanKind.ENTERPRISE:
            continue
        count += scan.kind is ScanKind.ANONYMOUS
        if count > _MOST or (found_at and not to_the_end):
            continue
        # Lasting scans are few; the window is cut here so that a long history costs no more than the database would give.
        start = bisect_left(times, scan.at - LIMITS.anonymous_window)
        lasting = tuple(old for old in scans[:start] if old.kind is not ScanKind.ANONYMOUS)
        signals = copy_signals(replace(history, scans=lasting + scans[start : place + 1]), scan.at)
        if signals and not found_at:
            found_at, reasons = max(1, count), tuple(str(signal.reason) for signal in signals)
        if count > 20:
            late += 1
            warned += bool(signals)
    return Seen(scans=count, found_at=found_at, reasons=reasons, late=late, late_warned=warned)


@dataclass(slots=True)
class Tally:
    """Counts over many items."""

    items: int = 0
    scanned: int = 0
    found: int = 0
    scans: int = 0
    late: int = 0
    late_warned: int = 0
    had: dict[int, int] = field(default_factory=lambda: dict.fromkeys(STEPS, 0))
    found_by: dict[int, int] = field(default_factory=lambda: dict.fromkeys(STEPS, 0))
    found_later: dict[int, int] = field(default_factory=lambda: dict.fromkeys(STEPS, 0))
    reasons: dict[str, int] = field(default_factory=dict)

    def add(self, seen: Seen) -> None:
        """One more item."""
        self.items += 1
        self.scanned += seen.scans > 0
        self.found += seen.found_at > 0
        self.scans += seen.scans
        self.late += seen.late
        self.late_warned += seen.late_warned
        for step in STEPS:
            if seen.scans >= step:
                self.had[step] += 1
                self.found_by[step] += 0 < seen.found_at <= step
                self.found_later[step] += seen.found_at > 0
        for reason in seen.reasons:
            self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def join(self, other: Tally) -> None:
        """Counts of another part of the market."""
        for name in ("items", "scanned", "found", "scans", "late", "late_warned"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("had", "found_by", "found_later", "reasons"):
            mine = getattr(self, name)
            for key, count in getattr(other, name).items():
                mine[key] = mine.get(key, 0) + count

    def document(self) -> dict[str, Any]:
        """For results: rates with 95 % intervals."""
        return {
            "items": self.items,
            "scanned": self.scanned,
            "scans": self.scans,
            "found": rate(self.found, self.items),
            "foundOfScanned": rate(self.found, self.scanned),
            "byScans": [
                {"scans": step, "by": rate(self.found_by[step], self.had[step]),
                 "ever": rate(self.found_later[step], self.had[step])}
                for step in STEPS
            ],
            "reasons": dict(sorted(self.reasons.items())),
            "warnedAfter20": rate(self.late_warned, self.late),
        }  # fmt: skip


def wilson(hits: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927)."""
    if total == 0:
        return 0.0, 1.0
    share = hits / total
    middle = share + z * z / (2 * total)
    spread = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def rate(hits: int, total: int) -> dict[str, Any]:
    """A share with its interval."""
    low, high = wilson(hits, total)
    share = hits / total if total else None
    return {"hits": hits, "of": total, "share": share, "low": round(low, 8), "high": round(high, 8)}
