"""PACT v3 validation with our own anchored rules (docs/design/intake.md; domain of the rules: PACT Technical Specifications 3.0).

The official schema is necessary and not enough: its patterns are unanchored, and every range and cross-field rule is prose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ledger.intake.pact import cross_body, cross_figures
from ledger.intake.pact.fields import PRODUCT_FOOTPRINT
from ledger.intake.pact.findings import Finding, FootprintRefusedError, Severity
from ledger.intake.pact.sound import surely_sound
from ledger.intake.pact.view import View, members
from ledger.intake.pact.walk import walk

__all__ = [
    "Finding",
    "FootprintRefusedError",
    "Severity",
    "errors_of",
    "require_footprint",
    "surely_sound",
    "validate_footprint",
]

_CROSS_RULES: tuple[Callable[[View, View], Iterator[Finding]], ...] = (
    cross_body.periods,
    cross_body.geography,
    cross_body.lineage,
    cross_body.identifiers,
    cross_body.extensions,
    cross_body.verification,
    cross_body.data_quality,
    cross_body.sector_rules,
    cross_body.standards,
    cross_figures.uptake_sum,
    cross_figures.uptake_carbon,
    cross_figures.component_sum,
    cross_figures.packaging,
    cross_figures.carbon_capture,
    cross_figures.carbon_use,
    cross_figures.shares,
    cross_figures.mass,
)


def validate_footprint(body: object) -> tuple[Finding, ...]:
    """Every finding about a ProductFootprint, in the order of the field table, then of the cross-field rules.

    `body` is parsed JSON. Never raises on bad input. Sums of stages and inventory are not judged here
    (verifier.arithmetic does that); how an inventory writes its factors is (ledger.intake.inventory).
    """
    found = walk(body, PRODUCT_FOOTPRINT, "")
    broken = {finding.field for finding in found if finding.severity is Severity.ERROR}
    top = _view(members(body), "", broken)
    pcf = _view(members(top.raw.get("pcf")), "/pcf", broken)
    for rule in _CROSS_RULES:
        found.extend(rule(top, pcf))
    return tuple(found)


def errors_of(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that refuse a footprint."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def require_footprint(body: object) -> tuple[Finding, ...]:
    """Like `validate_footprint`, for callers that cannot go on: returns the warnings.

    Raises:
        FootprintRefusedError: at least one hard rule is broken; carries all findings.
    """
    findings = validate_footprint(body)
    if errors_of(findings):
        raise FootprintRefusedError(findings)
    return findings


def _view(raw: Mapping[str, object], place: str, broken: set[str]) -> View:
    # Nearly every footprint is sound: no pointers are built for it.
    return View(raw, frozenset(name for name in raw if f"{place}/{name}" in broken) if broken else frozenset())
