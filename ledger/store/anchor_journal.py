"""The anchorer's journal in the ledger's database. It needs no writer lock: it never touches the log's own tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ledger.domain.anchoring import AnchorStep, JournaledTransaction
from ledger.domain.chain import Fees
from ledger.store.anchor_tables import AnchorRow, AnchorTransactionRow
from ledger.store.engines import parse_url, reading_engine, translated, writing_engine
from ledger.store.schema import require_latest
from verifier.snapshot import Anchor
from verifier.types import Address, Digest, NodeHash

_TRANSACTIONS = AnchorTransactionRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes
_ANCHORS = AnchorRow.__table__  # type: ignore[attr-defined]


class StoredAnchors:
    """`ports.anchor_journal.AnchorBookReader`: the reading side. Safe for several threads."""

    def __init__(self, engine: sa.Engine, place: str) -> None:
        self._engine = engine
        self._place = place

    @classmethod
    def open(cls, url: str) -> StoredAnchors:
        """Open for reading. Raises SchemaError, StoreUnavailableError, StoreError."""
        return cls(*_opened(url, reading_engine(parse_url(url))))

    def close(self) -> None:
        """Give the connections up."""
        self._engine.dispose()

    def anchors(self, first: int = 1) -> Sequence[Anchor]:
        """Anchors with seq ≥ `first`, by rising seq."""
        query = sa.select(_ANCHORS).where(_ANCHORS.c.seq >= first).order_by(_ANCHORS.c.seq)
        with translated(self._place), self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [Anchor(seq=row.seq, size=row.size, root=NodeHash(row.root), time=row.time) for row in rows]


class SqlAnchorJournal(StoredAnchors):
    """`ports.anchor_journal.AnchorJournal`: each writing method is one durable transaction."""

    @classmethod
    def open(cls, url: str) -> SqlAnchorJournal:
        """Open for writing; the log's writer has created the database. Raises SchemaError, StoreUnavailableError, StoreError."""
        return cls(*_opened(url, writing_engine(parse_url(url))))

    def record(self, transaction: JournaledTransaction) -> None:
        """Append a transaction; the same one again changes nothing."""
        known = sa.select(_TRANSACTIONS.c.id).where(_TRANSACTIONS.c.hash == transaction.hash)
        with translated(self._place), self._engine.begin() as connection:
            if connection.execute(known).first() is None:
                connection.execute(sa.insert(_TRANSACTIONS).values(_values(transaction)))

    def transactions(self, sender: Address, first_nonce: int) -> Sequence[JournaledTransaction]:
        """The sender's transactions with at least this nonce, by nonce and order of recording."""
        query = (
            sa.select(_TRANSACTIONS)
            .where(_TRANSACTIONS.c.sender == sender, _TRANSACTIONS.c.nonce >= first_nonce)
            .order_by(_TRANSACTIONS.c.nonce, _TRANSACTIONS.c.id)
        )
        with translated(self._place), self._engine.connect() as connection:
            return [_transaction(row) for row in connection.execute(query).all()]

    def replace_anchors(self, first: int, anchors: Sequence[Anchor]) -> None:
        """Forget anchors with seq ≥ `first` and keep these instead."""
        values = [{"seq": a.seq, "size": a.size, "root": a.root, "time": a.time} for a in anchors]
        with translated(self._place), self._engine.begin() as connection:
            connection.execute(sa.delete(_ANCHORS).where(_ANCHORS.c.seq >= first))
            if values:
                connection.execute(sa.insert(_ANCHORS), values)


def _opened(url: str, engine: sa.Engine) -> tuple[sa.Engine, str]:
    place = parse_url(url).render_as_string(hide_password=True)
    try:
        with translated(place), engine.connect() as connection:
            require_latest(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine, place


def _values(transaction: JournaledTransaction) -> dict[str, Any]:
    step = transaction.step
    return {
        "hash": transaction.hash,
        "sender": transaction.sender,
        "nonce": transaction.nonce,
        "raw": transaction.raw,
        "max_fee": transaction.fees.max_fee,
        "priority": transaction.fees.priority,
        "old_size": step.old_size,
        "old_root": step.old_root,
        "new_size": step.new_size,
        "new_root": step.new_root,
        "made_at": transaction.made_at,
    }


def _transaction(row: Any) -> JournaledTransaction:
    step = AnchorStep(
        old_size=row.old_size,
        old_root=NodeHash(row.old_root),
        new_size=row.new_size,
        new_root=NodeHash(row.new_root),
    )
    return JournaledTransaction(
        sender=Address(row.sender),
        nonce=row.nonce,
        hash=Digest(row.hash),
        raw=row.raw,
        fees=Fees(max_fee=row.max_fee, priority=row.priority),
        step=step,
        made_at=row.made_at,
    )
