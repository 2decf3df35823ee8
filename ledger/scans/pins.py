"""One-time PINs: checked against the hash in the label's leaf, never kept, never shown (docs/spec/08)."""

from __future__ import annotations

import hmac
import secrets
from contextlib import suppress
from typing import Final

from ledger.domain.scans import IssuedItem, Item
from verifier.canonical import canonicalize
from verifier.crockford import from_typing, parse_pin, parse_serial
from verifier.errors import MalformedError
from verifier.hashing import sha256

# What an unknown item is compared with, so that it takes the same work; nobody knows a PIN for it.
_NOBODYS: Final = 32
_NO_PIN: Final = "0" * 12


def pin_hash(gtin: str, serial: str, pin: str) -> bytes:
    """SHA-256(0x04 || canonical({gtin, pin, serial})), 32 bytes."""
    return sha256(b"\x04" + canonicalize({"gtin": gtin, "pin": pin, "serial": serial}))


def is_right(item: Item, typed: str, issued: IssuedItem | None) -> bool:
    """Whether a typed PIN is the item's. Does the same work for an unknown item, a malformed PIN and a wrong one (F02, F16)."""
    expected = secrets.token_bytes(_NOBODYS) if issued is None else issued.pin_hash
    pin, read = _NO_PIN, False
    with suppress(MalformedError):
        pin, read = parse_pin(from_typing(typed), "/pin"), True
    same = hmac.compare_digest(pin_hash(item.gtin, item.serial, pin), expected)
    return same and read and issued is not None


def read_item(gtin: str, typed_serial: str) -> Item:
    """An item as a person types it in. Raises MalformedError."""
    if len(gtin) != 14 or not (gtin.isascii() and gtin.isdigit()):
        raise MalformedError("gtin", "/gtin", "14 digits are due")
    return Item(gtin=gtin, serial=parse_serial(from_typing(typed_serial), "/serial"))
