"""Which anchor first covers an entry: its time is the entry's time (P3)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from threading import Lock
from typing import Final

from ledger.ports.anchor_journal import AnchorBookReader
from ledger.ports.clock import Clock
from verifier.snapshot import Anchor

_FRESH_SECONDS: Final = 1.0


class AnchorIndex:
    """The book's anchors by rising seq, read again at most every second: a reorganisation may take the newest away.

    Implements `AnchorBookReader`. Safe for several threads. Methods raise BackpressureError, StoreError.
    """

    __slots__ = ("_anchors", "_book", "_clock", "_lock", "_read_at", "_sizes")

    def __init__(self, book: AnchorBookReader, clock: Clock) -> None:
        self._book = book
        self._clock = clock
        self._lock = Lock()
        self._read_at: float | None = None
        self._anchors: Sequence[Anchor] = ()
        self._sizes: list[int] = []

    def anchors(self, first: int = 1) -> Sequence[Anchor]:
        """Anchors with seq ≥ `first`."""
        anchors, _ = self._fresh()
        if first <= 1:
            return anchors
        return [anchor for anchor in anchors[max(0, first - 1 - len(anchors)) :] if anchor.seq >= first]

    def covering(self, index: int) -> Anchor | None:
        """The first anchor whose tree has the entry; None while there is none."""
        anchors, sizes = self._fresh()
        at = bisect_right(sizes, index)
        return anchors[at] if at < len(anchors) else None

    def newest(self) -> Anchor | None:
        """The newest anchor."""
        anchors, _ = self._fresh()
        return anchors[-1] if anchors else None

    def size(self) -> int:
        """Entries the newest anchor covers."""
        newest = self.newest()
        return 0 if newest is None else newest.size

    def around(self, indices: Collection[int]) -> Iterable[Anchor]:
        """The first covering anchor of each index and the one before it."""
        anchors, sizes = self._fresh()
        for index in indices:
            at = bisect_right(sizes, index)
            yield from anchors[max(0, at - 1) : at + 1]

    def _fresh(self) -> tuple[Sequence[Anchor], list[int]]:
        now = self._clock.monotonic()
        with self._lock:
            if self._read_at is None or now - self._read_at > _FRESH_SECONDS:
                self._anchors = self._book.anchors()
                self._sizes = [anchor.size for anchor in self._anchors]
                self._read_at = now
            return self._anchors, self._sizes


class NoAnchors:
    """The book of a log that was never anchored."""

    __slots__ = ()

    def anchors(self, first: int = 1) -> Sequence[Anchor]:
        """None at all, wherever asked to begin."""
        return ()[first - 1 :]
