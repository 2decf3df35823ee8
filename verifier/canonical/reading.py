"""JSON text to values with nothing forgiven: duplicate keys, number tokens, nesting, encoding.

The parser is CPython's own C scanner (RFC 8259: ASCII digits, four kinds of white space, no control characters in
strings); its hooks leave a `RefusedToken` where a token cannot be a value, so that the caller can name the place.
"""

from collections.abc import Callable
from functools import cache
from json import JSONDecodeError, JSONDecoder
from re import compile as compile_pattern
from typing import Final

from verifier.canonical.profile import MAX_DEPTH, RefusedToken
from verifier.errors import MalformedError

_LONGEST_INTEGER: Final = 17  # "-9007199254740991"
# A string (closed or not, so that no input makes the search start again inside it) or a bracket. Possessive: linear.
_STRING_OR_BRACKET: Final = compile_pattern(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', 16)
_OPENING: Final = (b"[", b"{")
_CLOSING: Final = (b"]", b"}")


def to_document(data: bytes | str, max_bytes: int) -> bytes:
    """UTF-8 bytes of the input, size checked first.

    Raises MalformedError: `type`, `size`, `surrogate`.
    """
    if not isinstance(data, bytes | str):
        raise MalformedError("type", "", f"{type(data).__name__} where bytes or text are due")
    if len(data) > max_bytes:
        raise MalformedError("size", "", f"more than {max_bytes} bytes")
    if isinstance(data, bytes):
        return data
    try:
        document = data.encode("utf-8")
    except UnicodeEncodeError as error:
        raise MalformedError("surrogate", f"character {error.start}", "lone surrogate") from error
    if len(document) > max_bytes:
        raise MalformedError("size", "", f"more than {max_bytes} bytes")
    return document


def decode(document: bytes, decoder: JSONDecoder) -> object:
    """The value of UTF-8 `document`, at most MAX_DEPTH deep, through `decoder`.

    Raises MalformedError: `utf-8`, `byte-order-mark`, `depth`, `syntax`.
    """
    check_nesting(document)
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedError("utf-8", f"byte {error.start}", error.reason) from error
    if text.startswith("\ufeff"):
        raise MalformedError("byte-order-mark", "character 0", "U+FEFF before the document")
    try:
        return decoder.decode(text)
    except JSONDecodeError as error:
        raise MalformedError("syntax", f"character {error.pos}", error.msg) from error


def check_nesting(document: bytes) -> None:
    """Refuses nesting deeper than MAX_DEPTH before any recursive parser sees it. Raises MalformedError: `depth`."""
    if document.count(b"[") + document.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(document):
        if token[0] in _OPENING:
            depth += 1
            if depth > MAX_DEPTH:
                raise MalformedError("depth", f"byte {token.start()}", f"nested deeper than {MAX_DEPTH}")
        elif token[0] in _CLOSING:
            depth -= 1


def unique_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object's members; where a key comes twice, its value is a RefusedToken."""
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                members[key] = RefusedToken("duplicate-key", f"key {key!r:.80} comes twice")
            seen.add(key)
    return members


def _profile_integer(digits: str) -> object:
    if digits == "-0":
        return RefusedToken("number", "-0")
    if len(digits) > _LONGEST_INTEGER:
        return RefusedToken("number-range", f"{digits:.40} is not within 2^53-1 of zero")
    return int(digits)


def _not_an_integer(token: str) -> object:
    return RefusedToken("number", f"{token:.40} is not an integer token")


@cache
def profile_decoder() -> JSONDecoder:
    """The decoder of the strict profile: integer tokens only."""
    return strict_decoder(_profile_integer, _not_an_integer)


def strict_decoder(integer: Callable[[str], object], fraction: Callable[[str], object]) -> JSONDecoder:
    """A decoder with unique keys, the given readings of number tokens, and no NaN or Infinity."""
    return JSONDecoder(
        object_pairs_hook=unique_members, parse_int=integer, parse_float=fraction, parse_constant=_not_an_integer
    )
