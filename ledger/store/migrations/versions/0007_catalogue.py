"""The catalogue: the log by issuer and kind, certificates by party and product, labels by certificate. Derived from the entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_catalogue"
down_revision = "0006_confidential"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of `ledger.store.catalogue_tables` as they were at this step, empty: the next writer fills them."""
    state = op.create_table(
        "catalogue_state",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("clearing", sa.SmallInteger, nullable=False),
    )
    op.bulk_insert(state, [{"id": 1, "size": 0, "clearing": 0}])
    _create_entries()
    _create_certificates()
    op.create_table(
        "catalogue_batches",
        sa.Column("leaf_index", _KEY, primary_key=True, autoincrement=False),
        sa.Column("statement_id", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_catalogue_batches_certificate", "catalogue_batches", ["certificate"])


def _create_entries() -> None:
    op.create_table(
        "catalogue_entries",
        sa.Column("leaf_index", _KEY, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
    )
    op.create_index("ix_catalogue_entries_issuer", "catalogue_entries", ["issuer", "kind", "leaf_index"])
    op.create_index("ix_catalogue_entries_kind", "catalogue_entries", ["kind", "leaf_index"])


def _create_certificates() -> None:
    op.create_table(
        "catalogue_certificates",
        sa.Column("leaf_index", _KEY, primary_key=True, autoincrement=False),
        sa.Column("statement_id", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("valid_from", sa.BigInteger, nullable=False),
        sa.Column("valid_until", sa.BigInteger, nullable=False),
        sa.Column("products", sa.Text, nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
    )
    for column in ("number", "subject", "category"):
        op.create_index(f"ix_catalogue_certificates_{column}", "catalogue_certificates", [column])
    op.create_table(
        "catalogue_products",
        sa.Column("product", sa.Text, primary_key=True),
        sa.Column("leaf_index", _KEY, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "catalogue_parties",
        sa.Column("party", sa.Text, primary_key=True),
        sa.Column("leaf_index", _KEY, primary_key=True, autoincrement=False),
        sa.Column("role", sa.SmallInteger, nullable=False),
    )
    for table in ("products", "parties"):
        op.create_index(f"ix_catalogue_{table}_leaf_index", f"catalogue_{table}", ["leaf_index"])
