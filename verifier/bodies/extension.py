"""What PACT lacks: the extension `urn:tanji:footprint:1` of a footprint (spec 03). Any value but `boundary` may be sealed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeVar

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


class Stage(NamedTuple):
    """One life-cycle stage: kgCO2e per declared unit, negative for a credit. A name may stand more than once.

    A named tuple, as `InventoryLine` is, for the reason that `Quantity` is one: there may be thousands.
    """

    stage: str | Sealed
    amount: Quantity | Sealed


class InventoryLine(NamedTuple):
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


class FootprintExtension(NamedTuple):
    """The extension's data. None: not stated; Sealed: stated, not disclosed."""

    boundary: str
    plants: tuple[str | Sealed, ...] | Sealed | None
    rule: str | Sealed | None
    stages: tuple[Stage | Sealed, ...] | Sealed | None
    inventory: tuple[InventoryLine | Sealed, ...] | Sealed | None
    upstream: tuple[UpstreamSupply | Sealed, ...] | Sealed | None
    source: str | Sealed | None
    note: str | Sealed | None


def parse_extension(value: JsonValue, path: str) -> FootprintExtension:
    """Parse the extension's data standing at JSON pointer `path` of its body.

    Raises MalformedError with a place relative to the data.
    """
    members = fields.read_object(value, "", _REQUIRED, _OPTIONAL)
    return FootprintExtension(
        fields.read_choice(members["boundary"], "/boundary", _BOUNDARIES),
        _items(members, "/plants", path, _plant),
        _optional(members, "/rule", path, fields.read_token),
        _items(members, "/stages", path, _stage),
        _items(members, "/inventory", path, _line),
        _items(members, "/upstream", path, _upstream),
        _optional(members, "/source", path, fields.read_note),
        _optional(members, "/note", path, fields.read_note),
    )


# In the readers below `path` is where a value's object stands in the body, which is what a sealed value is known by, and
# places are relative to that object: whoever read the object puts the rest in front (`MalformedError.within`). An inventory
# has ten thousand lines of eight members each, and nearly no place is ever asked for.


def _value(value: JsonValue, name: str, path: str, read: Callable[[object, str], T]) -> T | Sealed:
    if type(value) is dict and (sealed := read_sealed(value, path + name, name)) is not None:
        return sealed
    return read(value, name)


def _optional(
    members: dict[str, JsonValue], name: str, path: str, read: Callable[[object, str], T]
) -> T | Sealed | None:
    return _value(members[name[1:]], name, path, read) if name[1:] in members else None


def _items(
    members: dict[str, JsonValue], name: str, path: str, parse: Callable[[JsonValue, str], T]
) -> tuple[T | Sealed, ...] | Sealed | None:
    if name[1:] not in members:
        return None
    listed = members[name[1:]]
    if (sealed := read_sealed(listed, path + name, name)) is not None:
        return sealed
    items: list[T | Sealed] = []
    for index, item in enumerate(fields.read_array(listed, name, least=1, most=MAX_LINES)):
        at = f"{path}{name}/{index}"
        try:
            items.append(read_sealed(item, at, "") or parse(item, at))
        except MalformedError as error:
            raise error.within(f"{name}/{index}") from error
    return tuple(items)


def _plant(item: JsonValue, _: str) -> str:
    return fields.read_name(item, "")


def _stage(item: JsonValue, path: str) -> Stage:
    members = fields.read_object(item, "", _STAGE)
    return Stage(
        _value(members["stage"], "/stage", path, fields.read_line),
        _value(members["amount"], "/amount", path, parse_quantity),
    )


def _line(item: JsonValue, path: str) -> InventoryLine:
    members = fields.read_object(item, "", _LINE, _LINE_OPTIONAL)
    unit = _value(members["unit"], "/unit", path, _read_activity_unit)
    factor_unit = _value(members["factorUnit"], "/factorUnit", path, _read_factor_unit)
    if type(unit) is str and type(factor_unit) is FactorUnit and factor_unit.per != unit:
        # amount × factor means nothing when the factor is per another unit.
        raise MalformedError("factor-unit", "/factorUnit", f"is not per {unit}, the line's unit")
    return InventoryLine(
        stage=_value(members["stage"], "/stage", path, fields.read_line) if "stage" in members else None,
        activity=_value(members["activity"], "/activity", path, fields.read_line),
        amount=_value(members["amount"], "/amount", path, parse_quantity),
        unit=unit,
        factor=_value(members["factor"], "/factor", path, parse_quantity),
        factor_unit=factor_unit,
        source=_value(members["source"], "/source", path, fields.read_note),
        emissions=_value(members["emissions"], "/emissions", path, parse_quantity),
    )


def _upstream(item: JsonValue, path: str) -> UpstreamSupply:
    members = fields.read_object(item, "", _UPSTREAM)
    return UpstreamSupply(
        statement=_value(members["statement"], "/statement", path, fields.read_statement_id),
        amount=_value(members["amount"], "/amount", path, fields.read_positive),
        unit=_value(members["unit"], "/unit", path, fields.read_unit),
        emissions=_value(members["emissions"], "/emissions", path, parse_quantity),
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
