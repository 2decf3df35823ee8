"""Changes an importer makes to a source's text: each named, none to a figure's value or precision."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.intake.importers.text import name, one_line, plain_number, slug


@pytest.mark.parametrize(
    ("written", "plain"),
    [("6.32e-05", "0.0000632"), ("1E-3", "0.001"), ("-2.50e-1", "-0.250"), ("1.5e+01", "15"), ("1.50e1", "15.0")],
)
def test_an_exponent_is_written_out_digit_for_digit(written: str, plain: str) -> None:
    cleaned = plain_number(written)
    assert cleaned.text == plain
    assert cleaned.notes == ("number.exponent",)
    assert Fraction(cleaned.text) == Fraction(written)
    assert Decimal(cleaned.text).as_tuple().exponent == Decimal(written).as_tuple().exponent  # same last written place


@pytest.mark.parametrize(
    "text", ["6.3e+05", "1e3", "N/a", "", " 1", "1,000", "1.", ".5", "0x1e-2", "１e-2", "1e-200", "nan", "inf"]
)
def test_what_would_claim_precision_or_is_no_number_is_left_as_it_is(text: str) -> None:
    assert plain_number(text).text == text
    assert plain_number(text).notes == ()


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-1000, max_value=1000))
def test_plain_figures_are_never_touched(number: Decimal) -> None:
    text = format(number, "f")
    assert plain_number(text).text == text


@pytest.mark.parametrize(
    ("raw", "text", "notes"),
    [
        ("Office Chair", "Office Chair", ()),
        ("Sunliquid\t", "Sunliquid", ("name.blanks",)),
        (" a\tb\r\nc ", "a b c", ("name.blanks",)),
        ("Nescafe\u0301", "Nescafé", ("name.nfc",)),
        ("Darfon\u00a0Electronics", "Darfon\u00a0Electronics", ()),
        ("two  spaces", "two  spaces", ()),
    ],
)
def test_one_line(raw: str, text: str, notes: tuple[str, ...]) -> None:
    assert one_line(raw).text == text
    assert one_line(raw).notes == notes


def test_a_name_is_cut_to_two_hundred_code_points() -> None:
    assert name("x" * 200).notes == ()
    cut = name("长" * 201)
    assert len(cut.text) == 200
    assert cut.text.endswith("长…")
    assert cut.notes == ("name.cut",)


def test_slug() -> None:
    assert slug("Computer, IT & telecom") == "computer-it-telecom"
    assert slug("Metsä Board") == "metsa-board"
