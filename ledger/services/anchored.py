"""Which anchor first covers an entry: its time is the entry's time (P3)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from ledger.ports.anchor_journal import AnchorBookReader
from ledger.ports.clock import Clock
from verifier.snapshot import Anchor

_FRESH_SECONDS: Final = 1.0


class AnchorIndex:
    """The anchors, read again at most every second: a reorganisation may take the newest away."""

    __slots__ = ("_anchors", "_book", "_clock", "_read_at", "_sizes")

    def __init__(self, book: AnchorBookReader, clock: Clock) -> None:
        self._book = book
        self._clock = clock
        self._read_at: float | None = None
        self._anchors: Sequence[Anchor] = ()
        self._sizes: list[int] = []

    def covering(self, index: int) -> Anchor | None:
        """The first anchor whose tree has the entry; None while there is none. Raises BackpressureError."""
        anchors = self._fresh()
        at = bisect_right(self._sizes, index)
        return anchors[at] if at < len(anchors) else None

    def size(self) -> int:
        """Entries the newest anchor covers."""
        self._fresh()
        return self._sizes[-1] if self._sizes else 0

    def _fresh(self) -> Sequence[Anchor]:
        now = self._clock.monotonic()
        if self._read_at is None or now - self._read_at > _FRESH_SECONDS:
            self._anchors = self._book.anchors()
            self._sizes = [anchor.size for anchor in self._anchors]
            self._read_at = now
        return self._anchors


class NoAnchors:
    """The book of a log that was never anchored."""

    __slots__ = ()

    def anchors(self, first: int = 1) -> Sequence[Anchor]:
        """None at all, wherever asked to begin."""
        return ()[first - 1 :]
