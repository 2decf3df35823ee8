"""Finding the preimages (size, root, time) of anchor words again, whatever was lost.

The contract keeps one hash per anchor. A candidate is either exactly right or worthless, so every source may be
untrusted: our journal, the newest word itself, events, old state. Roots always come from our own log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ledger.chain.anchor_log import AnchorLogReader, anchor_word
from ledger.domain.chain import AnchorHead, BlockRef
from ledger.domain.chain_errors import (
    AnchorUnrecoverableError,
    BlockUnknownError,
    LogBehindChainError,
    LogDivergesError,
)
from ledger.ports.chain import ChainReader
from ledger.ports.log_reader import LogReader
from verifier.snapshot import Anchor
from verifier.types import NodeHash

EVENT_WINDOW: Final = 10_000  # blocks per eth_getLogs: many nodes refuse more


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorRecovery:
    """Finds anchors by sequence number under one head."""

    chain: ChainReader
    anchor_log: AnchorLogReader
    log: LogReader

    def newest(self, head: AnchorHead) -> Anchor:
        """The newest anchor, from the `latest` word and our root of that size.

        Raises:
            LogBehindChainError: our log is smaller.
            LogDivergesError: our root of that size does not give the word.
        """
        if head.size > self.log.size:
            raise LogBehindChainError(anchored=head.size, log_size=self.log.size)
        anchor = self._made(head.seq, head.size, head.time)
        if anchor_word(anchor) != head.word:
            raise LogDivergesError(seq=head.seq, size=head.size, our_root=anchor.root, word=head.word)
        return anchor

    def earlier(self, seq: int, block: BlockRef, hints: Iterable[Anchor]) -> Anchor:
        """An anchor before the newest one; `hints` are tried first.

        Raises AnchorUnrecoverableError when no source holds its size and time.
        """
        word = self.anchor_log.word(seq, block)
        for candidate in self._candidates(seq, block, hints):
            if not 0 < candidate.size <= self.log.size:
                continue
            anchor = self._made(seq, candidate.size, candidate.time)
            if anchor_word(anchor) == word:
                return anchor
        raise AnchorUnrecoverableError(seq=seq, word=word)

    def _candidates(self, seq: int, block: BlockRef, hints: Iterable[Anchor]) -> Iterator[Anchor]:
        yield from hints
        try:
            found = self._first_block_with(seq, block)
        except BlockUnknownError:  # old state is pruned: only events are left, if they are
            for last in range(block.number, -1, -EVENT_WINDOW):
                first = max(0, last - EVENT_WINDOW + 1)
                yield from (anchor for anchor in self.anchor_log.events(first, last) if anchor.seq == seq)
            return
        state = self.anchor_log.head(found)
        if state.seq == seq:
            yield Anchor(seq=seq, size=state.size, root=NodeHash(bytes(32)), time=state.time)
        yield from (anchor for anchor in self.anchor_log.events(found.number, found.number) if anchor.seq == seq)

    def _first_block_with(self, seq: int, block: BlockRef) -> BlockRef:
        """Bisect the heights for the block in which the anchor was made. Raises BlockUnknownError."""
        low, high = 0, block.number  # `latest` reaches seq somewhere in low..high
        while low < high:
            middle = (low + high) // 2
            if self.anchor_log.head(self._block(middle)).seq >= seq:
                high = middle
            else:
                low = middle + 1
        return self._block(high)

    def _block(self, number: int) -> BlockRef:
        block = self.chain.block(number)
        if block is None:
            raise BlockUnknownError(str(number))
        return block

    def _made(self, seq: int, size: int, time: int) -> Anchor:
        return Anchor(seq=seq, size=size, root=NodeHash(self.log.root(size)), time=time)
