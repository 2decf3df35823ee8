"""The catalogue behind the log, at the log's convenience: whatever happens to it is told and tried again, and goes no further."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final, Protocol

from ledger.domain.errors import LedgerError
from ledger.ports.clock import Clock

FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 60.0
REST_SECONDS: Final = 0.25  # between two looks at a log that does not grow
AT_ONCE: Final = 2_000  # entries in one call on somebody else's thread

_log = logging.getLogger(__name__)


class Keeping(Protocol):
    """The part of `ledger.services.catalogue.CatalogueKeeper` that is needed here."""

    def step(self) -> int:
        """One short transaction; how many entries it was about."""
        ...


class CatalogueFollower:
    """Lets a keeper follow the log. No method raises because of the catalogue."""

    def __init__(self, keeper: Keeping, clock: Clock) -> None:
        self._keeper = keeper
        self._clock = clock
        self._failures = 0
        self._again = float("-inf")

    def follow(self, most: int = AT_ONCE) -> int:
        """Take in what is new, `most` entries or little more; how many there were. Does nothing for a while after a failure."""
        done = 0
        while done < most:
            took = self._step()
            if took == 0:
                break
            done += took
        return done

    def keep(self, stop: threading.Event) -> None:
        """Follow until `stop` is set, and once more then. For a thread of its own."""
        while not stop.is_set():
            started = time.perf_counter()
            took = self._step()
            # At work half of the time at most: the log's own transactions find the database free.
            stop.wait(time.perf_counter() - started if took else REST_SECONDS)
        self.follow()

    def _step(self) -> int:
        if self._clock.monotonic() < self._again:
            return 0
        try:
            took = self._keeper.step()
        except LedgerError as error:
            _log.warning("lists fall behind the log, next try in %g s: %s", self._failed(), error)
            return 0
        except Exception:
            # A defect of ours: lists stand still, and the log must not.
            _log.exception("lists stand still, next try in %g s", self._failed())
            return 0
        if self._failures:
            _log.warning("lists follow the log again")
            self._failures = 0
        return took

    def _failed(self) -> float:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**self._failures)
        self._failures += 1
        self._again = self._clock.monotonic() + pause
        return pause
