"""How an attack is written down: `@attack("B01", "malformed")` over a function that makes the changed case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.bodies import at
from tests.support.world import Case, Story

Made = Case | tuple[Case, bytes]


@dataclass(frozen=True)
class Attack:
    """`outcome`: one of the four, or "malformed". `check`, `reason`: what must be said where (reason "" for any)."""

    row: str
    name: str
    outcome: str
    check: str
    reason: str
    make: Callable[[], Made]

    @property
    def id(self) -> str:
        return f"{self.row}-{self.name}"

    def case(self) -> tuple[Case, bytes]:
        made = self.make()
        return made if isinstance(made, tuple) else (made, made.data())


ATTACKS: list[Attack] = []


def attack(
    row: str, outcome: str, check: str = "", reason: str = ""
) -> Callable[[Callable[[], Made]], Callable[[], Made]]:
    def note(make: Callable[[], Made]) -> Callable[[], Made]:
        add(row, make.__name__.strip("_"), outcome, check, reason, make)
        return make

    return note


def add(row: str, name: str, outcome: str, check: str, reason: str, make: Callable[[], Made]) -> None:
    ATTACKS.append(Attack(row=row, name=name, outcome=outcome, check=check, reason=reason, make=make))


def put(case: Case, pointer: str, value: Any) -> Case:
    """Set the member at an RFC 6901 pointer of the evidence."""
    parent, _, last = pointer.rpartition("/")
    at(case.document, parent)[last] = value
    return case


def changed_story(change: Callable[[Story], Any]) -> Case:
    """The case of a story changed before anything is signed."""
    story = Story()
    change(story)
    return story.publish().case()


def changed_chain(change: Callable[[Story], Any]) -> Case:
    """The case of a story whose chain is changed after everything was anchored."""
    story = Story().publish()
    change(story)
    return story.case()
