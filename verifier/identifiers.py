"""Who and what: parties (USCC, LEI) and products (GTIN, GMN), each with its check characters.

    party   "uscc:" 18 characters of 0-9A-Z | "lei:" 20 characters of 0-9A-Z       partyId = keccak256(utf8(party))

`parse_party` checks the form only: some real, early USCC codes fail their check character (GB 32100-2015), and a
party stands or falls with its registration in TrustRegistry. `check_uscc` and `check_lei` are for whoever registers.
"""

from functools import lru_cache
from re import compile as compile_pattern
from typing import Final, NewType

from verifier.errors import MalformedError
from verifier.hashing import keccak256
from verifier.types import PartyId

Party = NewType("Party", str)  # "uscc:..." or "lei:..."

_PARTY: Final = compile_pattern(r"uscc:[0-9A-Z]{18}|lei:[0-9A-Z]{20}")

# GB 32100-2015: 31 characters (no I, O, S, V, Z); weights 3^(i-1) mod 31.
_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_FORM: Final = compile_pattern(f"[{_USCC_ALPHABET}]{{2}}[0-9]{{6}}[{_USCC_ALPHABET}]{{10}}")
_USCC_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_LEI_FORM: Final = compile_pattern(r"[0-9A-Z]{18}[0-9]{2}")

_DIGITS: Final = frozenset("0123456789")
_GTIN_LENGTHS: Final = (8, 12, 13, 14)

# GS1 General Specifications 7.9.5: GMN check characters; values of the 82 characters of AI encodable set 82.
_GMN_ALPHABET: Final = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_GMN_CHECK: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES: Final = (
    83, 79, 73, 71, 67, 61, 59, 53, 47, 43, 41, 37, 31, 29, 23, 19, 17, 13, 11, 7, 5, 3, 2,
)  # fmt: skip
_MAX_GMN: Final = 25


def parse_party(text: object, place: str) -> Party:
    """A party's text, its form checked. Raises MalformedError: `party`."""
    if type(text) is not str or not _PARTY.fullmatch(text):
        raise MalformedError("party", place, 'neither "uscc:" and 18 nor "lei:" and 20 of 0-9A-Z')
    return Party(text)


@lru_cache(maxsize=4096)
def party_id(party: str) -> PartyId:
    """The 32-byte name of a party in the contracts: keccak256 of its text."""
    return PartyId(keccak256(party.encode("utf-8")))


def check_uscc(code: object, place: str = "") -> None:
    """Checks a unified social credit code 统一社会信用代码: alphabet, digits of the region, check character.

    The registering department is any character of the alphabet: letters (A, N, Y ...) are in use.

    Raises MalformedError: `uscc` (form) or `uscc-check`.
    """
    if not isinstance(code, str) or not _USCC_FORM.fullmatch(code):
        raise MalformedError("uscc", place, "not 18 characters of the form of GB 32100-2015")
    total = sum(
        weight * _USCC_ALPHABET.index(character) for weight, character in zip(_USCC_WEIGHTS, code[:17], strict=True)
    )
    due = _USCC_ALPHABET[-total % 31]
    if code[17] != due:
        raise MalformedError("uscc-check", place, f"check character is {code[17]}, should be {due}")


def check_lei(code: object, place: str = "") -> None:
    """Checks a legal entity identifier: ISO 17442, check digits ISO 7064 MOD 97-10.

    Raises MalformedError: `lei` (form) or `lei-check`.
    """
    if not isinstance(code, str) or not _LEI_FORM.fullmatch(code):
        raise MalformedError("lei", place, "not 18 of 0-9A-Z and two digits")
    if int("".join(str(int(character, 36)) for character in code)) % 97 != 1:
        raise MalformedError("lei-check", place, "check digits do not agree")


def check_gtin(text: object, place: str = "") -> None:
    """Checks a GTIN-8, -12, -13 or -14: ASCII digits, check digit (GS1 General Specifications 7.9.1).

    Raises MalformedError: `gtin` (form) or `gtin-check`.
    """
    if not (isinstance(text, str) and len(text) in _GTIN_LENGTHS and text.isascii() and text.isdigit()):
        raise MalformedError("gtin", place, "not 8, 12, 13 or 14 digits")
    # Digits from the right as ASCII codes; 48 is "0".
    digits = text.encode("ascii")[::-1]
    weighed = 3 * sum(digits[1::2]) + sum(digits[2::2]) - 48 * (3 * len(digits[1::2]) + len(digits[2::2]))
    if digits[0] - 48 != -weighed % 10:
        raise MalformedError("gtin-check", place, f"check digit is {text[-1]}, should be {-weighed % 10}")


def check_gmn(text: object, place: str = "") -> None:
    """Checks a Global Model Number: 7 to 25 characters of set 82, the last two its check characters.

    Raises MalformedError: `gmn` (form) or `gmn-check`.
    """
    if (
        not isinstance(text, str)
        or not 7 <= len(text) <= _MAX_GMN
        or not _DIGITS.issuperset(text[:5])
        or any(character not in _GMN_ALPHABET for character in text)
    ):
        raise MalformedError("gmn", place, "not a company prefix and 2 to 20 characters of set 82")
    data = text[:-2]
    weights = _PRIMES[len(_PRIMES) - len(data) :]
    total = sum(_GMN_ALPHABET.index(character) * weight for character, weight in zip(data, weights, strict=True))
    due = _GMN_CHECK[total % 1021 // 32] + _GMN_CHECK[total % 1021 % 32]
    if text[-2:] != due:
        raise MalformedError("gmn-check", place, f"check characters are {text[-2:]}, should be {due}")
