"""Tables of the catalogue (`migrations/versions/0007_catalogue`): derived from the entries, and dispensable."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, Text
from sqlmodel import Field, SQLModel

_BigKey = BigInteger().with_variant(Integer, "sqlite")


class CatalogueStateRow(SQLModel, table=True):
    """One row: how many entries have been taken in. clearing: 1 while they are being forgotten, else 0."""

    __tablename__ = "catalogue_state"

    id: int = Field(default=1, sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    clearing: int = Field(sa_column=Column(SmallInteger, nullable=False))


class CatalogueEntryRow(SQLModel, table=True):
    """Who said what kind of thing: the log by issuer and kind."""

    __tablename__ = "catalogue_entries"
    __table_args__ = (
        Index("ix_catalogue_entries_issuer", "issuer", "kind", "leaf_index"),
        Index("ix_catalogue_entries_kind", "kind", "leaf_index"),
    )

    leaf_index: int = Field(sa_column=Column(_BigKey, primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    issuer: str = Field(sa_column=Column(Text, nullable=False))


class CatalogueCertificateRow(SQLModel, table=True):
    """A certificate at its first entry."""

    __tablename__ = "catalogue_certificates"
    __table_args__ = (Index("ix_catalogue_certificates_category", "category"),)

    leaf_index: int = Field(sa_column=Column(_BigKey, primary_key=True, autoincrement=False))
    statement_id: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    issuer: str = Field(sa_column=Column(Text, nullable=False))
    holder: str = Field(sa_column=Column(Text, nullable=False))
    number: str = Field(sa_column=Column(Text, nullable=False, index=True))
    subject: bytes = Field(sa_column=Column(LargeBinary, nullable=False, index=True))
    category: str = Field(sa_column=Column(Text, nullable=False))
    valid_from: int = Field(sa_column=Column(BigInteger, nullable=False))
    valid_until: int = Field(sa_column=Column(BigInteger, nullable=False))
    products: str = Field(sa_column=Column(Text, nullable=False))
    terms: str = Field(sa_column=Column(Text, nullable=False))


class CatalogueProductRow(SQLModel, table=True):
    """A product (GTIN, or `8013:` and the GMN) of a certificate."""

    __tablename__ = "catalogue_products"

    product: str = Field(sa_column=Column(Text, primary_key=True))
    leaf_index: int = Field(sa_column=Column(_BigKey, primary_key=True, autoincrement=False, index=True))


class CataloguePartyRow(SQLModel, table=True):
    """A party of a certificate. role: 1 issuer, 2 holder, 3 both."""

    __tablename__ = "catalogue_parties"

    party: str = Field(sa_column=Column(Text, primary_key=True))
    leaf_index: int = Field(sa_column=Column(_BigKey, primary_key=True, autoincrement=False, index=True))
    role: int = Field(sa_column=Column(SmallInteger, nullable=False))


class CatalogueBatchRow(SQLModel, table=True):
    """A labels statement at its first entry."""

    __tablename__ = "catalogue_batches"

    leaf_index: int = Field(sa_column=Column(_BigKey, primary_key=True, autoincrement=False))
    statement_id: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    certificate: bytes = Field(sa_column=Column(LargeBinary, nullable=False, index=True))
    count: int = Field(sa_column=Column(BigInteger, nullable=False))


STATE: Final = SQLModel.metadata.tables["catalogue_state"]
ENTRIES: Final = SQLModel.metadata.tables["catalogue_entries"]
CERTIFICATES: Final = SQLModel.metadata.tables["catalogue_certificates"]
PRODUCTS: Final = SQLModel.metadata.tables["catalogue_products"]
PARTIES: Final = SQLModel.metadata.tables["catalogue_parties"]
BATCHES: Final = SQLModel.metadata.tables["catalogue_batches"]
