"""From a handed footprint and a form to a certificate's body, or to every reason against it at its field."""

from __future__ import annotations

from typing import Any

import pytest

from api.desks.book import LedgerBook, LoggedRule
from api.desks.certifying import (
    MOST_PRODUCTS,
    HandedFootprint,
    certificate_body,
    checks_of,
    has_table,
    read_footprint,
    terms_of,
)
from tests.support import bodies
from tests.support.desk_book import Shelf
from tests.support.ledger import HOLDER_KEY, NOW, REGULATOR_KEY, footprint_body, sign
from verifier.bodies import parse_certificate, parse_rule
from verifier.canonical import canonicalize, parse
from verifier.errors import MalformedError
from verifier.statement import parse_statement, statement_id

DAY = 86_400
FORM = {
    "number": "TJ-2026-0001", "version": "1", "category": bodies.CATEGORY, "schemeId": "TANJI-EX-1", "schemeName": "示例认证方案",
    "assurance": "limited", "granularity": "item", "validFrom": "2026-09-22", "validUntil": "2027-09-22", "quota": "500", "rule": "",
    "product0": f"urn:gtin:{bodies.GTIN}", "name0": "示例冰箱", "model0": "",
}  # fmt: skip


def statement(body: dict[str, Any] | None = None) -> dict[str, Any]:
    return sign("footprint", bodies.HOLDER, footprint_body() if body is None else body, HOLDER_KEY)


def handed(**changes: Any) -> HandedFootprint:
    body = footprint_body()
    body.update({name: value for name, value in changes.items() if name != "pcf"})
    body["pcf"] |= changes.get("pcf", {})
    return read_footprint(canonicalize(statement(body)))


def logged_rule(**changes: Any) -> LoggedRule:
    body = bodies.body("rule") | changes
    made = parse_statement(sign("rule", bodies.REGULATOR, body, REGULATOR_KEY))
    return LoggedRule(statement=statement_id(made), issuer=bodies.REGULATOR, rule=parse_rule(body))


RULE = logged_rule()


def examined(
    footprint: HandedFootprint, certifier: str = bodies.CERTIFIER, **changes: str
) -> tuple[Any, dict[str, str]]:
    """The body, and the rules broken by field."""
    terms = terms_of({**FORM, **changes}, footprint, [RULE], certifier=certifier, now=NOW)
    body, troubles = certificate_body(footprint, terms, now=NOW)
    return body, {one.field: one.rule for one in troubles}


# ---------------------------------------------------------------- reading what was handed over


def test_signed_or_not_it_is_the_same_footprint_under_the_same_id() -> None:
    whole = statement()
    bare = {name: whole[name] for name in ("v", "kind", "issuer", "body")}
    first, second = read_footprint(canonicalize(whole)), read_footprint(canonicalize(bare))
    assert first == second
    assert first.signed.id == statement_id(parse_statement(whole))
    assert parse(first.document.encode()) == bare, "what the form keeps has no signature in it"
    assert read_footprint(first.document.encode()) == first


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[1]",
        canonicalize({**statement(), "kind": "rule"}),
        canonicalize({**statement(), "issuer": "x"}),
        canonicalize({**statement(), "more": 1}),
        canonicalize({**statement(), "body": {}}),
        b" " * (1 << 21),
    ],
)
def test_what_is_no_footprint_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        read_footprint(data)


def test_products_that_a_certificate_can_name_and_no_more_than_a_form_holds() -> None:
    ids = ["urn:gmn:1987654Ad4X4bL5ttr2310c2K", "urn:pact:x:y:1", *(f"urn:gtin:{number:014d}" for number in range(40))]
    products = handed(productIds=ids).products
    assert len(products) == MOST_PRODUCTS
    assert products[0].startswith("urn:gmn:")
    assert handed(productIds=["urn:pact:x:y:1"]).products == ()


def test_the_checks_of_a_sound_footprint_and_of_one_that_is_not() -> None:
    shelf = Shelf()
    book = LedgerBook(shelf, shelf)
    shelf.put(parse_statement(statement()))
    good = checks_of(handed(), book, certifier=bodies.CERTIFIER, now=NOW)
    assert [one.outcome for one in good] == ["passed"] * 5
    bad = handed(pcf={"pcfExcludingBiogenicUptake": "320", "exemptedEmissionsPercent": "200"})
    found = checks_of(bad, book, certifier=bodies.HOLDER, now=bad.read.validity_end)
    assert [one.outcome for one in found] == ["failed"] * 5
    assert "310.5 / 320" in found[2].detail
    plain = footprint_body()
    del plain["extensions"]
    assert (
        checks_of(read_footprint(canonicalize(statement(plain))), book, certifier="x", now=NOW)[2].outcome
        == "not_checked"
    )


