"""Anchors as the service shows them: the journal's list read again every second, and how far the chain calls it final."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from ledger.chain.anchor_log import AnchorLogReader
from ledger.domain.chain import BlockRef, BlockTag
from ledger.domain.chain_errors import BlockUnknownError, ChainUnavailableError
from ledger.ports.anchor_journal import AnchorBookReader
from ledger.ports.chain import ChainReader
from ledger.ports.clock import Clock
from verifier.deployment import Deployment
from verifier.snapshot import Anchor, Profile

FRESH_SECONDS: Final = 1.0
FINALITY_SECONDS: Final = 2.0
# How long an old answer is still told while the node is away.
USABLE_SECONDS: Final = 60.0


class AnchorShelf:
    """The journal's anchors, by rising seq. Implements `AnchorBookReader`. Safe for several threads."""

    def __init__(self, book: AnchorBookReader, clock: Clock) -> None:
        self._book = book
        self._clock = clock
        self._lock = Lock()
        self._read_at = float("-inf")
        self._anchors: Sequence[Anchor] = ()
        self._sizes: list[int] = []

    def anchors(self, first: int = 1) -> Sequence[Anchor]:
        """Anchors with seq ≥ `first`. Raises BackpressureError, StoreError."""
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
        """The newest anchor of the journal."""
        anchors, _ = self._fresh()
        return anchors[-1] if anchors else None

    def around(self, indices: Collection[int]) -> Iterable[Anchor]:
        """The first covering anchor of each index and the one before it."""
        anchors, sizes = self._fresh()
        for index in indices:
            at = bisect_right(sizes, index)
            yield from anchors[max(0, at - 1) : at + 1]

    def _fresh(self) -> tuple[Sequence[Anchor], list[int]]:
        now = self._clock.monotonic()
        with self._lock:
            if now - self._read_at > FRESH_SECONDS:
                self._anchors = self._book.anchors()
                self._sizes = [anchor.size for anchor in self._anchors]
                self._read_at = now
            return self._anchors, self._sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfHints:
    """`verifier.rpc.hints.Hints` from the operator's own journal and profiles: candidates, checked against the chain."""

    shelf: AnchorShelf
    known: Collection[Profile] = ()

    def anchors(self, indices: Collection[int]) -> Iterable[Anchor]:
        """The anchors around the indices."""
        return self.shelf.around(indices)

    def profiles(self, parties: Collection[str]) -> Iterable[Profile]:
        """Those of the parties asked for."""
        return [profile for profile in self.known if profile.party in parties]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSight:
    """What the node shows: newest and final block, and the last anchor under each (seq and size, 0 when there is none)."""

    head: BlockRef
    head_seq: int
    head_size: int
    final: BlockRef | None
    final_seq: int
    final_size: int


class Finality:
    """How far anchors are final, asked at most every two seconds. Safe for several threads."""

    def __init__(self, chain: ChainReader, deployment: Deployment, clock: Clock, depth: int) -> None:
        self._chain = chain
        self._log = AnchorLogReader(chain=chain, address=deployment.anchor_log)
        self._clock = clock
        self._depth = depth
        self._lock = Lock()
        self._seen: ChainSight | None = None
        self._seen_at = float("-inf")

    def sight(self) -> ChainSight:
        """What the node shows; at most a minute old while it is away. Raises ChainUnavailableError, BlockUnknownError."""
        with self._lock:
            now = self._clock.monotonic()
            if self._seen is not None and now - self._seen_at <= FINALITY_SECONDS:
                return self._seen
            try:
                self._seen = self._look()
                self._seen_at = now
            except (ChainUnavailableError, BlockUnknownError):
                if self._seen is None or now - self._seen_at > USABLE_SECONDS:
                    raise
            return self._seen

    def _look(self) -> ChainSight:
        head = self._chain.head(BlockTag.LATEST)
        if head is None:
            raise BlockUnknownError(BlockTag.LATEST)
        final = self._chain.head(BlockTag.FINALIZED)
        if final is None and head.number >= self._depth:
            final = self._chain.block(head.number - self._depth)
        newest = self._log.head(head)
        settled = None if final is None else self._log.head(final)
        return ChainSight(
            head=head,
            head_seq=newest.seq,
            head_size=newest.size,
            final=final,
            final_seq=0 if settled is None else settled.seq,
            final_size=0 if settled is None else settled.size,
        )
