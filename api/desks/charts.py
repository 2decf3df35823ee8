"""Geometry of the regulator's charts; the templates draw it. Numbers stand beside every mark, and patterns tell kinds apart without colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from api.desks.statistics import Month

WIDTH: Final = 640.0
HEIGHT: Final = 150.0
_HEAD: Final = 16.0  # room for a number above a column
_BAR: Final = 0.36  # of a month's width


class Column(NamedTuple):
    """A month: two bars side by side, each with its height; x: the left edge of the first, width: of one."""

    month: Month
    x: float
    width: float
    suspended: float
    withdrawn: float


class Columns(NamedTuple):
    """A chart of months. total: everything in it."""

    columns: tuple[Column, ...]
    width: float
    height: float
    total: int


class Share(NamedTuple):
    """One of several counts: its width in percent of the largest, and its percent of all."""

    name: str
    number: int
    width: float
    percent: str


def columns(months: Sequence[Month]) -> Columns:
    """Suspensions and withdrawals of each month on one scale."""
    most = max((max(one.suspended, one.withdrawn) for one in months), default=0) or 1
    step = WIDTH / max(1, len(months))
    room = HEIGHT - _HEAD
    found = tuple(
        Column(
            month=one,
            x=round(place * step + step * (0.5 - _BAR), 2),
            width=round(step * _BAR, 2),
            suspended=round(one.suspended / most * room, 2),
            withdrawn=round(one.withdrawn / most * room, 2),
        )
        for place, one in enumerate(months)
    )
    return Columns(found, WIDTH, HEIGHT, sum(one.suspended + one.withdrawn for one in months))


def shares(counts: Mapping[str, int]) -> tuple[Share, ...]:
    """Bars of counts, in the order given."""
    most, total = max(counts.values(), default=0) or 1, sum(counts.values()) or 1
    return tuple(
        Share(name, number, round(number / most * 100, 2), f"{number / total * 100:.1f}%")
        for name, number in counts.items()
    )
