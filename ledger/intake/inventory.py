"""How an inventory writes its factors. China's published grid factors are kg CO2, not CO2e: the unit is carried, never mixed silently.

The sums themselves are the verifier's (verifier.arithmetic); here only the gas a factor counts is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from ledger.intake.grid_factors import PROVINCES_2023
from ledger.intake.pact.findings import Finding, error, warning
from verifier.bodies.extension import EXTENSION_SCHEMA, FactorUnit, InventoryLine
from verifier.bodies.footprint import Footprint
from verifier.decimals import Quantity
from verifier.types import JsonValue

_PUBLISHED = {Fraction(text): province for province, text in PROVINCES_2023.items()}
_POWER_UNITS = frozenset({"kWh", "kilowatt hour", "千瓦时", "度"})
_NAMES_THE_PUBLISHER = re.compile(r"MEE|生态环境部|国家统计局|电网|grid|省级电力|电力平均", re.IGNORECASE)


def validate_inventory(footprint: Footprint, body: JsonValue) -> tuple[Finding, ...]:
    """Findings about the factor units of a parsed footprint's inventory; none when there is no inventory to read.

    `body` is the JSON the footprint was parsed from (for the pointers). Rules: `factor.co2-mixed` (warning) a CO2-only factor among CO2e
    lines; `factor.co2-only` (warning) all factors are CO2-only while the total is declared in CO2e; `factor.grid-as-co2e` a published
    CO2-only grid factor written as CO2e: error when the line's source names the publisher or the grid, else warning.
    """
    lines = footprint.extension.inventory if footprint.extension is not None else None
    if not isinstance(lines, tuple):
        return ()
    place = f"/extensions/{_extension_index(body)}/data/inventory"
    read = [(index, line) for index, line in enumerate(lines) if isinstance(line, InventoryLine)]
    return (*_mixed_gases(read, place), *_grid_factors(read, place))


def _extension_index(body: JsonValue) -> int:
    extensions = body.get("extensions") if isinstance(body, dict) else None
    for index, extension in enumerate(extensions if isinstance(extensions, list) else []):
        if isinstance(extension, dict) and extension.get("dataSchema") == EXTENSION_SCHEMA:
            return index
    return 0


def _mixed_gases(lines: list[tuple[int, InventoryLine]], place: str) -> Iterator[Finding]:
    gases = {index: line.factor_unit.gas for index, line in lines if isinstance(line.factor_unit, FactorUnit)}
    mixed = "kgCO2e" in gases.values()
    rule = "factor.co2-mixed" if mixed else "factor.co2-only"
    company = "among CO2e lines" if mixed else "under a total declared in CO2e"
    for index, gas in gases.items():
        if gas == "kgCO2":
            yield warning(f"{place}/{index}/factorUnit", rule, f"counts carbon dioxide alone, {company}")


def _grid_factors(lines: list[tuple[int, InventoryLine]], place: str) -> Iterator[Finding]:
    for index, line in lines:
        if not isinstance(line.factor_unit, FactorUnit) or not isinstance(line.factor, Quantity):
            continue
        if line.factor_unit.gas != "kgCO2e" or line.factor_unit.per not in _POWER_UNITS:
            continue
        province = _PUBLISHED.get(Fraction(line.factor.coefficient, 10**line.factor.places))
        if province is None:
            continue
        detail = f"{line.factor} is the published 2023 grid factor of {province}, which is kgCO2 per kWh and not kgCO2e"
        named = isinstance(line.source, str) and _NAMES_THE_PUBLISHER.search(line.source)
        yield (error if named else warning)(f"{place}/{index}/factorUnit", "factor.grid-as-co2e", detail)
