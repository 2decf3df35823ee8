"""PACT v3 reject vectors: one good footprint, one change each, and the one rule that has to name it."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable

import pytest

from ledger.intake.pact import Severity, errors_of, validate_footprint
from tests.support.footprints import Body, changed, drop, footprint, put

Change = Callable[[Body], object]


def placed(name: str, value: str) -> Change:
    """The change that states another geography in place of the subdivision."""

    def change(body: Body) -> None:
        drop("/pcf/geographyCountrySubdivision")(body)
        put(f"/pcf/{name}", value)(body)

    return change


# name: (what the forger hopes for, change, field, rule)
REJECTED: dict[str, tuple[str, Change, str, str]] = {
    # the holes of the official schema (domain notes 1.5)
    "verification-empty": ("verified by nobody", put("/pcf/verification", {}), "/pcf/verification", "verification.empty"),
    "positive-negative": ("-0.5 passes as > 0", put("/pcf/declaredUnitAmount", "-0.5"), "/pcf/declaredUnitAmount", "decimal.positive"),
    "positive-with-letters": ("5abc passes as > 0", put("/pcf/declaredUnitAmount", "5abc"), "/pcf/declaredUnitAmount", "decimal.positive"),
    "positive-with-letter": ("12x passes as > 0", put("/pcf/declaredUnitAmount", "12x"), "/pcf/declaredUnitAmount", "decimal.positive"),
    "uptake-plus-sign": ("+50 passes as <= 0", put("/pcf/biogenicCO2Uptake", "+50"), "/pcf/biogenicCO2Uptake", "decimal.non-positive"),
    "uptake-sign-flip": ("50 passes as <= 0", put("/pcf/biogenicCO2Uptake", "50"), "/pcf/biogenicCO2Uptake", "decimal.non-positive"),
    "uptake-with-letter": ("-3x passes as <= 0", put("/pcf/biogenicCO2Uptake", "-3x"), "/pcf/biogenicCO2Uptake", "decimal.non-positive"),
    "dqr-six": ("ranges are prose", put("/pcf/dqi/technologicalDQR", "5.1"), "/pcf/dqi/technologicalDQR", "decimal.dqr"),
    "dqr-zero": ("ranges are prose", put("/pcf/dqi/temporalDQR", "0.9"), "/pcf/dqi/temporalDQR", "decimal.dqr"),
    "primary-share-over-100": ("ranges are prose", put("/pcf/primaryDataShare", "100.1"), "/pcf/primaryDataShare", "decimal.percent"),
    "exempted-over-100": ("ranges are prose", put("/pcf/exemptedEmissionsPercent", "101"), "/pcf/exemptedEmissionsPercent", "decimal.percent"),
    "exempted-negative": ("ranges are prose", put("/pcf/exemptedEmissionsPercent", "-1"), "/pcf/exemptedEmissionsPercent", "decimal.percent"),
    "exponent": ("the text shows 1.2345e+6 as legal", put("/pcf/fossilGhgEmissions", "3.5e-1"), "/pcf/fossilGhgEmissions", "decimal.non-negative"),
    "null-is-not-undefined": ("the text says null is undefined", put("/pcf/dqi", None), "/pcf/dqi", "object"),
    # written forms that other readers take for the same number
    "number-not-text": ("a JSON number", put("/pcf/fossilGhgEmissions", 1), "/pcf/fossilGhgEmissions", "decimal.non-negative"),
    "leading-zero": ("00.35", put("/pcf/fossilGhgEmissions", "00.35"), "/pcf/fossilGhgEmissions", "decimal.non-negative"),
    "negative-zero": ("-0", put("/pcf/biogenicCO2Uptake", "-0"), "/pcf/biogenicCO2Uptake", "decimal.non-positive"),
    "trailing-newline": ("$ matches before a newline", put("/pcf/fossilGhgEmissions", "0.35\n"), "/pcf/fossilGhgEmissions", "decimal.non-negative"),
    "full-width-digit": ("int() takes it", put("/pcf/fossilGhgEmissions", "０"), "/pcf/fossilGhgEmissions", "decimal.non-negative"),
    "no-digit-before-point": (".35", put("/pcf/fossilGhgEmissions", ".35"), "/pcf/fossilGhgEmissions", "decimal.non-negative"),
    "thirty-one-digits": ("beyond the profile", put("/pcf/fossilCarbonContent", "1" * 31), "/pcf/fossilCarbonContent", "decimal.non-negative"),
    "declared-zero": ("per nothing", put("/pcf/declaredUnitAmount", "0"), "/pcf/declaredUnitAmount", "decimal.positive"),
    # cross-field rules
    "including-not-the-sum": ("hides emissions", put("/pcf/pcfIncludingBiogenicUptake", "-1.3"), "/pcf/pcfIncludingBiogenicUptake", "uptake.sum"),
    "uptake-not-the-carbon": ("more uptake than carbon", put("/pcf/biogenicCarbonContent", "0.4"), "/pcf/biogenicCO2Uptake", "uptake.carbon"),
    "two-geographies": ("a reader chooses", put("/pcf/geographyCountry", "CN"), "/pcf/geographyCountrySubdivision", "geography.one"),
    "packaging-excluded-but-stated": ("both", put("/pcf/packagingEmissionsIncluded", False), "/pcf/packagingGhgEmissions", "packaging.excluded"),
    "capture-excluded-but-stated": ("both", put("/pcf/ccsTechnologicalCO2Capture", "-1"), "/pcf/ccsTechnologicalCO2Capture", "ccs.excluded"),
    "removal-excluded-but-stated": ("both", put("/pcf/technologicalCO2Removals", "-1"), "/pcf/technologicalCO2Removals", "ccs.excluded"),
    "period-backwards": ("ends before it starts", put("/pcf/referencePeriodStart", "2026-01-01T00:00:01Z"), "/pcf/referencePeriodEnd", "period.order"),
    "validity-early": ("before the data ends", put("/validityPeriodStart", "2025-12-31T23:59:59Z"), "/validityPeriodStart", "validity.start"),
    "validity-long": ("a second over 3 years", put("/validityPeriodEnd", "2029-01-01T00:00:01Z"), "/validityPeriodEnd", "validity.end"),
    "validity-backwards": ("over before it starts", put("/validityPeriodStart", "2029-01-01T00:00:00Z"), "/validityPeriodEnd", "validity.order"),
    "supersedes-itself": ("a loop", put("/precedingPfIds/0", "1f2e3d4c-5b6a-4978-8a9b-0c1d2e3f4a5b"), "/precedingPfIds", "lineage.self"),
    "verifier-unnamed": ("verified by nobody", drop("/pcf/verification/providerName"), "/pcf/verification/providerName", "verification.provider"),
    "two-tanji-extensions": ("a reader chooses", lambda b: b["extensions"].append(b["extensions"][0]), "/extensions/1", "extension.one"),
    # forms
    "id-not-uuid": ("free text", put("/id", "e7u1639i"), "/id", "uuid"),
    "id-braced": ("uuid libraries take braces", put("/id", "{1f2e3d4c-5b6a-4978-8a9b-0c1d2e3f4a5b}"), "/id", "uuid"),
    "spec-version-two": ("another data model", put("/specVersion", "2.3.0"), "/specVersion", "spec-version"),
    "created-without-offset": ("local time", put("/created", "2026-02-02T08:00:00"), "/created", "date-time"),
    "created-no-such-day": ("30 February", put("/created", "2026-02-30T08:00:00Z"), "/created", "date-time"),
    "status-lower-case": ("another word", put("/status", "active"), "/status", "status"),
    "company-id-not-urn": ("free text", put("/companyIds/0", "91350100M000100Y43"), "/companyIds/0", "urn"),
    "company-ids-empty": ("nobody", put("/companyIds", []), "/companyIds", "array.length"),
    "company-id-twice": ("a set", put("/companyIds", ["urn:a1:b", "urn:a1:b"]), "/companyIds/1", "array.repeated"),
    "product-ids-text": ("not an array", put("/productIds", "urn:gtin:09520001000010"), "/productIds", "array"),
    "name-with-separator": ("poses as another field (F18)", put("/productNameCompany", "x · 0.10 kgCO2e"), "/productNameCompany", "name"),
    "name-empty": ("nothing", put("/productNameCompany", ""), "/productNameCompany", "name"),
    "country-lower-case": ("cn", placed("geographyCountry", "cn"), "/pcf/geographyCountry", "country"),
    "region-unknown": ("Atlantis", placed("geographyRegionOrSubregion", "Atlantis"), "/pcf/geographyRegionOrSubregion", "region"),
    "unit-unknown": ("dozen", put("/pcf/declaredUnitOfMeasurement", "dozen"), "/pcf/declaredUnitOfMeasurement", "declared-unit"),
    "ipcc-trailing-text": ("AR6 or so", put("/pcf/ipccCharacterizationFactors/0", "AR6 or so"), "/pcf/ipccCharacterizationFactors/0", "ipcc-report"),
    "standards-empty": ("none", put("/pcf/crossSectoralStandards", []), "/pcf/crossSectoralStandards", "array.length"),
    "flag-as-text": ('"false" is true somewhere', put("/pcf/packagingEmissionsIncluded", "false"), "/pcf/packagingEmissionsIncluded", "boolean"),
    "pcf-sealed": ("F20", put("/pcf/pcfExcludingBiogenicUptake", {"$sealed": "A" * 43}), "/pcf/pcfExcludingBiogenicUptake", "decimal"),
    "pcf-not-an-object": ("text", put("/pcf", "0.384"), "/pcf", "object"),
    "extension-without-data": ("nothing", drop("/extensions/0/data"), "/extensions/0/data", "member.missing"),
    "coverage-unknown": ("everything", put("/pcf/verification/coverage", "everything"), "/pcf/verification/coverage", "verification.coverage"),
}  # fmt: skip

REQUIRED = """
    /id /specVersion /created /status /companyName /companyIds /productDescription /productIds /productNameCompany /pcf
    /pcf/declaredUnitOfMeasurement /pcf/declaredUnitAmount /pcf/productMassPerDeclaredUnit /pcf/referencePeriodStart
    /pcf/referencePeriodEnd /pcf/pcfExcludingBiogenicUptake /pcf/pcfIncludingBiogenicUptake /pcf/fossilGhgEmissions
    /pcf/fossilCarbonContent /pcf/ipccCharacterizationFactors /pcf/crossSectoralStandards /pcf/exemptedEmissionsPercent
