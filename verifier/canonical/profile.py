"""The strict I-JSON profile of design 3.1 (docs/spec/01): which values, texts and sizes the protocol takes.

Two ways to ask: `structure_fits` and `document_is_plain` answer quickly for nearly everything that is offered, and
`check_value` walks the value slowly and names the rule and the place. What the quick ones do not vouch for is always
put to the slow one.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from re import compile as compile_pattern
from typing import Any, Final, NoReturn

from verifier.canonical.unicode14 import UNASSIGNED
from verifier.errors import MalformedError

MAX_BYTES: Final = 1_048_576
MAX_DEPTH: Final = 32  # a scalar is 0, each array or object adds 1
MAX_INTEGER: Final = 2**53 - 1

_USUAL_ESCAPE: Final = compile_pattern(rb'\\["\\nt]')
_PRINTABLE: Final = bytes(range(0x20, 0x7F))

# Ranges in which every code point is assigned in 14.0, NFC_Quick_Check=Yes and of combining class 0, so that text
# made of them needs no further look: Latin letters, general punctuation short of the bidi controls, CJK punctuation,
# ideographs, full-width forms. A test derives all three properties again.
_USUAL: Final = compile_pattern(
    "[\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u3001-\u3029\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e]*"
)

# first, last, rule
_REFUSED: Final = (
    (0x00, 0x08, "control"),
    (0x0B, 0x1F, "control"),
    (0x7F, 0x9F, "control"),
    (0x061C, 0x061C, "bidi-control"),
    (0x200E, 0x200F, "bidi-control"),
    (0x202A, 0x202E, "bidi-control"),
    (0x2066, 0x2069, "bidi-control"),
    (0xD800, 0xDFFF, "surrogate"),
    (0xE000, 0xF8FF, "private-use"),
    (0xFDD0, 0xFDEF, "noncharacter"),
    (0xF0000, 0xFFFFD, "private-use"),
    (0x100000, 0x10FFFD, "private-use"),
)


class RefusedToken:
    """Left by the parser in place of a token that cannot be a value, so that the walk can name where it stands."""

    __slots__ = ("detail", "rule")

    def __init__(self, rule: str, detail: str) -> None:
        self.rule = rule
        self.detail = detail


def refusal_of(character: str) -> str | None:
    """The name of the rule that refuses this code point in any string, or None."""
    point = ord(character)
    for first, last, rule in _REFUSED:
        if first <= point <= last:
            return rule
    if point & 0xFFFE == 0xFFFE:
        return "noncharacter"
    # An odd number of run ends at or below the point: it lies inside a run. A run's last point is `<=` itself.
    at = bisect_right(UNASSIGNED, point)
    if at % 2 or (at and UNASSIGNED[at - 1] == point):
        return "unassigned"
    return None


def document_is_plain(document: bytes) -> bool:
    """Whether canonical `document` (UTF-8, already parsed) surely holds only text that the profile takes.

    False means only "look at each string". Whole-document NFC implies NFC of each
    string, as no quote, comma or bracket composes with anything.
    """
    if b"\x7f" in document:
        return False
    if b"\\" in document:
        # In canonical bytes a string's quote, backslash, newline and tab are escaped so; every other escape is refused.
        # Closed under substrings as NFC is, the document without them tells as much of the strings.
        document = _USUAL_ESCAPE.sub(b" ", document)
        if b"\\" in document:
            return False
    if document.isascii():
        return True
    rest = document.translate(None, _PRINTABLE).decode("utf-8")
    if _USUAL.fullmatch(rest):
        return True
    return not any(map(refusal_of, set(rest))) and unicodedata.is_normalized("NFC", document.decode("utf-8"))


def structure_fits(value: object) -> bool:
    """Whether types, keys and depth are surely those of the profile. Strings and the range of integers are not
    looked at: orjson's OPT_STRICT_INTEGER refuses those beyond 2^53-1.

    Level by level, so that the number of rounds is the depth and no input recurses.
    """
    keys: list[Any] = []
    level: list[Any] = [[value]]  # only objects and arrays are put on a level
    for _ in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for node in level:
            members: Iterable[object] = node
            if type(node) is dict:
                keys += node
                members = node.values()
            for member in members:
                kind = type(member)
                if kind is str:  # most are
                    continue
                if kind is dict or kind is list:
                    below.append(member)
                elif kind is not int and member is not None and kind is not bool:
                    return False
        if not below:
            return _keys_fit(keys)
        level = below
    return False


def _keys_fit(keys: list[Any]) -> bool:
    """Whether all are texts of printable ASCII, looked at as one."""
    try:
        text = "".join(keys)
    except TypeError:
        return False
    return text.isascii() and text.isprintable()


def check_value(value: object, place: str = "", depth: int = 0) -> None:
    """Checks every rule of the profile, in the order of the document. place: RFC 6901 pointer to `value`.

    Raises MalformedError: `duplicate-key`, `key`, `number`, `number-range`, `type`, `depth`, `nfc`, or the rule of
    a refused code point (`control`, `bidi-control`, `surrogate`, `private-use`, `noncharacter`, `unassigned`).
    """
    kind = type(value)
    if value is None or kind is bool:
        return
    if isinstance(value, str) and kind is str:
        check_text(value, place)
    elif isinstance(value, int) and kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise MalformedError("number-range", place, "not within 2^53-1 of zero")
    elif isinstance(value, list) and kind is list:
        _check_depth(depth, place)
        for index, member in enumerate(value):
            check_value(member, f"{place}/{index}", depth + 1)
    elif isinstance(value, dict) and kind is dict:
        _check_depth(depth, place)
        for key, member in value.items():
            check_value(member, f"{place}/{_check_key(key, place)}", depth + 1)
    else:
        _refuse(value, place)


def check_text(text: str, place: str) -> None:
    """Checks one string: NFC, and no refused code point. Raises MalformedError as check_value does."""
    if text.isascii() and text.isprintable():
        return
    for character in text:
        rule = refusal_of(character) if not " " <= character <= "~" else None
        if rule is not None:
            raise MalformedError(rule, place, f"U+{ord(character):04X}")
    if not unicodedata.is_normalized("NFC", text):
        raise MalformedError("nfc", place, "text is not in Normalization Form C")


def _check_key(key: object, place: str) -> str:
    if type(key) is not str or not (key.isascii() and key.isprintable()):
        raise MalformedError("key", place, f"key {key!r:.80} is not printable ASCII")
    return key.replace("~", "~0").replace("/", "~1")


def _check_depth(depth: int, place: str) -> None:
    if depth >= MAX_DEPTH:
        raise MalformedError("depth", place, f"nested deeper than {MAX_DEPTH}")


def _refuse(value: object, place: str) -> NoReturn:
    if isinstance(value, RefusedToken):
        raise MalformedError(value.rule, place, value.detail)
    raise MalformedError("type", place, f"{type(value).__name__} is no JSON value of the profile")
