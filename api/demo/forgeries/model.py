"""A forgery as data: its row in the attack corpus, its name in two languages, who has to catch it, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from api.demo.forgeries.names import NAMES
from api.demo.forgeries.workshop import Body, Said, Workshop

Saying: TypeAlias = Callable[[Workshop], Said]
Editing: TypeAlias = Callable[[Workshop, Body], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgery:
    """One change to something genuine.

    row: family and number, in the attack corpus. slug: its file's name, and what it is called by. check, reason: what has to catch it.
    said: the statements offered, signed by whoever the forger has. edit: what is changed in the file.
    wave: which of the dishonest operator's two visits logs it.
    """

    row: str
    slug: str
    check: str
    reason: str
    said: Saying
    edit: Editing | None = None
    wave: int = 1

    @property
    def zh(self) -> str:
        """Its name in Chinese."""
        return NAMES[self.slug][0]

    @property
    def en(self) -> str:
        """Its name in English."""
        return NAMES[self.slug][1]


def members(document: Body, *path: str) -> Body:
    """A member that is an object. Raises TypeError where it is none."""
    value: object = document
    for name in path:
        value = value[name] if isinstance(value, dict) else None
    if not isinstance(value, dict):
        raise TypeError(f"{'/'.join(path)} is no object")
    return value
