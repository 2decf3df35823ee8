"""Industrial-internet identifiers registered for products."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_identifiers"
down_revision = "0002_anchor_journal"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of `ledger.store.identifier_tables` as it was at this step."""
    op.create_table(
        "identifiers",
        sa.Column("identifier", sa.Text, primary_key=True),
        sa.Column("product", sa.Text, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("registered_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_identifiers_product", "identifiers", ["product"])
