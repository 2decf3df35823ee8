"""The anchorer's journal: what was signed, and the preimages of anchors found on the chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ledger.domain.anchoring import JournaledTransaction
from verifier.snapshot import Anchor
from verifier.types import Address


class AnchorBookReader(Protocol):
    """Preimages of anchor words, for evidence and snapshots. Raises StoreUnavailableError or StoreError."""

    def anchors(self, first: int = 1) -> Sequence[Anchor]:
        """Anchors with seq ≥ `first`, by rising seq. The newest may still be undone by a reorganisation."""
        ...


class AnchorJournal(AnchorBookReader, Protocol):
    """The anchorer's own side. Every method raises StoreFullError, StoreUnavailableError or StoreError."""

    def record(self, transaction: JournaledTransaction) -> None:
        """Append a transaction; durable when it returns. Recording the same one again changes nothing."""
        ...

    def transactions(self, sender: Address, first_nonce: int) -> Sequence[JournaledTransaction]:
        """The sender's transactions with at least this nonce, by nonce, then in the order they were recorded."""
        ...

    def replace_anchors(self, first: int, anchors: Sequence[Anchor]) -> None:
        """Forget the anchors with seq ≥ `first` and keep these instead, in one transaction."""
        ...
