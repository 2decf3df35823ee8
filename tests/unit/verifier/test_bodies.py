from __future__ import annotations

import pytest

from tests.reference import statement as naive
from tests.support.bodies import CATEGORY, GTIN, body, changed, without
from verifier.bodies import Certificate, Footprint, grade_for, parse_body, parse_footprint, parse_rule
from verifier.decimals import parse_quantity
from verifier.errors import MalformedError
from verifier.summary import derive_summary
from verifier.times import parse_date_time, shanghai_date, three_years_after


def test_typed_bodies() -> None:
    certificate, footprint = parse_body("certificate", body("certificate")), parse_body("footprint", body("footprint"))
    assert isinstance(certificate, Certificate)
    assert isinstance(footprint, Footprint)
    assert certificate.products[0].urn == f"urn:gtin:{GTIN}" in footprint.product_ids
    assert certificate.pcf.text == footprint.pcf.text == "310.5"
    assert certificate.category in footprint.classifications
    assert parse_body("hearsay", {"anything": 1}) is None


def test_a_product_by_gmn() -> None:
    document = without(changed(body("certificate"), "/products/0/gmn", "1987654Ad4X4bL5ttr2310c2K"), "/products/0/gtin")
    certificate = parse_body("certificate", document)
    assert isinstance(certificate, Certificate)
    assert certificate.products[0].urn == "urn:gmn:1987654Ad4X4bL5ttr2310c2K"
    with pytest.raises(MalformedError, match="gmn"):
        parse_body("certificate", changed(document, "/products/0/gmn", "1987654Ad4X4bL5ttr2310c2L"))


def test_optional_members() -> None:
    certificate = without(body("certificate"), "/grade")
    parsed = parse_body("certificate", certificate)
    assert isinstance(parsed, Certificate)
    assert parsed.grade is None
    assert " · no grade · " in derive_summary("certificate", certificate)
    assert parse_footprint(without(body("footprint"), "/extensions")).extension is None
    assert parse_footprint(without(body("footprint"), "/productClassifications")).classifications == ()


def test_f18_no_name_adds_a_field_to_the_wallet_line() -> None:
    for kind in ("footprint", "certificate", "labels", "rule"):
        summary = derive_summary(kind, body(kind))
        assert summary == naive.summary(kind, body(kind))
        assert "\n" not in summary
    # free text is the last field, in brackets no name can close
    long = changed(body("certificate"), "/products/0/name", "冰" * 41 + " valid 2030")
    assert derive_summary("certificate", long).endswith(" · 「" + "冰" * 40 + "」")


def test_validity_end() -> None:
    assert parse_footprint(body("footprint")).validity_end == parse_date_time("2029-01-01T00:00:00+08:00", "")
    sooner = changed(body("footprint"), "/validityPeriodEnd", "2027-06-30T00:00:00Z")
    assert parse_footprint(sooner).validity_end == parse_date_time("2027-06-30T00:00:00Z", "")


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("2024-02-29T00:00:00Z", "2027-02-28T00:00:00Z"),
        ("2024-03-01T00:00:00+08:00", "2027-03-01T00:00:00+08:00"),
        ("2025-02-28T23:59:59Z", "2028-02-28T23:59:59Z"),
        ("9997-01-01T00:00:00Z", None),
    ],
)
def test_three_years_after(end: str, expected: str | None) -> None:
    start = parse_date_time(end, "")
    due = start + 1096 * 86_400 if expected is None else parse_date_time(expected, "")
    assert three_years_after(start) == due


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T08:00:00+08:00", 0),
        ("1969-12-31T19:00:00-05:00", 0),
        ("2026-03-01T00:00:00.999999999Z", 1_772_323_200),
        ("2024-02-29T12:34:56+05:30", 1_709_190_296),
        ("9999-12-31T15:59:59Z", 253_402_271_999),
    ],
)
def test_date_times(text: str, seconds: int) -> None:
    assert parse_date_time(text, "") == seconds


@pytest.mark.parametrize(
    "text",
    ["", "2025", "2025-01-01T00:00Z", "20250101T000000Z", "2025-W01-1T00:00:00Z", "2025-01-01T00:00:00,5Z", "2025-01-01T00:00:00.Z",
     "2025-01-01T00:00:00+0800", "2025-01-01T00:00:00+24:00", "2025-01-01t00:00:00Z", " 2025-01-01T00:00:00Z", "２025-01-01T00:00:00Z",
     "2023-02-29T00:00:00Z", "9999-12-31T16:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
     "2025-01-01T00:00:00Z\n", None, 0],
)  # fmt: skip
def test_date_times_refused(text: object) -> None:
    with pytest.raises(MalformedError, match="date-time"):
        parse_date_time(text, "/x")


def test_shanghai_date() -> None:
    assert shanghai_date(1_775_000_000) == naive.date(1_775_000_000) == "2026-04-01"
    assert shanghai_date(parse_date_time("2025-12-31T16:00:00Z", "")) == "2026-01-01"
    assert shanghai_date(253_402_271_999) == "9999-12-31"


@pytest.mark.parametrize(
    ("amount", "pcf", "expected"),
    [
        ("1", "300", "A"),
        ("1", "300.000000000000000001", "B"),
        ("1", "-5", "A"),
        ("1", "320", "B"),
        ("1", "360.0", "C"),
        ("1", "360.1", "E"),
        ("10", "3000", "A"),
        ("3", "900.000000000000000001", "B"),
        ("0.5", "150", "A"),
    ],
)
def test_grades(amount: str, pcf: str, expected: str) -> None:
    rule = parse_rule(body("rule"))
    made = grade_for(
        rule, category=CATEGORY, unit="piece", amount=parse_quantity(amount, ""), pcf=parse_quantity(pcf, "")
    )
    assert made.grade == expected == naive.grade(body("rule"), CATEGORY, "piece", amount, pcf)
    assert made.table is rule.tables[0]


def test_no_table_no_grade() -> None:
    rule, one = parse_rule(body("rule")), parse_quantity("1", "")
    assert grade_for(rule, category="urn:cpc:0151", unit="piece", amount=one, pcf=one).grade is None
    assert grade_for(rule, category=CATEGORY, unit="kilogram", amount=one, pcf=one).grade is None


def test_rule_in_effect() -> None:
    rule = parse_rule(body("rule"))
    times = (1_767_196_799, 1_767_196_800, 1_830_268_799, 1_830_268_800)
    assert [rule.in_effect(time) for time in times] == [False, True, True, False]
    assert parse_rule(without(body("rule"), "/effectiveUntil")).in_effect(2**40)


def test_one_table_per_category_and_unit() -> None:
    with pytest.raises(MalformedError, match="listed-twice"):
        parse_rule(changed(body("rule"), "/tables/-", body("rule")["tables"][0]))
