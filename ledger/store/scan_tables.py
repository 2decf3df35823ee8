"""Tables of scans, item states and PINs (`migrations/versions/0004_scans`). No column holds an address, a hint or a PIN.

item: 16 bytes of a hash of GTIN and serial; device: 8 bytes of a keyed hash whose key is destroyed daily; times unix seconds.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

_BigKey = BigInteger().with_variant(Integer, "sqlite")


class ScanRow(SQLModel, table=True):
    """One scan."""

    __tablename__ = "scans"
    __table_args__ = (Index("ix_scans_item_at", "item", "at"), Index("ix_scans_at", "at"))

    id: int | None = Field(default=None, sa_column=Column(_BigKey, primary_key=True, autoincrement=True))
    item: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: int = Field(sa_column=Column(SmallInteger, nullable=False))
    region: int = Field(sa_column=Column(SmallInteger, nullable=False))
    device: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ItemStateRow(SQLModel, table=True):
    """One state of an item. Rows are only ever added; `ordinal` counts them, so that of two changes at once one is told."""

    __tablename__ = "item_states"

    item: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    ordinal: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    role: str = Field(sa_column=Column(Text, nullable=False))
    party: str = Field(sa_column=Column(Text, nullable=False))


class PinUseRow(SQLModel, table=True):
    """The first use of an item's PIN. The item is the primary key: there is one first use."""

    __tablename__ = "pin_uses"

    item: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    region: int = Field(sa_column=Column(SmallInteger, nullable=False))
    device: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    reference: str = Field(sa_column=Column(Text, nullable=False))


class PinTokenRow(SQLModel, table=True):
    """A client's token bucket, as the moment (milliseconds) at which it is full again."""

    __tablename__ = "pin_tokens"

    client: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    full_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class ScanAlertRow(SQLModel, table=True):
    """An alert to an item's issuer; `day` is the calendar day in Asia/Shanghai."""

    __tablename__ = "scan_alerts"
    __table_args__ = (UniqueConstraint("item", "reason", "day", name="one_alert_a_day"),)

    id: int | None = Field(default=None, sa_column=Column(_BigKey, primary_key=True, autoincrement=True))
    item: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    day: int = Field(sa_column=Column(Integer, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    gtin: str = Field(sa_column=Column(Text, nullable=False))
    serial: str = Field(sa_column=Column(Text, nullable=False))
    issuer: str = Field(sa_column=Column(Text, nullable=False))
    fields: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class SaleStartRow(SQLModel, table=True):
    """When the products of a batch go on sale."""

    __tablename__ = "sale_starts"

    gtin: str = Field(sa_column=Column(Text, primary_key=True))
    batch: str = Field(sa_column=Column(Text, primary_key=True))
    on_sale_from: int = Field(sa_column=Column(BigInteger, nullable=False))


SCANS: Final = SQLModel.metadata.tables["scans"]
ITEM_STATES: Final = SQLModel.metadata.tables["item_states"]
PIN_USES: Final = SQLModel.metadata.tables["pin_uses"]
PIN_TOKENS: Final = SQLModel.metadata.tables["pin_tokens"]
SCAN_ALERTS: Final = SQLModel.metadata.tables["scan_alerts"]
SALE_STARTS: Final = SQLModel.metadata.tables["sale_starts"]
