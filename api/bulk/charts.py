"""Bars as inline SVG. Each outcome has a mark and a pattern of its own, so that the page reads without colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.bulk.judging import OUTCOME_ZH
from api.bulk.summary import OUTCOMES

MARKS: Final = {"authentic": "✔", "rejected": "✘", "suspect": "!", "inconclusive": "?", "unreadable": "–"}
ENGLISH: Final = {
    "authentic": "authentic",
    "rejected": "rejected",
    "suspect": "suspect",
    "inconclusive": "inconclusive",
    "unreadable": "unreadable",
}
_LEAST: Final = 0.8  # per cent: one line in ten million is still a line to see
_STROKES: Final = {
    "authentic": "",
    "rejected": "<path d='M0 8L8 0M-2 2L2-2M6 10L10 6'/>",
    "suspect": "<path d='M2 2h1.6M6 6h1.6' stroke-linecap='round'/>",
    "inconclusive": "<path d='M0 4h8M4 0v8'/>",
    "unreadable": "<path d='M0 2h8M0 6h8'/>",
}


def patterns() -> str:
    """Definitions that all bars of the page use."""
    made = "".join(
        f'<pattern id="p-{name}" class="{name}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" style="fill:var(--c)"/>'
        f'<g style="stroke:var(--card)" stroke-width="1.6" fill="none">{strokes}</g></pattern>'
        for name, strokes in _STROKES.items()
    )
    return f'<svg class="defs" aria-hidden="true"><defs>{made}</defs></svg>'


def stacked(outcomes: Mapping[str, int], style: str = "bar") -> str:
    """One bar, divided by outcome; read out as its figures."""
    shares = _shares(outcomes)
    spoken = ", ".join(f"{OUTCOME_ZH[name]} {ENGLISH[name]} {outcomes[name]:,}" for name, _ in shares)
    parts, at = [], 0.0
    for name, share in shares:
        parts.append(f'<rect x="{at:.2f}%" width="{share:.2f}%" height="100%" fill="url(#p-{name})"/>')
        if at:
            parts.append(f'<rect x="{at:.2f}%" width="2" height="100%" style="fill:var(--card)"/>')
        at += share
    return f'<svg class="{style}" role="img" aria-label="{spoken}">{"".join(parts)}</svg>'


def counts(outcomes: Mapping[str, int]) -> str:
    """The same in figures, beside the marks."""
    return "".join(
        f'<span><span class="mark {name}">{MARKS[name]}</span> {OUTCOME_ZH[name]} {outcomes[name]:,}</span>'
        for name in OUTCOMES
        if outcomes.get(name)
    )


def single(share: float, outcome: str) -> str:
    """A bar of one kind, `share` of the full width (0 to 1)."""
    width = max(_LEAST, min(100.0, 100 * share))
    return (
        f'<svg class="bar" aria-hidden="true"><rect width="{width:.2f}%" height="100%" fill="url(#p-{outcome})"/></svg>'
    )


def _shares(outcomes: Mapping[str, int]) -> list[tuple[str, float]]:
    """Per cent of each outcome that occurs, none thinner than can be seen."""
    there = [(name, outcomes[name]) for name in OUTCOMES if outcomes.get(name)]
    total = sum(count for _, count in there)
    raised = [(name, max(_LEAST, 100 * count / total)) for name, count in there]
    whole = sum(share for _, share in raised)
    return [(name, 100 * share / whole) for name, share in raised]
