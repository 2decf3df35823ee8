"""Cross-field rules over the figures of the CarbonFootprint, in exact decimals as written.

Tolerance: PACT publishes rounded figures, so a hard identity allows 0.5 % of its largest term plus half a unit in the last written
place of each figure, the latter capped at another 0.5 %. The scale is the largest term and not the result, because the including
figure of a bio-based product is a small difference of two large ones (official example 1: 0.384 − 1.61 is given as −1.23).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ledger.intake.pact.findings import Finding, error, warning
from ledger.intake.pact.view import View
from verifier.decimals import Quantity

_RELATIVE = Fraction(5, 1000)
_CO2_PER_CARBON = Fraction(44, 12)  # mass of CO2 for one mass of carbon

_COMPONENTS = (
    "fossilGhgEmissions",
    "landUseChangeGhgEmissions",
    "landManagementBiogenicCO2Emissions",
    "landManagementBiogenicCO2Removals",
    "biogenicNonCO2Emissions",
    "technologicalCO2Removals",
    "ccsTechnologicalCO2Capture",
)


def _value(quantity: Quantity) -> Fraction:
    return Fraction(quantity.coefficient, 10**quantity.places)


def _ulp(quantity: Quantity) -> Fraction:
    return Fraction(1, 10**quantity.places)


def _agrees(difference: Fraction, scale: Fraction, ulps: Fraction) -> bool:
    return abs(difference) <= _RELATIVE * scale + min(ulps / 2, _RELATIVE * scale)


def uptake_sum(_: View, pcf: View) -> Iterator[Finding]:
    """pcfIncludingBiogenicUptake = pcfExcludingBiogenicUptake + biogenicCO2Uptake; no uptake stated counts as none."""
    including, excluding = pcf.quantity("pcfIncludingBiogenicUptake"), pcf.quantity("pcfExcludingBiogenicUptake")
    uptake = pcf.quantity("biogenicCO2Uptake")
    if including is None or excluding is None or (uptake is None and pcf.has("biogenicCO2Uptake")):
        return
    terms = [excluding] if uptake is None else [excluding, uptake]
    figures = [*terms, including]
    difference = sum((_value(term) for term in terms), -_value(including))
    scale = max(abs(_value(figure)) for figure in figures)
    if not _agrees(difference, scale, sum((_ulp(figure) for figure in figures), Fraction(0))):
        written = " + ".join(str(term) for term in terms)
        yield error("/pcf/pcfIncludingBiogenicUptake", "uptake.sum", f"{written} is not {including}")


def uptake_carbon(_: View, pcf: View) -> Iterator[Finding]:
    """biogenicCO2Uptake = −biogenicCarbonContent × 44/12, when both are stated."""
    carbon, uptake = pcf.quantity("biogenicCarbonContent"), pcf.quantity("biogenicCO2Uptake")
    if carbon is None or uptake is None:
        stated = pcf.number("biogenicCarbonContent") or pcf.number("biogenicCO2Uptake")
        if stated:
            missing = "biogenicCO2Uptake" if uptake is None else "biogenicCarbonContent"
            if not pcf.has(missing):
                yield warning(f"/pcf/{missing}", "uptake.half", "carbon content and uptake belong together")
        return
    expected = -_value(carbon) * _CO2_PER_CARBON
    scale = max(abs(expected), abs(_value(uptake)))
    if not _agrees(_value(uptake) - expected, scale, _ulp(uptake) + _ulp(carbon) * _CO2_PER_CARBON):
        yield error("/pcf/biogenicCO2Uptake", "uptake.carbon", f"{uptake} is not -{carbon} × 44/12")


def component_sum(_: View, pcf: View) -> Iterator[Finding]:
    """Components against pcfExcludingBiogenicUptake, as a warning that tries both readings.

    The schema says fossilGhgEmissions already includes landManagementFossilGhgEmissions; PACT's own examples add up only
    when it is added. A footprint that agrees with either reading is left alone.
    """
    total = pcf.quantity("pcfExcludingBiogenicUptake")
    parts = [part for name in _COMPONENTS if (part := pcf.quantity(name)) is not None]
    if total is None or not parts:
        return
    managed = pcf.quantity("landManagementFossilGhgEmissions")
    readings = [parts] if managed is None else [parts, [*parts, managed]]
    for terms in readings:
        figures = [*terms, total]
        difference = sum((_value(term) for term in terms), -_value(total))
        scale = max(abs(_value(figure)) for figure in figures)
        if _agrees(difference, scale, sum((_ulp(figure) for figure in figures), Fraction(0))):
            return
    sums = " or ".join(str(float(sum(map(_value, terms)))) for terms in readings)
    yield warning("/pcf/pcfExcludingBiogenicUptake", "components.sum", f"components give {sums}, stated is {total}")


def packaging(_: View, pcf: View) -> Iterator[Finding]:
    """packagingGhgEmissions must be undefined when packaging is outside the boundary, and should be defined inside."""
    included = pcf.flag("packagingEmissionsIncluded")
    if included is False and pcf.has("packagingGhgEmissions"):
        yield error(
            "/pcf/packagingGhgEmissions", "packaging.excluded", "stated, though packaging is said to be left out"
        )
    if included is True and not pcf.has("packagingGhgEmissions"):
        yield warning(
            "/pcf/packagingGhgEmissions", "packaging.missing", "packaging is included; its share is not stated"
        )
    if included is None and pcf.has("packagingGhgEmissions"):
        yield warning(
            "/pcf/packagingEmissionsIncluded", "packaging.unsaid", "a share is stated; whether it is inside is not"
        )


def carbon_capture(_: View, pcf: View) -> Iterator[Finding]:
    """CCS figures only where capture is said to take place; a removal lowers the footprint, so silence is refused too."""
    names = ("ccsTechnologicalCO2Capture", "technologicalCO2Removals", "technologicalCO2CaptureOrigin")
    included = pcf.flag("ccsTechnologicalCO2CaptureIncluded")
    used = pcf.has("ccuCarbonContent") or pcf.has("ccuCalculationApproach")
    for name in names:
        if included is False and pcf.has(name) and not (used and name == "technologicalCO2CaptureOrigin"):
            yield error(f"/pcf/{name}", "ccs.excluded", "stated, though capture is said not to take place")
        elif included is True and not pcf.has(name):
            yield warning(f"/pcf/{name}", "ccs.missing", "capture is included; this is not stated")
        elif included is None and pcf.number(name):
            where = "/pcf/ccsTechnologicalCO2CaptureIncluded"
            yield error(where, "ccs.unsaid", f"{name} lowers the footprint, and capture is nowhere said to take place")


def carbon_use(_: View, pcf: View) -> Iterator[Finding]:
    """CCU: an approach beside the carbon, and a certificate beside a credit."""
    if pcf.number("ccuCarbonContent") and not pcf.has("ccuCalculationApproach"):
        yield warning(
            "/pcf/ccuCalculationApproach", "ccu.approach-missing", "captured carbon is used; the approach is not stated"
        )
    if pcf.text("ccuCalculationApproach") == "Credit" and not pcf.has("ccuCreditCertification"):
        yield warning("/pcf/ccuCreditCertification", "ccu.credit-uncertified", "a credit without its certification")


def shares(_: View, pcf: View) -> Iterator[Finding]:
    """Exemptions are explained; secondary data name their source."""
    exempted, primary = pcf.number("exemptedEmissionsPercent"), pcf.number("primaryDataShare")
    if exempted and not pcf.text("exemptedEmissionsDescription"):
        yield warning(
            "/pcf/exemptedEmissionsDescription", "exempted.unexplained", "emissions are left out without a reason"
        )
    sources = pcf.has("secondaryEmissionFactorSources")
    if primary is not None and primary < 100 and not sources:
        where = "/pcf/secondaryEmissionFactorSources"
        yield warning(where, "secondary.unnamed", "less than 100 % primary data, and no source of the rest")
    if primary == 100 and sources:
        yield warning(
            "/pcf/secondaryEmissionFactorSources", "secondary.unused", "100 % primary data, and secondary sources"
        )


def mass(_: View, pcf: View) -> Iterator[Finding]:
    """A declared unit in kilograms weighs what it says."""
    if pcf.text("declaredUnitOfMeasurement") == "kilogram":
        amount, weight = pcf.number("declaredUnitAmount"), pcf.number("productMassPerDeclaredUnit")
        if amount is not None and weight is not None and amount != weight:
            yield warning("/pcf/productMassPerDeclaredUnit", "mass.kilogram", "differs from the declared kilograms")
