"""A log's entries in memory, as desks read them by issuer: both ports of `api.desks.book`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.domain.entries import Sequenced
from tests.support.ledger import NOW
from verifier.merkle import leaf_hash
from verifier.statement import Statement, entry_bytes, statement_id
from verifier.summary import derive_summary, hash_summary
from verifier.types import StatementId


def entry_of(statement: Statement) -> bytes:
    """The leaf data that an honest log holds of a statement."""
    return entry_bytes(statement, hash_summary(derive_summary(statement.kind, statement.body)))


@dataclass
class Shelf:
    """The entries, oldest first, each with the kind and issuer it is filed under."""

    kept: list[tuple[Sequenced, str, str]] = field(default_factory=list)

    def put(self, statement: Statement, entry: bytes | None = None, *, kind: str = "", times: int = 1) -> StatementId:
        """Log a statement. entry: what a dishonest log holds instead; kind: what it is filed under."""
        data = entry_of(statement) if entry is None else entry
        identity = statement_id(statement)
        for _ in range(times):
            row = Sequenced(
                index=len(self.kept), statement_id=identity, leaf_hash=leaf_hash(data), entry=data, received_at=NOW,
                anchor_by=NOW, log_key=b"", receipt_signature=b"",
            )  # fmt: skip
            self.kept.append((row, kind or statement.kind, statement.issuer))
        return identity

    def entry(self, index: int) -> Sequenced | None:
        return self.kept[index][0] if index < len(self.kept) else None

    def find(self, ids: Sequence[StatementId]) -> dict[StatementId, list[Sequenced]]:
        return {one: [row for row, _, _ in self.kept if row.statement_id == one] for one in ids}

    def newest_places(self, *, kind: str, issuer: str | None, before: int | None, limit: int) -> list[int]:
        found = [
            row.index for row, of, by in reversed(self.kept)
            if of == kind and issuer in (None, by) and (before is None or row.index < before)
        ]  # fmt: skip
        return found[:limit]
