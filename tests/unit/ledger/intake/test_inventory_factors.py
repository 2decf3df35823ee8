"""China's published grid factors are kg CO2: the unit is carried and never mixed silently (trap 17)."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.intake.grid_factors import PROVINCES_2023
from ledger.intake.inventory import validate_inventory
from tests.support.footprints import footprint
from verifier.bodies.footprint import parse_footprint
from verifier.decimals import parse_quantity


def line(factor: str, gas: str, source: str = "supplier", unit: str = "kWh") -> dict[str, Any]:
    return {
        "activity": "electricity",
        "amount": "1",
        "unit": unit,
        "factor": factor,
        "factorUnit": f"{gas}/{unit}",
        "source": source,
        "emissions": factor,
    }


def findings(*lines: dict[str, Any]) -> list[tuple[str, str, str]]:
    body = footprint()
    body["extensions"].insert(0, {"specVersion": "1.0.0", "dataSchema": "https://example.org/other", "data": {}})
    body["extensions"][1]["data"]["inventory"] = list(lines)
    return [(f.field, f.rule, f.severity.value) for f in validate_inventory(parse_footprint(body), body)]


def test_a_co2_factor_among_co2e_lines_is_named() -> None:
    found = findings(line("0.3", "kgCO2e", unit="kg"), line("0.4878", "kgCO2"))
    assert found == [("/extensions/1/data/inventory/1/factorUnit", "factor.co2-mixed", "warning")]


def test_co2_factors_alone_do_not_make_co2e() -> None:
    assert [rule for _, rule, _ in findings(line("0.4878", "kgCO2"))] == ["factor.co2-only"]


@pytest.mark.parametrize("source", ["生态环境部 2025年第47号公告", "MEE announcement", "辽宁电网", "Grid average"])
def test_a_published_grid_factor_written_as_co2e_is_refused(source: str) -> None:
    found = findings(line("0.4878", "kgCO2e", source))
    assert found == [("/extensions/1/data/inventory/0/factorUnit", "factor.grid-as-co2e", "error")]


def test_the_same_figure_from_elsewhere_is_a_warning() -> None:
    assert [(rule, severity) for _, rule, severity in findings(line("0.48780", "kgCO2e"))] == [
        ("factor.grid-as-co2e", "warning")
    ]


def test_another_unit_or_figure_is_left_alone() -> None:
    assert findings(line("0.4878", "kgCO2e", unit="kg"), line("0.49", "kgCO2e", "MEE")) == []


def test_no_inventory_no_finding() -> None:
    body = footprint()
    assert validate_inventory(parse_footprint(body), body) == ()


def test_the_table_holds_the_thirty_published_provinces() -> None:
    assert len(PROVINCES_2023) == 30
    assert PROVINCES_2023["CN-LN"] == "0.4878"
    assert all(0 < parse_quantity(text, "").coefficient < 10_000 for text in PROVINCES_2023.values())
