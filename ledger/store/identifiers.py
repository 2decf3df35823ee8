"""Identifiers registered for products, in the ledger's database. It needs no writer lock: the log's own tables are not touched."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ledger.domain.identifiers import IdentifierTakenError, IndustrialId, RegisteredIdentifier
from ledger.store.engines import parse_url, reading_engine, translated, writing_engine
from ledger.store.identifier_tables import IdentifierRow
from ledger.store.schema import require_latest
from verifier.identifiers import Party

_TABLE = IdentifierRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes


class IdentifierReader:
    """What identifiers stand for. Safe for several threads."""

    def __init__(self, engine: sa.Engine, place: str) -> None:
        self._engine = engine
        self._place = place

    @classmethod
    def open(cls, url: str) -> IdentifierReader:
        """Open for reading. Raises SchemaError, StoreUnavailableError, StoreError."""
        return cls(_opened(url, reading_engine(parse_url(url))), url)

    def close(self) -> None:
        """Give the connections up."""
        self._engine.dispose()

    def find(self, identifier: IndustrialId) -> RegisteredIdentifier | None:
        """What an identifier stands for."""
        rows = self._rows(sa.select(_TABLE).where(_TABLE.c.identifier == identifier))
        return rows[0] if rows else None

    def of_product(self, product: str) -> list[RegisteredIdentifier]:
        """The identifiers of a product, by text."""
        return self._rows(sa.select(_TABLE).where(_TABLE.c.product == product).order_by(_TABLE.c.identifier))

    def _rows(self, query: sa.Select[Any]) -> list[RegisteredIdentifier]:
        with translated(self._place), self._engine.connect() as connection:
            return [_registered(row) for row in connection.execute(query).all()]


class IdentifierRegistry(IdentifierReader):
    """Registers identifiers; each registration is one durable transaction."""

    @classmethod
    def open(cls, url: str) -> IdentifierRegistry:
        """Open for writing; the log's writer has created the database. Raises as `IdentifierReader.open`."""
        return cls(_opened(url, writing_engine(parse_url(url))), url)

    def register(self, wanted: RegisteredIdentifier) -> RegisteredIdentifier:
        """Register an identifier; the same one for the same product again changes nothing.

        Raises IdentifierTakenError: it stands for another product, or was registered by another party.
        """
        query = sa.select(_TABLE).where(_TABLE.c.identifier == wanted.identifier)
        with translated(self._place), self._engine.begin() as connection:
            row = connection.execute(query).first()
            if row is None:
                values = {
                    "identifier": wanted.identifier,
                    "product": wanted.product,
                    "party": wanted.party,
                    "registered_at": wanted.registered_at,
                }
                connection.execute(sa.insert(_TABLE).values(values))
                return wanted
        found = _registered(row)
        if (found.product, found.party) != (wanted.product, wanted.party):
            raise IdentifierTakenError(found.identifier, found.product, found.party)
        return found


def _opened(url: str, engine: sa.Engine) -> sa.Engine:
    with translated(url), engine.connect() as connection:
        require_latest(connection)
    return engine


def _registered(row: sa.Row[Any]) -> RegisteredIdentifier:
    return RegisteredIdentifier(
        identifier=IndustrialId(row.identifier),
        product=row.product,
        party=Party(row.party),
        registered_at=row.registered_at,
    )
