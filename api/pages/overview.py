"""The front page's figures: over all certificates, so they are made seldom, and never twice at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final, Generic, TypeVar

from api.pages.catalogue import Catalogue
from api.pages.statuses import STATES, Statuses
from ledger.domain.catalogue import CatalogueTotals, Listed, PartyCount
from verifier.types import StatementId

T = TypeVar("T")
CHARTED: Final = 12
# An overview is used for this many times what it took to make: at a hundred thousand certificates a minute, at a hundred not noticed.
REST: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """counts: certificates by state; categories: those with most, each with its number and its counts."""

    totals: CatalogueTotals
    counts: Mapping[str, int]
    categories: tuple[tuple[str, int, Mapping[str, int]], ...]


class Rested(Generic[T]):
    """What is made anew only after a rest in proportion to its making. Safe for several threads: one makes, the others show the last one."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._making = Lock()
        self._made: tuple[T, float] | None = None  # and until when it will do

    def now(self) -> T:
        """The newest. Raises what making it raises."""
        made = self._made
        if made is not None and (time.monotonic() < made[1] or self._making.locked()):
            return made[0]
        with self._making:
            made = self._made
            if made is None or time.monotonic() >= made[1]:
                started = time.monotonic()
                found = self._make()
                finished = time.monotonic()
                self._made = made = (found, finished + REST * (finished - started))
            return made[0]


class Overviews:
    """What is told of all certificates together. Every method raises StoreUnavailableError, StoreError."""

    def __init__(self, catalogue: Catalogue, statuses: Statuses) -> None:
        self._overview = Rested(lambda: _overview(catalogue, statuses))
        self._parties = Rested(catalogue.parties)

    def overview(self) -> Overview:
        """The front page's figures."""
        return self._overview.now()

    def parties(self) -> Sequence[PartyCount]:
        """Every issuer and holder."""
        return self._parties.now()


def _overview(catalogue: Catalogue, statuses: Statuses) -> Overview:
    listed = catalogue.listed()
    states = statuses.states(listed)
    grouped: dict[str, list[Listed]] = {}
    for one in listed:
        grouped.setdefault(one.category, []).append(one)
    largest = sorted(grouped.items(), key=lambda one: (-len(one[1]), one[0]))[:CHARTED]
    return Overview(
        totals=catalogue.totals(),
        counts=count_states(listed, states),
        categories=tuple((category, len(found), count_states(found, states)) for category, found in largest),
    )


def count_states(listed: Sequence[Listed], states: Mapping[StatementId, str]) -> dict[str, int]:
    """How many there are of each state, in the order states are told in; states that nobody has are left out."""
    return ordered_counts(states[one.statement] for one in listed)


def ordered_counts(found: Iterable[str]) -> dict[str, int]:
    """The same of states as such."""
    counted = Counter(found)
    return {state: counted[state] for state in (*STATES, "unknown") if counted[state]}
