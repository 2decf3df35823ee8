"""Database engines: SQLite and PostgreSQL, each with a reading and a writing kind.

SQLite is opened with WAL and synchronous=FULL: a commit that returned survives loss of power, readers never wait for the
writer. A reading engine cannot write on either database, whatever is sent through it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url

from ledger.domain.errors import LedgerError
from ledger.domain.store_errors import StoreError, StoreFullError, StoreUnavailableError

BUSY_MILLISECONDS: Final = 10_000
# What can wait for another time does not wait for a lock.
DERIVED_BUSY_MILLISECONDS: Final = 250
_DERIVED_STATEMENT_MILLISECONDS: Final = 5_000
_SQLITE_CACHE_KIB: Final = 65_536
_SQLITE_READING_CACHE_KIB: Final = (
    8_192  # of each connection, and there may be one for every thread; the system caches the file
)
# sqlite3.h result codes; the extended ones have these in their low byte.
_SQLITE_BUSY, _SQLITE_LOCKED, _SQLITE_IOERR, _SQLITE_FULL, _SQLITE_CANTOPEN = 5, 6, 10, 13, 14
# PostgreSQL error classes (Appendix A): 53100 disk_full; 08 connection, 57P operator intervention,
# 57014 statement timeout, 55P03 lock timeout.
_POSTGRES_FULL: Final = "53100"
_POSTGRES_PASSING: Final = ("08", "57P", "57014", "53", "55P03", "40")


def parse_url(text: str) -> URL:
    """Read `sqlite:///path`, `postgresql://…`, or a bare file path. Raises StoreError for another kind of database."""
    if "://" not in text:
        text = f"sqlite:///{text}"
    try:
        url = make_url(text)
    except sa.exc.ArgumentError as error:
        raise StoreError(f"not a database URL: {text}") from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite+pysqlite")
    raise StoreError("the store is an SQLite file or a PostgreSQL database")


def is_sqlite(url: str) -> bool:
    """Whether a database is a file of this machine. Raises StoreError for another kind than ours."""
    return parse_url(url).get_backend_name() == "sqlite"


def reading_engine(url: URL) -> sa.Engine:
    """An engine through which nothing can be changed; safe for many threads."""
    if url.get_backend_name() == "sqlite":
        if not Path(url.database or "").exists():
            raise StoreUnavailableError(f"no database at {url.database}")
        return _sqlite(url, "DEFERRED", "PRAGMA query_only=ON", cache=_SQLITE_READING_CACHE_KIB)
    return sa.create_engine(
        url, pool_pre_ping=True, connect_args={"options": "-c default_transaction_read_only=on", "connect_timeout": 10}
    )


def writing_engine(url: URL) -> sa.Engine:
    """The writer's engine: one connection, durable commits."""
    if url.get_backend_name() == "sqlite":
        directory = Path(url.database or "").absolute().parent
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailableError(f"{directory}: {error.strerror}") from error
        # Taking the write lock at BEGIN: a transaction that begins as a reader cannot always become a writer.
        return _sqlite(url, "IMMEDIATE", "PRAGMA query_only=OFF")
    options = "-c synchronous_commit=on -c lock_timeout=10000"
    return sa.create_engine(url, pool_size=1, max_overflow=1, connect_args={"options": options, "connect_timeout": 10})


def derived_engine(url: URL) -> sa.Engine:
    """A writing engine for what can be derived again. Connects at first use.

    Its last commits may be lost with the power, so nobody waits for the disk; it waits for no lock longer than DERIVED_BUSY_MILLISECONDS.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(
            url,
            "IMMEDIATE",
            "PRAGMA synchronous=NORMAL",
            busy=DERIVED_BUSY_MILLISECONDS,
            cache=_SQLITE_READING_CACHE_KIB,
        )
    options = (
        f"-c synchronous_commit=off -c lock_timeout={DERIVED_BUSY_MILLISECONDS}"
        f" -c statement_timeout={_DERIVED_STATEMENT_MILLISECONDS}"
    )
    return sa.create_engine(url, pool_size=1, max_overflow=1, connect_args={"options": options, "connect_timeout": 10})


def _sqlite(
    url: URL, begin: str, last_pragma: str, *, busy: int = BUSY_MILLISECONDS, cache: int = _SQLITE_CACHE_KIB
) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": busy / 1000, "check_same_thread": False})
    pragmas = (
        f"PRAGMA busy_timeout={busy}",
        "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=ON",
        f"PRAGMA cache_size=-{cache}",
        last_pragma,
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver would begin transactions of its own accord, and deferred
        for pragma in pragmas:
            connection.execute(pragma)
        _use_wal(connection, busy)

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {begin}")

    return engine


def _use_wal(connection: sqlite3.Connection, busy: int) -> None:
    """Switch to WAL. SQLite does not wait by itself here while the last other connection is tidying up."""
    deadline = time.monotonic() + busy / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (_SQLITE_BUSY, _SQLITE_LOCKED) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn the driver's errors into the ledger's.

    Raises:
        StoreFullError: no space.
        StoreUnavailableError: not reachable, or locked for too long.
        StoreError: anything else the database says.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise translate(error.orig, place) from error
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(str(error)) from error


def translate(error: BaseException | None, place: str) -> LedgerError:
    """The ledger's error for one of a driver (sqlite3 or psycopg), told apart by its code, never by its words."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        primary = code & 0xFF
        # A write cut off by a quota or a file-size limit is an I/O error to SQLite; it too passes once there is space.
        if primary in (_SQLITE_FULL, _SQLITE_IOERR):
            return StoreFullError(place)
        passing = primary in (_SQLITE_BUSY, _SQLITE_LOCKED, _SQLITE_CANTOPEN)
        return StoreUnavailableError(str(error)) if passing else StoreError(str(error))
    state = getattr(error, "sqlstate", None)
    if state == _POSTGRES_FULL:
        return StoreFullError(place)
    # A connection that is gone has no state to tell.
    if state is None or state.startswith(_POSTGRES_PASSING):
        return StoreUnavailableError(str(error))
    return StoreError(str(error))
