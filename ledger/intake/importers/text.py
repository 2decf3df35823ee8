"""The few changes an importer makes to a source's text, each with a code, so that nothing is changed silently.

A statement is ours to make and may be normalised before it is signed; a *verifier* never normalises (trap 2).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from verifier.bodies.fields import NAME_LIMIT
from verifier.decimals import MAX_DIGITS

_EXPONENT = re.compile(r"-?[0-9](?:\.[0-9]+)?[eE][+-]?[0-9]{1,2}", re.ASCII)
_BLANK_RUN = re.compile(r"[\t\r\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """Text fit for the body, and the codes of what was done to it."""

    text: str
    notes: tuple[str, ...] = ()


def plain_number(text: str) -> Cleaned:
    """The same number in positional notation, digit for digit, when the source uses an exponent; else the text as it stands.

    `6.32e-05` becomes `0.0000632`: same value, same last written place. A number whose exponent reaches past its written digits
    (`6.3e+05`) stays as it is, and so is refused as a quantity: writing its zeros would claim a precision nobody stated.
    """
    if len(text) > MAX_DIGITS or not _EXPONENT.fullmatch(text):
        return Cleaned(text=text)
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent > 0:
        return Cleaned(text=text)
    return Cleaned(text=format(number, "f"), notes=("number.exponent",))


def one_line(text: str) -> Cleaned:
    """NFC, tabs and line breaks as one space, no blanks around. `name.nfc`, `name.blanks` say which applied."""
    notes: list[str] = []
    composed = unicodedata.normalize("NFC", text)
    if composed != text:
        notes.append("name.nfc")
    line = _BLANK_RUN.sub(" ", composed).strip()
    if line != composed:
        notes.append("name.blanks")
    return Cleaned(text=line, notes=tuple(notes))


def name(text: str) -> Cleaned:
    """`one_line`, cut to the 200 code points of a name with … as the last; `name.cut` says that it was."""
    line = one_line(text)
    if len(line.text) <= NAME_LIMIT:
        return line
    return Cleaned(text=line.text[: NAME_LIMIT - 1].rstrip() + "…", notes=(*line.notes, "name.cut"))


def slug(text: str) -> str:
    """Lower-case ASCII letters and digits joined by hyphens, for the last part of a URN."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")
