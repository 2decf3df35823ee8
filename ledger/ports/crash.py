"""The seam through which tests kill the process at every step that matters."""

from __future__ import annotations

from typing import Protocol


class CrashPoints(Protocol):
    """Told each time a step of the journal is reached."""

    def reach(self, point: str) -> None:
        """Called between two durable steps. In production it does nothing."""
        ...


class NoCrash:
    """What production uses."""

    __slots__ = ()

    def reach(self, point: str) -> None:
        """Do nothing."""


NO_CRASH = NoCrash()
