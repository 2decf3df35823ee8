"""RFC 8785 as it stands, for comparing with other implementations: floats allowed, any Unicode, limits on size and depth.

The protocol itself never uses this: its documents are of the strict profile (verifier.canonical). What I-JSON
(RFC 7493) forbids is refused here too: duplicate keys, lone surrogates, numbers beyond the IEEE double.
"""

from functools import cache
from json import JSONDecoder
from json.encoder import encode_basestring
from math import isinf
from re import compile as compile_pattern
from typing import Final

from verifier.canonical.profile import MAX_BYTES, RefusedToken
from verifier.canonical.reading import decode, strict_decoder, to_document
from verifier.errors import MalformedError

_SURROGATE: Final = compile_pattern("[\ud800-\udfff]")


def canonicalize_rfc8785(data: bytes | str, max_bytes: int = MAX_BYTES) -> bytes:
    """The RFC 8785 bytes of one JSON text.

    Raises MalformedError: `duplicate-key`, `surrogate`, `number` (NaN, Infinity), `number-range` (beyond a double),
    and for the text itself `size`, `depth`, `utf-8`, `byte-order-mark`, `syntax`.
    """
    value = decode(to_document(data, max_bytes), _decoder())
    return _render(value, "").encode("utf-8")


def format_number(number: float) -> str:
    """A finite double as ECMAScript's Number::toString writes it (RFC 8785, 3.2.2.3).

    Python's repr gives the same shortest digits; only where the point and the exponent stand differs.
    """
    if number == 0:
        return "0"  # -0 too
    sign = "-" if number < 0 else ""
    mantissa, _, exponent = f"{abs(number)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.DIGITS x 10^point.
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    """ECMA-262 Number::toString, steps 6 to 10; `point` is the specification's n, len(digits) its k."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


@cache
def _decoder() -> JSONDecoder:
    return strict_decoder(_double, _double)


def _double(token: str) -> object:
    number = float(token)
    return RefusedToken("number-range", f"{token:.40} is beyond a double") if isinf(number) else number


def _render(value: object, place: str) -> str:
    """JSON text of a decoded value; recursion is bounded, as depth was checked before decoding."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=_utf16_order)
        return "{" + ",".join(f"{_quote(k, place)}:{_render(v, f'{place}/{k}')}" for k, v in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_render(member, f"{place}/{index}") for index, member in enumerate(value)) + "]"
    if isinstance(value, str):
        return _quote(value, place)
    if isinstance(value, float):
        return format_number(value)
    if isinstance(value, RefusedToken):
        raise MalformedError(value.rule, place, value.detail)
    return {None: "null", True: "true", False: "false"}[value]  # type: ignore[index]  # the decoder gives no other


def _utf16_order(member: tuple[str, object]) -> bytes:
    return member[0].encode("utf-16-be", "surrogatepass")


def _quote(text: str, place: str) -> str:
    if _SURROGATE.search(text):
        raise MalformedError("surrogate", place, "lone surrogate")
    return encode_basestring(text)
