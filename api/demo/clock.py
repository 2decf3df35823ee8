"""The story's time: it starts in the past and is moved forward, never back, until it ends at the present.

The chain's clock and the ledger's are the same, so that every receipt, promise, entry time and validity is as it would be on a
chain that had really run that long; the verifier then reads the machine's own clock.
"""

from __future__ import annotations

import time

from ledger.chain.client import NodeChain


class StoryClock:
    """Implements `ledger.ports.clock.Clock`. Between two jumps it runs as fast as the machine's."""

    __slots__ = ("_base", "_set_at")

    def __init__(self, start: int) -> None:
        self._base = float(start)
        self._set_at = time.monotonic()

    def now(self) -> int:
        """Unix seconds of the story."""
        return int(self.monotonic())

    def monotonic(self) -> float:
        """The same with a fraction: the story's wall never disagrees with its counter."""
        return self._base + time.monotonic() - self._set_at

    def advance(self, chain: NodeChain, moment: int) -> None:
        """Move to `moment` (unix seconds), or a few seconds on if it is past: the chain's next block has that time."""
        target = max(moment, self.now() + 3)
        chain.call("evm_setNextBlockTimestamp", target)
        chain.call("evm_mine")
        self._base, self._set_at = float(target), time.monotonic()
