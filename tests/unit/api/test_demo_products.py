"""The demo's own data: real figures (checked against the source where it is here), stand-in parties with right check digits."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from api.demo.products import DemoProduct, footprint_body, load_demo_set
from ledger.intake.drafts import DAY, CertificateTerms, GradeRule, SignedFootprint, draft_certificate
from ledger.intake.pact import errors_of, validate_footprint
from ledger.intake.refusals import CertificateRefusedError
from tests.support.shared import shared_dir
from verifier.arithmetic import ArithmeticOutcome, check_arithmetic
from verifier.bodies.footprint import parse_footprint
from verifier.bodies.rule import parse_rule
from verifier.canonical import canonicalize
from verifier.identifiers import check_gtin, parse_party
from verifier.types import StatementId

NOW = 1_795_338_000
PRODUCTS = load_demo_set().products


def name_of(product: DemoProduct) -> str:
    return product.row.pcf_id


def test_the_set_covers_the_four_label_sectors() -> None:
    assert 30 <= len(PRODUCTS) <= 40
    assert Counter(product.category.sector for product in PRODUCTS) == {
        "electronics": 15,
        "appliances": 7,
        "building-materials": 9,
        "cars": 7,
    }


def test_parties_and_codes_are_made_up_and_well_formed() -> None:
    loaded = load_demo_set()
    for enterprise in loaded.enterprises:
        parse_party(enterprise.party, "")
        assert enterprise.party.startswith("uscc:91219999")  # an administrative division that does not exist
        assert enterprise.gs1_prefix.startswith("952")  # GS1: demonstrations and examples
        assert "演示" in enterprise.name
    for product in loaded.products:
        check_gtin(product.gtin)
        assert product.gtin[1:].startswith(product.enterprise.gs1_prefix)
    assert len({product.gtin for product in loaded.products}) == len(loaded.products)
    assert len({enterprise.party for enterprise in loaded.enterprises}) == len(loaded.enterprises)


@pytest.mark.parametrize("product", PRODUCTS, ids=name_of)
def test_every_body_is_acceptable_and_says_that_it_is_a_demonstration(product: DemoProduct) -> None:
    body = footprint_body(product, created=NOW)
    canonicalize(body)
    assert not errors_of(validate_footprint(body))
    read = parse_footprint(body)
    assert read.product_ids[0] == f"urn:gtin:{product.gtin}"
    assert product.category.urn in read.classifications
    assert read.validity_end > NOW + 731 * DAY
    assert str(body["comment"]).startswith("Demonstration")
    assert product.row.pcf_id in str(body["extensions"])


def test_certifiers_grade_twenty_eight_and_refuse_ten_by_name() -> None:
    rule = GradeRule(id=StatementId(bytes(32)), rule=parse_rule(load_demo_set().rule))
    grades: Counter[object] = Counter()
    refused = {}
    for product in PRODUCTS:
        terms = CertificateTerms(
            certifier="uscc:91350100M000100Y43",
            number=f"D-{product.row.pcf_id}",
            category=product.category.urn,
            scheme_id="demo",
            scheme_name="demo",
            assurance="limited",
            granularity="model",
            valid_from=NOW,
            valid_until=NOW + 365 * DAY,
            quota=1000,
            grade_rule=rule,
        )
        body = footprint_body(product, created=NOW)
        signed = SignedFootprint(body=body, id=StatementId(bytes(32)), issuer=product.enterprise.party)
        try:
            grade = draft_certificate(signed, terms, now=NOW)["grade"]
            assert isinstance(grade, dict)
            grades[grade["value"]] += 1
        except CertificateRefusedError as error:
            refused[product.row.pcf_id] = [reason.code for reason in error.reasons]
    assert sum(grades.values()) == 28
    assert set(grades) == set("ABCDE")
    assert len(refused) == 10
    assert all(codes == ["footprint.arithmetic"] for codes in refused.values())
    failing = {p.row.pcf_id for p in PRODUCTS if _outcome(p) is ArithmeticOutcome.FAILED}
    assert failing == refused.keys()


def _outcome(product: DemoProduct) -> ArithmeticOutcome:
    return check_arithmetic(parse_footprint(footprint_body(product, created=NOW))).outcome


def test_the_rule_covers_every_category_once() -> None:
    loaded = load_demo_set()
    rule = parse_rule(loaded.rule)
    assert {table.category for table in rule.tables} == {category.urn for category in loaded.categories}
    assert "尚无国家分级表" in rule.name


def test_the_figures_are_the_source_s_own_text() -> None:
    shared = shared_dir()
    if shared is None or not (shared / "data" / "carbon-catalogue").is_dir():
        pytest.skip("the Carbon Catalogue is not here (TANJI_SHARED/data/carbon-catalogue)")
    products = {row["*PCF-ID"]: row for row in _rows(shared / "data" / "carbon-catalogue" / "products.csv")}
    stages = _rows(shared / "data" / "carbon-catalogue" / "stages.csv")
    for product in PRODUCTS:
        row = products[product.row.pcf_id]
        assert product.row.total == row["Product's carbon footprint (PCF, kg CO2e)"]
        assert product.row.weight == row["Product weight (kg)"]
        assert product.row.title == row["Product name (and functional unit)"]
        assert product.enterprise.source_company == row["Company"]
        assert [(stage.description, stage.amount) for stage in product.row.stages] == [
            (stage["Description of LCA stage"], stage["Emissions at stage (kg CO2e)"])
            for stage in stages
            if stage["*PCF-ID"] == product.row.pcf_id
        ]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
