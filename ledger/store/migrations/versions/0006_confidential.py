"""Confidential payloads, encryption keys, readings; sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_confidential"
down_revision = "0005_webhooks"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of `ledger.store.confidential_tables` as they were at this step."""
    _keys_and_sessions()
    op.create_table(
        "payloads",
        sa.Column("number", _KEY, primary_key=True, autoincrement=True),
        sa.Column("payload", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("submitter", sa.Text, nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("descriptor", sa.LargeBinary, nullable=False),
        sa.Column("stored_at", sa.BigInteger, nullable=False),
        sa.Column("erasure", sa.LargeBinary, nullable=True),
    )
    op.create_index("ix_payloads_submitter", "payloads", ["submitter"])
    for name, column in (("payload_chunks", "data"), ("payload_shares", "document")):
        op.create_table(
            name,
            sa.Column("payload", sa.LargeBinary, primary_key=True),
            sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column(column, sa.LargeBinary, nullable=False),
        )
    op.create_table(
        "payload_parties",
        sa.Column("payload", sa.LargeBinary, primary_key=True),
        sa.Column("party", sa.Text, primary_key=True),
    )
    op.create_index("ix_payload_parties_party", "payload_parties", ["party", "payload"])
    op.create_table(
        "payload_accesses",
        sa.Column("number", _KEY, primary_key=True, autoincrement=True),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("signer", sa.LargeBinary, nullable=False),
        sa.Column("session", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_payload_accesses_payload", "payload_accesses", ["payload", "number"])


def _keys_and_sessions() -> None:
    op.create_table(
        "encryption_keys",
        sa.Column("party", sa.Text, primary_key=True),
        sa.Column("starts_at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("public_key", sa.LargeBinary, primary_key=True),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("signer", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("token", sa.LargeBinary, primary_key=True),
        sa.Column("session", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("signer", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_sessions_party", "sessions", ["party"])
    op.create_table(
        "used_nonces",
        sa.Column("nonce", sa.LargeBinary, primary_key=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "session_secrets",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("secret", sa.LargeBinary, nullable=False),
    )
