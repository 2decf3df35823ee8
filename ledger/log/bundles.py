"""Entry bundles of tlog-tiles.

bundle = 1..256 × ( length: uint16 big-endian ‖ entry )
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.domain.store_errors import EntryTooLargeError, StoreError
from ledger.log.layout import MAX_ENTRY_BYTES


def encode_bundle(entries: Sequence[bytes], first: int = 0) -> bytes:
    """Encode entries; `first` is the index of the first, for the error. Raises EntryTooLargeError beyond 65,535 bytes."""
    parts: list[bytes] = []
    for index, entry in enumerate(entries, first):
        if len(entry) > MAX_ENTRY_BYTES:
            raise EntryTooLargeError(index, len(entry), MAX_ENTRY_BYTES)
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def decode_bundle(bundle: bytes) -> list[bytes]:
    """Split a bundle into its entries. Raises StoreError when the lengths do not add up."""
    entries, at = [], 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if end > len(bundle) or at + 2 > len(bundle):
            raise StoreError(f"entry bundle cut off at byte {at}")
        entries.append(bundle[at + 2 : end])
        at = end
    return entries
