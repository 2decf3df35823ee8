"""Copy alerts among the events that webhooks tell: for an item's issuer alone, so never on the public stream.

cursor = <entries>-<anchors>-<block>-<alerts>       what the public stream counts, and alerts by their number
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from ledger.domain.errors import LedgerError
from ledger.domain.events import Cursor, Event, EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.domain.scans import Alert
    from ledger.ports.clock import Clock
    from ledger.ports.webhooks import EventFeed

PIECE: Final = 500
# Transactions may commit in another order than they took their numbers: an alert is told when those before it are sure to be there.
SETTLED_SECONDS: Final = 5

_log = logging.getLogger(__name__)


class AlertRecords(Protocol):
    """The part of `ledger.services.scanning.Scanning` that is told."""

    def alerts(self, *, after: int = 0, limit: int = 1000) -> Sequence[Alert]:
        """Alerts after a number, in order."""
        ...

    def newest_alert(self, before: int) -> int:
        """Number of the newest alert raised before a moment; 0: none."""
        ...


class AlertFeed:
    """The public events and the alerts. A scans' database that is away holds up alerts, and no change of status."""

    def __init__(self, public: EventFeed, records: AlertRecords, clock: Clock) -> None:
        self._public = public
        self._records = records
        self._clock = clock
        self._known: int | None = None

    def newest(self) -> Cursor:
        """The cursor of now. Raises LedgerError."""
        return replace(self._public.newest(), alerts=self._newest_alert())

    def after(self, cursor: Cursor, until: Cursor | None = None) -> tuple[list[Event], Cursor]:
        """A piece of what follows a cursor, and the cursor after it. Raises LedgerError."""
        limit = until or self.newest()
        events, at = self._public.after(cursor, limit)
        if at.alerts >= limit.alerts:
            return events, at
        try:
            found = self._records.alerts(after=at.alerts, limit=PIECE)
        except LedgerError as error:
            _log.warning("copy alerts held: %s", error)
            return events, at
        told = [_event(one, at) for one in found if one.number <= limit.alerts]
        last = limit.alerts if len(found) < PIECE else min(limit.alerts, found[-1].number)
        return [*events, *told], replace(at, alerts=last)

    def early(self, cursor: Cursor) -> list[Event]:
        """What is news and not yet history; of alerts nothing. Raises LedgerError."""
        return self._public.early(cursor)

    def _newest_alert(self) -> int:
        try:
            self._known = self._records.newest_alert(self._clock.now() - SETTLED_SECONDS)
        except LedgerError as error:
            if self._known is None:  # 0 would make every endpoint begin at the first alert there ever was
                raise
            _log.warning("copy alerts held: %s", error)
        return self._known


def _event(alert: Alert, at: Cursor) -> Event:
    data: dict[str, object] = {
        "number": alert.number,
        "at": alert.at,
        "gtin": alert.item.gtin,
        "serial": alert.item.serial,
        "issuer": alert.issuer,
        "reason": str(alert.reason),
        "fields": dict(alert.fields),
    }
    return Event(kind=EventKind.COPY_ALERT, data=data, cursor=replace(at, alerts=alert.number))
