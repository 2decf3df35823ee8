"""Where labels were scanned: by province and day, of one label or of those that rules suspect of having been copied. The operator's testimony, outside P1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol, runtime_checkable

from api.pages.provinces import COLUMNS, ROWS, Province, province_of, provinces
from api.pages.words import date
from ledger.domain.scans import Alert, Item, ItemHistory, Scan, ScanKind

SIDE: Final = 64.0  # of a square, in the drawing's units
GAP: Final = 4.0
STEPS: Final = 5
MOST_ALERTS: Final = 500  # newest, that a map is made of
DAY: Final = 86_400
SPANS: Final = (7, 30, 90)  # days


@runtime_checkable
class CopyRecords(Protocol):
    """The part of `ledger.services.scanning.Scanning` that the map uses."""

    def alerts_since(self, since: int, limit: int) -> Sequence[Alert]:
        """Alerts from a moment on, newest first."""
        ...

    def histories_of(self, items: Sequence[Item], since: int) -> Mapping[Item, ItemHistory]:
        """What is kept of items."""
        ...


class Square(NamedTuple):
    """A province on the map of squares. number: what is counted there; step: 0 (none) to STEPS, by which it is drawn."""

    province: Province
    x: float
    y: float
    number: int
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanMap:
    """Squares from north-west to south-east, the counts as a table (most first), and how many have no known place."""

    squares: tuple[Square, ...]
    rows: tuple[tuple[Province, int], ...]
    unknown: int
    limits: tuple[int, ...]

    @property
    def width(self) -> float:
        """Of the drawing."""
        return COLUMNS * (SIDE + GAP) - GAP

    @property
    def height(self) -> float:
        """Of the drawing."""
        return ROWS * (SIDE + GAP) - GAP

    @property
    def total(self) -> int:
        """All that is counted."""
        return self.unknown + sum(count for _, count in self.rows)


class DayCount(NamedTuple):
    """A day in Asia/Shanghai: scans by who looked, and in how many provinces."""

    day: str
    anonymous: int
    others: int
    places: int


class Suspect(NamedTuple):
    """An item with its alerts, newest first, and where it was scanned."""

    item: Item
    issuer: str
    alerts: tuple[Alert, ...]
    places: tuple[Province, ...]
    scans: int


def scan_map(regions: Iterable[int]) -> ScanMap:
    """The map of things that happened in regions (codes of ledger.scans.regions; 0 unknown)."""
    found: Counter[int] = Counter()
    unknown = 0
    for region in regions:
        province = province_of(region)
        if province is None:
            unknown += 1
        else:
            found[province.code] += 1
    limits = _limits(max(found.values(), default=0))
    squares = tuple(
        Square(one, one.column * (SIDE + GAP), one.row * (SIDE + GAP), found[one.code], _step(found[one.code], limits))
        for one in sorted(provinces().values(), key=lambda one: (one.row, one.column))
    )
    rows = sorted(((provinces()[code], count) for code, count in found.items()), key=lambda one: (-one[1], one[0].code))
    return ScanMap(squares=squares, rows=tuple(rows), unknown=unknown, limits=limits)


def _limits(most: int) -> tuple[int, ...]:
    """The least count of each step: evenly over the counts there are, every step one more at least."""
    if most <= 0:
        return ()
    return tuple(sorted({max(1, -(-most * step // STEPS)) if step else 1 for step in range(STEPS)}))


def _step(count: int, limits: Sequence[int]) -> int:
    return sum(count >= limit for limit in limits) if count else 0


def days_of(scans: Sequence[Scan]) -> tuple[DayCount, ...]:
    """Scans by day, newest first."""
    found: dict[int, list[Scan]] = {}
    for scan in scans:
        found.setdefault((scan.at + 8 * 3_600) // DAY, []).append(scan)
    return tuple(
        DayCount(
            date(day * DAY),
            sum(one.kind is ScanKind.ANONYMOUS for one in of_day),
            sum(one.kind is not ScanKind.ANONYMOUS for one in of_day),
            len({province_of(one.region) for one in of_day} - {None}),
        )
        for day, of_day in sorted(found.items(), reverse=True)
    )


def suspects(scans: CopyRecords, since: int) -> tuple[Suspect, ...]:
    """Items the rules spoke against from `since` (unix seconds) on, the newest alert first. Raises the store's errors."""
    alerts = scans.alerts_since(since, MOST_ALERTS)
    of_item: dict[Item, list[Alert]] = {}
    for alert in alerts:
        of_item.setdefault(alert.item, []).append(alert)
    histories: Mapping[Item, ItemHistory] = scans.histories_of(list(of_item), since)
    found: list[Suspect] = []
    for item, told in of_item.items():
        seen = [scan for scan in histories.get(item, ItemHistory()).scans if scan.at >= since]
        places = {place.code: place for scan in seen if (place := province_of(scan.region)) is not None}
        found.append(Suspect(item, told[0].issuer, tuple(told), tuple(places.values()), len(seen)))
    return tuple(found)


def regions_of(found: Iterable[Suspect]) -> list[int]:
    """One for each suspect item and province it was scanned in; 0 for one whose places nobody knows."""
    return [place.code for one in found for place in one.places] + [0 for one in found if not one.places]
