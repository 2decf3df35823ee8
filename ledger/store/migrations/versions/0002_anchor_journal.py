"""The anchorer's journal: transactions signed, and preimages of anchors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_anchor_journal"
down_revision = "0001_ledger"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of `ledger.store.anchor_tables` as they were at this step."""
    op.create_table(
        "anchor_transactions",
        sa.Column("id", _KEY, primary_key=True, autoincrement=True),
        sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("sender", sa.LargeBinary, nullable=False),
        sa.Column("nonce", sa.BigInteger, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("max_fee", sa.BigInteger, nullable=False),
        sa.Column("priority", sa.BigInteger, nullable=False),
        sa.Column("old_size", sa.BigInteger, nullable=False),
        sa.Column("old_root", sa.LargeBinary, nullable=False),
        sa.Column("new_size", sa.BigInteger, nullable=False),
        sa.Column("new_root", sa.LargeBinary, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_anchor_transactions_sender_nonce", "anchor_transactions", ["sender", "nonce"])
    op.create_table(
        "anchors",
        sa.Column("seq", _KEY, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
    )
