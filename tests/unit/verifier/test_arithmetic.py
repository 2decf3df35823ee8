from __future__ import annotations

from typing import Any

import pytest

from tests.reference import statement as naive
from tests.support.bodies import body, changed, without
from verifier.arithmetic import ArithmeticOutcome, ArithmeticResult, check_arithmetic, check_upstream_emissions
from verifier.bodies import parse_footprint
from verifier.bodies.extension import UpstreamSupply
from verifier.decimals import compare_sum, parse_quantity
from verifier.sealed import Sealed

DATA = "/extensions/0/data"
STAGES, INVENTORY = f"{DATA}/stages", f"{DATA}/inventory"
SEALED = {"$sealed": "A" * 43}


def result(document: dict[str, Any]) -> ArithmeticResult:
    made = check_arithmetic(parse_footprint(document))
    if not made.open:
        assert (made.outcome is ArithmeticOutcome.PASSED) == naive.arithmetic_holds(document)
    return made


def failed(document: dict[str, Any]) -> list[str]:
    made = result(document)
    assert made.outcome is ArithmeticOutcome.FAILED
    return [failure.sum for failure in made.failures]


def test_genuine_figures_pass_and_name_the_lines_that_count_carbon_dioxide_alone() -> None:
    made = result(body("footprint"))
    assert made.outcome is ArithmeticOutcome.PASSED
    assert made.checked == 1 + 3 + 1 + 3
    assert made.co2_only == (1,)


def test_f08_each_sum_fails_by_its_own_name() -> None:
    genuine = body("footprint")
    assert failed(changed(without(genuine, INVENTORY), f"{STAGES}/0/amount", "240.0")) == ["stages"]
    assert failed(changed(without(genuine, STAGES), f"{INVENTORY}/0/emissions", "240.0")) == ["line 0", "inventory"]
    assert failed(changed(without(genuine, STAGES), f"{INVENTORY}/0/factor", "2.4")) == ["line 0"]
    assert failed(changed(genuine, "/pcf/pcfExcludingBiogenicUptake", "290.5")) == ["stages", "inventory"]
    # amounts moved between stages: every total still holds, the stages do not
    moved = changed(changed(genuine, f"{STAGES}/0/amount", "240.0"), f"{STAGES}/1/amount", "75.5")
    assert failed(moved) == ["stage 原材料", "stage 制造"]
    assert failed(changed(genuine, f"{INVENTORY}/0/stage", "不存在")) == ["stage 不存在"]


def test_a_failure_carries_exact_figures() -> None:
    made = result(changed(without(body("footprint"), INVENTORY), f"{STAGES}/0/amount", "240.25"))
    comparison = made.failures[0].comparison
    assert (comparison.computed, comparison.stated, comparison.difference) == ("300.75", "310.50", "9.75")
    # 0.005 · 310.5 + ½ (0.01 + 3 · 0.1)
    assert comparison.allowed == "1.70750"


def test_nothing_to_add_is_not_checked() -> None:
    for document in (
        without(without(body("footprint"), STAGES), INVENTORY),
        without(body("footprint"), "/extensions"),
        changed(body("footprint"), "/extensions/0/dataSchema", "urn:other:extension:1"),
    ):
        made = result(document)
        assert (made.outcome, made.open) == (ArithmeticOutcome.NOT_CHECKED, ("no-figures",))


@pytest.mark.parametrize(
    "pointer",
    [
        STAGES, f"{STAGES}/0", f"{STAGES}/0/amount", f"{STAGES}/0/stage", INVENTORY, f"{INVENTORY}/1", f"{INVENTORY}/1/stage",
        f"{INVENTORY}/1/amount", f"{INVENTORY}/1/factor", f"{INVENTORY}/1/emissions",
    ],
)  # fmt: skip
def test_a_sealed_term_is_never_passed_and_hides_no_other_failure(pointer: str) -> None:
    made = check_arithmetic(parse_footprint(changed(body("footprint"), pointer, SEALED)))
    assert made.outcome is ArithmeticOutcome.NOT_CHECKED
    assert made.open == (f"sealed:{pointer}",)
    other = f"{INVENTORY}/0/amount" if pointer != INVENTORY else f"{STAGES}/0/amount"
    wrong = changed(changed(body("footprint"), other, "1000"), pointer, SEALED)
    assert check_arithmetic(parse_footprint(wrong)).outcome is ArithmeticOutcome.FAILED


def test_a_stage_listed_twice_counts_as_one() -> None:
    document = changed(body("footprint"), STAGES, [
        {"stage": "原材料", "amount": "100.0"}, {"stage": "制造", "amount": "65.5"},
        {"stage": "原材料", "amount": "150.0"}, {"stage": "回收抵扣", "amount": "-5.0"},
    ])  # fmt: skip
    assert result(document).outcome is ArithmeticOutcome.PASSED


@pytest.mark.parametrize(
    ("terms", "total", "expected"),
    [
        (["1.0"], "1.0", True),
        (["1.01"], "1", True),  # 0.005 + min(½ · 1.01, 0.005): the slack of coarse places is capped at as much again
        (["1.0100000000001"], "1", False),
        (["1.00501"], "1.0000", True),  # 0.005 + ½ (0.0001 + 0.00001)
        (["1.00506"], "1.0000", False),
        (["0"], "0", True),
        (["0.000000000000000001"], "0", False),  # of nothing there is no slack
        (["-1.0", "1.0"], "0", True),
        (["-2"], "2", False),
        (["-2.00"], "-2.01", True),
        (["99999999999999999999999999999", "0.1"], "99999999999999999999999999999", True),
    ],
)
def test_the_tolerance_at_its_edges(terms: list[str], total: str, expected: bool) -> None:
    made = compare_sum([parse_quantity(term, "") for term in terms], parse_quantity(total, ""))
    assert made.agrees is expected is naive.sum_agrees(terms, [total])


def supply(amount: str | Sealed, emissions: str | Sealed, unit: str = "kilogram") -> UpstreamSupply:
    read = {"amount": amount, "emissions": emissions}
    quantities = {name: parse_quantity(value, "") if isinstance(value, str) else value for name, value in read.items()}
    return UpstreamSupply(statement=Sealed(path="", commitment=b""), unit=unit, **quantities)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "pcf", "unit_amount", "emissions", "expected"),
    [
        ("100", "2.5", "1", "250.0", True),
        ("100", "2500", "1000", "250.0", True),
        ("1", "1", "3", "0.333333", True),
        ("1", "1", "3", "0.36", False),
        ("100", "2.5", "1", "25.0", False),
    ],
)
def test_upstream_emissions(amount: str, pcf: str, unit_amount: str, emissions: str, expected: bool) -> None:
    per = parse_quantity(unit_amount, "")
    made = check_upstream_emissions(
        supply(amount, emissions), unit="kilogram", unit_amount=per, pcf=parse_quantity(pcf, "")
    )
    assert made is not None
    assert made.agrees is expected is naive.upstream_agrees(amount, pcf, unit_amount, emissions)


def test_upstream_sealed_or_in_another_unit_cannot_be_compared() -> None:
    one, hidden = parse_quantity("1", ""), Sealed(path="/x", commitment=b"")
    for made in (supply("1", "1", unit="piece"), supply(hidden, "1"), supply("1", hidden)):
        assert check_upstream_emissions(made, unit="kilogram", unit_amount=one, pcf=one) is None
