"""Whatever comes in, out comes the typed value or MalformedError; and every judgement equals the naive reading's."""

from __future__ import annotations

import copy
from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference import statement as naive
from tests.support.bodies import CATEGORY, GENUINE, HOLDER, at, body, changed
from tests.support.statements import SEPARATOR, document, statement
from verifier.arithmetic import ArithmeticOutcome, check_arithmetic, check_upstream_emissions
from verifier.bodies import grade_for, parse_footprint, parse_rule
from verifier.bodies.extension import UpstreamSupply
from verifier.canonical import canonicalize
from verifier.decimals import compare_sums, format_scaled, less_or_equal, parse_quantity, product
from verifier.errors import MalformedError, RecoveryError
from verifier.sealed import Disclosure, DisclosureError, Sealed, find_commitments, open_disclosures, seal
from verifier.statement import entry_bytes, entry_signed, parse_entry, parse_statement
from verifier.summary import derive_summary, hash_summary

KINDS = sorted(GENUINE)
quantities = st.from_regex(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?", fullmatch=True).filter(naive.is_quantity)
positives = quantities.filter(lambda text: Fraction(text) > 0)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8", exclude_categories=("Cn", "Cs", "Co", "Cc", "Cf")), max_size=8)
    | st.sampled_from(["urn:tanji:footprint:1", "0x", "310.5", "2025-01-01T00:00:00Z", "A", "piece"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["$sealed", "amount", "stages", "v", "kind", "body", "gtin", "name"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@st.composite
def near_bodies(draw: st.DrawFn) -> tuple[str, Any]:
    """A genuine body with any one value replaced by anything."""
    kind = draw(st.sampled_from(KINDS))
    pointer = draw(st.sampled_from(list(_pointers(GENUINE[kind], ""))))
    return kind, changed(body(kind), pointer, draw(json_values)) if pointer else draw(json_values)


def _pointers(value: Any, pointer: str) -> Any:
    yield pointer
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from _pointers(child, f"{pointer}/{name}")


@given(near_bodies())
def test_a_body_parses_or_is_malformed_and_its_summary_is_one_line(case: tuple[str, Any]) -> None:
    kind, made = case
    before = copy.deepcopy(made)
    try:
        summary = derive_summary(kind, made)
    except MalformedError:
        pass
    else:
        assert summary == naive.summary(kind, made)
        assert "\n" not in summary
        assert "\t" not in summary
        # every separator is ours: cut at them, and as many fields stand there as the kind has
        assert (
            summary.count(" · ")
            == {"footprint": 3, "certificate": 7, "labels": 3, "rule": 3}[kind]
            == summary.count("·")
        )
        assert summary.count("「") == summary.count("」") == (kind != "labels")
    assert made == before


@given(near_bodies())
def test_a_statement_parses_or_is_malformed(case: tuple[str, Any]) -> None:
    kind, made = case
    try:
        said = parse_statement(document("hearsay", {}, kind=kind, body=made))
    except MalformedError:
        return
    assert said.body_bytes == naive.canonical(made)
    assert said.body_hash == naive.body_hash(made)


@given(json_values)
def test_any_json_is_a_statement_or_malformed(value: Any) -> None:
    with pytest.raises(MalformedError):
        parse_statement(value)


@given(st.sampled_from(KINDS), st.data())
def test_single_bit_change_of_an_entry_is_malformed_or_not_signed(kind: str, data: st.DataObject) -> None:
    said = statement(kind)
    entry = entry_bytes(said, hash_summary(derive_summary(kind, said.body)))
    bit = data.draw(st.integers(0, 8 * len(entry) - 1))
    flipped = bytearray(entry)
    flipped[bit // 8] ^= 1 << bit % 8
    with suppress(MalformedError, RecoveryError):
        assert not entry_signed(parse_entry(bytes(flipped)), SEPARATOR)


@given(st.text(st.sampled_from("-+.0123456789eE_ \n０٣abc"), max_size=36) | quantities)
def test_quantity_parses_exactly_what_the_form_allows(text: str) -> None:
    try:
        made = parse_quantity(text, "/q")
    except MalformedError:
        assert not naive.is_quantity(text)
    else:
        assert naive.is_quantity(text)
        assert Fraction(made.coefficient, 10**made.places) == Fraction(text)
        assert str(made) == text == format_scaled(made.coefficient, made.places)


@given(st.lists(quantities, max_size=6), st.lists(quantities, max_size=3))
def test_sums_are_judged_as_in_fractions(terms: list[str], totals: list[str]) -> None:
    made = compare_sums([parse_quantity(term, "") for term in terms], [parse_quantity(total, "") for total in totals])
    assert made.agrees is naive.sum_agrees(terms, totals)
    computed, stated = sum(map(Fraction, terms), Fraction(0)), sum(map(Fraction, totals), Fraction(0))
    assert (Fraction(made.computed), Fraction(made.stated)) == (computed, stated)
    assert Fraction(made.difference) == abs(computed - stated)
    assert (Fraction(made.difference) <= Fraction(made.allowed)) is made.agrees


@given(quantities, st.integers(-30, 30))
def test_sums_near_the_edge(total: str, steps: int) -> None:
    stated = parse_quantity(total, "")
    share = abs(stated.coefficient) // 200
    near = format_scaled(stated.coefficient * 10 + share * 10 + steps, stated.places + 1)
    if naive.is_quantity(near):
        made = compare_sums([parse_quantity(near, "")], [stated])
        assert made.agrees is naive.sum_agrees([near], [total])


@given(quantities, quantities)
def test_products_and_order(left: str, right: str) -> None:
    a, b = parse_quantity(left, ""), parse_quantity(right, "")
    made = product(a, b)
    assert Fraction(made.coefficient, 10**made.places) == Fraction(left) * Fraction(right)
    assert less_or_equal(a, b) is (Fraction(left) <= Fraction(right))


@given(positives, quantities, positives, quantities, st.booleans())
def test_upstream_equals_fractions(amount: str, pcf: str, unit_amount: str, emissions: str, fit: bool) -> None:
    if fit:
        exact = Fraction(amount) * Fraction(pcf) / Fraction(unit_amount)
        emissions = format_scaled(round(exact * 1000), 3)
        if not naive.is_quantity(emissions):
            return
    hidden = Sealed(path="", commitment=b"")
    supply = UpstreamSupply(
        statement=hidden,
        unit="piece",  # type: ignore[arg-type]
        amount=parse_quantity(amount, ""),
        emissions=parse_quantity(emissions, ""),
    )
    made = check_upstream_emissions(
        supply, unit="piece", unit_amount=parse_quantity(unit_amount, ""), pcf=parse_quantity(pcf, "")
    )
    assert made is not None
    assert made.agrees is naive.upstream_agrees(amount, pcf, unit_amount, emissions)


names = st.sampled_from(["甲", "乙", "丙"])
stages = st.lists(st.fixed_dictionaries({"stage": names, "amount": quantities}), min_size=1, max_size=4)
lines = st.lists(
    st.fixed_dictionaries(
        {"activity": st.just("a"), "unit": st.just("kg"), "factorUnit": st.just("kgCO2e/kg"), "source": st.just("s"),
         "amount": st.sampled_from(["1", "2.0", "10"]), "factor": st.sampled_from(["0.5", "1", "-1.0"]),
         "emissions": st.sampled_from(["0.5", "1", "2.0", "10.00", "5", "-2"])},
        optional={"stage": names},
    ),
    min_size=1,
    max_size=3,
)  # fmt: skip


@given(st.none() | stages, st.none() | lines, quantities)
def test_arithmetic_equals_fractions(made_stages: Any, made_lines: Any, pcf: str) -> None:
    data = {"boundary": "cradle-to-gate"}
    data |= {} if made_stages is None else {"stages": made_stages}
    data |= {} if made_lines is None else {"inventory": made_lines}
    made = changed(changed(body("footprint"), "/extensions/0/data", data), "/pcf/pcfExcludingBiogenicUptake", pcf)
    expected = {True: ArithmeticOutcome.PASSED, False: ArithmeticOutcome.FAILED, None: ArithmeticOutcome.NOT_CHECKED}
    assert check_arithmetic(parse_footprint(made)).outcome is expected[naive.arithmetic_holds(made)]


@given(st.lists(quantities, min_size=1, max_size=4, unique_by=Fraction), positives, positives, quantities)
def test_grades_equal_fractions(maxima: list[str], table_amount: str, amount: str, pcf: str) -> None:
    ordered = sorted(maxima, key=Fraction)
    grades: list[dict[str, str]] = [{"grade": grade, "max": text} for grade, text in zip("ABCD", ordered, strict=False)]
    made = changed(body("rule"), "/tables/0/grades", [*grades, {"grade": "E"}])
    made = changed(made, "/tables/0/amount", table_amount)
    derived = grade_for(
        parse_rule(made),
        category=CATEGORY,
        unit="piece",
        amount=parse_quantity(amount, ""),
        pcf=parse_quantity(pcf, ""),
    )
    assert derived.grade == naive.grade(made, CATEGORY, "piece", amount, pcf)


DATA_POINTERS = [
    pointer
    for pointer in _pointers(GENUINE["footprint"], "")
    if pointer.startswith("/extensions/0/data/") and not pointer.endswith("/boundary")
]


@given(st.lists(st.sampled_from(DATA_POINTERS), unique=True, min_size=1, max_size=8), st.data())
@settings(deadline=None)
def test_sealing_any_places_innermost_first_and_opening_them_gives_the_body_back(chosen: list[str], data: Any) -> None:
    salts = [data.draw(st.binary(min_size=32, max_size=32)) for _ in chosen]
    hidden, disclosures = body("footprint"), []
    for path, salt in sorted(zip(chosen, salts, strict=True), key=lambda pair: -pair[0].count("/")):
        value = at(hidden, path)
        disclosures.insert(0, Disclosure(path=path, salt=salt, value=value))
        hidden = changed(hidden, path, seal(issuer=HOLDER, path=path, value=value, salt=salt))
    assert check_arithmetic(parse_footprint(hidden)).outcome is not ArithmeticOutcome.FAILED
    opened = open_disclosures(HOLDER, hidden, disclosures)
    assert opened.body == body("footprint")
    assert opened.undisclosed == ()

    kept = data.draw(st.integers(0, len(disclosures)))
    partly = open_disclosures(HOLDER, hidden, disclosures[:kept])
    assert set(partly.undisclosed) == set(find_commitments("footprint", partly.body, ""))
    canonicalize(partly.body)

    wrong = data.draw(st.integers(0, len(disclosures) - 1))
    bit = data.draw(st.integers(0, 255))
    salt = (int.from_bytes(disclosures[wrong].salt, "big") ^ 1 << bit).to_bytes(32, "big")
    spoiled = [*disclosures]
    spoiled[wrong] = Disclosure(path=disclosures[wrong].path, salt=salt, value=disclosures[wrong].value)
    with pytest.raises(DisclosureError):
        open_disclosures(HOLDER, hidden, spoiled)


@given(near_bodies(), st.lists(st.tuples(st.sampled_from(DATA_POINTERS), json_values), max_size=3))
def test_disclosures_over_any_body_raise_only_typed_errors(
    case: tuple[str, Any], offered: list[tuple[str, Any]]
) -> None:
    disclosures = [Disclosure(path=path, salt=bytes(32), value=value) for path, value in offered]
    with suppress(MalformedError, DisclosureError):
        open_disclosures(HOLDER, case[1], disclosures)
