"""Clocks, and a reading of time that promises can be dated by."""

from __future__ import annotations

import time
from typing import Final

from ledger.domain.errors import ClockJumpedError
from ledger.ports.clock import Clock

# More than any well-kept clock is corrected by at once, less than any promise lasts.
TOLERANCE_SECONDS: Final = 120.0
SETTLING_SECONDS: Final = 60.0


class SystemClock:
    """The machine's clocks."""

    __slots__ = ()

    def now(self) -> int:
        """Unix seconds."""
        return int(time.time())

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()


class SteadyClock:
    """A wall clock held against the monotonic one.

    A receipt dated by a clock that is wrong is either a promise broken at once (behind) or worth nothing (ahead). A jump of
    more than two minutes is therefore refused, until the wall has agreed with itself for a minute: after a suspended
    machine wakes, or an operator has set the clock right, that is the truth.
    """

    __slots__ = ("_clock", "_offset", "_suspected")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = clock.now() - clock.monotonic()
        self._suspected: tuple[float, float] | None = None

    def read(self) -> int:
        """Unix seconds. Raises ClockJumpedError while the wall is not to be believed."""
        now, counter = self._clock.now(), self._clock.monotonic()
        offset = now - counter
        jump = offset - self._offset
        if abs(jump) <= TOLERANCE_SECONDS:
            # Follow small corrections, or they would add up to a jump over months.
            self._offset = offset
            self._suspected = None
            return now
        since = self._settle(offset, counter)
        if counter - since < SETTLING_SECONDS:
            raise ClockJumpedError(jump, SETTLING_SECONDS - (counter - since))
        self._offset = offset
        self._suspected = None
        return now

    def _settle(self, offset: float, counter: float) -> float:
        """When the wall began to keep to `offset` (by the counter)."""
        if self._suspected is None or abs(self._suspected[0] - offset) > TOLERANCE_SECONDS:
            self._suspected = (offset, counter)
        return self._suspected[1]
