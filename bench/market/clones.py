"""Copies of one genuine label: printed by the hundred, sold over weeks, each scanned as its buyer would scan a genuine one."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from random import Random

from bench.market.genuine import genuine, household
from bench.market.world import DAY, START, Life, some_city, waking

MEDIAN_COPIES = 500
FEWEST, MOST = 100, 20_000
ONLINE = 0.5
# How many cities a counterfeiter who does not sell online supplies.
CITIES = ((1, 0.10), (2, 0.20), (3, 0.25), (4, 0.20), (5, 0.15), (6, 0.10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """A cloned item with its history; `channel`: online, or how many cities."""

    life: Life
    channel: str
    copies: int


def clone(random: Random, median: int = MEDIAN_COPIES, fewest: int = FEWEST) -> Clone:
    """A genuine item that was bought, photographed and copied."""
    life = genuine(random)
    copies = min(MOST, max(fewest, int(median * exp(random.gauss(0.0, 1.0)))))
    first = (life.sold_at - START) // DAY + 3 + int(random.random() * 30)
    days = 20 + int(random.random() * 70)
    channel, cities = _channel(random)
    for _ in range(copies):
        city = random.choice(cities) if cities else some_city(random)
        household(life, waking(random, first + int(random.random() * days)), city)
    return Clone(life=life, channel=channel, copies=copies)


def _channel(random: Random) -> tuple[str, list[int]]:
    if random.random() < ONLINE:
        return "online", []
    count = random.choices([number for number, _ in CITIES], [share for _, share in CITIES])[0]
    cities: set[int] = set()
    while len(cities) < count:
        cities.add(some_city(random))
    return ("one city" if count == 1 else "two to six cities"), sorted(cities)
