"""A database that many processes write at once, apart from the log's tables and without its writer lock.

SQLite: WAL as for the ledger, and secure_delete: what is deleted is overwritten. PostgreSQL: what is deleted is gone from the table's
files with the next VACUUM (autovacuum does it), from its WAL when that is recycled.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite

from ledger.store.engines import parse_url, reading_engine, translated, writing_engine
from ledger.store.schema import migrate


class SharedDatabase:
    """Base of the stores over such a database. Safe for many threads and processes."""

    __slots__ = ("_engine", "_place", "_reading")

    def __init__(self, engine: sa.Engine, reading: sa.Engine, place: str) -> None:
        self._engine = engine
        self._reading = reading
        self._place = place

    @classmethod
    def open(cls, url: str) -> Self:
        """Open, creating or migrating the database first if need be. Raises StoreUnavailableError, StoreFullError, StoreError."""
        parsed = parse_url(url)
        engine = writing_engine(parsed)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        place = parsed.render_as_string(hide_password=True)
        try:
            with translated(place), engine.begin() as connection:
                migrate(connection)
            return cls(engine, reading_engine(parsed), place)
        except BaseException:
            engine.dispose()
            raise

    def close(self) -> None:
        """Give the connections up."""
        self._reading.dispose()
        self._engine.dispose()

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        with translated(self._place), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        with translated(self._place), self._engine.begin() as connection:
            yield connection

    def _forget(self) -> None:
        """Make SQLite's WAL too forget what was deleted."""
        if self._engine.dialect.name == "sqlite":
            with translated(self._place), self._engine.connect() as connection:
                driver: Any = connection.connection.driver_connection
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def insert_new(connection: sa.Connection, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """Insert a row; one that is already there stays as it is, and the answer is False."""
    make = postgresql.insert if connection.dialect.name != "sqlite" else sqlite.insert
    statement = make(table).values(values).on_conflict_do_nothing().returning(next(iter(table.primary_key)))
    return connection.execute(statement).first() is not None


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA secure_delete=ON")
