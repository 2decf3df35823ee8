"""What to anchor next, and whether it is time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.chain.anchor_log import MAX_GROWTH
from ledger.domain.anchoring import AnchorStep
from ledger.domain.chain import AnchorHead
from ledger.ports.clock import Clock
from ledger.ports.log_reader import LogReader
from verifier.merkle import EMPTY_ROOT
from verifier.types import NodeHash

DEFAULT_INTERVAL: Final = 60
DEFAULT_MARGIN: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorRhythm:
    """interval: seconds between anchors while the log grows. margin: seconds before a promise when nothing waits any more."""

    interval: int = DEFAULT_INTERVAL
    margin: int = DEFAULT_MARGIN


class AnchorPlanner:
    """Plans from the chain's state and the log. It remembers only since when the log has been ahead, for the rhythm."""

    def __init__(self, log: LogReader, clock: Clock, rhythm: AnchorRhythm) -> None:
        self._log = log
        self._clock = clock
        self._rhythm = rhythm
        self._ahead: tuple[int, float] | None = None  # number of the anchor the log is ahead of, and since when

    def next_step(self, anchored: AnchorHead) -> AnchorStep | None:
        """The step from the anchored tree to as much of the log as one anchor may add; None when there is nothing."""
        size = self._log.size
        if size <= anchored.size:
            self._ahead = None
            return None
        new_size = min(size, anchored.size + MAX_GROWTH)
        old_root = NodeHash(self._log.root(anchored.size)) if anchored.size else EMPTY_ROOT
        return AnchorStep(
            old_size=anchored.size,
            old_root=old_root,
            new_size=new_size,
            new_root=NodeHash(self._log.root(new_size)),
        )

    def is_due(self, anchored: AnchorHead, deadline: int | None) -> bool:
        """Whether the log, being ahead, should be anchored now.

        Three reasons, so that no clock that jumps can hold it back: wall time since the last anchor (a wall clock behind
        the last anchor's block proves itself wrong and counts as due), seconds on the monotonic clock since the log got
        ahead, and a promise coming due.
        """
        monotonic, now = self._clock.monotonic(), self._clock.now()
        if self._ahead is None or self._ahead[0] != anchored.seq:
            self._ahead = (anchored.seq, monotonic)
        since_last = now - anchored.time
        return (
            not 0 <= since_last < self._rhythm.interval
            or monotonic - self._ahead[1] >= self._rhythm.interval
            or (deadline is not None and now + self._rhythm.margin >= deadline)
        )
