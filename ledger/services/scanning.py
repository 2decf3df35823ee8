"""Scans of labels: recorded, judged by the rules, told to the issuer; item states; one-time PINs.

What comes out is `signals_for(label)`, for `label.copied` of the verdict. Everything here is the operator's testimony, outside P1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ledger.domain.errors import BackpressureError
from ledger.domain.scan_errors import PinRefusedError, PinThrottledError, PinUsedError, UnknownItemError
from ledger.domain.scans import (
    Actor,
    Alert,
    IssuedItem,
    Item,
    ItemHistory,
    ItemState,
    PinUse,
    Scan,
    ScanKind,
    ScanReport,
    ScanStats,
    StateChange,
)
from ledger.ports.clock import Clock
from ledger.ports.scans import DeviceKeys, IssuedItems, ScanStore
from ledger.scans.daykey import client_of, device_of
from ledger.scans.pins import is_right
from ledger.scans.regions import require_region
from ledger.scans.rules import copy_signals
from ledger.scans.states import require_transition
from ledger.scans.thresholds import LIMITS, RETENTION, Retention, Thresholds
from verifier.checks.label import CopySignal
from verifier.label import Label

_TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PinAttempts:
    """A token bucket for each client: `burst` attempts at once, then one every `interval` seconds."""

    burst: int = 5
    interval: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanningParts:
    """What scanning is made of."""

    store: ScanStore
    issued: IssuedItems
    keys: DeviceKeys
    clock: Clock
    limits: Thresholds = LIMITS
    attempts: PinAttempts = PinAttempts()


class Scanning:
    """Safe for as many threads and processes as its store is. Every method raises the store's errors."""

    def __init__(self, parts: ScanningParts) -> None:
        self._parts = parts

    def record_scan(self, report: ScanReport) -> int:
        """Record one scan; see `record_scans`."""
        return self.record_scans((report,))

    def record_scans(self, reports: Iterable[ScanReport]) -> int:
        """Record a batch of scans at this moment, and raise alerts for the items in it.

        Scans of items that were never issued are left out: the caller has checked the label's signature first, and nobody fills
        the database with numbers of their own. How many were kept.

        Raises:
            RegionError: a region that is not in the list; nothing was kept.
        """
        now = self._parts.clock.now()
        key = self._parts.keys.today(now)
        kept: list[tuple[bytes, Scan]] = []
        issued: dict[bytes, IssuedItem] = {}
        for report in reports:
            region = require_region(report.region)
            found = self._parts.issued.find(report.item)
            if found is None:
                continue
            device = device_of(key, report.item, report.device_hint)
            kept.append((report.item.key, Scan(at=now, kind=report.kind, region=region, device=device)))
            issued[report.item.key] = found
        self._parts.store.add_scans(kept)
        self._raise_alerts(issued, now)
        return len(kept)

    def signals_for(self, label: Label, at: int | None = None) -> tuple[CopySignal, ...]:
        """Reasons to suspect that an item's label was copied, at a moment (now without one); () for batches and models.

        The answer to `label.copied`: hand it to the ladder as it is.
        """
        if label.gtin is None or label.serial is None:
            return ()
        return self.signals_of(Item(gtin=label.gtin, serial=label.serial), at)

    def signals_of(self, item: Item, at: int | None = None) -> tuple[CopySignal, ...]:
        """The same for an item."""
        moment = self._parts.clock.now() if at is None else at
        parts, key = self._parts, item.key
        since = moment - parts.limits.anonymous_window
        history = parts.store.history(key, lasting_only_before=since, most=parts.limits.most)
        if history is None:
            return ()
        issued = parts.issued.find(item)
        starts = {} if issued is None else parts.store.sale_starts([(item.gtin, issued.batch)])
        seen = history if not starts else replace(history, on_sale_from=next(iter(starts.values())))
        return copy_signals(seen, moment, parts.limits)

    def redeem_pin(self, item: Item, pin: str, *, client_hint: bytes, region: int = 0, reference: str = "") -> PinUse:
        """Use an item's one-time PIN.

        Args:
            item: as printed on the label.
            pin: as typed; Crockford's confusions are undone.
            client_hint: says which client is trying (its attempts are counted, not the item's); never kept.
            region: where, see `ledger.scans.regions`.
            reference: the redemption at a points platform. The same reference again is the same redemption: its first use is the
                answer, so that who lost an answer may ask once more.

        Raises:
            PinThrottledError: this client tries too often; looked at before anything else.
            PinRefusedError: wrong PIN or no such item, which are the same answer after the same work.
            PinUsedError: right, and used before; carries the first use's time.
            RegionError.
        """
        parts = self._parts
        now = parts.clock.now()
        require_region(region)
        key = parts.keys.today(now)
        attempts = parts.attempts
        wait = parts.store.take_token(
            client_of(key, client_hint), now=now * 1000, interval=attempts.interval * 1000, burst=attempts.burst
        )
        if wait:
            raise PinThrottledError(wait / 1000)
        issued = parts.issued.find(item)
        if not is_right(item, pin, issued) or issued is None:
            raise PinRefusedError
        use = PinUse(at=now, region=region, device=device_of(key, item, client_hint), reference=reference)
        earlier = parts.store.use_pin(item.key, use)
        # A right PIN tells of somebody who holds the label: a witness that does not expire, the second time as well.
        parts.store.add_scans([(item.key, Scan(at=now, kind=ScanKind.PIN, region=region, device=use.device))])
        self._raise_alerts({item.key: issued}, now)
        if earlier is None:
            return use
        if reference and earlier.reference == reference:
            return earlier
        raise PinUsedError(earlier.at)

    def issuer_of(self, item: Item) -> str | None:
        """Whose label an item carries; None when it was never issued."""
        found = self._parts.issued.find(item)
        return None if found is None else found.issuer

    def set_state(self, item: Item, state: ItemState, actor: Actor) -> StateChange:
        """Record an item's state. The caller has authenticated the actor.

        Raises:
            UnknownItemError: never issued.
            NotEntitledError, TransitionError: see `ledger.scans.states`.
        """
        issued = self._parts.issued.find(item)
        if issued is None:
            raise UnknownItemError(item.gtin, item.serial)
        for _ in range(_TRIES):
            now = self._parts.clock.now()
            history = self._histories({item.key: issued}, now).get(item.key, ItemHistory())
            require_transition(issued, history, state, actor)
            change = StateChange(at=now, state=state, role=actor.role, party=actor.party)
            if self._parts.store.add_state(item.key, len(history.states), change):
                return change
        raise BackpressureError("the item's state is being changed by others", 1.0)

    def states_of(self, item: Item) -> tuple[StateChange, ...]:
        """An item's history, oldest first; empty for one that is issued and no more."""
        found = self._parts.store.histories([item.key], lasting_only_before=self._parts.clock.now(), most=0)
        return found.get(item.key, ItemHistory()).states

    def set_sale_start(self, gtin: str, batch: str, on_sale_from: int) -> None:
        """When the products of a batch go on sale (unix seconds); the latest word counts."""
        self._parts.store.set_sale_start(gtin, batch, on_sale_from)

    def alerts(self, *, after: int = 0, limit: int = 1000) -> Sequence[Alert]:
        """What issuers are to be told, after the number they were told last."""
        return self._parts.store.alerts(after=after, limit=limit)

    def newest_alert(self, before: int) -> int:
        """Number of the newest alert raised before a moment (unix seconds); 0: none."""
        return self._parts.store.newest_alert(before)

    def newest_alerts(self, issuer: str, limit: int = 100) -> Sequence[Alert]:
        """What an issuer was told last, newest first."""
        return self._parts.store.newest_alerts(issuer, limit)

    def alerts_since(self, since: int, limit: int) -> Sequence[Alert]:
        """Alerts from a moment (unix seconds) on, newest first: for the regulator."""
        return self._parts.store.alerts_since(since=since, limit=limit)

    def histories_of(self, items: Sequence[Item], since: int) -> Mapping[Item, ItemHistory]:
        """What is kept of items; of anonymous and enterprises' scans those from `since` (unix seconds) on. For the regulator: a verdict needs none of it."""
        keys = {item.key: item for item in items}
        found = self._parts.store.histories(list(keys), lasting_only_before=since, most=self._parts.limits.most)
        return {keys[key]: history for key, history in found.items()}

    def purge(self, retention: Retention = RETENTION) -> int:
        """Delete what is older than the retention. How many scans went. To be run daily."""
        now = self._parts.clock.now()
        return self._parts.store.purge(
            expiring_before=now - retention.expiring,
            lasting_before=now - retention.lasting,
            alerts_before=now - retention.alerts,
        )

    def stats(self) -> ScanStats:
        """Figures about what is kept."""
        return self._parts.store.stats()

    def _histories(self, items: dict[bytes, IssuedItem | None], moment: int) -> dict[bytes, ItemHistory]:
        since = moment - self._parts.limits.anonymous_window
        found = self._parts.store.histories(list(items), lasting_only_before=since, most=self._parts.limits.most)
        known = {key: (one.item.gtin, one.batch) for key, one in items.items() if one is not None}
        starts = self._parts.store.sale_starts(known.values())
        return {
            key: replace(history, on_sale_from=starts.get(known[key])) if key in known else history
            for key, history in found.items()
        }

    def _raise_alerts(self, issued: dict[bytes, IssuedItem], now: int) -> None:
        histories = self._histories(dict(issued), now)
        raised = [
            Alert(
                number=0,
                at=now,
                item=issued[key].item,
                issuer=issued[key].issuer,
                reason=signal.reason,
                fields=signal.fields,
            )
            for key, history in histories.items()
            for signal in copy_signals(history, now, self._parts.limits)
        ]
        self._parts.store.add_alerts(raised)
