"""Alembic migrations, shipped with the package: `ledger.store.schema.migrate` runs them."""
