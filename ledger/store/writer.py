"""The writing side of the store. It exists only while its process holds the writer lock."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any, Final, Protocol

import sqlalchemy as sa

from ledger.domain.entries import Sequenced, StoredCheckpoint
from ledger.domain.store_errors import FencedError, OutOfOrderError, WrongLogError
from ledger.ports.crash import NO_CRASH, CrashPoints
from ledger.store.engines import parse_url, translate, translated, writing_engine
from ledger.store.locks import WriterLock, acquire_writer_lock
from ledger.store.schema import migrate
from ledger.store.tables import CHECKPOINTS, ENTRIES, LEDGER, LOG_KEYS

_EntryValues = tuple[int, bytes, bytes, bytes, int, int, int, bytes]
_ENTRY_COLUMNS: Final = "leaf_index,statement_id,leaf_hash,entry,received_at,anchor_by,log_key,receipt_signature"
_ENTRY_TYPES: Final = ("int8", "bytea", "bytea", "bytea", "int8", "int8", "int4", "bytea")
_BODY_COLUMNS: Final = "leaf_index,body"
_BODY_TYPES: Final = ("int8", "bytea")


# SQLite takes at least 32,766 parameters. Few different statements, so that the driver keeps them prepared.
_ROWS_AT_ONCE: Final = (500, 250, 100, 50, 25, 10, 5, 2, 1)


class _RowSink(Protocol):
    """How rows get in fastest: prepared INSERTs of many rows, or COPY. Neither asks anything back (trap 21)."""

    def insert(self, connection: sa.Connection, table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None: ...


class _SqliteRows:
    def insert(self, connection: sa.Connection, table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
        # Many rows a statement: the driver lets go of the interpreter for each, and other threads take it.
        at = 0
        while at < len(rows):
            count = next(size for size in _ROWS_AT_ONCE if size <= len(rows) - at)
            values = tuple(chain.from_iterable(rows[at : at + count]))
            connection.exec_driver_sql(_insert_sql(table, columns, len(rows[0]), count), values)
            at += count


class _PostgresRows:
    def insert(self, connection: sa.Connection, table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
        from psycopg import Error

        cursor: Any = connection.connection.cursor()
        try:
            with cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(_ENTRY_TYPES if table == "entries" else _BODY_TYPES)
                for row in rows:
                    copy.write_row(row)
        except Error as error:  # SQLAlchemy does not see what happens on the driver's own cursor
            raise translate(error, "the database") from error


@cache
def _insert_sql(table: str, columns: str, width: int, count: int) -> str:
    marks = f"({','.join('?' * width)})"
    return f"INSERT INTO {table} ({columns}) VALUES {','.join([marks] * count)}"  # noqa: S608


class StoreWriter:
    """Implements `ledger.ports.store.LedgerWriter`. For one thread."""

    __slots__ = ("_crash", "_engine", "_epoch", "_key_ids", "_lock", "_place", "_rows")

    def __init__(self, engine: sa.Engine, lock: WriterLock, epoch: int, place: str, crash: CrashPoints) -> None:
        self._engine = engine
        self._lock = lock
        self._epoch = epoch
        self._place = place
        self._crash = crash
        self._key_ids: dict[bytes, int] = {}
        self._rows: _RowSink = _SqliteRows() if engine.dialect.name == "sqlite" else _PostgresRows()

    @classmethod
    def open(cls, url: str, *, origin: str, wait: float = 0.0, crash: CrashPoints = NO_CRASH) -> StoreWriter:
        """Become the writer of the log `origin`, creating or migrating the database first if need be.

        Args:
            url: database URL or path of an SQLite file.
            origin: docs/spec/06; a store that belongs to another log is refused.
            wait: seconds to wait for another writer to go.
            crash: told of each durable step, for tests.

        Raises:
            WriterBusyError: another process is the writer.
            WrongLogError: the store belongs to another log.
            StoreUnavailableError, StoreFullError, StoreError.
        """
        parsed = parse_url(url)
        engine = writing_engine(parsed)
        lock = acquire_writer_lock(parsed, wait)
        place = parsed.render_as_string(hide_password=True)
        try:
            with translated(place), engine.begin() as connection:
                migrate(connection)
                epoch = _next_epoch(connection, origin)
        except BaseException:
            lock.release()
            engine.dispose()
            raise
        return cls(engine, lock, epoch, place, crash)

    @property
    def epoch(self) -> int:
        """This writer's epoch."""
        return self._epoch

    def close(self) -> None:
        """Give the writer lock up."""
        self._engine.dispose()
        self._lock.release()

    def append(self, entries: Sequence[Sequenced], bodies: Sequence[tuple[int, bytes]]) -> None:
        """Append entries in one durable transaction. Raises as `LedgerWriter.append`."""
        if not entries:
            return
        with translated(self._place), self._engine.begin() as connection:
            self._fence(connection)
            last = connection.execute(sa.select(sa.func.max(ENTRIES.c.leaf_index))).scalar()
            size = 0 if last is None else last + 1
            self._crash.reach("batch.begun")
            key_ids = {
                key: _key_id(connection, key) for key in {entry.log_key for entry in entries} - self._key_ids.keys()
            }
            rows = _rows(entries, self._key_ids | key_ids)
            if any(row[0] != index for index, row in enumerate(rows, size)):
                raise OutOfOrderError(size, entries[0].index)
            self._rows.insert(connection, "entries", _ENTRY_COLUMNS, rows)
            if bodies:
                self._rows.insert(connection, "bodies", _BODY_COLUMNS, bodies)
            self._crash.reach("batch.written")
        self._key_ids |= key_ids
        self._crash.reach("batch.committed")

    def save_checkpoint(self, checkpoint: StoredCheckpoint) -> None:
        """Keep a checkpoint before it is published. Raises as `append`."""
        with translated(self._place), self._engine.begin() as connection:
            self._fence(connection)
            values = {
                "size": checkpoint.size,
                "root": checkpoint.root,
                "note": checkpoint.note,
                "time": checkpoint.time,
            }
            connection.execute(sa.insert(CHECKPOINTS).values(values))
            self._crash.reach("checkpoint.written")
        self._crash.reach("checkpoint.committed")

    def remove_body(self, index: int) -> None:
        """Forget the body kept beside an entry, at its owner's wish; the entry itself stays. Raises as `append`."""
        with translated(self._place), self._engine.begin() as connection:
            self._fence(connection)
            connection.execute(sa.text("DELETE FROM bodies WHERE leaf_index = :index"), {"index": index})

    def _fence(self, connection: sa.Connection) -> None:
        query = sa.select(LEDGER.c.epoch)
        if connection.dialect.name != "sqlite":
            # A share lock: who opens a later epoch waits for this transaction, and what it commits is seen by them.
            query = query.with_for_update(read=True)
        latest = connection.execute(query).scalar_one()
        if latest != self._epoch:
            raise FencedError(self._epoch, latest)


