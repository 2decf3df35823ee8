"""The rule body: a regulator's table of grade thresholds, and the grade it gives to a footprint (spec 03, rule)."""

import re
from dataclasses import dataclass

from verifier.bodies import fields
from verifier.bodies.fields import GRADES, Unit
from verifier.decimals import Quantity, less_or_equal, parse_quantity, product
from verifier.errors import MalformedError
from verifier.times import TIME_LIMIT
from verifier.types import JsonValue

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,31}", re.ASCII)
_REQUIRED = frozenset({"code", "version", "name", "effectiveFrom", "tables"})
_OPTIONAL = frozenset({"effectiveUntil"})
_TABLE = frozenset({"category", "unit", "amount", "grades"})
_STEP, _STEP_OPTIONAL = frozenset({"grade"}), frozenset({"max"})
MAX_TABLES = 1000
MAX_VERSION = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeStep:
    """A grade for every pcf up to and including `max`, in kgCO2e per table amount; None: no upper end (the last)."""

    grade: str
    max: Quantity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeTable:
    """Thresholds for a product category (URN), per `amount` (> 0) of `unit`; best grade first."""

    category: str
    unit: Unit
    amount: Quantity
    grades: tuple[GradeStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule, in effect at T when effective_from ≤ T < effective_until (None: no end). Unix seconds."""

    code: str
    version: int
    name: str
    effective_from: int
    effective_until: int | None
    tables: tuple[GradeTable, ...]

    def in_effect(self, time: int) -> bool:
        """Whether the rule is in effect at `time` (unix seconds)."""
        return self.effective_from <= time and (self.effective_until is None or time < self.effective_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeResult:
    """The derived grade and the table it comes from; both None: no table for this category and unit."""

    grade: str | None
    table: GradeTable | None


def parse_rule(body: JsonValue, place: str = "") -> Rule:
    """Parse a rule body. Raises MalformedError naming member (JSON pointer after `place`) and rule."""
    top = fields.read_object(body, place, _REQUIRED, _OPTIONAL)
    start = fields.read_time(top["effectiveFrom"], f"{place}/effectiveFrom")
    until = None
    if "effectiveUntil" in top:
        until = fields.read_integer(
            top["effectiveUntil"], f"{place}/effectiveUntil", least=start + 1, most=TIME_LIMIT - 1
        )
    items = fields.read_array(top["tables"], f"{place}/tables", least=1, most=MAX_TABLES)
    tables = tuple(_table(item, f"{place}/tables/{index}") for index, item in enumerate(items))
    # One table per category and unit, or the grade would depend on which is read first.
    fields.require_distinct([f"{table.category} {table.unit}" for table in tables], f"{place}/tables")
    return Rule(
        code=fields.read_pattern(top["code"], f"{place}/code", _CODE),
        version=fields.read_integer(top["version"], f"{place}/version", least=1, most=MAX_VERSION),
        name=fields.read_name(top["name"], f"{place}/name"),
        effective_from=start,
        effective_until=until,
        tables=tables,
    )


def grade_for(rule: Rule, *, category: str, unit: str, amount: Quantity, pcf: Quantity) -> GradeResult:
    """The grade of `pcf` kgCO2e per `amount` (> 0) of `unit` in `category`: the first whose max is not exceeded.

    pcf · table.amount / amount ≤ max, compared without dividing: pcf · table.amount ≤ max · amount.
    """
    for table in rule.tables:
        if table.category == category and table.unit == unit:
            scaled = product(pcf, table.amount)
            for step in table.grades:
                if step.max is None or less_or_equal(scaled, product(step.max, amount)):
                    return GradeResult(grade=step.grade, table=table)
    return GradeResult(grade=None, table=None)


def _table(value: JsonValue, place: str) -> GradeTable:
    members = fields.read_object(value, place, _TABLE)
    return GradeTable(
        category=fields.read_urn(members["category"], f"{place}/category"),
        unit=fields.read_unit(members["unit"], f"{place}/unit"),
        amount=fields.read_positive(members["amount"], f"{place}/amount"),
        grades=_steps(members["grades"], f"{place}/grades"),
    )


def _steps(value: JsonValue, place: str) -> tuple[GradeStep, ...]:
    items = fields.read_array(value, place, least=1, most=len(GRADES))
    last = len(items) - 1
    steps: list[GradeStep] = []
    for index, item in enumerate(items):
        at = f"{place}/{index}"
        members = fields.read_object(item, at, _STEP, _STEP_OPTIONAL)
        if ("max" in members) == (index == last):
            raise MalformedError("grade-max", f"{at}/max", "every grade but the last has one")
        step = GradeStep(
            grade=fields.read_choice(members["grade"], f"{at}/grade", GRADES),
            max=parse_quantity(members["max"], f"{at}/max") if "max" in members else None,
        )
        if steps:
            _require_worse(steps[-1], step, at)
        steps.append(step)
    return tuple(steps)


def _require_worse(better: GradeStep, step: GradeStep, place: str) -> None:
    if step.grade <= better.grade:
        raise MalformedError("grade-order", f"{place}/grade", "not from best to worst, each once")
    if better.max is not None and step.max is not None and less_or_equal(step.max, better.max):
        raise MalformedError("grade-order", f"{place}/max", "max does not rise strictly")
