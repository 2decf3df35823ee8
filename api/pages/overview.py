"""The front page's figures: over all certificates, so they are made seldom, and never twice at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock, Thread
from typing import Final, Generic, TypeVar

from api.pages.catalogue import Catalogue
from api.pages.statuses import STATES, Statuses
from ledger.domain.catalogue import CatalogueTotals, Listed, PartyCount
from ledger.domain.errors import LedgerError
from verifier.errors import VerifierError
from verifier.types import StatementId

T = TypeVar("T")
CHARTED: Final = 12
# An overview is used for this many times what it took to make: at a hundred thousand certificates a minute, at a hundred not noticed.
REST: Final = 20.0
SLOW_SECONDS: Final = 0.2  # nobody waits for what takes longer, if there is an old one
STALE_SECONDS: Final = 60.0  # and it is no older than it may be and this
PARTIES_REMEMBERED: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """counts: certificates by state; categories: those with most, each with its number and its counts."""

    totals: CatalogueTotals
    counts: Mapping[str, int]
    categories: tuple[tuple[str, int, Mapping[str, int]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made(Generic[T]):
    """took: seconds; until: a reading of the monotonic clock."""

    value: T
    took: float
    until: float


class Rested(Generic[T]):
    """What is made anew only after a rest in proportion to its making. Safe for several threads: one makes, the others show the last one."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._making = Lock()
        self._made: _Made[T] | None = None

    def now(self) -> T:
        """The newest. Raises what making it raises."""
        made = self._made
        if made is not None and self._will_do(made):
            return made.value
        with self._making:
            made = self._made
            if made is None or time.monotonic() >= made.until:
                made = self._make_anew()
            return made.value

    def _will_do(self, made: _Made[T]) -> bool:
        now = time.monotonic()
        if now < made.until or self._making.locked():
            return True
        if made.took < SLOW_SECONDS or now > made.until + STALE_SECONDS:
            return False
        # What takes long is made beside the request that noticed it.
        Thread(target=self._make_beside, name="overview", daemon=True).start()
        return True

    def _make_beside(self) -> None:
        if self._making.acquire(blocking=False):
            try:
                self._make_anew()
            except (LedgerError, VerifierError):
                return  # the old one is shown until it is too old, and then whoever asks is told
            finally:
                self._making.release()

    def _make_anew(self) -> _Made[T]:
        started = time.monotonic()
        value = self._make()
        finished = time.monotonic()
        took = finished - started
        self._made = made = _Made(value=value, took=took, until=finished + REST * took)
        return made


class Overviews:
    """What is told of all certificates together. Every method raises StoreUnavailableError, StoreError."""

    def __init__(self, catalogue: Catalogue, statuses: Statuses) -> None:
        self._overview = Rested(lambda: _overview(catalogue, statuses))
        self._parties = Rested(catalogue.parties)
        self._made_of = partial(_standings, catalogue, statuses)
        self._of: dict[str, Rested[Mapping[str, int]]] = {}
        self._lock = Lock()

    def overview(self) -> Overview:
        """The front page's figures."""
        return self._overview.now()

    def parties(self) -> Sequence[PartyCount]:
        """Every issuer and holder."""
        return self._parties.now()

    def of_party(self, party: str) -> Mapping[str, int]:
        """The certificates a party issued or holds, by state."""
        with self._lock:
            if len(self._of) >= PARTIES_REMEMBERED:
                self._of.clear()
            rested = self._of.setdefault(party, Rested(partial(self._made_of, party)))
        return rested.now()


def _overview(catalogue: Catalogue, statuses: Statuses) -> Overview:
    grouped: dict[str, Counter[str]] = {}
    for one, state in _told(catalogue, statuses, None):
        grouped.setdefault(one.category, Counter())[state] += 1
    largest = sorted(grouped.items(), key=lambda one: (-one[1].total(), one[0]))[:CHARTED]
    return Overview(
        totals=catalogue.totals(),
        counts=ordered_counts(sum(grouped.values(), Counter())),
        categories=tuple((category, found.total(), ordered_counts(found)) for category, found in largest),
    )


def _standings(catalogue: Catalogue, statuses: Statuses, party: str) -> Mapping[str, int]:
    return ordered_counts(state for _, state in _told(catalogue, statuses, party))


def _told(catalogue: Catalogue, statuses: Statuses, party: str | None) -> Iterator[tuple[Listed, str]]:
    """Every certificate, or a party's, with its state; a piece at a time in memory."""
    until = statuses.deadline()
    for piece in catalogue.pieces(party):
        states = statuses.states(piece, until)
        yield from ((one, states[one.statement]) for one in piece)


def count_states(listed: Sequence[Listed], states: Mapping[StatementId, str]) -> dict[str, int]:
    """How many there are of each state, in the order states are told in; states that nobody has are left out."""
    return ordered_counts(states[one.statement] for one in listed)


def ordered_counts(found: Iterable[str]) -> dict[str, int]:
    """The same of states as such."""
    counted = Counter(found)
    return {state: counted[state] for state in (*STATES, "unknown") if counted[state]}
