"""Where an entry stands in its life (design 4).

    received ─▶ sequenced ─▶ integrated ─▶ anchored ─▶ final
                (a row)      (a signed      (the journal    (the anchor stands under
                              checkpoint)    saw it mined)   the chain's final block)

A statement is received and sequenced in one transaction, the one its receipt answers: nobody ever finds an entry that is
only received. Each state covers the log from its beginning, so four sizes say it of every entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ledger.domain.chain_errors import BlockUnknownError, ChainUnavailableError
from ledger.ports.store import LedgerReader
from ledger.services.anchored import AnchorIndex
from ledger.services.finality import Finality


class EntryState(StrEnum):
    """How far an entry has come; each state includes those before it."""

    SEQUENCED = "sequenced"
    INTEGRATED = "integrated"
    ANCHORED = "anchored"
    FINAL = "final"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How many entries, from the first on, have reached each state. final: 0 where no node can be asked."""

    integrated: int
    anchored: int
    final: int

    def state(self, index: int) -> EntryState:
        """The state of a stored entry."""
        if index < self.final:
            return EntryState.FINAL
        if index < self.anchored:
            return EntryState.ANCHORED
        return EntryState.INTEGRATED if index < self.integrated else EntryState.SEQUENCED


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """Looks at the store, the anchors' journal and the chain. finality: None where there is no node."""

    store: LedgerReader
    anchors: AnchorIndex
    finality: Finality | None = None

    def reach(self) -> Reach:
        """As of now. A node that is away leaves entries anchored, never final. Raises BackpressureError, StoreError."""
        checkpoint = self.store.checkpoint()
        return Reach(
            integrated=0 if checkpoint is None else checkpoint.size, anchored=self.anchors.size(), final=self._final()
        )

    def _final(self) -> int:
        if self.finality is None:
            return 0
        try:
            return self.finality.sight().final_size
        except (ChainUnavailableError, BlockUnknownError):
            return 0
