"""The tables, as SQLModel classes. Migrations (`migrations/versions`) create them; a test compares the two.

Hashes are raw bytes, times unix seconds. `leaf_index` is the primary key itself: an index cannot be given twice.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, SmallInteger, Text
from sqlmodel import Field, SQLModel

# SQLite makes a column the row's own number (appending at the end of the table) only when its type says INTEGER.
_BigKey = BigInteger().with_variant(Integer, "sqlite")


class LedgerRow(SQLModel, table=True):
    """One row: which log this is, and the epoch of its newest writer."""

    __tablename__ = "ledger"

    id: int = Field(default=1, sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    origin: str = Field(sa_column=Column(Text, nullable=False))
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))


class LogKeyRow(SQLModel, table=True):
    """The log's Ed25519 keys over time; receipts name the one they were signed with."""

    __tablename__ = "log_keys"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    public_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))


class EntryRow(SQLModel, table=True):
    """A sequenced entry. The receipt is derived from the row: everything it promises is here."""

    __tablename__ = "entries"

    leaf_index: int = Field(sa_column=Column(_BigKey, primary_key=True, autoincrement=False))
    statement_id: bytes = Field(sa_column=Column(LargeBinary, nullable=False, index=True))
    leaf_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    entry: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    received_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    anchor_by: int = Field(sa_column=Column(BigInteger, nullable=False))
    log_key: int = Field(sa_column=Column(Integer, ForeignKey("log_keys.id"), nullable=False))
    receipt_signature: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class BodyRow(SQLModel, table=True):
    """The body of a hash-only entry, kept apart from the log: it may be removed without touching a leaf."""

    __tablename__ = "bodies"

    leaf_index: int = Field(
        sa_column=Column(_BigKey, ForeignKey("entries.leaf_index"), primary_key=True, autoincrement=False)
    )
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class CheckpointRow(SQLModel, table=True):
    """A checkpoint the log has signed."""

    __tablename__ = "checkpoints"

    size: int = Field(sa_column=Column(_BigKey, primary_key=True, autoincrement=False))
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    note: str = Field(sa_column=Column(Text, nullable=False))
    time: int = Field(sa_column=Column(BigInteger, nullable=False))


# The same tables for SQLAlchemy's expression language, which is what every query is written in.
LEDGER: Final = SQLModel.metadata.tables["ledger"]
LOG_KEYS: Final = SQLModel.metadata.tables["log_keys"]
ENTRIES: Final = SQLModel.metadata.tables["entries"]
BODIES: Final = SQLModel.metadata.tables["bodies"]
CHECKPOINTS: Final = SQLModel.metadata.tables["checkpoints"]
