"""Places, days and phones of the simulated market. Every number here is an assumption, listed in docs/copies.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from math import exp
from random import Random
from typing import Final

from ledger.domain.scans import ItemHistory, PinUse, Scan, ScanKind, StateChange
from ledger.scans.regions import codes

HOUR: Final = 3_600
DAY: Final = 86_400
START: Final = int(datetime(2026, 8, 14, 16, tzinfo=UTC).timestamp())  # 00:00 of 15 August in Shanghai
DAYS: Final = 200
# National Day, the sales of 11 November, Spring Festival: days since START.
HOLIDAYS: Final = frozenset((*range(47, 55), *range(86, 90), *range(174, 183)))
_BIG: Final = frozenset({1100, 3100, 4401, 4403, 5101, 4201, 3301, 3201, 1200, 5000, 6101, 3205, 4101, 4301})
GATEWAY_ELSEWHERE: Final = 0.015  # scans seen from a province the phone is not in
PROVINCE_ONLY: Final = 0.15
NOWHERE: Final = 0.015


@lru_cache(maxsize=1)
def places() -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Cities people live in, with cumulative weights."""
    cities = [code for code in codes() if code % 100 or code in (1100, 1200, 3100, 5000)]
    total, weights = 0.0, []
    for code in cities:
        total += 4.0 if code in _BIG else 1.0
        weights.append(total)
    return tuple(cities), tuple(weights)


def some_city(random: Random) -> int:
    """A city, the big ones more often."""
    cities, weights = places()
    return random.choices(cities, cum_weights=weights)[0]


def seen_from(random: Random, city: int) -> int:
    """The region a scan in a city is recorded with."""
    roll = random.random()
    if roll < GATEWAY_ELSEWHERE:
        return some_city(random)
    if roll < GATEWAY_ELSEWHERE + NOWHERE:
        return 0
    if roll < GATEWAY_ELSEWHERE + NOWHERE + PROVINCE_ONLY:
        return city // 100 * 100
    return city


def poisson(random: Random, mean: float) -> int:
    """A Poisson number (Knuth), for means up to some dozens."""
    limit, count, product = exp(-mean), 0, random.random()
    while product > limit:
        count += 1
        product *= random.random()
    return count


def waking(random: Random, day: int) -> int:
    """A moment of a day since START, between 8 and 23 o'clock."""
    return START + day * DAY + 8 * HOUR + int(random.random() * 15 * HOUR)


@dataclass(slots=True)
class Life:
    """An item's history as it grows. Phones are numbered within the item and get a new name every day, as the keys rotate."""

    random: Random
    scans: list[Scan] = field(default_factory=list)
    states: list[StateChange] = field(default_factory=list)
    first_pin: PinUse | None = None
    on_sale_from: int | None = None
    phones: int = 0
    sold_at: int = 0

    def phone(self) -> int:
        """Somebody's phone."""
        self.phones += 1
        return self.phones

    def scan(self, at: int, city: int, phone: int, kind: ScanKind = ScanKind.ANONYMOUS) -> Scan:
        """One scan."""
        region = city if kind is not ScanKind.ANONYMOUS else seen_from(self.random, city)
        day = (at + 8 * HOUR) // DAY
        made = Scan(at=at, kind=kind, region=region, device=(day << 24 | phone).to_bytes(8, "big"))
        self.scans.append(made)
        return made

    def history(self) -> ItemHistory:
        """As the rules read it."""
        self.scans.sort()
        self.states.sort(key=lambda change: change.at)
        return ItemHistory(
            scans=tuple(self.scans),
            states=tuple(self.states),
            first_pin=self.first_pin,
            on_sale_from=self.on_sale_from,
        )
