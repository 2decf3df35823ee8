"""What PACT lacks: the extension `urn:tanji:footprint:1` of a footprint (spec 03). Any value but `boundary` may be sealed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from verifier.bodies import fields
from verifier.bodies.fields import Unit
from verifier.decimals import Quantity, parse_quantity
from verifier.errors import MalformedError
from verifier.sealed import Sealed, read_sealed
from verifier.types import JsonValue, StatementId

EXTENSION_SCHEMA = "urn:tanji:footprint:1"
MAX_LINES = 10_000

_BOUNDARIES = frozenset({"cradle-to-gate", "cradle-to-grave"})
_FACTOR_UNIT = re.compile(r"(kgCO2e?)/(.{1,40})")
_REQUIRED = frozenset({"boundary"})
_OPTIONAL = frozenset({"plants", "rule", "stages", "inventory", "upstream", "source", "note"})
_STAGE = frozenset({"stage", "amount"})
_LINE = frozenset({"activity", "amount", "unit", "factor", "factorUnit", "source", "emissions"})
_LINE_OPTIONAL = frozenset({"stage"})
_UPSTREAM = frozenset({"statement", "amount", "unit", "emissions"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorUnit:
    """`gas` is "kgCO2e" or "kgCO2" (carbon dioxide alone, as China's grid factors are); `per` is the activity's unit."""

    gas: str
    per: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One life-cycle stage: kgCO2e per declared unit, negative for a credit. A name may stand more than once."""

    stage: str | Sealed
    amount: Quantity | Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryLine:
    """Activity × factor = emissions, kgCO2e per declared unit."""

    stage: str | Sealed | None
    activity: str | Sealed
    amount: Quantity | Sealed
    unit: str | Sealed
    factor: Quantity | Sealed
    factor_unit: FactorUnit | Sealed
    source: str | Sealed
    emissions: Quantity | Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSupply:
    """An amount of a certified product used per declared unit, and its emissions (already among the inventory lines)."""

    statement: StatementId | Sealed
    amount: Quantity | Sealed
    unit: Unit | Sealed
    emissions: Quantity | Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class FootprintExtension:
    """The extension's data. None: not stated; Sealed: stated, not disclosed."""

    boundary: str
    plants: tuple[str | Sealed, ...] | Sealed | None
    rule: str | Sealed | None
    stages: tuple[Stage | Sealed, ...] | Sealed | None
    inventory: tuple[InventoryLine | Sealed, ...] | Sealed | None
    upstream: tuple[UpstreamSupply | Sealed, ...] | Sealed | None
    source: str | Sealed | None
    note: str | Sealed | None


def parse_extension(value: JsonValue, *, place: str, path: str) -> FootprintExtension:
    """Parse the extension's data standing at JSON pointer `path` of the body at `place`. Raises MalformedError."""
    members = fields.read_object(value, place + path, _REQUIRED, _OPTIONAL)
    reader = _Reader(place=place)
    return FootprintExtension(
        boundary=fields.read_choice(members["boundary"], f"{place}{path}/boundary", _BOUNDARIES),
        plants=reader.items(members, "plants", path, lambda item, at: reader.value(item, at, fields.read_name)),
        rule=reader.optional(members, "rule", path, fields.read_token),
        stages=reader.items(members, "stages", path, reader.stage),
        inventory=reader.items(members, "inventory", path, reader.line),
        upstream=reader.items(members, "upstream", path, reader.upstream),
        source=reader.optional(members, "source", path, fields.read_note),
        note=reader.optional(members, "note", path, fields.read_note),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads values that may be sealed; `path` arguments are JSON pointers into the body, errors add `place`."""

    place: str

    def value(self, value: JsonValue, path: str, read: Callable[[object, str], T]) -> T | Sealed:
        place = self.place + path
        if type(value) is dict and (sealed := read_sealed(value, path, place)) is not None:
            return sealed
        return read(value, place)

    def optional(
        self, members: dict[str, JsonValue], name: str, path: str, read: Callable[[object, str], T]
    ) -> T | Sealed | None:
        return self.value(members[name], f"{path}/{name}", read) if name in members else None

    def items(
        self, members: dict[str, JsonValue], name: str, path: str, parse: Callable[[JsonValue, str], T]
    ) -> tuple[T, ...] | Sealed | None:
        if name not in members:
            return None
        at, value = f"{path}/{name}", members[name]
        if type(value) is dict and (sealed := read_sealed(value, at, self.place + at)) is not None:
            return sealed
        listed = fields.read_array(value, self.place + at, least=1, most=MAX_LINES)
        return tuple([parse(item, f"{at}/{index}") for index, item in enumerate(listed)])

    def stage(self, item: JsonValue, path: str) -> Stage | Sealed:
        place = self.place + path
        if (sealed := read_sealed(item, path, place)) is not None:
            return sealed
        members = fields.read_object(item, place, _STAGE)
        return Stage(
            stage=self.value(members["stage"], f"{path}/stage", fields.read_line),
            amount=self.value(members["amount"], f"{path}/amount", parse_quantity),
        )

    def line(self, item: JsonValue, path: str) -> InventoryLine | Sealed:
        place = self.place + path
        if (sealed := read_sealed(item, path, place)) is not None:
            return sealed
        members = fields.read_object(item, place, _LINE, _LINE_OPTIONAL)
        unit = self.value(members["unit"], f"{path}/unit", _read_activity_unit)
        factor_unit = self.value(members["factorUnit"], f"{path}/factorUnit", _read_factor_unit)
        if isinstance(unit, str) and isinstance(factor_unit, FactorUnit) and factor_unit.per != unit:
            # amount × factor means nothing when the factor is per another unit.
            raise MalformedError("factor-unit", f"{place}/factorUnit", f"is not per {unit}, the line's unit")
        return InventoryLine(
            stage=self.optional(members, "stage", path, fields.read_line),
            activity=self.value(members["activity"], f"{path}/activity", fields.read_line),
            amount=self.value(members["amount"], f"{path}/amount", parse_quantity),
            unit=unit,
            factor=self.value(members["factor"], f"{path}/factor", parse_quantity),
            factor_unit=factor_unit,
            source=self.value(members["source"], f"{path}/source", fields.read_note),
            emissions=self.value(members["emissions"], f"{path}/emissions", parse_quantity),
        )

    def upstream(self, item: JsonValue, path: str) -> UpstreamSupply | Sealed:
        sealed = read_sealed(item, path, self.place + path)
        if sealed is not None:
            return sealed
        members = fields.read_object(item, self.place + path, _UPSTREAM)
        return UpstreamSupply(
            statement=self.value(members["statement"], f"{path}/statement", fields.read_statement_id),
            amount=self.value(members["amount"], f"{path}/amount", fields.read_positive),
            unit=self.value(members["unit"], f"{path}/unit", fields.read_unit),
            emissions=self.value(members["emissions"], f"{path}/emissions", parse_quantity),
        )


def _read_activity_unit(value: object, place: str) -> str:
    return fields.read_line(value, place, 40)


def _read_factor_unit(value: object, place: str) -> FactorUnit:
    line = fields.read_line(value, place, 60)
    unit = _factor_unit(line)
    if unit is None:
        raise MalformedError("factor-unit", place, f"{line} is not kgCO2e/<unit> or kgCO2/<unit>")
    return unit


@lru_cache(maxsize=256)
def _factor_unit(line: str) -> FactorUnit | None:
    # The same few units stand in every line of every inventory.
    match = _FACTOR_UNIT.fullmatch(line)
    return None if match is None else FactorUnit(gas=match[1], per=match[2])
