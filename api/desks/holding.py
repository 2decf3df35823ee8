"""What awaits an enterprise: its footprints without a certificate, its certificates near their end or not in force, labels left to make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.desks.awaiting import LOOKED_AT, NEAR_END, SHOWN, certified_of
from api.desks.book import LoggedFootprint
from api.desks.parts import DeskParts
from api.pages.catalogue import Card
from ledger.domain.catalogue import Listed
from verifier.types import StatementId

NEARLY_USED: Final = 0.9  # of a quota
USABLE: Final = ("active", "pending", "unknown")  # states of certificates that labels can be made under, or soon


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Labels of one certificate: how many it allows, and how many its holder has had logged."""

    card: Card
    used: int

    @property
    def allowed(self) -> int:
        """By the certificate."""
        return self.card.certificate.quota

    @property
    def left(self) -> int:
        """What can still be made."""
        return max(0, self.allowed - self.used)

    @property
    def is_nearly_used(self) -> bool:
        """Whether it is time to ask for more."""
        return self.allowed > 0 and self.used >= NEARLY_USED * self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Newest first, ends soonest first, at most SHOWN each. troubled: certificates that are suspended, withdrawn or do not hold."""

    footprints: tuple[LoggedFootprint, ...]
    ending: tuple[Card, ...]
    troubled: tuple[Card, ...]
    quotas: tuple[Quota, ...]

    @property
    def count(self) -> int:
        """All that asks for something to be done."""
        nearly = sum(one.is_nearly_used for one in self.quotas)
        return len(self.footprints) + len(self.ending) + len(self.troubled) + nearly


def held_by(parts: DeskParts, party: str) -> list[Listed]:
    """The certificates that others issued to a party, newest first."""
    return [one for one in reversed(parts.pages.catalogue.listed(party)) if one.issuer != party]


def holding(parts: DeskParts, party: str, listed: Sequence[Listed], states: Mapping[StatementId, str]) -> Holding:
    """What awaits the holder of these certificates, whose states are given."""
    now = parts.service.clock.now()
    replaced = {card.certificate.replaces for card in parts.pages.catalogue.of_party(party, LOOKED_AT)}
    ending = sorted(
        (one for one in listed if states[one.statement] == "active" and one.valid_until - now <= NEAR_END and one.statement not in replaced),
        key=lambda one: one.valid_until,
    )  # fmt: skip
    troubled = [one for one in listed if states[one.statement] in ("suspended", "unfounded")]
    active = [one for one in listed if states[one.statement] in USABLE]
    return Holding(
        footprints=uncertified(parts, party),
        ending=cards_of(parts, ending[:SHOWN]),
        troubled=cards_of(parts, troubled[:SHOWN]),
        quotas=quotas_of(parts, party, active[:SHOWN]),
    )


def cards_of(parts: DeskParts, listed: Sequence[Listed]) -> tuple[Card, ...]:
    """Those of the certificates that can be read."""
    found = (parts.pages.catalogue.card(one.statement) for one in listed)
    return tuple(card for card in found if card is not None)


def quotas_of(parts: DeskParts, party: str, listed: Sequence[Listed]) -> tuple[Quota, ...]:
    """Labels used and left of each certificate, in its order."""
    used = parts.book.labels_used([one.statement for one in listed], party)
    return tuple(Quota(card=card, used=used.get(card.statement, 0)) for card in cards_of(parts, listed))


def uncertified(parts: DeskParts, party: str) -> tuple[LoggedFootprint, ...]:
    """The newest footprints of a party that no certificate names."""
    certified = certified_of(parts, party)
    newest = parts.book.footprints(party, limit=LOOKED_AT)
    return tuple(one for one in newest if one.statement not in certified)[:SHOWN]
