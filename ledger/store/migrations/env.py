"""Alembic's entry point. Runs on the connection it is handed, inside that connection's transaction."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from ledger.store import (
    anchor_tables,
    catalogue_tables,
    confidential_tables,
    identifier_tables,
    scan_tables,
    tables,
    webhook_tables,
)

# Their classes are what SQLModel.metadata knows.
_ = (tables, anchor_tables, identifier_tables, scan_tables, webhook_tables, confidential_tables, catalogue_tables)


def _run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=SQLModel.metadata, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


_run()
