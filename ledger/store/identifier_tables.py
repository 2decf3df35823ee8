"""Table of identifiers registered for products (`migrations/versions/0003_identifiers`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Text
from sqlmodel import Field, SQLModel


class IdentifierRow(SQLModel, table=True):
    """An industrial-internet identifier. Rows are only ever added."""

    __tablename__ = "identifiers"

    identifier: str = Field(sa_column=Column(Text, primary_key=True))
    product: str = Field(sa_column=Column(Text, nullable=False, index=True))
    party: str = Field(sa_column=Column(Text, nullable=False))
    registered_at: int = Field(sa_column=Column(BigInteger, nullable=False))
