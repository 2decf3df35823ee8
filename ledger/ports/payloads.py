"""Where confidential payloads, encryption keys and the log of readings are kept. Many processes write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from ledger.domain.payloads import (
    Access,
    EncryptionKey,
    Erasure,
    PayloadHeader,
    PayloadId,
    Session,
    Share,
    StoredPayload,
)
from verifier.types import StatementId


class PayloadStore(Protocol):
    """Every method is one transaction and raises StoreFullError, StoreUnavailableError or StoreError."""

    def add_key(self, key: EncryptionKey, *, now: int, most: int) -> bool:
        """Keep a party's key, forgetting those that are over; False when it has `most` others. The same again changes nothing."""
        ...

    def keys(self, party: str, now: int) -> Sequence[EncryptionKey]:
        """A party's keys that are not over, the one that begins last first."""
        ...

    def find(self, payload: PayloadId) -> StoredPayload | None:
        """What is kept of a payload, erased or not."""
        ...

    def stored_bytes(self, submitter: str) -> int:
        """Bytes of a party's payloads that are not erased."""
        ...

    def add(self, header: PayloadHeader, chunks: Iterable[bytes], *, stored_at: int) -> bool:
        """Keep a payload whole, or not at all; False when it is here already, erased or not."""
        ...

    def add_share(self, payload: PayloadId, share: Share, *, most: int) -> bool:
        """Open a payload to further parties; False when it is gone, holds `most` shares, or one of the parties is named already."""
        ...

    def read(self, payload: PayloadId, reader: Session, at: int) -> Sequence[Share] | None:
        """Note the reading, and answer with all shares: both or neither. None when the payload is not here or erased."""
        ...

    def chunk(self, payload: PayloadId, ordinal: int) -> bytes | None:
        """A piece of the sealed content, from 0; None behind the last, and for what was erased."""
        ...

    def erase(self, order: Erasure) -> bool:
        """Destroy wrapped keys and sealed content, keeping the order; False when that was done before."""
        ...

    def listed(self, party: str, *, statement: StatementId | None, before: int, limit: int) -> Sequence[StoredPayload]:
        """Payloads a party submitted or is named in, with number < `before`, newest first."""
        ...

    def accesses(self, payload: PayloadId, *, after: int, limit: int) -> Sequence[Access]:
        """Readings with number > `after`, in order."""
        ...
