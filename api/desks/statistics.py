"""Figures of each certifier, from what is public: the log's certificates and labels, the chain's lanes.

How many labels were reported is not public, and told to the regulator alone.
Made over all certificates at once and kept for a while (api.pages.overview.Rested).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final

from api.desks.lane_times import LaneChange, LaneTimes
from api.desks.parts import DeskParts
from api.desks.reported import Named
from api.pages.overview import Rested, count_states
from ledger.domain.catalogue import Listed
from verifier.contracts import REGULATORS, Status
from verifier.identifiers import party_id
from verifier.types import StatementId

MONTHS: Final = 12
LATELY: Final = 90 * 86_400
FEWEST: Final = 3  # changes within LATELY that may be unusual
TIMES: Final = 2  # as large a share as all others' together is unusual
GRADED: Final = 2_000  # newest certificates whose grades are counted
_SHANGHAI: Final = timedelta(hours=8)
_ENDED: Final = (Status.WITHDRAWN, Status.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A calendar month in Asia/Shanghai, `2026-11`: how many lanes were suspended, and withdrawn or cancelled."""

    name: str
    suspended: int
    withdrawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A certifier's. labels: issued under its certificates; prefixes: the certificates' ids, first 16 bytes in hex.

    median_days: from a certificate's first day to its withdrawal; lately: certificates suspended or withdrawn in 90 days.
    """

    party: str
    total: int
    counts: Mapping[str, int]
    categories: tuple[tuple[str, int], ...]
    months: tuple[Month, ...]
    suspended: int
    withdrawn: int
    median_days: float | None
    lately: int
    others_share: float
    labels: int
    prefixes: frozenset[str]

    @property
    def share(self) -> float:
        """Of its certificates, changed lately."""
        return self.lately / self.total if self.total else 0.0

    @property
    def is_unusual(self) -> bool:
        """Whether more of its certificates were suspended or withdrawn lately than others' (docs/desks.md)."""
        return self.lately >= FEWEST and self.share > TIMES * self.others_share

    def reported(self, by_certificate: Mapping[str, Named]) -> Named:
        """How many reports name a certificate of its. by_certificate: as `ReportQueue.by_certificate`."""
        found = [by_certificate[prefix] for prefix in self.prefixes & by_certificate.keys()]
        return Named(sum(one.reported for one in found), sum(one.refused for one in found))

    def per_ten_thousand(self, count: int) -> float | None:
        """Of the labels issued; None where there are none."""
        return count / self.labels * 10_000 if self.labels else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllFigures:
    """Every certifier's, those with most certificates first. known: whether the chain's lanes could be read."""

    known: bool
    certifiers: tuple[Figures, ...]


class Statistics:
    """Safe for several threads; every method raises StoreUnavailableError, StoreError."""

    def __init__(self, parts: DeskParts) -> None:
        self._parts = parts
        self._lanes = LaneTimes(parts.service)
        self._all = Rested(self._make)

    def all(self) -> AllFigures:
        """Every certifier's figures."""
        return self._all.now()

    def of(self, party: str) -> Figures | None:
        """A certifier's; None for one without certificates."""
        return next((one for one in self.all().certifiers if one.party == party), None)

    def unusual(self) -> tuple[Figures, ...]:
        """Those with unusually many suspensions and withdrawals lately."""
        return tuple(one for one in self.all().certifiers if one.is_unusual)

    def grades(self, party: str) -> Mapping[str, int]:
        """How many of a certifier's newest GRADED certificates have each grade; "" for none."""
        cards = self._parts.pages.catalogue.of_party(party, GRADED)
        found = Counter(
            card.certificate.grade.value if card.certificate.grade is not None else ""
            for card in cards
            if card.issuer == party
        )
        return {grade: found[grade] for grade in (*"ABCDE", "")}

    def _make(self) -> AllFigures:
        parts, now = self._parts, self._parts.service.clock.now()
        listed = parts.pages.catalogue.listed()
        states = parts.pages.statuses.states(listed)
        changes = self._lanes.changes()
        of_issuer: dict[str, list[Listed]] = {}
        for one in listed:
            of_issuer.setdefault(one.issuer, []).append(one)
        by_party = _by_issuer(listed, changes or ())
        lately = {
            party: len({change.subject for change, _ in found if _is_lately(change, now)})
            for party, found in by_party.items()
        }
        figures = [
            _figures(
                parts, party, certificates, states, by_party.get(party, ()), now=now, lately=lately.get(party, 0),
                others=_share(sum(lately.values()) - lately.get(party, 0), len(listed) - len(certificates)),
            )
            for party, certificates in of_issuer.items()
        ]  # fmt: skip
        return AllFigures(
            known=changes is not None, certifiers=tuple(sorted(figures, key=lambda one: (-one.total, one.party)))
        )


def _share(some: int, of: int) -> float:
    return some / of if of else 0.0


def _is_lately(change: LaneChange, now: int) -> bool:
    return change.status in (Status.SUSPENDED, *_ENDED) and now - LATELY <= change.time <= now


def _by_issuer(listed: Sequence[Listed], changes: Sequence[LaneChange]) -> dict[str, list[tuple[LaneChange, Listed]]]:
    """Transitions about certificates, in the issuer's lane or the regulators', each with the newest certificate it is about."""
    about: dict[bytes, Listed] = {}
    for one in listed:
        about[one.subject] = about[one.statement] = one
    found: dict[str, list[tuple[LaneChange, Listed]]] = {}
    for change in changes:
        certificate = about.get(change.subject)
        if certificate is not None and change.owner in (REGULATORS, party_id(certificate.issuer)):
            found.setdefault(certificate.issuer, []).append((change, certificate))
    return found


def _figures(
    parts: DeskParts,
    party: str,
    listed: Sequence[Listed],
    states: Mapping[StatementId, str],
    changes: Sequence[tuple[LaneChange, Listed]],
    *,
    now: int,
    lately: int,
    others: float,
) -> Figures:
    ended = [(change, one) for change, one in changes if change.status in _ENDED]
    days = [max(0, change.time - one.valid_from) / 86_400 for change, one in ended if change.status is Status.WITHDRAWN]
    categories = Counter(one.category for one in listed)
    ids = [one.statement for one in listed]
    return Figures(
        party=party,
        total=len(listed),
        counts=count_states(listed, states),
        categories=tuple(sorted(categories.items(), key=lambda one: (-one[1], one[0]))),
        months=_months([change for change, _ in changes], now),
        suspended=sum(change.status is Status.SUSPENDED for change, _ in changes),
        withdrawn=len(ended),
        median_days=median(days) if days else None,
        lately=lately,
        others_share=others,
        labels=parts.pages.catalogue.issued_labels(ids),
        prefixes=frozenset(one[:16].hex() for one in ids),
    )


def month_of(time: int) -> str:
    """`2026-11`, in Asia/Shanghai."""
    return (datetime.fromtimestamp(time, UTC) + _SHANGHAI).strftime("%Y-%m")


def _months(changes: Sequence[LaneChange], now: int) -> tuple[Month, ...]:
    year, month = map(int, month_of(now).split("-"))
    names: list[str] = []
    for back in range(MONTHS - 1, -1, -1):
        number = year * 12 + month - 1 - back
        names.append(f"{number // 12}-{number % 12 + 1:02d}")
    suspended = Counter(month_of(one.time) for one in changes if one.status is Status.SUSPENDED)
    withdrawn = Counter(month_of(one.time) for one in changes if one.status in _ENDED)
    return tuple(Month(name=name, suspended=suspended[name], withdrawn=withdrawn[name]) for name in names)
