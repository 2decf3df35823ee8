"""Where scans, item states and PIN uses are kept. Many processes write at once; there is no single writer here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from ledger.domain.scans import Alert, IssuedItem, Item, ItemHistory, PinUse, Scan, ScanStats, StateChange


class ScanStore(Protocol):
    """Every method is one transaction and raises StoreFullError, StoreUnavailableError or StoreError."""

    def add_scans(self, scans: Sequence[tuple[bytes, Scan]]) -> None:
        """Keep scans, each with its item's key."""
        ...

    def histories(self, keys: Sequence[bytes], *, lasting_only_before: int, most: int) -> Mapping[bytes, ItemHistory]:
        """What is known of items, by key; anonymous and enterprise scans only from `lasting_only_before` (unix seconds) on, and of those the newest `most`.

        Items nothing is known of are not in the answer. `on_sale_from` is left open: see `sale_starts`.
        """
        ...

    def history(self, key: bytes, *, lasting_only_before: int, most: int) -> ItemHistory | None:
        """The same of one item, None when nothing is known of it: for every page of a label."""
        ...

    def add_state(self, key: bytes, ordinal: int, change: StateChange) -> bool:
        """Append the change that makes an item's history `ordinal` + 1 long; False when somebody else just did."""
        ...

    def use_pin(self, key: bytes, use: PinUse) -> PinUse | None:
        """Record the first use of a PIN: None when this is it, else the first use there was. Of two at once, one is first."""
        ...

    def take_token(self, client: bytes, *, now: int, interval: int, burst: int) -> int:
        """Count one attempt of a client: 0 when it may, else milliseconds to wait. Times in milliseconds."""
        ...

    def add_alerts(self, alerts: Iterable[Alert]) -> int:
        """Keep alerts; one a day for each item and reason. How many were new."""
        ...

    def alerts(self, *, after: int = 0, limit: int = 1000) -> Sequence[Alert]:
        """Alerts with number > `after`, in order."""
        ...

    def newest_alert(self, before: int) -> int:
        """Number of the newest alert raised before a moment (unix seconds); 0: none."""
        ...

    def newest_alerts(self, issuer: str, limit: int = 100) -> Sequence[Alert]:
        """What an issuer was told last, newest first."""
        ...

    def alerts_since(self, *, since: int, limit: int) -> Sequence[Alert]:
        """Alerts from `since` (unix seconds) on, newest first."""
        ...

    def set_sale_start(self, gtin: str, batch: str, on_sale_from: int) -> None:
        """When the products of a batch go on sale; the latest word counts."""
        ...

    def sale_starts(self, batches: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """Sale starts of (gtin, batch), where they are known."""
        ...

    def purge(self, *, expiring_before: int, lasting_before: int, alerts_before: int) -> int:
        """Delete anonymous and enterprise scans older than the first time, inspectors' and PIN scans older than the second,
        alerts older than the third, and rested throttles. How many scans went."""
        ...

    def stats(self) -> ScanStats:
        """Figures about what is kept."""
        ...


class IssuedItems(Protocol):
    """The items that labels statements have issued."""

    def find(self, item: Item) -> IssuedItem | None:
        """What was issued under this GTIN and serial. Takes as long for an item that does not exist as for one that does."""
        ...


class DeviceKeys(Protocol):
    """Secret keys of one day each. Yesterday's are gone."""

    def today(self, now: int) -> bytes:
        """The 32-byte key of the day of `now` (Asia/Shanghai); made when the day has none. Never kept or shown by the caller."""
        ...
