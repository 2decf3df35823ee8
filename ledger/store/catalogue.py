"""The catalogue in the ledger's database, as lists and fsck read it. `catalogue_writer` changes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from ledger.domain.catalogue import (
    HOLDER,
    ISSUER,
    CataloguedBatch,
    CataloguedCertificate,
    CataloguedEntry,
    CatalogueState,
    CatalogueTotals,
    Listed,
    PartyCount,
)
from ledger.domain.store_errors import StoreError
from ledger.store.catalogue_tables import BATCHES, CERTIFICATES, ENTRIES, PARTIES, PRODUCTS, STATE
from ledger.store.engines import translated
from ledger.store.tables import ENTRIES as LOG
from verifier.types import StatementId

_IDS_AT_ONCE: Final = 500
SEPARATOR: Final = "\n"  # of a certificate's products
_C = CERTIFICATES.c
_CERTIFICATE: Final = sa.select(
    _C.leaf_index, _C.statement_id, _C.issuer, _C.holder, _C.number, _C.subject, _C.category, _C.valid_from,
    _C.valid_until, _C.products, _C.terms,
)  # fmt: skip
_Row: TypeAlias = "sa.Row[*tuple[Any, ...]]"
_Select: TypeAlias = "sa.Select[*tuple[Any, ...]]"


class CatalogueReader:
    """Implements `ledger.ports.catalogue.CatalogueRows`, and what lists ask. Safe for many threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def _all(self, query: _Select | sa.CompoundSelect[*tuple[Any, ...]]) -> Sequence[_Row]:
        with translated("the catalogue"), self._engine.connect() as connection:
            return connection.execute(query).all()

    def _scalar(self, query: _Select) -> Any:
        with translated("the catalogue"), self._engine.connect() as connection:
            return connection.execute(query).scalar()

    def state(self) -> CatalogueState:
        """How far it is, and which way it goes. Raises StoreError when its one row is gone."""
        rows = self._all(sa.select(STATE.c.size, STATE.c.clearing))
        if not rows:
            raise StoreError("the catalogue has no state")
        return CatalogueState(*rows[0])

    def size(self) -> int:
        """Entries 0..size−1 are in the catalogue."""
        return self.state().size

    # ------------------------------------------------------------ what lists ask

    def entry_places(self, *, kind: str | None, issuer: str | None, first: int, limit: int) -> tuple[int, list[int]]:
        """See `EntryPlaces.entry_places`."""
        index, size = ENTRIES.c.leaf_index, sa.select(STATE.c.size).scalar_subquery()
        query = sa.select(index).where(index >= first, index < size)
        query = query if kind is None else query.where(ENTRIES.c.kind == kind)
        query = query if issuer is None else query.where(ENTRIES.c.issuer == issuer)
        found = query.order_by(index).limit(limit).subquery()
        # One statement: size and places are of one moment, on both databases.
        both = sa.union_all(
            sa.select(sa.literal(1), STATE.c.size).select_from(STATE),
            sa.select(sa.literal(0), found.c.leaf_index).select_from(found),
        )
        rows = self._all(both)
        return sum(value for mark, value in rows if mark), sorted(value for mark, value in rows if not mark)

    def newest_places(self, *, kind: str, issuer: str | None, before: int | None, limit: int) -> list[int]:
        """Indices below `before` of entries of a kind, or of an issuer's of that kind, newest first."""
        column = ENTRIES.c
        query = sa.select(column.leaf_index).where(column.kind == kind)
        query = query if issuer is None else query.where(column.issuer == issuer)
        query = query if before is None else query.where(column.leaf_index < before)
        return [row[0] for row in self._all(query.order_by(column.leaf_index.desc()).limit(limit))]

    def search(self, words: Sequence[str], *, before: int | None, limit: int) -> list[tuple[int, StatementId, bytes]]:
        """Certificates whose terms hold every word, newest first: index, statement, entry bytes."""
        query = sa.select(_C.leaf_index)
        query = query if before is None else query.where(_C.leaf_index < before)
        for word in words:
            query = query.where(self._holds(_C.terms, word))
        return self._newest(query.order_by(_C.leaf_index.desc()).limit(limit))

    def onwards(self, first: int, *, limit: int) -> list[tuple[int, StatementId, bytes]]:
        """Certificates from index `first` on, oldest first, as `search`."""
        query = sa.select(_C.leaf_index).where(_C.leaf_index >= first).order_by(_C.leaf_index).limit(limit)
        return self._newest(query)[::-1]

    def of_product(self, product: str, *, limit: int) -> list[tuple[int, StatementId, bytes]]:
        """Certificates of a product, newest first, as `search`."""
        column = PRODUCTS.c
        query = sa.select(column.leaf_index).where(column.product == product)
        return self._newest(query.order_by(column.leaf_index.desc()).limit(limit))

    def of_party(self, party: str, *, limit: int) -> list[tuple[int, StatementId, bytes]]:
        """Certificates that a party issued or holds, newest first, as `search`."""
        column = PARTIES.c
        query = sa.select(column.leaf_index).where(column.party == party)
        return self._newest(query.order_by(column.leaf_index.desc()).limit(limit))

    def certificate(self, statement: StatementId) -> tuple[int, StatementId, bytes] | None:
        """A certificate by its id, as `search`."""
        found = self._newest(sa.select(_C.leaf_index).where(_C.statement_id == statement))
        return found[0] if found else None

    def _newest(self, chosen: _Select) -> list[tuple[int, StatementId, bytes]]:
        # The indices alone first: the log's rows are wide, and a sort must not carry them.
        indices = chosen.subquery()
        query = sa.select(LOG.c.leaf_index, LOG.c.statement_id, LOG.c.entry).join(
            indices, indices.c.leaf_index == LOG.c.leaf_index
        )
        rows = self._all(query.order_by(LOG.c.leaf_index.desc()))
        return [(row[0], StatementId(bytes(row[1])), bytes(row[2])) for row in rows]

    def _holds(self, column: sa.ColumnElement[str], word: str) -> sa.ColumnElement[bool]:
        find = sa.func.instr if self._engine.dialect.name == "sqlite" else sa.func.strpos
        return find(column, word) > 0

    def knows(self, product: str) -> bool:
        """Whether any certificate names the product."""
        return self._scalar(sa.select(PRODUCTS.c.leaf_index).where(PRODUCTS.c.product == product).limit(1)) is not None

    def products(self, *, after: str, limit: int) -> list[str]:
        """Products by rising key."""
        column = PRODUCTS.c.product
        return [
            row[0]
            for row in self._all(sa.select(column).where(column > after).distinct().order_by(column).limit(limit))
        ]

    def parties(self) -> list[PartyCount]:
        """Every party of a certificate, by name."""
        column, role = PARTIES.c.party, PARTIES.c.role
        issued = sa.func.sum(sa.case((role != HOLDER, 1), else_=0))
        held = sa.func.sum(sa.case((role != ISSUER, 1), else_=0))
        rows = self._all(sa.select(column, issued, held).group_by(column).order_by(column))
        return [PartyCount(row[0], int(row[1]), int(row[2])) for row in rows]

    def listed(self, *, party: str | None = None, first: int = 0, limit: int | None = None) -> list[Listed]:
        """What states are told by, oldest first: of all certificates from index `first` on, or a party's."""
        query = sa.select(
            _C.leaf_index, _C.statement_id, _C.issuer, _C.subject, _C.category, _C.valid_from, _C.valid_until
        ).where(_C.leaf_index >= first)
        if party is not None:
            query = query.join(PARTIES, PARTIES.c.leaf_index == _C.leaf_index).where(PARTIES.c.party == party)
        rows = self._all(query.order_by(_C.leaf_index).limit(limit))
        return [Listed(row[0], StatementId(bytes(row[1])), row[2], bytes(row[3]), *row[4:]) for row in rows]

    def labels_under(self, statements: Sequence[StatementId], *, issuer: str | None = None) -> dict[StatementId, int]:
        """How many labels the log says were issued under each certificate, by anybody or by one party; those without are left out."""
        found: dict[StatementId, int] = {}
        column = BATCHES.c
        for at in range(0, len(statements), _IDS_AT_ONCE):
            wanted = column.certificate.in_(statements[at : at + _IDS_AT_ONCE])
            query = sa.select(column.certificate, sa.func.sum(column.count)).where(wanted).group_by(column.certificate)
            if issuer is not None:
                entries = sa.and_(ENTRIES.c.leaf_index == column.leaf_index, ENTRIES.c.issuer == issuer)
                query = query.join(ENTRIES, entries)
            found |= {StatementId(bytes(row[0])): int(row[1]) for row in self._all(query)}
        return found

    def totals(self) -> CatalogueTotals:
        """The front page's figures."""

        def counted(column: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
            return sa.select(sa.func.count(column)).scalar_subquery()

        (row,) = self._all(
            sa.select(
                sa.select(STATE.c.size).scalar_subquery(),
                counted(_C.leaf_index),
                counted(sa.distinct(PRODUCTS.c.product)),
                counted(sa.distinct(PARTIES.c.party)),
                sa.select(sa.func.coalesce(sa.func.sum(BATCHES.c.count), 0)).scalar_subquery(),
            )
        )
        return CatalogueTotals(entries=row[0], certificates=row[1], products=row[2], parties=row[3], labels=int(row[4]))

    # ------------------------------------------------------------ what fsck compares

    def entries(self, first: int, upto: int) -> Sequence[CataloguedEntry]:
        """Entries first..upto−1 in order."""
        index = ENTRIES.c.leaf_index
        query = sa.select(index, ENTRIES.c.kind, ENTRIES.c.issuer).where(index >= first, index < upto).order_by(index)
        return [CataloguedEntry(*row) for row in self._all(query)]

    def certificates(self, first: int, upto: int) -> Sequence[CataloguedCertificate]:
        """Certificates whose first entry is among first..upto−1, in order."""
        rows = self._all(_CERTIFICATE.where(_C.leaf_index >= first, _C.leaf_index < upto).order_by(_C.leaf_index))
        return [_certificate(row) for row in rows]

    def product_places(self, first: int, upto: int) -> set[tuple[int, str]]:
        """The index of products: index of the certificate, product."""
        column = PRODUCTS.c
        query = sa.select(column.leaf_index, column.product)
        return {(row[0], row[1]) for row in self._all(_between(query, column.leaf_index, first, upto))}

    def party_places(self, first: int, upto: int) -> set[tuple[int, str, int]]:
        """The index of parties: index of the certificate, party, roles."""
        column = PARTIES.c
        query = sa.select(column.leaf_index, column.party, column.role)
        return {(row[0], row[1], row[2]) for row in self._all(_between(query, column.leaf_index, first, upto))}

    def batches(self, first: int, upto: int) -> Sequence[CataloguedBatch]:
        """Labels statements whose first entry is among first..upto−1, in order."""
        column = BATCHES.c
        query = sa.select(column.leaf_index, column.statement_id, column.certificate, column.count)
        rows = self._all(query.where(column.leaf_index >= first, column.leaf_index < upto).order_by(column.leaf_index))
        return [CataloguedBatch(row[0], StatementId(bytes(row[1])), StatementId(bytes(row[2])), row[3]) for row in rows]


def _between(query: _Select, index: sa.ColumnElement[int], first: int, upto: int) -> _Select:
    return query.where(index >= first, index < upto)


def _certificate(row: _Row) -> CataloguedCertificate:
    return CataloguedCertificate(
        leaf_index=row[0],
        statement=StatementId(bytes(row[1])),
        issuer=row[2],
        holder=row[3],
        number=row[4],
        subject=bytes(row[5]),
        category=row[6],
        valid_from=row[7],
        valid_until=row[8],
        products=tuple(row[9].split(SEPARATOR)),
        terms=row[10],
    )
