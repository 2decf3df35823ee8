"""Exactly one writer, enforced by the database and released by the system when its process dies.

SQLite: an exclusive lock on a sidecar file (`<database>.writer`, itself an SQLite file), held as an open transaction.
PostgreSQL: a session's advisory lock. Either may be lost while its holder lives on (a dropped connection, a copied file);
the epoch in the `ledger` row, checked in every transaction, is what makes that harmless.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import URL

from ledger.domain.store_errors import StoreUnavailableError, WriterBusyError
from ledger.store.engines import translated

_POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What there is one of. suffix: of SQLite's sidecar file; key: of PostgreSQL's advisory lock."""

    suffix: str
    key: int


LOG_WRITER: Final = Role(suffix=".writer", key=int.from_bytes(b"tanjilog", "big") >> 1)
WEBHOOK_WORKER: Final = Role(suffix=".webhooks", key=int.from_bytes(b"tanjihook", "big") >> 9)


class WriterLock(Protocol):
    """A lock that is held."""

    def is_held(self) -> bool:
        """Whether it still is: a session may have ended without us."""
        ...

    def release(self) -> None:
        """Give it up."""
        ...


class _SqliteLock:
    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def is_held(self) -> bool:
        return True

    def release(self) -> None:
        self._connection.close()


class _PostgresLock:
    __slots__ = ("_connection", "_engine")

    def __init__(self, engine: sa.Engine, connection: sa.Connection) -> None:
        self._engine = engine
        self._connection = connection

    def is_held(self) -> bool:
        try:
            self._connection.execute(sa.select(1))
        except sa.exc.DBAPIError:
            return False
        return True

    def release(self) -> None:
        # Given up in words first: the server may notice the end of a session only after the next writer has asked. A session that
        # the server has ended gave it up then, and can be told nothing (a PendingRollbackError, which is no DBAPIError).
        with suppress(sa.exc.SQLAlchemyError):
            self._connection.execute(sa.select(sa.func.pg_advisory_unlock_all()))
        # Ending the session releases the lock also when the connection broke and nothing can be sent any more.
        self._connection.invalidate()
        self._connection.close()
        self._engine.dispose()


def acquire_writer_lock(url: URL, wait: float, role: Role = LOG_WRITER) -> WriterLock:
    """Wait up to `wait` seconds (0: try once) to become the writer, or whoever else there is one of.

    Raises:
        WriterBusyError: another process is the writer all that time.
        StoreUnavailableError: the database cannot be reached.
    """
    take = _take_sqlite if url.get_backend_name() == "sqlite" else _take_postgres
    return _poll(lambda: take(url, role), wait)


def _poll(take: Callable[[], WriterLock | None], wait: float) -> WriterLock:
    started = time.monotonic()
    while True:
        lock = take()
        if lock is not None:
            return lock
        waited = time.monotonic() - started
        if waited >= wait:
            raise WriterBusyError(waited)
        time.sleep(min(_POLL_SECONDS, max(0.0, wait - waited)))


def _take_sqlite(url: URL, role: Role) -> WriterLock | None:
    connection = sqlite3.connect(
        f"{url.database}{role.suffix}", timeout=0, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return None
        raise StoreUnavailableError(str(error)) from error
    return _SqliteLock(connection)


def _take_postgres(url: URL, role: Role) -> WriterLock | None:
    # Keepalives: the server notices within a minute that a holder's machine is gone.
    arguments = {"connect_timeout": 10, "keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 4}
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments)
    with translated("the database"):
        connection = engine.connect()
        if connection.execute(sa.select(sa.func.pg_try_advisory_lock(role.key))).scalar():
            return _PostgresLock(engine, connection)
        connection.close()
    return None
