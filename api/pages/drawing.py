"""Geometry of the charts; the templates draw it. Every chart has its numbers as text beside it and is told apart without colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from verifier.bodies import GradeTable
from verifier.decimals import Quantity

LETTERS: Final = "ABCDE"
_WIDE, _ROW, _OWN, _GAP = 340.0, 18.0, 30.0, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """One grade: its arrow, and the threshold that is written beside it ("" where none is known)."""

    letter: str
    points: str
    y: float
    height: float
    tip: float
    is_own: bool
    limit: str


def grade_scale(own: str | None, table: GradeTable | None) -> tuple[Arrow, ...]:
    """Five arrows, longer from A to E, the certificate's own the taller one: the printed label's drawing (docs/images/label.svg)."""
    limits = _limits(table)
    arrows: list[Arrow] = []
    y = 0.0
    for place, letter in enumerate(LETTERS):
        height = _OWN if letter == own else _ROW
        tip = 84.0 + 22.0 * place
        half = height / 2
        points = f"0,{y:g} {tip - half:g},{y:g} {tip:g},{y + half:g} {tip - half:g},{y + height:g} 0,{y + height:g}"
        arrows.append(
            Arrow(
                letter=letter,
                points=points,
                y=y,
                height=height,
                tip=tip,
                is_own=letter == own,
                limit=limits.get(letter, ""),
            )
        )
        y += height + _GAP
    return tuple(arrows)


def _limits(table: GradeTable | None) -> dict[str, str]:
    if table is None:
        return {}
    limits: dict[str, str] = {}
    before: Quantity | None = None
    for step in table.grades:
        if step.max is not None:
            limits[step.grade] = f"≤ {step.max}"
        elif before is not None:
            limits[step.grade] = f"> {before}"
        before = step.max
    return limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A life-cycle stage: its name and amount as written (None: sealed), share in percent, and its bar from x, 0 to 100."""

    name: str | None
    amount: str | None
    share: str
    x: float
    width: float
    is_credit: bool


def stage_bars(stages: Sequence[tuple[str | None, Quantity | None]]) -> tuple[Bar, ...]:
    """Bars on one common scale; credits run left of the zero line."""
    values = [0.0 if amount is None else _float(amount) for _, amount in stages]
    low, high = min([0.0, *values]), max([0.0, *values])
    span = (high - low) or 1.0
    total = sum(values)
    zero = -low / span * 100
    return tuple(
        Bar(
            name=name,
            amount=None if amount is None else str(amount),
            share=f"{value / total * 100:.1f}%" if total > 0 and amount is not None else "",
            x=round(min(zero, zero + value / span * 100), 2),
            width=round(max(abs(value) / span * 100, 0.4), 2),
            is_credit=value < 0,
        )
        for (name, amount), value in zip(stages, values, strict=True)
    )


def _float(quantity: Quantity) -> float:
    return float(quantity.coefficient / 10**quantity.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One part of a stacked bar: state, count, and where it lies, 0 to 100."""

    state: str
    count: int
    x: float
    width: float


def stacked(counts: Mapping[str, int]) -> tuple[Slice, ...]:
    """A bar of parts in the order given, empty ones left out."""
    total = sum(counts.values()) or 1
    slices: list[Slice] = []
    x = 0.0
    for state, count in counts.items():
        if count:
            width = count / total * 100
            slices.append(Slice(state=state, count=count, x=round(x, 3), width=round(width, 3)))
            x += width
    return tuple(slices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A step line of the tree's size over time, in a box of `width` × `height`, with the labels of its axes."""

    line: str
    area: str
    width: float
    height: float
    dots: tuple[tuple[float, float, int], ...]
    first: int
    last: int
    most: int


def growth(points: Sequence[tuple[int, int]]) -> Growth | None:
    """The tree's growth from (time, size) of anchors by rising time; None for fewer than two."""
    if len(points) < 2:
        return None
    width, height = 640.0, 180.0
    start, end, most = points[0][0], points[-1][0], points[-1][1]
    span = max(1, end - start)
    dots = tuple(
        (round((time - start) / span * width, 1), round(height - size / most * (height - 12), 1), size)
        for time, size in points
    )
    steps = [f"M0 {height:g}V{dots[0][1]:g}"] + [f"H{x:g}V{y:g}" for x, y, _ in dots[1:]]
    line = "".join(steps)
    return Growth(
        line=line,
        area=f"{line}V{height:g}H0Z",
        width=width,
        height=height,
        dots=dots,
        first=start,
        last=end,
        most=most,
    )


def drawings() -> dict[str, Callable[..., object]]:
    """What templates call."""
    return {"grade_scale": grade_scale, "stage_bars": stage_bars, "stacked": stacked, "growth": growth}
