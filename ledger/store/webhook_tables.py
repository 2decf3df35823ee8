"""Tables of webhooks (`migrations/versions/0005_webhooks`). Nothing in them is secret: the server signs with one key of its own.

endpoint: `wh_` and 32 hex digits; message: the webhook-id of a delivery; cursor: as event ids; times unix seconds, 0 for none.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

_BigKey = BigInteger().with_variant(Integer, "sqlite")


class WebhookEndpointRow(SQLModel, table=True):
    """One registered endpoint; a removed one stays, so that its order cannot be carried out again."""

    __tablename__ = "webhook_endpoints"

    endpoint: str = Field(sa_column=Column(Text, primary_key=True))
    party: str = Field(sa_column=Column(Text, nullable=False, index=True))
    document: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    cursor: str = Field(sa_column=Column(Text, nullable=False))
    failures: int = Field(sa_column=Column(Integer, nullable=False))


class WebhookDeliveryRow(SQLModel, table=True):
    """One message to one endpoint; `number` is the order in which messages were made."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint", "message", name="one_delivery_of_a_message"),
        Index("ix_webhook_deliveries_due", "state", "next_at"),
        Index("ix_webhook_deliveries_endpoint", "endpoint", "number"),
    )

    number: int | None = Field(default=None, sa_column=Column(_BigKey, primary_key=True, autoincrement=True))
    endpoint: str = Field(sa_column=Column(Text, nullable=False))
    message: str = Field(sa_column=Column(Text, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    cursor: str = Field(sa_column=Column(Text, nullable=False))
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    next_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    answer: int = Field(sa_column=Column(Integer, nullable=False))
    problem: str = Field(sa_column=Column(Text, nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    settled_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class WebhookOrderRow(SQLModel, table=True):
    """A signed order that was carried out, until it expires."""

    __tablename__ = "webhook_orders"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))


ENDPOINTS: Final = SQLModel.metadata.tables["webhook_endpoints"]
DELIVERIES: Final = SQLModel.metadata.tables["webhook_deliveries"]
ORDERS: Final = SQLModel.metadata.tables["webhook_orders"]
