"""The rules of single values. Every pattern is a full match: PACT's own are unanchored, and `"5abc"` passes them.

PACT 3.0.4 writes `^[+]?(\\d*[1-9]\\d*)(\\.\\d+)?|(0+\\.\\d*[1-9]\\d*)$` for "greater than zero". `|` binds loosest, so the text needs to
match at its start *or* at its end: `"5abc"`, `"12x"` and `"-0.5"` all pass. The rule for "zero or less" accepts `"+50"` the same way: a
sign flip of an uptake. Numbers here have the one written form of the strict profile (docs/spec/03-bodies.md), so that
canonical bytes and the figures a signer saw cannot differ: no plus sign, no leading zero, no exponent, no negative zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from verifier.decimals import Quantity, parse_quantity
from verifier.errors import MalformedError
from verifier.times import parse_date_time

_URN = r"[uU][rR][nN]:[A-Za-z0-9][A-Za-z0-9-]{0,30}[A-Za-z0-9]:(?:[A-Za-z0-9()+,.:=@;$_!*'~&/-]++|%[0-9A-Fa-f]{2})++"
_NOT_IN_URI = re.compile(r'[ \t\n<>"{}|\\^`]')

_LONGEST = 40
_LONGEST_KEPT = 200  # characters: bounds the memory of what is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A named question about one JSON value. `holds` answers False for every value of the wrong type.

    `surely` asks the same in a hurry, of one compiled call where there is one: truthy only where `holds` is True, falsy or
    TypeError where it cannot tell (see `sound`).
    """

    name: str
    expected: str
    holds: Callable[[object], bool]
    surely: Callable[[Any], object]


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


def _is_boolean(value: object) -> bool:
    return type(value) is bool


def _is_instant(value: object) -> bool:
    return instant(value) is not None


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


def _remembered(full: Callable[[str], object]) -> Callable[[Any], object]:
    """A pattern's answers kept for short texts: names, codes and figures come again in footprint after footprint."""
    kept = lru_cache(maxsize=1024)(full)
    return lambda text: kept(text) if len(text) <= _LONGEST_KEPT else full(text)


def matching(name: str, pattern: str, expected: str) -> Rule:
    """A rule for text that matches `pattern` from its first character to its last."""
    full = re.compile(pattern).fullmatch
    return Rule(
        name=name, expected=expected, holds=lambda v: isinstance(v, str) and bool(full(v)), surely=_remembered(full)
    )


def one_of(name: str, choices: tuple[str, ...]) -> Rule:
    """A rule for one text out of a closed list."""
    allowed = frozenset(choices)
    return Rule(
        name=name,
        expected="one of " + ", ".join(choices),
        holds=lambda v: isinstance(v, str) and v in allowed,
        surely=allowed.__contains__,
    )


def bounded(name: str, expected: str, holds: Callable[[Quantity], bool], surely: str) -> Rule:
    """A rule for a quantity in a range; the pattern `surely` matches usual texts in it, and nothing outside it."""

    def check(value: object) -> bool:
        parsed = quantity(value)
        return parsed is not None and holds(parsed)

    return Rule(name=name, expected=expected, holds=check, surely=_remembered(re.compile(surely).fullmatch))


def _is_uri(value: object) -> bool:
    if not isinstance(value, str) or not value.isascii() or _NOT_IN_URI.search(value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme) and bool(parts.netloc or parts.path)


# Names stand in the wallet's one line, between our own separators (spec 02, 03).
NAME = matching("name", r"[^\t\n「」·]{1,200}", "1 to 200 characters, none of tab, newline, 「, 」, ·")
TEXT = Rule(name="text", expected="text", holds=lambda value: isinstance(value, str), surely=str.__len__)
NON_EMPTY = Rule(
    name="text.non-empty",
    expected="text that is not empty",
    holds=lambda v: isinstance(v, str) and v != "",
    surely=str.__len__,
)
BOOLEAN = Rule(name="boolean", expected="true or false", holds=_is_boolean, surely=_is_boolean)
UUID = matching("uuid", r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "a UUID")
DATE_TIME = Rule(name="date-time", expected="an RFC 3339 date-time with offset", holds=_is_instant, surely=_is_instant)
# A scheme, a colon, and something after it: urlsplit finds the scheme and the path.
URI = Rule(name="uri", expected="a URI", holds=_is_uri, surely=re.compile(r"urn:[A-Za-z0-9:.-]+").fullmatch)
URN = matching("urn", _URN, "a URN of RFC 8141")

# What `surely` takes of a quantity: no more digits than any quantity may have (spec 01), 12 before the point and 18 after.
_USUAL = r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,18})?"
_NOT_ZERO = r"(?=[0.]*[1-9])"
_MINUS = f"-{_NOT_ZERO}"
DECIMAL = bounded("decimal", "a decimal as text", lambda _: True, f"(?:{_MINUS})?{_USUAL}")
POSITIVE = bounded("decimal.positive", "a decimal above 0 as text", lambda q: q.coefficient > 0, f"{_NOT_ZERO}{_USUAL}")
NON_NEGATIVE = bounded("decimal.non-negative", "a decimal of 0 or more as text", lambda q: q.coefficient >= 0, _USUAL)
NON_POSITIVE = bounded(
    "decimal.non-positive", "a decimal of 0 or less as text", lambda q: q.coefficient <= 0, f"{_MINUS}{_USUAL}|0"
)
PERCENT = bounded(
    "decimal.percent",
    "a decimal from 0 to 100 as text",
    lambda q: q.coefficient >= 0 >= exceeds(q, 100),
    r"100|(?:0|[1-9][0-9]?)(?:\.[0-9]{1,18})?",
)
DQR = bounded(
    "decimal.dqr",
    "a decimal from 1 to 5 as text",
    lambda q: exceeds(q, 1) >= 0 >= exceeds(q, 5),
    r"5|[1-4](?:\.[0-9]{1,18})?",
)
