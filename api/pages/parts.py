"""What the pages stand on: the service, the list of certificates made from it, and what is only here for shoppers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from api.http.service import Service
from api.pages.catalogue import Catalogue
from api.pages.judging import CopySignals, LabelJudge
from api.pages.rendering import Pages
from api.pages.reports import ReportBook
from api.pages.statuses import Statuses
from ledger.domain.scans import Item, PinUse, ScanReport


class Scans(CopySignals, Protocol):
    """The part of `ledger.services.scanning.Scanning` that pages use."""

    def redeem_pin(self, item: Item, pin: str, *, client_hint: bytes, region: int = 0, reference: str = "") -> PinUse:
        """Use a one-time PIN."""
        ...

    def record_scan(self, report: ScanReport) -> int:
        """Record a scan."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PageParts:
    """Made once for an application. scans, reports: None where nobody keeps them; the pages then say so."""

    service: Service
    pages: Pages
    catalogue: Catalogue
    statuses: Statuses
    judge: LabelJudge
    scans: Scans | None
    reports: ReportBook | None


def page_parts(service: Service, *, scans: Scans | None = None, reports: ReportBook | None = None) -> PageParts:
    """Put the pages' parts together over a service."""
    return PageParts(
        service=service,
        pages=Pages(),
        catalogue=Catalogue(service.store),
        statuses=Statuses(service),
        judge=LabelJudge(service, scans),
        scans=scans,
        reports=reports,
    )
