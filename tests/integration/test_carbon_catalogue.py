"""All of the Carbon Catalogue, against a second computation straight from the files in exact fractions."""

from __future__ import annotations

import csv
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from ledger.intake.importers.carbon_catalogue import read_catalogue
from ledger.intake.importers.reader import ImportedFootprint, summarize
from ledger.intake.pact import errors_of, validate_footprint
from tests.support.shared import shared_dir
from verifier.arithmetic import ArithmeticOutcome, check_arithmetic
from verifier.bodies.footprint import parse_footprint
from verifier.canonical import canonicalize, parse

TOTAL = "Product's carbon footprint (PCF, kg CO2e)"
AMOUNT = "Emissions at stage (kg CO2e)"


@pytest.fixture(scope="module")
def folder() -> Path:
    shared = shared_dir()
    if shared is None or not (shared / "data" / "carbon-catalogue" / "products.csv").is_file():
        pytest.skip("the Carbon Catalogue is not here (TANJI_SHARED/data/carbon-catalogue)")
    return shared / "data" / "carbon-catalogue"


@pytest.fixture(scope="module")
def imported(folder: Path) -> dict[str, Any]:
    items = list(read_catalogue(folder))
    assert all(isinstance(item, ImportedFootprint) for item in items)
    return {item.key: item for item in items}


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def last_place(text: str) -> Fraction:
    mantissa, _, exponent = text.lower().partition("e")
    return Fraction(10) ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def fails(total: str, stages: list[str]) -> bool:
    """Design 3.2, from the text of the file: |sum - total| > 0.005|total| + min(half the ulps, 0.005|total|)."""
    difference = abs(sum(map(Fraction, stages)) - Fraction(total))
    half_ulps = sum(map(last_place, [*stages, total])) / 2
    slack = Fraction(5, 1000) * abs(Fraction(total))
    return difference > slack + min(half_ulps, slack)


def test_the_counts(folder: Path) -> None:
    summary = summarize(read_catalogue(folder))
    assert summary.to_json() == {
        "rows": 866,
        "statements": 866,
        "refused": 0,
        "withStages": 421,
        "arithmeticFailed": 70,
    }
    assert summary.refusals == {}
    assert summary.notes == {"name.cut": 28, "name.blanks": 4, "number.exponent": 1}


def test_which_sums_fail_is_what_the_files_say(folder: Path, imported: dict[str, Any]) -> None:
    stages = defaultdict(list)
    for row in rows(folder, "stages.csv"):
        stages[row["*PCF-ID"]].append(row[AMOUNT])
    products = {row["*PCF-ID"]: row[TOTAL] for row in rows(folder, "products.csv")}
    expected = {key for key, total in products.items() if key in stages and fails(total, stages[key])}
    assert {key for key, item in imported.items() if item.arithmetic is ArithmeticOutcome.FAILED} == expected
    assert {
        key for key, item in imported.items() if item.arithmetic is not ArithmeticOutcome.NOT_CHECKED
    } == stages.keys()


def test_every_figure_is_the_file_s_own_text(folder: Path, imported: dict[str, Any]) -> None:
    rewritten = []
    for row in rows(folder, "products.csv"):
        pcf = imported[row["*PCF-ID"]].body["pcf"]
        assert pcf["pcfExcludingBiogenicUptake"] == row[TOTAL]
        assert pcf["productMassPerDeclaredUnit"] == row["Product weight (kg)"]
    written = defaultdict(list)
    for row in rows(folder, "stages.csv"):
        written[row["*PCF-ID"]].append(row[AMOUNT])
    for key, amounts in written.items():
        signed = [stage["amount"] for stage in imported[key].body["extensions"][0]["data"]["stages"]]
        assert [Fraction(text) for text in signed] == [Fraction(text) for text in amounts]
        rewritten += [pair for pair in zip(amounts, signed, strict=True) if pair[0] != pair[1]]
    assert rewritten == [("6.32e-05", "0.0000632")]


def test_every_name_is_carried(folder: Path, imported: dict[str, Any]) -> None:
    for row in rows(folder, "products.csv"):
        item = imported[row["*PCF-ID"]]
        title = row["Product name (and functional unit)"]
        assert item.body["productNameCompany"] == title or title in item.body["productDescription"]
        assert item.body["companyName"] == row["Company"]


def test_every_body_is_one_the_verifier_and_our_rules_accept(imported: dict[str, Any]) -> None:
    for item in imported.values():
        assert not errors_of(validate_footprint(item.body))
        assert parse(canonicalize(item.body)) == item.body
        assert check_arithmetic(parse_footprint(item.body)).outcome is item.arithmetic
    assert len({item.body["id"] for item in imported.values()}) == 866
    assert len({item.body["productIds"][0] for item in imported.values()}) == 866
