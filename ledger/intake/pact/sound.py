"""The quick question to a footprint: does it surely break no hard rule?

Nearly every footprint offered is sound, and an ingest needs no more than that. So the field table is compiled into nested tests
that stop at the first doubt and word nothing, and only those cross-field rules are asked that can refuse the members at hand.
True means that `validate_footprint` finds no error; False means nothing but "ask it".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

from ledger.intake.pact import cross_body, cross_figures
from ledger.intake.pact.fields import PRODUCT_FOOTPRINT, AnyObject, ListOf, Presence, Record, SetOf, Shape
from ledger.intake.pact.findings import Finding, Severity
from ledger.intake.pact.scalars import Rule
from ledger.intake.pact.view import View

_Test = Callable[[Any], object]
_CrossRule = Callable[[View, View], Iterator[Finding]]

ALWAYS: Final[tuple[_CrossRule, ...]] = (cross_body.periods, cross_figures.uptake_sum)
# Rules that can refuse, by the members of the body or of its figures without which they refuse nothing.
BY_BODY: Final[tuple[tuple[str, _CrossRule], ...]] = (
    ("precedingPfIds", cross_body.lineage),
    ("extensions", cross_body.extensions),
)
BY_FIGURES: Final[tuple[tuple[str, _CrossRule], ...]] = (
    # Of two granularities given, one is one of these.
    ("geographyRegionOrSubregion", cross_body.geography),
    ("geographyCountry", cross_body.geography),
    ("verification", cross_body.verification),
    ("biogenicCarbonContent", cross_figures.uptake_carbon),
    ("packagingGhgEmissions", cross_figures.packaging),
    ("ccsTechnologicalCO2Capture", cross_figures.carbon_capture),
    ("technologicalCO2Removals", cross_figures.carbon_capture),
    ("technologicalCO2CaptureOrigin", cross_figures.carbon_capture),
)


def surely_sound(body: object) -> bool:
    """Whether no hard rule of PACT v3 is broken, for certain. `body` is parsed JSON; never raises on bad input."""
    try:
        if not _footprint_test()(body):
            return False
    except TypeError:  # a compiled test was asked of something other than text
        return False
    return isinstance(body, dict) and not any(map(_refuses, _cross_findings(body, body["pcf"])))


def _cross_findings(body: dict[str, Any], figures: dict[str, Any]) -> Iterator[Finding]:
    top, pcf = View(body), View(figures)
    for rule in ALWAYS:
        yield from rule(top, pcf)
    for name, rule in BY_BODY:
        if name in body:
            yield from rule(top, pcf)
    for name, rule in BY_FIGURES:
        if name in figures:
            yield from rule(top, pcf)


def _refuses(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR


@cache
def _footprint_test() -> _Test:
    return _compiled(PRODUCT_FOOTPRINT)


def _compiled(shape: Shape) -> _Test:
    if isinstance(shape, Rule):
        return shape.surely
    if isinstance(shape, Record):
        return _record_test(shape)
    if isinstance(shape, AnyObject):
        return lambda value: type(value) is dict
    return _list_test(shape)


def _record_test(shape: Record) -> _Test:
    tests = {field.name: _compiled(field.shape) for field in shape.fields}
    required = frozenset(field.name for field in shape.fields if field.presence is Presence.REQUIRED)

    def holds(value: Any) -> bool:
        if type(value) is not dict or not value.keys() >= required:
            return False
        for name, member in value.items():  # noqa: SIM110  # a generator costs half as much again
            # A member that PACT does not have refuses nothing.
            if name in tests and not tests[name](member):
                return False
        return True

    return holds


def _list_test(shape: ListOf | SetOf) -> _Test:
    test = _compiled(shape.item)
    distinct = isinstance(shape, SetOf)
    at_least = shape.at_least if isinstance(shape, ListOf) else 1

    def holds(value: Any) -> bool:
        if type(value) is not list or len(value) < at_least or not all(map(test, value)):
            return False
        return not distinct or len(set(value)) == len(value)

    return holds
