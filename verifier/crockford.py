"""Crockford base32 as labels use it: fixed widths, upper case, big-endian.

alphabet  0123456789ABCDEFGHJKMNPQRSTVWXYZ     (no I L O U)
serial    index, 6 characters (30 bits) || random, 12 characters (60 bits)
"""

from re import compile as compile_pattern
from typing import Final

from verifier.errors import MalformedError

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
INDEX_LENGTH: Final = 6
RANDOM_LENGTH: Final = 12
SERIAL_LENGTH: Final = INDEX_LENGTH + RANDOM_LENGTH
INDEX_LIMIT: Final = 1 << (5 * INDEX_LENGTH)

_AS_PYTHON: Final = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")  # the digits of int(…, 32)
_SERIAL: Final = compile_pattern(f"[{ALPHABET}]{{{SERIAL_LENGTH}}}")
_PIN: Final = compile_pattern(f"[{ALPHABET}]{{{RANDOM_LENGTH}}}")
_TYPED: Final = str.maketrans("OIL", "011", "- ")


def encode(number: int, length: int) -> str:
    """`number` in `length` characters. Raises MalformedError `range` where it does not fit."""
    if not 0 <= number < 1 << (5 * length):
        raise MalformedError("range", "", f"not in 0..2^{5 * length}-1")
    return "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(length - 1, -1, -1))


def decode(text: str, place: str) -> int:
    """The number. Raises MalformedError `crockford` for any other character, lower case included."""
    # strip leaves nothing only where every character is of the alphabet; int() alone would take "_" and spaces
    if text.strip(ALPHABET) or not text:
        raise MalformedError("crockford", place, "not upper-case Crockford base32")
    return int(text.translate(_AS_PYTHON), 32)


def parse_serial(text: object, place: str) -> str:
    """A serial in its one spelling. Raises MalformedError `serial`."""
    if not isinstance(text, str) or _SERIAL.fullmatch(text) is None:
        raise MalformedError("serial", place, f"not {SERIAL_LENGTH} characters of Crockford base32")
    return text


def parse_pin(text: object, place: str) -> str:
    """A PIN in its one spelling. Raises MalformedError `pin`."""
    if not isinstance(text, str) or _PIN.fullmatch(text) is None:
        raise MalformedError("pin", place, f"not {RANDOM_LENGTH} characters of Crockford base32")
    return text


def from_typing(text: str) -> str:
    """What a person typed, with Crockford's confusions undone: o is 0, i and l are 1, case, hyphens and spaces do not count."""
    return text.upper().translate(_TYPED)


def serial_index(serial: str) -> int:
    """The index that a serial carries, 0..2^30-1."""
    return decode(serial[:INDEX_LENGTH], "/serial")
