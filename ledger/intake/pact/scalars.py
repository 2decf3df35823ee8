"""The rules of single values. Every pattern is a full match: PACT's own are unanchored, and `"5abc"` passes them.

PACT 3.0.4 writes `^[+]?(\\d*[1-9]\\d*)(\\.\\d+)?|(0+\\.\\d*[1-9]\\d*)$` for "greater than zero". `|` binds loosest, so the text needs to
match at its start *or* at its end: `"5abc"`, `"12x"` and `"-0.5"` all pass. The rule for "zero or less" accepts `"+50"` the same way: a
sign flip of an uptake. Numbers here have the one written form of the strict profile (docs/spec/03-bodies.md), so that
canonical bytes and the figures a signer saw cannot differ: no plus sign, no leading zero, no exponent, no negative zero.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from verifier.decimals import Quantity, parse_quantity
from verifier.errors import MalformedError
from verifier.times import parse_date_time

_URN = re.compile(
    r"[uU][rR][nN]:[A-Za-z0-9][A-Za-z0-9-]{0,30}[A-Za-z0-9]:(?:[A-Za-z0-9()+,.:=@;$_!*'~&/-]|%[0-9A-Fa-f]{2})+"
)


_LONGEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A named question about one JSON value. `holds` answers False for every value of the wrong type."""

    name: str
    expected: str
    holds: Callable[[object], bool]


def quantity(value: object) -> Quantity | None:
    """The quantity as written, or None when it is not one (the verifier's own parser decides)."""
    return _parsed_quantity(value) if type(value) is str and len(value) <= _LONGEST else None


def instant(value: object) -> int | None:
    """Unix seconds of an RFC 3339 date-time with its offset, or None (the verifier's own parser decides)."""
    return _parsed_instant(value) if type(value) is str and len(value) <= _LONGEST else None


def exceeds(left: Quantity, whole: int) -> int:
    """The sign of `left - whole`, exactly: above 0 when the quantity is larger than the whole number."""
    difference: int = left.coefficient - whole * 10**left.places
    return difference


# A text is looked at by its own rule and again by the cross-field rules; the length cap bounds what is remembered.
@lru_cache(maxsize=4096)
def _parsed_quantity(text: str) -> Quantity | None:
    try:
        return parse_quantity(text, "")
    except MalformedError:
        return None


@lru_cache(maxsize=4096)
def _parsed_instant(text: str) -> int | None:
    try:
        return parse_date_time(text, "")
    except MalformedError:
        return None


def matching(name: str, pattern: str, expected: str) -> Rule:
    """A rule for text that matches `pattern` from its first character to its last."""
    compiled = re.compile(pattern)
    return Rule(name=name, expected=expected, holds=lambda v: isinstance(v, str) and bool(compiled.fullmatch(v)))


def one_of(name: str, choices: tuple[str, ...]) -> Rule:
    """A rule for one text out of a closed list."""
    allowed = frozenset(choices)
    return Rule(name=name, expected="one of " + ", ".join(choices), holds=lambda v: isinstance(v, str) and v in allowed)


def bounded(name: str, expected: str, holds: Callable[[Quantity], bool]) -> Rule:
    """A rule for a quantity in a range."""

    def check(value: object) -> bool:
        parsed = quantity(value)
        return parsed is not None and holds(parsed)

    return Rule(name=name, expected=expected, holds=check)


def _is_uuid(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def _is_uri(value: object) -> bool:
    if not isinstance(value, str) or not value.isascii() or any(character in value for character in ' \t\n<>"{}|\\^`'):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme) and bool(parts.netloc or parts.path)


def _is_name(value: object) -> bool:
    # Names stand in the wallet's one line, between our own separators (spec 02, 03).
    return (
        isinstance(value, str) and 1 <= len(value) <= 200 and not any(character in value for character in "\t\n「」·")
    )


TEXT = Rule(name="text", expected="text", holds=lambda value: isinstance(value, str))
NON_EMPTY = Rule(
    name="text.non-empty", expected="text that is not empty", holds=lambda v: isinstance(v, str) and v != ""
)
NAME = Rule(name="name", expected="1 to 200 characters, none of tab, newline, 「, 」, ·", holds=_is_name)
BOOLEAN = Rule(name="boolean", expected="true or false", holds=lambda value: isinstance(value, bool))
UUID = Rule(name="uuid", expected="a UUID", holds=_is_uuid)
DATE_TIME = Rule(name="date-time", expected="an RFC 3339 date-time with offset", holds=lambda v: instant(v) is not None)
URI = Rule(name="uri", expected="a URI", holds=_is_uri)
URN = Rule(name="urn", expected="a URN of RFC 8141", holds=lambda v: isinstance(v, str) and bool(_URN.fullmatch(v)))
DECIMAL = bounded("decimal", "a decimal as text", lambda _: True)
POSITIVE = bounded("decimal.positive", "a decimal above 0 as text", lambda q: q.coefficient > 0)
NON_NEGATIVE = bounded("decimal.non-negative", "a decimal of 0 or more as text", lambda q: q.coefficient >= 0)
NON_POSITIVE = bounded("decimal.non-positive", "a decimal of 0 or less as text", lambda q: q.coefficient <= 0)
PERCENT = bounded("decimal.percent", "a decimal from 0 to 100 as text", lambda q: q.coefficient >= 0 >= exceeds(q, 100))
DQR = bounded("decimal.dqr", "a decimal from 1 to 5 as text", lambda q: exceeds(q, 1) >= 0 >= exceeds(q, 5))
