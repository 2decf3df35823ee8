"""What time it is. Injected everywhere, so that tests own it."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Two readings: the wall, which people set and which may jump, and a counter that only runs forward."""

    def now(self) -> int:
        """Unix seconds."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never set back."""
        ...
