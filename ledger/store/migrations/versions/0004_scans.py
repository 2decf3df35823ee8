"""Scans, item states, PINs, alerts, sale starts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_scans"
down_revision = "0003_identifiers"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of `ledger.store.scan_tables` as they were at this step."""
    op.create_table(
        "scans",
        sa.Column("id", _KEY, primary_key=True, autoincrement=True),
        sa.Column("item", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("region", sa.SmallInteger, nullable=False),
        sa.Column("device", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_scans_item_at", "scans", ["item", "at"])
    op.create_index("ix_scans_at", "scans", ["at"])
    op.create_table(
        "item_states",
        sa.Column("item", sa.LargeBinary, primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
    )
    op.create_table(
        "pin_uses",
        sa.Column("item", sa.LargeBinary, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("region", sa.SmallInteger, nullable=False),
        sa.Column("device", sa.LargeBinary, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
    )
    op.create_table(
        "pin_tokens",
        sa.Column("client", sa.LargeBinary, primary_key=True),
        sa.Column("full_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "scan_alerts",
        sa.Column("id", _KEY, primary_key=True, autoincrement=True),
        sa.Column("item", sa.LargeBinary, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("gtin", sa.Text, nullable=False),
        sa.Column("serial", sa.Text, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("fields", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("item", "reason", "day", name="one_alert_a_day"),
    )
    op.create_table(
        "sale_starts",
        sa.Column("gtin", sa.Text, primary_key=True),
        sa.Column("batch", sa.Text, primary_key=True),
        sa.Column("on_sale_from", sa.BigInteger, nullable=False),
    )
