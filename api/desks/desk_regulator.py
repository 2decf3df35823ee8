"""What the regulator's desk works with, made once for an application: the queue of reports, figures, what is registered, checks of uploads."""

from __future__ import annotations

from api.desks.checking import Checks
from api.desks.copies import MOST_ALERTS, CopyRecords
from api.desks.parts import DeskParts
from api.desks.registered import Registered, registered
from api.desks.reported import ReportQueue
from api.desks.statistics import Statistics
from api.pages.overview import Rested
from ledger.domain.errors import LedgerError

LATELY = 7 * 86_400  # seconds of alerts that the overview counts


class RegulatorDesk:
    """Safe for several threads."""

    def __init__(self, parts: DeskParts) -> None:
        self._parts = parts
        reports, scans = parts.pages.reports, parts.pages.scans
        self.queue = None if reports is None else ReportQueue(reports)
        self.copies: CopyRecords | None = scans if isinstance(scans, CopyRecords) else None
        self.statistics = Statistics(parts)
        self.checks = Checks(parts.service)
        self._scopes = Rested(self._named_scopes)
        self._registered = Rested(lambda: registered(parts.service, self.scopes()))

    def registered(self) -> Registered:
        """Keys and grants of all parties. Raises NoChainError, ChainUnavailableError, BlockUnknownError."""
        return self._registered.now()

    def scopes(self) -> frozenset[str]:
        """Texts whose hashes may be among the grants': categories that certificates and rules name, GS1 prefixes of products."""
        return self._scopes.now()

    def _named_scopes(self) -> frozenset[str]:
        catalogue = self._parts.pages.catalogue
        found = {one.category for one in catalogue.listed()}
        found |= {table.category for one in self._parts.book.rules() for table in one.rule.tables}
        products, _ = catalogue.products(limit=MOST_ALERTS)
        gtins = [one.key for one in products if one.key.isdigit() and len(one.key) == 14]
        return frozenset(found) | {f"gs1:{gtin[1 : 1 + length]}" for gtin in gtins for length in range(4, 13)}

    def copies_lately(self) -> int | None:
        """How many items were suspected within a week; None where nobody records scans."""
        if self.copies is None:
            return None
        try:
            alerts = self.copies.alerts_since(self._parts.service.clock.now() - LATELY, MOST_ALERTS)
        except LedgerError:
            return None
        return len({alert.item for alert in alerts})
