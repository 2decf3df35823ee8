"""Which language a page is in: `?lang=` first, then Accept-Language, else Chinese. Nothing is remembered: there is no cookie."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from starlette.requests import Request

_MOST: Final = 12  # entries of Accept-Language looked at


class Language(StrEnum):
    """A language pages come in; the value is the BCP 47 tag."""

    ZH = "zh"
    EN = "en"

    @property
    def other(self) -> Language:
        """The one to switch to."""
        return Language.EN if self is Language.ZH else Language.ZH

    def pick(self, chinese: str, english: str) -> str:
        """The text in this language."""
        return chinese if self is Language.ZH else english


def language_of(request: Request) -> Language:
    """The language to answer in."""
    asked = request.query_params.get("lang")
    if asked in (Language.ZH, Language.EN):
        return Language(asked)
    return accepted(request.headers.get("accept-language", ""))


def accepted(header: str) -> Language:
    """The better of the two by an Accept-Language header (RFC 9110, 12.5.4); Chinese when neither is named."""
    weights = {Language.ZH: 0.0, Language.EN: 0.0}
    for part in header.split(",")[:_MOST]:
        tag, _, parameter = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary in (Language.ZH, Language.EN):
            language = Language(primary)
            weights[language] = max(weights[language], _weight(parameter))
    return Language.EN if weights[Language.EN] > weights[Language.ZH] else Language.ZH


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    digits = value.strip()
    if not digits.replace(".", "", 1).isdecimal() or not digits.isascii() or len(digits) > 5:
        return 0.0
    return min(1.0, float(digits))
