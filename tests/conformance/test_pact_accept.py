"""Footprints that stay acceptable: rounding as PACT's own examples show it, both readings of the component sum, warnings."""

from __future__ import annotations

import pytest

from ledger.intake.pact import FootprintRefusedError, Severity, require_footprint, validate_footprint
from ledger.intake.pact.fields import DECLARED_UNITS
from tests.support.footprints import Body, changed, drop, footprint, put
from verifier.bodies.fields import UNITS
from verifier.bodies.footprint import parse_footprint


def findings(body: Body) -> list[tuple[str, str]]:
    return [(finding.field, finding.rule) for finding in validate_footprint(body)]


# excluding, including, uptake, carbon: figures rounded one by one, as in the four official examples
@pytest.mark.parametrize(
    ("excluding", "including", "uptake", "carbon"),
    [
        ("0.384", "-1.23", "-1.61", "0.44"),
        ("5.14", "-14.22", "-19.36", "5.28"),
        ("77.0", "77.0", "0", "0"),
        ("0.42", "0.05", "-0.37", "0.1"),
    ],
)
def test_published_rounding_is_accepted(excluding: str, including: str, uptake: str, carbon: str) -> None:
    body = footprint()
    body["pcf"] |= {
        "pcfExcludingBiogenicUptake": excluding,
        "pcfIncludingBiogenicUptake": including,
        "biogenicCO2Uptake": uptake,
        "biogenicCarbonContent": carbon,
    }
    assert not [rule for _, rule in findings(body) if rule.startswith("uptake")]


def test_without_uptake_both_totals_agree() -> None:
    body = changed(lambda b: (drop("/pcf/biogenicCO2Uptake")(b), drop("/pcf/biogenicCarbonContent")(b)))
    assert ("/pcf/pcfIncludingBiogenicUptake", "uptake.sum") in findings(body)
    body["pcf"]["pcfIncludingBiogenicUptake"] = "0.384"
    assert findings(body) == []


@pytest.mark.parametrize(
    "fossil", ["0.35", "0.38"], ids=["land management beside fossil", "land management inside fossil"]
)
def test_component_sum_tries_both_readings(fossil: str) -> None:
    assert findings(changed(put("/pcf/fossilGhgEmissions", fossil))) == []


def test_component_sum_is_a_warning() -> None:
    warned = validate_footprint(changed(put("/pcf/fossilGhgEmissions", "0.5")))
    assert [(finding.rule, finding.severity) for finding in warned] == [("components.sum", Severity.WARNING)]


WARNED = {
    "packaging unsaid": (drop("/pcf/packagingEmissionsIncluded"), ["member.shall", "packaging.unsaid"]),
    "packaging share": (drop("/pcf/packagingGhgEmissions"), ["packaging.missing"]),
    "primary data": (drop("/pcf/primaryDataShare"), ["member.shall"]),
    "sources": (drop("/pcf/secondaryEmissionFactorSources"), ["secondary.unnamed"]),
    "exemption": (drop("/pcf/exemptedEmissionsDescription"), ["exempted.unexplained"]),
    "carbon": (drop("/pcf/biogenicCarbonContent"), ["uptake.half"]),
    "unknown member": (put("/pcf/certified", True), ["member.unknown"]),
    "old member": (put("/version", 1), ["member.unknown"]),
    "check digit": (put("/productIds", ["urn:gtin:09520001000010x"]), ["gtin.check-digit"]),
    "verification": (drop("/pcf/verification/standardName"), ["verification.incomplete"]),
    "mass": (put("/pcf/productMassPerDeclaredUnit", "0.9"), ["mass.kilogram"]),
    "quality later": (
        lambda b: (drop("/pcf/dqi")(b), put("/created", "2028-01-01T00:00:00Z")(b)),
        ["member.shall"],
    ),
    "half a validity": (drop("/validityPeriodStart"), ["validity.half"]),
    "standard": (put("/pcf/crossSectoralStandards", ["GB/T 24067", "ISO14067"]), ["standard.unlisted"]),
    "operator": (
        put("/pcf/productOrSectorSpecificRules", [{"operator": "Other", "ruleNames": ["TfS"]}]),
        ["rule-operator.unnamed"],
    ),
}


@pytest.mark.parametrize("name", WARNED)
def test_warnings_do_not_refuse(name: str) -> None:
    change, rules = WARNED[name]
    returned = require_footprint(changed(change))
    assert [finding.rule for finding in returned] == rules
    assert {finding.severity for finding in returned} == {Severity.WARNING}


def test_require_raises_with_every_finding() -> None:
    body = changed(put("/pcf/verification", {}))
    body["status"] = "active"
    with pytest.raises(FootprintRefusedError) as refused:
        require_footprint(body)
    assert refused.value.code == "footprint.refused"
    assert [finding.rule for finding in refused.value.findings] == ["status", "verification.empty"]


def test_a_capture_that_lowers_the_figure_is_said_to_take_place() -> None:
    body = changed(drop("/pcf/ccsTechnologicalCO2CaptureIncluded"))
    assert [rule for _, rule in findings(body)] == ["member.shall"]
    body["pcf"]["ccsTechnologicalCO2Capture"] = "-0.1"
    assert "ccs.unsaid" in [rule for _, rule in findings(body)]


def test_the_verifier_reads_what_we_accept() -> None:
    assert parse_footprint(footprint()).pcf.text == "0.384"
    assert frozenset(DECLARED_UNITS) == UNITS
