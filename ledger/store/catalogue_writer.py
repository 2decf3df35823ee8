"""The catalogue's writing side. Every change is one transaction that first moves `catalogue_state`, so two processes never mix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from ledger.domain.catalogue import CatalogueStep
from ledger.store.catalogue import SEPARATOR, CatalogueReader
from ledger.store.catalogue_tables import BATCHES, CERTIFICATES, ENTRIES, PARTIES, PRODUCTS, STATE
from ledger.store.engines import derived_engine, parse_url, translated
from verifier.types import StatementId

_IDS_AT_ONCE: Final = 500
_FILLED: Final = (ENTRIES, CERTIFICATES, PRODUCTS, PARTIES, BATCHES)


class CatalogueStore(CatalogueReader):
    """Implements `ledger.ports.catalogue.CatalogueWriter`. Several processes cannot harm it."""

    @classmethod
    def open(cls, url: str) -> CatalogueStore:
        """For a database at the latest schema, connected to at first use: who opens it does not depend on it. Raises StoreError."""
        return cls(derived_engine(parse_url(url)))

    def close(self) -> None:
        """Give the connections up."""
        self._engine.dispose()

    def add(self, step: CatalogueStep) -> None:
        """See `CatalogueWriter.add`."""
        with translated("the catalogue"), self._engine.begin() as connection:
            at_first = (STATE.c.id == 1, STATE.c.size == step.first, STATE.c.clearing == 0)
            moved = connection.execute(sa.update(STATE).where(*at_first).values(size=step.upto))
            if moved.rowcount != 1:
                return  # another process was quicker
            certificates = _unknown(connection, CERTIFICATES, step.certificates)
            batches = _unknown(connection, BATCHES, step.batches)
            _insert(connection, ENTRIES, [(one.leaf_index, one.kind, one.issuer) for one in step.entries])
            _insert(
                connection, CERTIFICATES, [(*one[:9], SEPARATOR.join(one.products), one.terms) for one in certificates]
            )
            _insert(connection, PRODUCTS, [(name, one.leaf_index) for one in certificates for name in one.products])
            _insert(
                connection,
                PARTIES,
                [(party, one.leaf_index, role) for one in certificates for party, role in one.parties],
            )
            _insert(connection, BATCHES, [tuple(one) for one in batches])

    def start_clearing(self) -> None:
        """See `CatalogueWriter.start_clearing`."""
        with translated("the catalogue"), self._engine.begin() as connection:
            connection.execute(sa.delete(STATE).where(STATE.c.id != 1))
            if connection.execute(sa.update(STATE).values(clearing=1)).rowcount == 0:
                connection.execute(sa.insert(STATE).values(id=1, size=0, clearing=1))

    def cut(self, most: int) -> int:
        """See `CatalogueWriter.cut`."""
        with translated("the catalogue"), self._engine.begin() as connection:
            # An update even of nothing takes the row's lock before it is read.
            clearing = STATE.c.clearing == 1
            if connection.execute(sa.update(STATE).where(clearing).values(clearing=1)).rowcount != 1:
                return 0
            size = connection.execute(sa.select(STATE.c.size)).scalar_one()
            # Rows that somebody put beyond the size go as well.
            tops = [connection.execute(sa.select(sa.func.max(table.c.leaf_index))).scalar() for table in _FILLED]
            end = max(0, size, *(top + 1 for top in tops if top is not None))
            low = max(0, end - most)
            for table in _FILLED:
                gone = sa.delete(table)
                connection.execute(gone if low == 0 else gone.where(table.c.leaf_index >= low))
            connection.execute(sa.update(STATE).values(size=max(0, min(size, low)), clearing=int(low > 0)))
            return int(end - low)


def _unknown(connection: sa.Connection, table: sa.Table, found: Sequence[Any]) -> list[Any]:
    """Those whose statement is not in the table yet, each once."""
    first = {one.statement: one for one in reversed(found)}
    ids = list(first)
    for at in range(0, len(ids), _IDS_AT_ONCE):
        query = sa.select(table.c.statement_id).where(table.c.statement_id.in_(ids[at : at + _IDS_AT_ONCE]))
        for row in connection.execute(query):
            del first[StatementId(bytes(row[0]))]
    return sorted(first.values(), key=lambda one: one.leaf_index)


def _insert(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Whole rows, in the table's order of columns and the driver's own words: SQLAlchemy takes longer over them than the database."""
    if rows:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        columns = ",".join(f'"{column.name}"' for column in table.columns)
        marks = ",".join([mark] * len(table.columns))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", list(rows))  # noqa: S608
