"""The store, as two sides that are different types: the reading side has no method that changes anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from ledger.domain.entries import Sequenced, StoredCheckpoint
from verifier.types import LeafHash, StatementId


class LedgerReader(Protocol):
    """Everything readers, proofs, evidence and fsck need. Every method raises StoreUnavailableError or StoreError."""

    def origin(self) -> str:
        """The log this store belongs to."""
        ...

    def size(self) -> int:
        """Number of sequenced entries; indices are 0..size−1 without a gap."""
        ...

    def entry(self, index: int) -> Sequenced | None:
        """The entry at an index."""
        ...

    def entries(self, first: int, upto: int) -> Sequence[Sequenced]:
        """Entries first..upto−1 in order, as many as there are."""
        ...

    def leaves(self, first: int, upto: int) -> Sequence[tuple[LeafHash, bytes]]:
        """Leaf hash and entry bytes of first..upto−1: what growing the tree needs, and nothing more."""
        ...

    def find(self, ids: Sequence[StatementId]) -> dict[StatementId, list[Sequenced]]:
        """All entries of each id, in order; ids never logged are not in the answer."""
        ...

    def body(self, index: int) -> bytes | None:
        """The canonical body kept beside a hash-only entry; None when none was given or its owner had it removed."""
        ...

    def bodies(self, first: int, upto: int) -> dict[int, bytes]:
        """The bodies kept beside entries first..upto−1, by index."""
        ...

    def checkpoint(self) -> StoredCheckpoint | None:
        """The newest checkpoint."""
        ...

    def checkpoints(self) -> Iterator[StoredCheckpoint]:
        """All checkpoints, by size."""
        ...

    def last_received_at(self) -> int:
        """Time given to the newest entry, 0 for an empty log."""
        ...


class LedgerWriter(Protocol):
    """The one writer. It exists only while its process holds the database's writer lock (one at a time, enforced there)."""

    @property
    def epoch(self) -> int:
        """Grows with every writer opened; each transaction checks that no later one exists."""
        ...

    def append(self, entries: Sequence[Sequenced], bodies: Sequence[tuple[int, bytes]]) -> None:
        """Append entries, and bodies by index, in one durable transaction: all of them or none.

        Raises:
            OutOfOrderError: the batch does not start at the log's size.
            FencedError: a later writer exists.
            StoreFullError, StoreUnavailableError, StoreError: rolled back.
        """
        ...

    def save_checkpoint(self, checkpoint: StoredCheckpoint) -> None:
        """Keep a checkpoint before it is published. Raises as `append`."""
        ...

    def close(self) -> None:
        """Give the writer lock up."""
        ...
