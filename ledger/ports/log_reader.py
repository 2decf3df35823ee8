"""The log as the anchorer needs it: its size, roots and consistency proofs. `ledger.log.tree.TreeReader` is one."""

from __future__ import annotations

from typing import Protocol


class LogReader(Protocol):
    """A log whose first `size` entries are integrated and never change."""

    @property
    def size(self) -> int:
        """Entries covered by the newest checkpoint."""
        ...

    def root(self, size: int) -> bytes:
        """RFC 9162 root of the first `size` entries, 1 ≤ size ≤ the log's size: 32 bytes."""
        ...

    def consistency(self, size1: int, size2: int) -> list[bytes]:
        """RFC 9162 §2.1.4.1 proof between two sizes; empty when they are equal or size1 is 0."""
        ...


class PromiseReader(Protocol):
    """What receipts promised."""

    def earliest_anchor_by(self, size: int) -> int | None:
        """The earliest `anchorBy` (unix seconds) among entries with index ≥ `size`; None when there is none."""
        ...
