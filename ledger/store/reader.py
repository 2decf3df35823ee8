"""The reading side of the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from ledger.domain.entries import Sequenced, StoredCheckpoint
from ledger.domain.store_errors import StoreError
from ledger.store.catalogue import CatalogueReader
from ledger.store.engines import parse_url, reading_engine, translated
from ledger.store.schema import require_latest
from ledger.store.tables import BODIES, CHECKPOINTS, ENTRIES, LEDGER, LOG_KEYS
from verifier.types import LeafHash, NodeHash, StatementId

_ENTRY: Final = sa.select(
    ENTRIES.c.leaf_index,
    ENTRIES.c.statement_id,
    ENTRIES.c.leaf_hash,
    ENTRIES.c.entry,
    ENTRIES.c.received_at,
    ENTRIES.c.anchor_by,
    LOG_KEYS.c.public_key,
    ENTRIES.c.receipt_signature,
).join_from(ENTRIES, LOG_KEYS)
_IDS_AT_ONCE: Final = 500

_Row: TypeAlias = "sa.Row[*tuple[Any, ...]]"
_Select: TypeAlias = "sa.Select[*tuple[Any, ...]]"


class StoreReader:
    """Implements `ledger.ports.store.LedgerReader`. Safe for many threads; each call is one short transaction."""

    __slots__ = ("_engine",)

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> StoreReader:
        """Open a store that exists. Raises SchemaError, StoreUnavailableError, StoreError."""
        engine = reading_engine(parse_url(url))
        with translated(url), engine.connect() as connection:
            require_latest(connection)
        return cls(engine)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def catalogue(self) -> CatalogueReader:
        """The catalogue beside the log, over the same connections."""
        return CatalogueReader(self._engine)

    def _all(self, query: _Select) -> Sequence[_Row]:
        with translated("the database"), self._engine.connect() as connection:
            return connection.execute(query).all()

    def _scalar(self, query: _Select) -> Any:
        with translated("the database"), self._engine.connect() as connection:
            return connection.execute(query).scalar()

    def origin(self) -> str:
        """The log this store belongs to."""
        origin = self._scalar(sa.select(LEDGER.c.origin))
        if not isinstance(origin, str):
            raise StoreError("the store belongs to no log yet")
        return origin

    def size(self) -> int:
        """Number of sequenced entries."""
        last = self._scalar(sa.select(sa.func.max(ENTRIES.c.leaf_index)))
        return 0 if last is None else int(last) + 1

    def entry(self, index: int) -> Sequenced | None:
        """The entry at an index."""
        rows = self._all(_ENTRY.where(ENTRIES.c.leaf_index == index))
        return _sequenced(rows[0]) if rows else None

    def entries(self, first: int, upto: int) -> Sequence[Sequenced]:
        """Entries first..upto−1 in order, as many as there are."""
        index = ENTRIES.c.leaf_index
        return [_sequenced(row) for row in self._all(_ENTRY.where(index >= first, index < upto).order_by(index))]

    def leaves(self, first: int, upto: int) -> Sequence[tuple[LeafHash, bytes]]:
        """Leaf hash and entry bytes of first..upto−1, in order."""
        index = ENTRIES.c.leaf_index
        query = sa.select(ENTRIES.c.leaf_hash, ENTRIES.c.entry).where(index >= first, index < upto).order_by(index)
        return [(LeafHash(bytes(row[0])), bytes(row[1])) for row in self._all(query)]

    def find(self, ids: Sequence[StatementId]) -> dict[StatementId, list[Sequenced]]:
        """All entries of each id, in order of index."""
        found: dict[StatementId, list[Sequenced]] = {}
        for at in range(0, len(ids), _IDS_AT_ONCE):
            for row in self._with_ids(ids[at : at + _IDS_AT_ONCE]):
                entry = _sequenced(row)
                found.setdefault(entry.statement_id, []).append(entry)
        return found

    def _with_ids(self, ids: Sequence[StatementId]) -> Sequence[_Row]:
        # In the driver's own words: SQLAlchemy takes longer over hundreds of parameters than the database over the rows.
        wanted, given = (
            (f"IN ({','.join('?' * len(ids))})", tuple(ids))
            if self._engine.dialect.name == "sqlite"
            else ("= ANY(%s)", (list(ids),))
        )
        with translated("the database"), self._engine.connect() as connection:
            query = f"{_entry_sql()} WHERE entries.statement_id {wanted} ORDER BY entries.leaf_index"
            return connection.exec_driver_sql(query, given).all()

    def with_prefix(self, prefix: bytes) -> list[StatementId]:
        """The ids that begin with these bytes (a label names half of its certificate's id), each once, in order."""
        low, high = prefix.ljust(32, b"\x00"), prefix.ljust(32, b"\xff")
        query = sa.select(ENTRIES.c.statement_id).where(ENTRIES.c.statement_id.between(low, high)).distinct()
        return [StatementId(bytes(row[0])) for row in self._all(query.order_by(ENTRIES.c.statement_id).limit(16))]

    def body(self, index: int) -> bytes | None:
        """The canonical body kept beside a hash-only entry."""
        body = self._scalar(sa.select(BODIES.c.body).where(BODIES.c.leaf_index == index))
        return None if body is None else bytes(body)

    def bodies(self, first: int, upto: int) -> dict[int, bytes]:
        """The bodies kept beside entries first..upto−1, by index."""
        index = BODIES.c.leaf_index
        rows = self._all(sa.select(index, BODIES.c.body).where(index >= first, index < upto))
        return {row[0]: bytes(row[1]) for row in rows}

    def checkpoint(self) -> StoredCheckpoint | None:
        """The newest checkpoint."""
        rows = self._all(sa.select(CHECKPOINTS).order_by(CHECKPOINTS.c.size.desc()).limit(1))
        return _checkpoint(rows[0]) if rows else None

    def checkpoints(self) -> Iterator[StoredCheckpoint]:
        """All checkpoints, by size, read a thousand at a time."""
        size = -1
        while rows := self._all(
            sa.select(CHECKPOINTS).where(CHECKPOINTS.c.size > size).order_by(CHECKPOINTS.c.size).limit(1000)
        ):
            yield from map(_checkpoint, rows)
            size = rows[-1].size

    def last_received_at(self) -> int:
        """Time given to the newest entry, 0 for an empty log."""
        query = sa.select(ENTRIES.c.received_at).order_by(ENTRIES.c.leaf_index.desc()).limit(1)
        return int(self._scalar(query) or 0)

    def earliest_anchor_by(self, size: int) -> int | None:
        """The earliest promise among entries with index ≥ size. Promises never decrease along the log: it is the first's."""
        query = sa.select(ENTRIES.c.anchor_by).where(ENTRIES.c.leaf_index >= size)
        found = self._scalar(query.order_by(ENTRIES.c.leaf_index).limit(1))
        return None if found is None else int(found)


@cache
def _entry_sql() -> str:
    return str(_ENTRY)


def _sequenced(row: _Row) -> Sequenced:
    return Sequenced(
        index=row[0],
        statement_id=StatementId(bytes(row[1])),
        leaf_hash=LeafHash(bytes(row[2])),
        entry=bytes(row[3]),
        received_at=row[4],
        anchor_by=row[5],
        log_key=bytes(row[6]),
        receipt_signature=bytes(row[7]),
    )


def _checkpoint(row: _Row) -> StoredCheckpoint:
    return StoredCheckpoint(size=row.size, root=NodeHash(bytes(row.root)), note=row.note, time=row.time)
