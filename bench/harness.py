"""How things are measured: pinned to a core, warmed up, the collector out of the way, `rec` taken around every run.

The machines' speed drifts by 1.6×, within a minute too. So a speed is divided by the bare recoveries per second seen just
before and just after it, and the medians are those of the ratios. What one thread does without waiting is measured in
processor time, rec too: another process on the core then takes nothing from the figure. On a quiet machine the two agree.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from coincurve import PrivateKey, PublicKey

_SIGNATURES: Final = 64
_REC_SECONDS: Final = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """`runs`: how often each thing is measured. `scale`: share of the full amount of work (1.0, less with --quick)."""

    runs: int = 5
    scale: float = 1.0

    def of(self, amount: int, least: int = 1) -> int:
        """An amount of work, scaled."""
        return max(least, round(amount * self.scale))


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another implementation: its result in the row's unit, or in its own. `cited`: not measured here, but published."""

    name: str
    value: float
    unit: str
    cited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What was seen of one row: every run, in the row's unit, and plain figures beside it (`seen`: name to number)."""

    row: str
    runs: tuple[float, ...]
    seen: dict[str, float] = field(default_factory=dict)
    peers: tuple[Peer, ...] = ()

    @property
    def median(self) -> float:
        """The result."""
        return median(self.runs)

    def document(self) -> dict[str, Any]:
        """As results.json has it."""
        peers = [{"name": p.name, "value": _short(p.value), "unit": p.unit, "cited": p.cited} for p in self.peers]
        return {
            "row": self.row,
            "median": _short(self.median),
            "runs": [_short(run) for run in self.runs],
            "seen": {name: _short(value) for name, value in self.seen.items()},
            "peers": peers,
        }


def _short(value: float) -> float:
    return float(f"{value:.5g}")


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process on one core, the last it may use: the first serves most interrupts."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def still_heap() -> Iterator[None]:
    """No collection while measuring, and nothing old to walk afterwards."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


_samples: list[tuple[bytes, bytes]] = []


def recoveries_per_second(seconds: float = _REC_SECONDS) -> float:
    """`rec`: bare coincurve public-key recoveries per second on the present core, over `seconds`."""
    if not _samples:
        key = PrivateKey(b"\x11" * 32)
        digests = [number.to_bytes(32, "big") for number in range(1, _SIGNATURES + 1)]
        _samples.extend((key.sign_recoverable(digest, hasher=None), digest) for digest in digests)
    recover = PublicKey.from_signature_and_message
    done, started = 0, time.process_time()
    until = started + seconds
    while (now := time.process_time()) < until:
        for signature, digest in _samples:
            recover(signature, digest, hasher=None)
        done += _SIGNATURES
    return done / (now - started)


def rate(work: Callable[[], int]) -> float:
    """Things done per second of processor time, for work of one thread that never waits; `work` says how many it did."""
    started = time.process_time()
    done = work()
    return done / (time.process_time() - started)


def wall_rate(work: Callable[[], int]) -> float:
    """Things done per second on the clock, for work that waits or has several threads or processes."""
    started = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - started)


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """Runs measured between two readings of a yardstick, here rec: rates per second, and each divided by its own rec."""

    rates: tuple[float, ...]
    yardsticks: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """rate / rec, run by run."""
        return tuple(rate / stick for rate, stick in zip(self.rates, self.yardsticks, strict=True))

    @property
    def seen(self) -> dict[str, float]:
        """Medians of the plain figures."""
        return {"per_second": median(self.rates), "rec_per_second": median(self.yardsticks)}


def against(work: Callable[[], float], runs: int, yardstick: Callable[[], float] = recoveries_per_second) -> Against:
    """Measure a rate `runs` times, the yardstick before and after each; once before that to warm up."""
    work()
    rates: list[float] = []
    sticks: list[float] = []
    for _ in range(runs):
        before = yardstick()
        rates.append(work())
        sticks.append((before + yardstick()) / 2)
    return Against(rates=tuple(rates), yardsticks=tuple(sticks))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
