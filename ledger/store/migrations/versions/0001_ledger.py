"""The ledger: entries, bodies, checkpoints, log keys, and the row that fences writers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001_ledger"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of `ledger.store.tables` as they were at this step."""
    op.create_table(
        "ledger",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.create_table(
        "log_keys",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False, unique=True),
    )
    op.create_table(
        "entries",
        sa.Column("leaf_index", _KEY, primary_key=True, autoincrement=False),
        sa.Column("statement_id", sa.LargeBinary, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("anchor_by", sa.BigInteger, nullable=False),
        sa.Column("log_key", sa.Integer, sa.ForeignKey("log_keys.id"), nullable=False),
        sa.Column("receipt_signature", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_entries_statement_id", "entries", ["statement_id"])
    op.create_table(
        "bodies",
        sa.Column("leaf_index", _KEY, sa.ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", _KEY, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
    )
