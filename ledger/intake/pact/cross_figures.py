"""Cross-field rules over the figures of the CarbonFootprint, in exact decimals as written.

Tolerance: PACT publishes rounded figures, so a hard identity allows 0.5 % of its largest term plus half a unit in the last written
place of each figure, the latter capped at another 0.5 %. The scale is the largest term and not the result, because the including
figure of a bio-based product is a small difference of two large ones (official example 1: 0.384 − 1.61 is given as −1.23).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger.intake.pact.findings import Finding, error, warning
from ledger.intake.pact.scalars import exceeds
from ledger.intake.pact.view import View
from verifier.decimals import Quantity

_COMPONENTS = (
    "fossilGhgEmissions",
    "landUseChangeGhgEmissions",
    "landManagementBiogenicCO2Emissions",
    "landManagementBiogenicCO2Removals",
    "biogenicNonCO2Emissions",
    "technologicalCO2Removals",
    "ccsTechnologicalCO2Capture",
)


def _agrees(terms: Sequence[Quantity], total: Quantity) -> bool:
    """Σ terms against total: |difference| ≤ 0.005·s + min(½·Σ ulp, 0.005·s), s the largest of them. Integers only."""
    figures = [*terms, total]
    places = max(figure.places for figure in figures)
    lifted = [figure.coefficient * 10 ** (places - figure.places) for figure in figures]
    ulps = sum(10 ** (places - figure.places) for figure in figures)
    return _within(sum(lifted) - 2 * lifted[-1], max(map(abs, lifted)), ulps)


def _within(difference: int, scale: int, ulps: int) -> bool:
    # Both sides × 200: 0.005 = 1/200, ½ = 100/200.
    return 200 * abs(difference) <= scale + min(100 * ulps, scale)


def uptake_sum(_: View, pcf: View) -> Iterator[Finding]:
    """pcfIncludingBiogenicUptake = pcfExcludingBiogenicUptake + biogenicCO2Uptake; no uptake stated counts as none."""
    including, excluding = pcf.quantity("pcfIncludingBiogenicUptake"), pcf.quantity("pcfExcludingBiogenicUptake")
    uptake = pcf.quantity("biogenicCO2Uptake")
    if including is None or excluding is None or (uptake is None and pcf.has("biogenicCO2Uptake")):
        return
    if uptake is None and including == excluding:  # as most are
        return
    terms = [excluding] if uptake is None else [excluding, uptake]
    if not _agrees(terms, including):
        written = " + ".join(str(term) for term in terms)
        yield error("/pcf/pcfIncludingBiogenicUptake", "uptake.sum", f"{written} is not {including}")


def uptake_carbon(_: View, pcf: View) -> Iterator[Finding]:
    """biogenicCO2Uptake = −biogenicCarbonContent × 44/12, when both are stated (12 mass units of carbon make 44 of CO2)."""
    carbon, uptake = pcf.quantity("biogenicCarbonContent"), pcf.quantity("biogenicCO2Uptake")
    if carbon is not None and uptake is not None:
        places = max(carbon.places, uptake.places)
        carbon_ulp, uptake_ulp = 44 * 10 ** (places - carbon.places), 12 * 10 ** (places - uptake.places)
        bound, taken = carbon.coefficient * carbon_ulp, uptake.coefficient * uptake_ulp
        if not _within(taken + bound, max(abs(bound), abs(taken)), carbon_ulp + uptake_ulp):
            yield error("/pcf/biogenicCO2Uptake", "uptake.carbon", f"{uptake} is not -{carbon} × 44/12")
        return
    for missing, given in (
        ("biogenicCO2Uptake", "biogenicCarbonContent"),
        ("biogenicCarbonContent", "biogenicCO2Uptake"),
    ):
        if pcf.stated(given) and not pcf.has(missing):
            yield warning(f"/pcf/{missing}", "uptake.half", "carbon content and uptake belong together")


def component_sum(_: View, pcf: View) -> Iterator[Finding]:
    """Components against pcfExcludingBiogenicUptake, as a warning that tries both readings.

    The schema says fossilGhgEmissions already includes landManagementFossilGhgEmissions; PACT's own examples add up only
    when it is added. A footprint that agrees with either reading is left alone.
    """
    total = pcf.quantity("pcfExcludingBiogenicUptake")
    parts = [part for name in _COMPONENTS if (part := pcf.quantity(name)) is not None]
    if total is None or not parts or _agrees(parts, total):
        return
    managed = pcf.quantity("landManagementFossilGhgEmissions")
    readings = [parts] if managed is None else [parts, [*parts, managed]]
    if not any(_agrees(reading, total) for reading in readings):
        sums = " or ".join(" + ".join(map(str, reading)) for reading in readings)
        yield warning("/pcf/pcfExcludingBiogenicUptake", "components.sum", f"components {sums} do not give {total}")


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
        elif included is None and pcf.stated(name):
            where = "/pcf/ccsTechnologicalCO2CaptureIncluded"
            yield error(where, "ccs.unsaid", f"{name} lowers the footprint, and capture is nowhere said to take place")


def carbon_use(_: View, pcf: View) -> Iterator[Finding]:
    """CCU: an approach beside the carbon, and a certificate beside a credit."""
    if pcf.stated("ccuCarbonContent") and not pcf.has("ccuCalculationApproach"):
        yield warning(
            "/pcf/ccuCalculationApproach", "ccu.approach-missing", "captured carbon is used; the approach is not stated"
        )
    if pcf.text("ccuCalculationApproach") == "Credit" and not pcf.has("ccuCreditCertification"):
        yield warning("/pcf/ccuCreditCertification", "ccu.credit-uncertified", "a credit without its certification")


def shares(_: View, pcf: View) -> Iterator[Finding]:
    """Exemptions are explained; secondary data name their source."""
    primary = pcf.quantity("primaryDataShare")
    if pcf.stated("exemptedEmissionsPercent") and not pcf.text("exemptedEmissionsDescription"):
        yield warning(
            "/pcf/exemptedEmissionsDescription", "exempted.unexplained", "emissions are left out without a reason"
        )
    sources = pcf.has("secondaryEmissionFactorSources")
    if primary is not None and exceeds(primary, 100) < 0 and not sources:
        where = "/pcf/secondaryEmissionFactorSources"
        yield warning(where, "secondary.unnamed", "less than 100 % primary data, and no source of the rest")
    if primary is not None and exceeds(primary, 100) == 0 and sources:
        yield warning(
            "/pcf/secondaryEmissionFactorSources", "secondary.unused", "100 % primary data, and secondary sources"
        )


def mass(_: View, pcf: View) -> Iterator[Finding]:
    """A declared unit in kilograms weighs what it says."""
    if pcf.text("declaredUnitOfMeasurement") == "kilogram":
        amount, weight = pcf.quantity("declaredUnitAmount"), pcf.quantity("productMassPerDeclaredUnit")
        if amount is not None and weight is not None and not _same(amount, weight):
            yield warning("/pcf/productMassPerDeclaredUnit", "mass.kilogram", "differs from the declared kilograms")


def _same(left: Quantity, right: Quantity) -> bool:
    return bool(left.coefficient * 10**right.places == right.coefficient * 10**left.places)
