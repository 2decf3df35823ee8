"""Parts for tests of scans: items that were issued, a day key in memory, and histories written in a few words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ledger.domain.scans import IssuedItem, Item, ItemHistory, ItemState, PinUse, Role, Scan, ScanKind, StateChange
from ledger.scans.daykey import device_of
from ledger.scans.pins import pin_hash
from ledger.services.scanning import Scanning, ScanningParts
from tests.support import bodies
from tests.support.ledger import NOW, OwnedClock

GTIN = "06901234567892"
SERIAL = "00000G0123456789AB"
OTHER_SERIAL = "00000H0123456789AB"
PIN = "7K3M9QX2TVWZ"
ITEM = Item(gtin=GTIN, serial=SERIAL)
OTHER = Item(gtin=GTIN, serial=OTHER_SERIAL)
BEIJING, SHANGHAI, SHENZHEN, CHENGDU, DONGGUAN, GUANGDONG = 1100, 3100, 4403, 5101, 4419, 4400
MINUTE, HOUR, DAY = 60, 3_600, 86_400


def issued(item: Item = ITEM, pin: str = PIN) -> IssuedItem:
    return IssuedItem(item=item, issuer=bodies.HOLDER, batch="B1", pin_hash=pin_hash(item.gtin, item.serial, pin))


@dataclass
class MemoryItems:
    """Issued items in memory; counts how often it was asked."""

    kept: dict[Item, IssuedItem] = field(default_factory=lambda: {one.item: one for one in (issued(), issued(OTHER))})
    asked: int = 0

    def find(self, item: Item) -> IssuedItem | None:
        self.asked += 1
        return self.kept.get(item)


@dataclass
class MemoryKeys:
    """A key a day, like the directory's."""

    def today(self, now: int) -> bytes:
        return ((now + 8 * HOUR) // DAY).to_bytes(32, "big")


def device(number: int) -> bytes:
    return number.to_bytes(8, "big")


def seen(at: int, region: int, phone: int, kind: ScanKind = ScanKind.ANONYMOUS) -> Scan:
    """A scan `at` seconds before (negative) or after NOW."""
    return Scan(at=NOW + at, kind=kind, region=region, device=device(phone))


def state(at: int, what: ItemState, role: Role = Role.ENTERPRISE) -> StateChange:
    return StateChange(at=NOW + at, state=what, role=role, party=bodies.HOLDER)


def history(*scans: Scan, **more: Any) -> ItemHistory:
    return ItemHistory(scans=scans, **more)


def pin_use(at: int, region: int = SHANGHAI, phone: int = 900) -> PinUse:
    return PinUse(at=NOW + at, region=region, device=device(phone))


def scanning(store: Any, clock: OwnedClock | None = None, **more: Any) -> Scanning:
    values: dict[str, Any] = {
        "store": store, "issued": MemoryItems(), "keys": MemoryKeys(), "clock": clock or OwnedClock(),
    }  # fmt: skip
    return Scanning(ScanningParts(**(values | more)))


__all__ = ["NOW", "device_of"]
