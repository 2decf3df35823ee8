"""Typed reading of a footprint whose fields were walked: a member that broke its own rule reads as absent here.

So a cross-field rule never reports a second time what the field table has reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.intake.pact.scalars import instant, quantity
from verifier.decimals import Quantity

_EMPTY: Mapping[str, object] = {}


def members(value: object) -> Mapping[str, object]:
    """The object's members, or none when it is not an object."""
    return value if isinstance(value, dict) else _EMPTY


def items(value: object) -> list[object]:
    """The array's items, or none when it is not an array."""
    return value if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class View:
    """Members of one object, each read by type; `broken` names those that broke their own rule."""

    raw: Mapping[str, object]
    broken: frozenset[str] = frozenset()

    def has(self, name: str) -> bool:
        """Whether the member is written at all."""
        return name in self.raw

    def quantity(self, name: str) -> Quantity | None:
        """A quantity member as written."""
        return quantity(self._sound(name))

    def stated(self, name: str) -> bool:
        """Whether the member is a quantity other than zero."""
        parsed = self.quantity(name)
        return parsed is not None and parsed.coefficient != 0

    def time(self, name: str) -> int | None:
        """Unix seconds of a date-time member."""
        return instant(self._sound(name))

    def text(self, name: str) -> str | None:
        """A text member."""
        value = self._sound(name)
        return value if isinstance(value, str) else None

    def flag(self, name: str) -> bool | None:
        """A boolean member."""
        value = self._sound(name)
        return value if isinstance(value, bool) else None

    def _sound(self, name: str) -> object:
        return None if name in self.broken else self.raw.get(name)
