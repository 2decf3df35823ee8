"""Strict readers for the members of a body (spec 03). Each takes a parsed JSON value and the place it stands at.

Every one returns the typed value or raises MalformedError with the place as a JSON pointer.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import NewType

from verifier.decimals import Quantity, parse_quantity
from verifier.encoding import parse_hex, parse_integer
from verifier.errors import MalformedError
from verifier.times import TIME_LIMIT
from verifier.types import JsonValue, StatementId

Unit = NewType("Unit", str)

# The declared units of PACT v3 (domain notes 1.3).
UNITS = frozenset(
    {
        "liter",
        "kilogram",
        "cubic meter",
        "kilowatt hour",
        "megajoule",
        "ton kilometer",
        "square meter",
        "piece",
        "hour",
        "megabit second",
    }
)
GRADES = ("A", "B", "C", "D", "E")

NAME_LIMIT = 200
LINE_LIMIT = 1000
NOTE_LIMIT = 4000

# RFC 8141, kept to printable ASCII without spaces so that a URN can stand in a summary.
_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:[!-~]{1,200}", re.ASCII)
_TOKEN = re.compile(r"[!-~]{1,64}", re.ASCII)
# Separators of the summary line (F18): a name that holds them could pose as another field.
_NAME = re.compile("[^\t\n「」·]+")


def read_object(
    value: object, place: str, required: frozenset[str], optional: frozenset[str] = frozenset()
) -> dict[str, JsonValue]:
    """An object with exactly the required members and any of the optional ones."""
    if type(value) is not dict:
        raise MalformedError("object", place, type(value).__name__)
    keys = value.keys()
    if keys != required and not (optional and required <= keys <= _either(required, optional)):
        missing = required - keys
        if missing:
            raise MalformedError("missing-member", f"{place}/{min(missing)}")
        raise MalformedError("unknown-member", f"{place}/{min(keys - required - optional)}")
    return value


@lru_cache(maxsize=256)
def _either(required: frozenset[str], optional: frozenset[str]) -> frozenset[str]:
    return required | optional


def read_array(value: object, place: str, *, least: int, most: int) -> list[JsonValue]:
    """An array of `least` to `most` items."""
    if type(value) is not list:
        raise MalformedError("array", place, type(value).__name__)
    if not least <= len(value) <= most:
        raise MalformedError("array-length", place, f"{len(value)} items, not {least} to {most}")
    return value


def read_integer(value: object, place: str, *, least: int, most: int) -> int:
    """An integer in [least, most]; `true` is not 1."""
    return parse_integer(value, place, least=least, most=most)


def read_time(value: object, place: str) -> int:
    """Unix seconds with a four-digit year."""
    return parse_integer(value, place, least=0, most=TIME_LIMIT - 1)


def read_line(value: object, place: str, limit: int = LINE_LIMIT) -> str:
    """1..limit code points on one line (no tab, no newline)."""
    if type(value) is not str:
        raise MalformedError("string", place, type(value).__name__)
    if not 1 <= len(value) <= limit:
        raise MalformedError("string-length", place, f"{len(value)} code points, not 1 to {limit}")
    if "\n" in value or "\t" in value:
        raise MalformedError("line", place, "a tab or newline")
    return value


def read_name(value: object, place: str) -> str:
    """A name: a line of 1..200 code points without 「, 」 and · (F18)."""
    if type(value) is str and len(value) <= NAME_LIMIT and _NAME.fullmatch(value):
        return value
    name = read_line(value, place, NAME_LIMIT)
    raise MalformedError("name-separator", place, name)


def read_note(value: object, place: str) -> str:
    """Free text of 1..4000 code points; tab and newline are allowed."""
    if type(value) is not str or not 1 <= len(value) <= NOTE_LIMIT:
        raise MalformedError("string-length", place, f"not a string of 1 to {NOTE_LIMIT} code points")
    return value


def read_pattern(value: object, place: str, pattern: re.Pattern[str]) -> str:
    """A string that matches `pattern` from end to end."""
    if type(value) is not str or pattern.fullmatch(value) is None:
        raise MalformedError("form", place, f"{value!r:.60} is not of the form {pattern.pattern}")
    return value


def read_token(value: object, place: str) -> str:
    """1..64 printable ASCII characters without spaces."""
    return read_pattern(value, place, _TOKEN)


def read_urn(value: object, place: str) -> str:
    """A URN in printable ASCII."""
    return read_pattern(value, place, _URN)


def read_urns(value: object, place: str) -> tuple[str, ...]:
    """1..100 URNs, each once."""
    items = read_array(value, place, least=1, most=100)
    for index, item in enumerate(items):
        if type(item) is not str or _URN.fullmatch(item) is None:
            read_urn(item, f"{place}/{index}")
    urns: tuple[str, ...] = tuple(items)  # type: ignore[arg-type]  # each was looked at
    require_distinct(urns, place)
    return urns


def read_choice(value: object, place: str, choices: Collection[str]) -> str:
    """One of a fixed list of texts."""
    if type(value) is not str or value not in choices:
        raise MalformedError("choice", place, f"{value!r:.60} is not one of {', '.join(sorted(choices))}")
    return value


def read_unit(value: object, place: str) -> Unit:
    """A declared unit of PACT v3."""
    return Unit(read_choice(value, place, UNITS))


def read_positive(value: object, place: str) -> Quantity:
    """A quantity above zero."""
    quantity = parse_quantity(value, place)
    if quantity.coefficient <= 0:
        raise MalformedError("not-positive", place, quantity.text)
    return quantity


def read_statement_id(value: object, place: str) -> StatementId:
    """A full statement id, 0x-hex of 32 bytes."""
    return StatementId(parse_hex(value, place, 32))


def require_distinct(values: Collection[str], place: str) -> None:
    """Refuse a list that names one thing twice."""
    if len(values) == 1 or len(set(values)) == len(values):
        return
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            raise MalformedError("listed-twice", f"{place}/{index}", value)
        seen.add(value)
