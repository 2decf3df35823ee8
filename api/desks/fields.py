"""Fields of a form, read strictly: what is wrong is collected with the field's name, so that it can stand beside the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from api.desks.rules import sentence
from api.pages.words import Pair
from verifier.canonical import canonicalize
from verifier.command import parse_moment
from verifier.errors import MalformedError, VerifierError


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing wrong with what was sent: at which field of the form ("" for the whole), and why."""

    field: str
    zh: str
    en: str
    rule: str = ""


class FieldReader:
    """Reads one form. What a reader gives for a bad field is a stand-in: look at `troubles` before using anything."""

    def __init__(self, form: Mapping[str, str]) -> None:
        self._form = form
        self.troubles: list[Trouble] = []

    def trouble(self, field: str, zh: str, en: str, rule: str) -> None:
        """Note what is wrong with a field."""
        self.troubles.append(Trouble(field=field, zh=zh, en=en, rule=rule))

    @property
    def bad(self) -> frozenset[str]:
        """The fields noted so far."""
        return frozenset(one.field for one in self.troubles)

    def given(self, name: str) -> str:
        """A field as it came, "" where it did not."""
        return self._form.get(name, "")

    def text(self, name: str, most: int) -> str:
        """A text that is due, without space around it."""
        value = self.given(name).strip()
        if not value:
            self.trouble(name, "请填写", "This is due", "missing-member")
        elif len(value) > most:
            self.trouble(name, f"最多 {most} 个字", f"At most {most} characters", "string-length")
        return value

    def read(self, name: str, reader: Callable[[object, str], str], stand_in: str, said: Pair | None = None) -> str:
        """A text that is due and that the verifier's own reader takes.

        Args:
            said: what the form asks for; the rule's own sentence without it.
        """
        value = self.given(name).strip()
        if not value:
            self.trouble(name, "请填写", "This is due", "missing-member")
            return stand_in
        try:
            canonicalize(value)
            return reader(value, f"/{name}")
        except MalformedError as error:
            self.trouble(name, *(said if said and error.rule == "form" else sentence(error.rule)), error.rule)
            return stand_in

    def number(self, name: str, *, least: int, most: int) -> int:
        """A whole number."""
        value = self.given(name).strip()
        if not (value.isascii() and value.isdigit() and len(value) <= 12 and least <= int(value) <= most):
            self.trouble(name, f"应为 {least} 至 {most} 的整数", f"A whole number from {least} to {most}", "range")
            return least
        return int(value)

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """One of a few words."""
        value = self.given(name)
        if value not in choices:
            self.trouble(name, "请选择一项", "Choose one", "choice")
        return value

    def day(self, name: str) -> int:
        """A calendar date (00:00 in Asia/Shanghai) or RFC 3339, in unix seconds."""
        value = self.given(name).strip()
        try:
            return parse_moment(value)
        except VerifierError:
            self.trouble(name, "请填日期，如 2026-12-01", "A date is due, like 2026-12-01", "date-time")
            return 0
