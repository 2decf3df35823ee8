"""Content rules of GS1 element values, by the names the GS1 syntax dictionary gives them. Each returns whether the text keeps the rule."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable

from verifier.errors import MalformedError
from verifier.gs1.table import table
from verifier.identifiers import check_gmn

CHARSETS = {
    "N": re.compile(r"[0-9]+"),
    "X": re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+"),
    "Y": re.compile(r"[#\-/0-9A-Z]+"),
    "Z": re.compile(r"[A-Za-z0-9\-_]+={0,2}"),
}
_SHORTEST_PREFIX = 4


def check_digit(digits: str) -> str:
    """The mod-10 check digit of the digits before it (GS1 General Specifications 7.9): weights 3, 1, … from the right."""
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _has_check_digit(text: str) -> bool:
    return check_digit(text[:-1]) == text[-1]


def _has_check_pair(text: str) -> bool:
    try:
        check_gmn(text)
    except MalformedError:
        return False
    return True


def _date(text: str, *, day_zero: bool, century: int = 2000) -> bool:
    if len(text) == 8:
        century, text = int(text[:2]) * 100, text[2:]
    year, month, day = century + int(text[:2]), int(text[2:4]), int(text[4:6])
    if not 1 <= month <= 12:
        return False
    # Years are two digits: 29 February is judged by the year's last two digits in the 2000s, as the standard's sliding window allows both.
    return (day == 0 and day_zero) or 1 <= day <= calendar.monthrange(max(year, 1), month)[1]


def _piece_of_total(text: str) -> bool:
    return 0 < int(text[:2]) <= int(text[2:]) if int(text[2:]) else False


def _iban(text: str) -> bool:
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]+", text) or text[:2] not in table().country_letters:
        return False
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


def _position_in_sequence(text: str) -> bool:
    place, slash, total = text.partition("/")
    return bool(slash) and place.isdigit() and total.isdigit() and 0 < int(place) <= int(total)


def _percent_encoded(text: str) -> bool:
    return re.fullmatch(r"(?:[^%]|%[0-9A-Fa-f]{2})*", text) is not None


_TIMES = {"hh": 24, "mi": 60, "ss": 60}
_PACKAGE_TYPE = re.compile(r"[0-9A-Z]{1,4}")

RULES: dict[str, Callable[[str], bool]] = {
    "csum": _has_check_digit,
    "csumalpha": _has_check_pair,
    # A GS1 company prefix is numeric and at least four digits; GTIN-like keys carry it after their indicator digit.
    "gcppos1": lambda text: text[:_SHORTEST_PREFIX].isdigit() and len(text) >= _SHORTEST_PREFIX,
    "gcppos2": lambda text: text[1 : 1 + _SHORTEST_PREFIX].isdigit() and len(text) > _SHORTEST_PREFIX,
    "yymmd0": lambda text: _date(text, day_zero=True),
    "yymmdd": lambda text: _date(text, day_zero=False),
    "yyyymmdd": lambda text: _date(text, day_zero=False),
    "hhmi": lambda text: int(text[:2]) < 24 and int(text[2:]) < 60,
    **{name: (lambda text, limit=limit: int(text) < limit) for name, limit in _TIMES.items()},  # type: ignore[misc]
    "iso4217": lambda text: text in table().currencies,
    "iso3166": lambda text: text in table().countries,
    "iso3166999": lambda text: text in table().countries or text == "999",
    "iso3166alpha2": lambda text: text in table().country_letters,
    "latitude": lambda text: int(text) <= 1_800_000_000,
    "longitude": lambda text: int(text) <= 3_600_000_000,
    "pcenc": _percent_encoded,
    "yesno": lambda text: text in {"0", "1"},
    "hyphen": lambda text: text == "-",
    "importeridx": lambda text: re.fullmatch(r"[A-Za-z0-9_-]", text) is not None,
    "packagetype": lambda text: _PACKAGE_TYPE.fullmatch(text) is not None,
    "mediatype": lambda text: 1 <= int(text) <= 10 or 80 <= int(text) <= 99,
    "iso5218": lambda text: text in {"0", "1", "2", "9"},
    "posinseqslash": _position_in_sequence,
    "nonzero": lambda text: int(text) != 0,
    "zero": lambda text: int(text) == 0,
    "winding": lambda text: text in {"0", "1", "9"},
    "pieceoftotal": _piece_of_total,
    "iban": _iban,
    "nozeroprefix": lambda text: text == "0" or not text.startswith("0"),
    "hasnondigit": lambda text: not text.isdigit(),
}
