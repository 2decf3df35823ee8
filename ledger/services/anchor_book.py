"""Keeping the preimages of anchors in step with the chain, reorganisations included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.chain.anchor_log import anchor_word
from ledger.domain.anchoring import JournaledTransaction
from ledger.ports.anchor_journal import AnchorJournal
from ledger.ports.log_reader import LogReader
from ledger.services.anchor_recovery import AnchorRecovery
from ledger.services.anchor_view import ChainView, ChainWatcher
from verifier.snapshot import Anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorBook:
    """Compares the journal's anchors with the words under the head and mends what differs."""

    watcher: ChainWatcher
    log: LogReader
    journal: AnchorJournal

    def reconcile(self, view: ChainView, ours: Sequence[JournaledTransaction]) -> bool:
        """Make the journal hold exactly the anchors under the view's head; True when it was changed for that.

        Anchors under the final block that were checked before are not read again.

        Raises:
            LogBehindChainError, LogDivergesError: the chain anchors a tree that is not our log's.
            AnchorUnrecoverableError: a preimage was lost everywhere.
        """
        recovery = AnchorRecovery(chain=self.watcher.chain, anchor_log=self.watcher.anchor_log, log=self.log)
        if view.anchored.seq == 0:
            if not self.journal.anchors():
                return False
            self.journal.replace_anchors(1, ())
            return True
        newest = recovery.newest(view.anchored)
        first = self._first_unsettled(view)
        known = self.journal.anchors(first)
        agreed = self._agreed(view, known, first - 1, newest.seq)
        if agreed == newest.seq and known[-1].seq == newest.seq:
            return False
        hints = self._hints(ours)
        missing = [recovery.earlier(seq, view.head, hints) for seq in range(agreed + 1, newest.seq)]
        self.journal.replace_anchors(agreed + 1, (*missing, newest) if agreed < newest.seq else ())
        return True

    def _first_unsettled(self, view: ChainView) -> int:
        """The last anchor that is final and known, else 1. The journal's anchors have no gap: they are written so."""
        final = view.final_anchored.seq
        return final if final and [anchor.seq for anchor in self.journal.anchors(final)[:1]] == [final] else 1

    def _agreed(self, view: ChainView, known: Sequence[Anchor], agreed: int, newest: int) -> int:
        """The last seq up to which journal and chain agree, given that they do up to `agreed`."""
        for anchor in known:
            if anchor.seq != agreed + 1 or anchor.seq > newest:
                break
            word = view.anchored.word if anchor.seq == newest else self.watcher.anchor_log.word(anchor.seq, view.head)
            if anchor_word(anchor) != word:
                break
            agreed = anchor.seq
        return agreed

    def _hints(self, ours: Sequence[JournaledTransaction]) -> list[Anchor]:
        """What our own mined transactions suggest: their size, at their block's time."""
        hints: list[Anchor] = []
        for row in ours:
            receipt = self.watcher.chain.receipt(row.hash)
            block = self.watcher.chain.block(receipt.block_number) if receipt is not None else None
            if block is not None:
                anchor = Anchor(seq=0, size=row.step.new_size, root=row.step.new_root, time=block.time)
                hints.append(anchor)
        return hints
