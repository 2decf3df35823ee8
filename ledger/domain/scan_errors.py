"""What can go wrong with item states and PINs."""

from __future__ import annotations

from typing import ClassVar

from ledger.domain.errors import BackpressureError, LedgerError
from ledger.domain.scans import ItemState, Role


class ItemError(LedgerError):
    """Base of this module's refusals."""

    code: ClassVar[str] = "item.error"


class UnknownItemError(ItemError):
    """No labels statement known here issued this item."""

    code: ClassVar[str] = "item.unknown"

    def __init__(self, gtin: str, serial: str) -> None:
        super().__init__(f"没有这件商品 no such item was issued: {gtin} {serial}")
        self.gtin = gtin
        self.serial = serial


class TransitionError(ItemError):
    """An item does not go from that state to this one."""

    code: ClassVar[str] = "item.transition"

    def __init__(self, found: ItemState, wanted: ItemState) -> None:
        super().__init__(f"不能由 {found} 变为 {wanted} an item that is {found} does not become {wanted}")
        self.found = found
        self.wanted = wanted


class NotEntitledError(ItemError):
    """This role, or this party, does not record that state for this item."""

    code: ClassVar[str] = "item.not-entitled"

    def __init__(self, role: Role, wanted: ItemState, reason: str) -> None:
        super().__init__(f"无权 {role} may not record {wanted}: {reason}")
        self.role = role
        self.wanted = wanted
        self.reason = reason


class PinRefusedError(ItemError):
    """Wrong PIN, or no such item: which of the two is not told."""

    code: ClassVar[str] = "pin.refused"

    def __init__(self) -> None:
        super().__init__("验证码或商品编码不对 the PIN or the item's number is not right")


class PinUsedError(ItemError):
    """The PIN is right, and was used before."""

    code: ClassVar[str] = "pin.used"

    def __init__(self, first_at: int) -> None:
        super().__init__(f"验证码已被使用 the PIN was used before, first at {first_at} (unix seconds)")
        self.first_at = first_at


class PinThrottledError(BackpressureError):
    """This client tried too often. The item itself is never locked."""

    code: ClassVar[str] = "pin.throttled"

    def __init__(self, retry_after: float) -> None:
        super().__init__("尝试过于频繁 too many attempts", retry_after)
