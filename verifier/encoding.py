"""Strict text forms of bytes and integers: cap the size, decode, encode again, compare.

Python's own decoders forgive what another language refuses (`bytes.fromhex` takes spaces and capitals, base64 takes
`AB==` for `AA==` even with validate=True, `int()` takes `1_0`, spaces and full-width digits), and what two verifiers
read differently is a place to hide something.

    hex        "0x" and two of 0-9a-f for every byte
    base64url  RFC 4648 section 5, no padding, unused bits of the last character zero
"""

from binascii import a2b_base64, b2a_base64
from typing import Final

from verifier.errors import MalformedError


def to_hex(data: bytes) -> str:
    """`0x` and lower-case hex."""
    return "0x" + data.hex()


def parse_hex(text: object, place: str, size: int | None = None) -> bytes:
    """The bytes of a lower-case `0x` hex string; exactly `size` of them when a size is given.

    Raises MalformedError: `hex` or `size`.
    """
    if not isinstance(text, str):
        raise MalformedError("hex", place, "not a string")
    if size is not None and len(text) != 2 + 2 * size:
        raise MalformedError("size", place, f"{len(text)} characters where 0x and {size} bytes take {2 + 2 * size}")
    try:
        data = bytes.fromhex(text[2:])
    except ValueError as error:
        raise MalformedError("hex", place, "not 0x and pairs of 0-9a-f") from error
    if "0x" + data.hex() != text:
        raise MalformedError("hex", place, "not 0x and pairs of 0-9a-f")
    return data


_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")


def to_base64url(data: bytes) -> str:
    """Base64url without padding."""
    return b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL).decode("ascii")


def parse_base64url(text: object, place: str, max_bytes: int) -> bytes:
    """The bytes, at most `max_bytes`, of an unpadded base64url string.

    Raises MalformedError: `base64url` or `size`.
    """
    if not isinstance(text, str):
        raise MalformedError("base64url", place, "not a string")
    if len(text) > (4 * max_bytes + 2) // 3:
        raise MalformedError("size", place, f"{len(text)} characters for at most {max_bytes} bytes")
    try:
        encoded = text.encode("ascii")
        data = a2b_base64(encoded.translate(_FROM_URL) + b"===="[: -len(encoded) % 4])
    except ValueError as error:
        raise MalformedError("base64url", place, "not unpadded base64url") from error
    # as to_base64url, without the call: a snapshot has tens of thousands
    if b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL) != encoded:
        raise MalformedError("base64url", place, "not unpadded base64url, or spare bits set")
    return data


def parse_integer(value: object, place: str, *, least: int, most: int) -> int:
    """`value` where it is an integer (no bool) in `least..most`.

    Raises MalformedError: `integer` or `range`.
    """
    if type(value) is not int:
        raise MalformedError("integer", place, f"{type(value).__name__} where an integer is due")
    if not least <= value <= most:
        raise MalformedError("range", place, f"not in {least}..{most}")
    return value
