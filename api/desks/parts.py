"""What the desks stand on: the pages' parts, what the log holds by issuer, and the reasons given for status changes."""

from __future__ import annotations

from dataclasses import dataclass

from api.desks.book import LedgerBook
from api.http.service import Service
from api.pages.parts import PageParts
from api.pages.reasons import ReasonBook
from verifier.signature import to_checksum
from verifier.types import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskParts:
    """Made once for an application. reasons: None where nobody keeps them."""

    pages: PageParts
    book: LedgerBook
    reasons: ReasonBook | None = None

    @property
    def service(self) -> Service:
        """The service beneath."""
        return self.pages.service

    def deployment(self) -> dict[str, JsonValue]:
        """Chain and contracts, for scripts that derive typed data themselves."""
        found = self.service.deployment
        return {
            "chainId": found.chain_id,
            "anchorLog": to_checksum(found.anchor_log),
            "trustRegistry": to_checksum(found.trust_registry),
            "statusRegistry": to_checksum(found.status_registry),
        }


def desk_parts(pages: PageParts, reasons: ReasonBook | None = None) -> DeskParts:
    """Put the desks' parts together over the pages'."""
    return DeskParts(
        pages=pages, book=LedgerBook(pages.service.store, pages.service.store.catalogue()), reasons=reasons
    )
