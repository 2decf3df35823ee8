"""Scans of labels, item states and one-time PINs: what is kept of them, and nothing more.

Nothing here is personal data: a device is a keyed hash whose key is destroyed when its day is over, a place is a region of the
size of a city or a province, and no address of the network is kept. All of it is the operator's testimony, outside P1: it
never makes a label authentic or rejected, only suspect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from hashlib import sha256
from typing import Final

from verifier.types import JsonValue

ITEM_KEY_LENGTH: Final = 16
DEVICE_LENGTH: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item: GTIN (14 digits) and serial (18 characters of Crockford base32)."""

    gtin: str
    serial: str

    @property
    def key(self) -> bytes:
        """Under which its scans are kept: the first 16 bytes of SHA-256(gtin || serial); both have one length only."""
        return sha256(f"{self.gtin}{self.serial}".encode("ascii", "replace")).digest()[:ITEM_KEY_LENGTH]


class ScanKind(IntEnum):
    """Who looked. Only anonymous scans expire; those of an enterprise never accuse an item."""

    ANONYMOUS = 0
    ENTERPRISE = 1
    INSPECTOR = 2
    PIN = 3


class ItemState(StrEnum):
    """Where an item stands in its life. Nothing recorded: issued."""

    ISSUED = "issued"
    SOLD = "sold"
    RETURNED = "returned"
    CONSUMED = "consumed"
    RECALLED = "recalled"


class Role(StrEnum):
    """Who may record states: the labels' issuer, a platform that redeems points, the regulator."""

    ENTERPRISE = "enterprise"
    POINTS_PLATFORM = "points-platform"
    REGULATOR = "regulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who records a state, as the caller has authenticated them."""

    role: Role
    party: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Scan:
    """One scan as kept. at: unix seconds; region: see `ledger.scans.regions`, 0 unknown; device: 8 bytes, good for one day and one item."""

    at: int
    kind: ScanKind
    region: int
    device: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """One scan as it comes in. `device_hint` says whose device it was (never kept, never shown); `region` as in `Scan`."""

    item: Item
    kind: ScanKind
    region: int
    device_hint: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """One entry of an item's history."""

    at: int
    state: ItemState
    role: Role
    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PinUse:
    """The first use of an item's PIN; `reference`: the redemption at a points platform, "" without one."""

    at: int
    region: int
    device: bytes
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemHistory:
    """All that is known of an item. `scans` in any order, `states` oldest first; `on_sale_from`: unix seconds."""

    scans: tuple[Scan, ...] = ()
    states: tuple[StateChange, ...] = ()
    first_pin: PinUse | None = None
    on_sale_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedItem:
    """What a labels statement says of one item; `pin_hash`: 32 bytes of its leaf (docs/spec/08)."""

    item: Item
    issuer: str
    batch: str
    pin_hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What the issuer of a label is told: at most one a day for each item and reason. `number` rises; 0 before it is kept."""

    number: int
    at: int
    item: Item
    issuer: str
    reason: str
    fields: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanStats:
    """Figures about what is kept: scans by kind, how many items they are of, the oldest one's time."""

    scans: Mapping[ScanKind, int]
    items: int
    oldest: int | None
    pins_used: int
    alerts: int
