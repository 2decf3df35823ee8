"""How far the chain calls anchors final, for those who are asked often."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Final

from ledger.chain.anchor_log import AnchorLogReader
from ledger.domain.chain import BlockRef, BlockTag
from ledger.domain.chain_errors import BlockUnknownError, ChainUnavailableError
from ledger.ports.chain import ChainReader
from ledger.ports.clock import Clock
from verifier.deployment import Deployment

FINALITY_SECONDS: Final = 2.0
# How long an old answer is still told while the node is away.
USABLE_SECONDS: Final = 60.0


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
