"""From a footprint to a certificate body, or to every reason why not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger.intake.drafts import (
    DAY,
    CertificateTerms,
    CertifiedProduct,
    GradeRule,
    SignedFootprint,
    draft_certificate,
)
from ledger.intake.refusals import SENTENCES, CertificateRefusedError
from tests.support.footprints import Body, changed, drop, footprint, put
from verifier.bodies.certificate import parse_certificate
from verifier.bodies.rule import parse_rule
from verifier.types import StatementId

CERTIFIER = "uscc:91350100M000100Y43"
HOLDER = "uscc:91512081MA62K0260E"
CATEGORY = "urn:pact:tanji.example:category:ethanol"
NOW = 1_780_000_000  # 2026-05-29, inside the footprint's validity
VALIDITY_END = 1_861_920_000  # 2029-01-01
FOOTPRINT_ID = StatementId(bytes(range(32)))
RULE_ID = StatementId(bytes(32))


def terms(**changes: Any) -> CertificateTerms:
    plain = CertificateTerms(
        certifier=CERTIFIER,
        number="TJ-2026/1",
        category=CATEGORY,
        scheme_id="demo",
        scheme_name="演示规则",
        assurance="reasonable",
        granularity="model",
        valid_from=NOW,
        valid_until=NOW + 365 * DAY,
        quota=10,
    )
    return replace(plain, **changes)


def signed(body: Body | None = None, **changes: Any) -> SignedFootprint:
    return replace(SignedFootprint(body=body or footprint(), id=FOOTPRINT_ID, issuer=HOLDER), **changes)


def grade_rule(**changes: Any) -> GradeRule:
    table = {
        "category": CATEGORY,
        "unit": "kilogram",
        "amount": "1",
        "grades": [{"grade": "A", "max": "0.3"}, {"grade": "B", "max": "0.384"}, {"grade": "C"}],
    }
    body = {"code": "R", "version": 1, "name": "rule", "effectiveFrom": NOW - DAY, "tables": [table | changes]}
    return GradeRule(id=RULE_ID, rule=parse_rule(body))


def refused(footprint: SignedFootprint, asked: CertificateTerms, now: int = NOW) -> list[str]:
    with pytest.raises(CertificateRefusedError) as caught:
        draft_certificate(footprint, asked, now=now)
    return [reason.code for reason in caught.value.reasons]


def test_a_draft_carries_the_footprints_own_text() -> None:
    body = draft_certificate(signed(), terms(), now=NOW)
    read = parse_certificate(body)
    assert body["pcf"] == "0.384"
    assert body["declaredUnit"] == {"amount": "1", "unit": "kilogram"}
    assert body["footprint"] == "0x" + bytes(range(32)).hex()
    assert (read.holder, read.grade, read.replaces) == (HOLDER, None, None)
    assert [product.urn for product in read.products] == footprint()["productIds"]
    assert read.products[0].name == "乙醇 98 %"


def test_a_draft_takes_chosen_products_and_a_predecessor() -> None:
    ids = ["urn:gmn:1987654Ad4X4bL5ttr2310c2K", *footprint()["productIds"]]
    product = CertifiedProduct(code=ids[1], name="乙醇", model="98", plants=("沈阳一厂",))
    body = draft_certificate(
        signed(changed(put("/productIds", ids))), terms(products=(product,), replaces=RULE_ID, version=2), now=NOW
    )
    read = parse_certificate(body)
    assert (read.version, read.replaces) == (2, RULE_ID)
    assert [(p.urn, p.model, p.plants) for p in read.products] == [(ids[1], "98", ("沈阳一厂",))]


def test_the_grade_is_derived() -> None:
    body = draft_certificate(signed(), terms(grade_rule=grade_rule()), now=NOW)
    assert body["grade"] == {"value": "B", "rule": "0x" + "00" * 32}


REFUSALS: dict[str, tuple[SignedFootprint, CertificateTerms, int]] = {
    "footprint.malformed": (signed(changed(drop("/pcf/declaredUnitAmount"))), terms(), NOW),
    "footprint.pact": (signed(changed(put("/pcf/verification", {}))), terms(), NOW),
    "footprint.arithmetic": (signed(changed(put("/extensions/0/data/stages/0/amount", "0.3"))), terms(), NOW),
    "footprint.arithmetic-open": (signed(changed(drop("/extensions/0/data/stages"))), terms(), NOW),
    "footprint.deprecated": (signed(changed(put("/status", "Deprecated"))), terms(), NOW),
    "conflict.self": (signed(issuer=CERTIFIER), terms(), NOW),
    "conflict.adviser": (signed(advisers=frozenset({CERTIFIER})), terms(), NOW),
    "category.foreign": (signed(), terms(category="urn:pact:tanji.example:category:steel"), NOW),
    "product.foreign": (signed(), terms(products=(CertifiedProduct(code="urn:gtin:00000000000000", name="x"),)), NOW),
    "product.none": (signed(changed(put("/productIds", ["urn:uuid:1"]))), terms(), NOW),
    "period.order": (signed(), terms(valid_until=NOW), NOW),
    "period.start": (signed(), terms(valid_from=NOW - 31 * DAY), NOW),
    "period.length": (signed(), terms(valid_until=NOW + 732 * DAY), NOW),
    "period.footprint": (
        signed(),
        terms(valid_from=VALIDITY_END - 60 * DAY, valid_until=VALIDITY_END + 1),
        VALIDITY_END - 60 * DAY,
    ),
    "grade.untabled": (signed(), terms(grade_rule=grade_rule(unit="piece")), NOW),
    "rule.not-in-effect": (signed(), terms(grade_rule=grade_rule()), NOW - 2 * DAY),
    "terms.malformed": (signed(), terms(number="has spaces"), NOW),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_one_reason_is_named(code: str) -> None:
    footprint, asked, now = REFUSALS[code]
    assert refused(footprint, asked, now) == [code]


def test_an_expired_footprint_is_refused() -> None:
    late = VALIDITY_END + DAY
    codes = refused(signed(), terms(valid_from=late, valid_until=late + DAY), late)
    assert codes == ["footprint.expired", "period.footprint"]


def test_a_grid_factor_in_the_wrong_unit_is_refused() -> None:
    line = {
        "activity": "电力",
        "amount": "1",
        "unit": "kWh",
        "factor": "0.4878",
        "factorUnit": "kgCO2e/kWh",
        "source": "辽宁电网",
        "emissions": "0.4878",
    }
    body = changed(put("/extensions/0/data/inventory", [line]))
    assert refused(signed(body), terms()) == ["footprint.factors", "footprint.arithmetic"]


def test_all_reasons_are_given_at_once_with_figures_and_both_languages() -> None:
    body = changed(put("/extensions/0/data/stages/0/amount", "0.3"))
    with pytest.raises(CertificateRefusedError) as caught:
        draft_certificate(signed(body, issuer=CERTIFIER), terms(valid_until=NOW - DAY), now=NOW)
    reasons = caught.value.reasons
    assert [reason.code for reason in reasons] == ["footprint.arithmetic", "conflict.self", "period.order"]
    assert reasons[0].detail == "stages: 0.484 computed, 0.384 stated, 0.100 apart"
    assert (reasons[0].zh, reasons[0].en) == SENTENCES["footprint.arithmetic"]
    assert caught.value.code == "certificate.refused"


def test_every_reason_has_a_case() -> None:
    assert SENTENCES.keys() - REFUSALS.keys() == {"footprint.expired", "footprint.factors"}
    assert all(zh and en for zh, en in SENTENCES.values())