""".split()  # noqa: SIM905 (a table of pointers reads best as text)


def test_the_unchanged_footprint_has_no_finding() -> None:
    assert validate_footprint(footprint()) == ()


@pytest.mark.parametrize("name", REJECTED)
def test_one_change_is_refused_by_one_named_rule(name: str) -> None:
    _, change, field, rule = REJECTED[name]
    errors = errors_of(validate_footprint(changed(change)))
    assert [(finding.field, finding.rule) for finding in errors] == [(field, rule)]
    assert errors[0].severity is Severity.ERROR
    assert errors[0].detail


@pytest.mark.parametrize("pointer", REQUIRED)
def test_a_required_member_is_missed(pointer: str) -> None:
    errors = errors_of(validate_footprint(changed(drop(pointer))))
    assert (pointer, "member.missing") in [(finding.field, finding.rule) for finding in errors]


@pytest.mark.parametrize("value", [None, True, 7, "text", [], [{}]])
def test_anything_but_an_object_is_one_finding(value: object) -> None:
    assert [finding.rule for finding in validate_footprint(value)] == ["object"]


@pytest.mark.parametrize("name", ["positive-negative", "positive-with-letters", "positive-with-letter"])
def test_the_official_pattern_does_accept_what_we_refuse(name: str) -> None:
    """Guards the reason for our own rules: PACT 3.0.4 PositiveNonZeroDecimal, as a JSON Schema engine applies it (search)."""
    official = re.compile(r"^[+]?(\d*[1-9]\d*)(\.\d+)?|(0+\.\d*[1-9]\d*)$")
    assert official.search(changed(REJECTED[name][1])["pcf"]["declaredUnitAmount"])


def test_a_megabyte_of_items_is_answered_in_linear_time() -> None:
    body = footprint()
    body["productIds"] = [f"urn:ab:{number}" for number in range(60_000)]
    body["companyIds"] = ["urn:ab:1"] * 60_000
    body["extensions"] *= 20_000
    start = time.process_time()
    findings = validate_footprint(body)
    assert time.process_time() - start < 5
    assert Counter(finding.rule for finding in findings) == {"array.repeated": 59_999, "extension.one": 19_999}
