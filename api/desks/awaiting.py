"""What awaits a certifier: footprints nobody has certified, its certificates near their end, suspended, or replaced and not marked so.

Of footprints without a certificate only the log's entry is shown: who, when, which id. Whom an enterprise asks is between the two, and its
figures stay with it until it hands the file over. The newest are looked at, so many of each; the rest is found by its id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.desks.book import LoggedFootprint
from api.desks.parts import DeskParts
from api.pages.catalogue import Card
from ledger.domain.catalogue import Listed
from verifier.types import StatementId

NEAR_END: Final = 60 * 86_400  # seconds before a certificate's end
LOOKED_AT: Final = 400  # newest footprints, and newest certificates, that are looked through
SHOWN: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting:
    """Newest first, the certificates' ends soonest first, at most SHOWN each. replaced: with the certificate that replaces it."""

    footprints: tuple[LoggedFootprint, ...]
    ending: tuple[Card, ...]
    suspended: tuple[Card, ...]
    replaced: tuple[tuple[Card, Card], ...]

    @property
    def count(self) -> int:
        """All together."""
        return len(self.footprints) + len(self.ending) + len(self.suspended) + len(self.replaced)


def issued_by(parts: DeskParts, party: str) -> list[Listed]:
    """The certificates a party issued, newest first."""
    return [one for one in reversed(parts.pages.catalogue.listed(party)) if one.issuer == party]


def awaiting(parts: DeskParts, party: str, listed: Sequence[Listed], states: Mapping[StatementId, str]) -> Awaiting:
    """What awaits a certifier, among its own certificates and their states."""
    now = parts.service.clock.now()
    newest = [one for one in parts.pages.catalogue.of_party(party, LOOKED_AT) if one.issuer == party]
    newer = {card.certificate.replaces: card for card in reversed(newest) if card.certificate.replaces is not None}
    ending = sorted(
        (one for one in listed if states[one.statement] == "active" and one.statement not in newer
         and one.valid_until - now <= NEAR_END),
        key=lambda one: one.valid_until,
    )  # fmt: skip
    suspended = [one for one in listed if states[one.statement] == "suspended"]
    return Awaiting(
        footprints=_uncertified(parts, party),
        ending=_cards(parts, ending),
        suspended=_cards(parts, suspended),
        replaced=tuple(
            (card, newer[card.statement])
            for card in newest
            if card.statement in newer and states[card.statement] in ("active", "suspended", "unknown")
        )[:SHOWN],
    )


def _cards(parts: DeskParts, listed: Sequence[Listed]) -> tuple[Card, ...]:
    found = (parts.pages.catalogue.card(one.statement) for one in listed[:SHOWN])
    return tuple(card for card in found if card is not None)


def _uncertified(parts: DeskParts, party: str) -> tuple[LoggedFootprint, ...]:
    """The newest footprints of others that no certificate names."""
    certified: dict[str, set[StatementId]] = {}
    found: list[LoggedFootprint] = []
    for one in parts.book.footprints(limit=LOOKED_AT):
        if one.issuer == party or len(found) == SHOWN:
            continue
        if one.issuer not in certified:
            certified[one.issuer] = certified_of(parts, one.issuer)
        if one.statement not in certified[one.issuer]:
            found.append(one)
    return tuple(found)


def certified_of(parts: DeskParts, holder: str) -> set[StatementId]:
    """The footprints of a holder that its newest certificates name."""
    return {card.certificate.footprint for card in parts.pages.catalogue.of_party(holder, LOOKED_AT)}
