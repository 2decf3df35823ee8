"""The whole market, block by block: memory does not grow with the number of items, and any block can be made again by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from bench.market.clones import FEWEST, MEDIAN_COPIES, clone
from bench.market.flood import HOURS, SHARE, flooded, owners_pin, suspect_over_time
from bench.market.genuine import PHOTO_SHARED, genuine
from bench.market.judge import Tally, rate, replay
from bench.market.world import some_city

BLOCK: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """How many genuine items, how many cloned ones, the seed of everything, and the assumptions that matter most."""

    items: int = 1_000_000
    clones: int = 500
    seed: int = 7
    photo_shared: float = PHOTO_SHARED
    median_copies: int = MEDIAN_COPIES
    fewest_copies: int = FEWEST


@dataclass(slots=True)
class Results:
    """What was seen. `flood`: suspect items at each hour, without and with the owner's PIN."""

    genuine: Tally = field(default_factory=Tally)
    clones: Tally = field(default_factory=Tally)
    channels: dict[str, Tally] = field(default_factory=dict)
    flooded: int = 0
    flood: list[int] = field(default_factory=lambda: [0] * len(HOURS))
    with_pin: int = 0
    flood_with_pin: list[int] = field(default_factory=lambda: [0] * len(HOURS))

    def join(self, other: Results) -> None:
        """Another block's."""
        self.genuine.join(other.genuine)
        self.clones.join(other.clones)
        for name, tally in other.channels.items():
            self.channels.setdefault(name, Tally()).join(tally)
        self.flooded += other.flooded
        self.with_pin += other.with_pin
        self.flood = [one + two for one, two in zip(self.flood, other.flood, strict=True)]
        self.flood_with_pin = [one + two for one, two in zip(self.flood_with_pin, other.flood_with_pin, strict=True)]

    def document(self) -> dict[str, Any]:
        """As bench/market.json has it."""
        return {
            "genuine": self.genuine.document(),
            "clones": self.clones.document(),
            "clonesByChannel": {name: tally.document() for name, tally in sorted(self.channels.items())},
            "flood": {
                "items": self.flooded,
                "withPin": self.with_pin,
                "hours": [
                    {"hour": hour, "suspect": rate(none, self.flooded), "suspectWithPin": rate(pin, self.with_pin)}
                    for hour, none, pin in zip(HOURS, self.flood, self.flood_with_pin, strict=True)
                ],
            },
        }


def run_market(market: Market, *, workers: int, done: Callable[[int], None] = lambda _items: None) -> Results:
    """Simulate and judge. `done` is told how many items each finished block had."""
    results = Results()
    jobs = list(_jobs(market))
    if workers < 2:
        for job in jobs:
            results.join(_block(job))
            done(job[2])
        return results
    with ProcessPoolExecutor(workers) as pool:
        for job, part in zip(jobs, pool.map(_block, jobs), strict=True):
            results.join(part)
            done(job[2])
    return results


def _jobs(market: Market) -> Iterator[tuple[Market, str, int]]:
    for first in range(0, market.items, BLOCK):
        yield market, f"genuine {first}", min(BLOCK, market.items - first)
    for first in range(0, market.clones, 50):
        yield market, f"clones {first}", min(50, market.clones - first)


def _block(job: tuple[Market, str, int]) -> Results:
    market, name, count = job
    random = Random(f"{market.seed} {name}")
    results = Results()
    for _ in range(count):
        if name.startswith("clones"):
            made = clone(random, market.median_copies, market.fewest_copies)
            seen = replay(made.life.history(), to_the_end=True)
            results.clones.add(seen)
            results.channels.setdefault(made.channel, Tally()).add(seen)
        else:
            life = genuine(random, market.photo_shared)
            results.genuine.add(replay(life.history(), to_the_end=False))
            if random.random() < SHARE:
                _flood(random, life, results)
    return results


def _flood(random: Random, life: Any, results: Results) -> None:
    history = flooded(random, life)
    results.flooded += 1
    results.flood = [count + hit for count, hit in zip(results.flood, suspect_over_time(history, None), strict=True)]
    pin = owners_pin(history, some_city(random))
    if pin is not None:
        results.with_pin += 1
        answers = suspect_over_time(history, pin)
        results.flood_with_pin = [count + hit for count, hit in zip(results.flood_with_pin, answers, strict=True)]
