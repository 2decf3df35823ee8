"""Bringing a database to the schema this version writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ledger.domain.store_errors import SchemaError

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

_MIGRATIONS = Path(__file__).with_name("migrations")
_MIGRATING = int.from_bytes(b"tanjimig", "big") >> 1


def _config() -> Config:
    # Alembic takes 80 ms to import: only who migrates or opens a store pays.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def latest() -> str:
    """The revision this version writes."""
    from alembic.script import ScriptDirectory

    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise SchemaError(None, "a package with its migrations")
    return head


def current(connection: Connection) -> str | None:
    """The revision the database is at; None for an empty one."""
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def migrate(connection: Connection) -> None:
    """Bring the database to the latest revision, in the connection's transaction. Nothing happens when it is there."""
    from alembic import command

    if (
        connection.dialect.name != "sqlite"
    ):  # SQLite's transaction has the write lock already; here two could migrate at once
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
    if current(connection) == latest():
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def require_latest(connection: Connection) -> None:
    """Raise SchemaError unless the database is at the latest revision."""
    found, expected = current(connection), latest()
    if found != expected:
        raise SchemaError(found, expected)