# ---------------------------------------------------------------- the form


def test_a_certificate_takes_its_figures_from_the_footprint() -> None:
    body, troubles = examined(handed(), rule="0x" + RULE.statement.hex(), model0=" BCD-300 ")
    assert troubles == {}
    certificate = parse_certificate(body)
    assert (certificate.pcf.text, certificate.grade and certificate.grade.value) == ("310.5", "B")
    assert (certificate.products[0].name, certificate.products[0].model) == ("示例冰箱", "BCD-300")
    assert certificate.valid_until - certificate.valid_from == 365 * DAY
    assert certificate.holder == bodies.HOLDER


CASES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "a number with a space": ({"number": "TJ 1"}, {"number": "form"}),
    "a number too long": ({"number": "T" * 41}, {"number": "form"}),
    "no number": ({"number": " "}, {"number": "missing-member"}),
    "version nought": ({"version": "0"}, {"version": "range"}),
    "a foreign category": ({"category": "urn:a:b"}, {"category": "choice"}),
    "a scheme with a space": ({"schemeId": "a b"}, {"schemeId": "form"}),
    "a scheme's name in brackets": ({"schemeName": "「x」"}, {"schemeName": "name-separator"}),
    "an invented assurance": ({"assurance": "full"}, {"assurance": "choice"}),
    "an invented granularity": ({"granularity": "each"}, {"granularity": "choice"}),
    "no date": ({"validFrom": ""}, {"validFrom": "date-time"}),
    "a date that is none, and no other complaint of periods": ({"validUntil": "x", "validFrom": "2020-01-01"}, {"validUntil": "date-time"}),
    "ends first": ({"validUntil": "2026-09-22"}, {"validUntil": "period.order"}),
    "starts long ago": ({"validFrom": "2026-05-01"}, {"validFrom": "period.start"}),
    "too long": ({"validUntil": "2028-12-31"}, {"validUntil": "period.length"}),
    "a quota below nought": ({"quota": "-1"}, {"quota": "range"}),
    "a quota without end": ({"quota": str(2**40)}, {"quota": "range"}),
    "a rule that is not offered": ({"rule": "0x" + "00" * 32}, {"rule": "choice"}),
    "no product": ({"product0": ""}, {"product0": "missing-member"}),
    "another's product": ({"product0": "urn:gtin:06901234567809"}, {"product0": "missing-member"}),
    "a product without a name": ({"name0": ""}, {"name0": "missing-member"}),
    "a model over two lines": ({"model0": "a\nb"}, {"model0": "line"}),
    "replaces what is none": ({"replaces": "0x12"}, {"replaces": "hex"}),
    "several at once": (
        {"number": "", "quota": "x", "validUntil": "2028-12-31"},
        {"number": "missing-member", "quota": "range", "validUntil": "period.length"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_stands_at_its_field(name: str) -> None:
    changes, expected = CASES[name]
    body, troubles = examined(handed(), **changes)
    assert body is None
    assert {field: rule for field, rule in troubles.items() if field != "replaces"} == {
        field: rule for field, rule in expected.items() if field != "replaces"
    }
    assert ("replaces" in troubles) == ("replaces" in expected)


def test_reasons_against_the_footprint_itself_stand_above_the_form() -> None:
    _, troubles = examined(handed(pcf={"pcfExcludingBiogenicUptake": "320"}))
    assert "" in troubles
    _, own = examined(handed(), certifier=bodies.HOLDER)
    assert own[""] == "conflict.self"


def test_a_rule_without_a_table_for_the_category_is_told_at_the_rule() -> None:
    other = logged_rule(tables=[{**bodies.body("rule")["tables"][0], "unit": "kilogram"}])
    assert has_table(RULE, handed().read)
    assert not has_table(other, handed().read)
    terms = terms_of(
        {**FORM, "rule": "0x" + other.statement.hex()}, handed(), [other], certifier=bodies.CERTIFIER, now=NOW
    )
    body, troubles = certificate_body(handed(), terms, now=NOW)
    assert body is None
    assert [(one.field, one.rule) for one in troubles] == [("rule", "grade.untabled")]


def test_periods_are_told_without_unix_seconds() -> None:
    terms = terms_of({**FORM, "validUntil": "2028-12-31"}, handed(), [], certifier=bodies.CERTIFIER, now=NOW)
    _, (trouble,) = certificate_body(handed(), terms, now=NOW)
    assert "(" not in trouble.en