def _rows(entries: Sequence[Sequenced], key_ids: dict[bytes, int]) -> list[_EntryValues]:
    return [
        (
            entry.index,
            entry.statement_id,
            entry.leaf_hash,
            entry.entry,
            entry.received_at,
            entry.anchor_by,
            key_ids[entry.log_key],
            entry.receipt_signature,
        )
        for entry in entries
    ]


def _next_epoch(connection: sa.Connection, origin: str) -> int:
    row = connection.execute(sa.select(LEDGER.c.origin, LEDGER.c.epoch)).one_or_none()
    if row is None:
        connection.execute(sa.insert(LEDGER).values(id=1, origin=origin, epoch=1))
        return 1
    if row.origin != origin:
        raise WrongLogError(row.origin, origin)
    connection.execute(sa.update(LEDGER).values(epoch=row.epoch + 1))
    return int(row.epoch) + 1


def _key_id(connection: sa.Connection, key: bytes) -> int:
    found = connection.execute(sa.select(LOG_KEYS.c.id).where(LOG_KEYS.c.public_key == key)).scalar()
    if found is not None:
        return int(found)
    latest = connection.execute(sa.select(sa.func.max(LOG_KEYS.c.id))).scalar()
    number = int(latest or 0) + 1
    connection.execute(sa.insert(LOG_KEYS).values(id=number, public_key=key))
    return number
