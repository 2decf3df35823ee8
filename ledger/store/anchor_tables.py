"""Tables of the anchorer (`migrations/versions/0002_anchor_journal`). Hashes are raw bytes, fees wei per gas."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary
from sqlmodel import Field, SQLModel

_BigKey = BigInteger().with_variant(Integer, "sqlite")


class AnchorTransactionRow(SQLModel, table=True):
    """A signed anchor transaction. Rows are only ever added; what became of them the chain says."""

    __tablename__ = "anchor_transactions"
    __table_args__ = (Index("ix_anchor_transactions_sender_nonce", "sender", "nonce"),)

    id: int | None = Field(default=None, sa_column=Column(_BigKey, primary_key=True, autoincrement=True))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    sender: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    nonce: int = Field(sa_column=Column(BigInteger, nullable=False))
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    max_fee: int = Field(sa_column=Column(BigInteger, nullable=False))
    priority: int = Field(sa_column=Column(BigInteger, nullable=False))
    old_size: int = Field(sa_column=Column(BigInteger, nullable=False))
    old_root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    new_size: int = Field(sa_column=Column(BigInteger, nullable=False))
    new_root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    made_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class AnchorRow(SQLModel, table=True):
    """The preimage of `AnchorLog.anchors[seq]`, found on the chain and checked against its word."""

    __tablename__ = "anchors"

    seq: int = Field(sa_column=Column(_BigKey, primary_key=True, autoincrement=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    time: int = Field(sa_column=Column(BigInteger, nullable=False))
