"""The certificates in the log, as people look for them: by number, product, GTIN, holder, certifier.

Asked of the ledger's catalogue (`ledger.services.catalogue`), which the writer's process derives from the entries; what is shown of a certificate is read
from its entry. Whether one is in force is a word on the chain: `statuses.py`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import Final, Protocol

import orjson

from ledger.domain.catalogue import CatalogueTotals, Listed, PartyCount
from ledger.services.catalogue import product_keys
from verifier.bodies import Certificate, parse_certificate
from verifier.statement import subject_of_number
from verifier.types import StatementId

FRESH_SECONDS: Final = 0.5  # a certificate in the catalogue may wait so long to be listed
CHUNK: Final = 200
PIECE: Final = 5_000
MOST_OF_PRODUCT: Final = 200  # newest certificates shown of one product
REMEMBERED: Final = 4_096
LONGEST_QUERY: Final = 100
Row = tuple[int, StatementId, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A certificate as listed."""

    listed: Listed
    certificate: Certificate

    @property
    def statement(self) -> StatementId:
        """The certificate's id."""
        return self.listed.statement

    @property
    def index(self) -> int:
        """Of its first entry in the log."""
        return self.listed.leaf_index

    @property
    def issuer(self) -> str:
        """The certifier."""
        return self.listed.issuer

    @property
    def name(self) -> str:
        """The first product's name."""
        return self.certificate.products[0].name


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCard:
    """A product and its newest certificates, newest first."""

    key: str
    name: str
    model: str | None
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A page of cards, newest first, and the cursor of the next page (None at the end)."""

    cards: tuple[Card, ...]
    following: int | None


class CatalogueSource(Protocol):
    """The part of `ledger.store.catalogue.CatalogueReader` that lists use; see there."""

    def size(self) -> int: ...
    def search(self, words: Sequence[str], *, before: int | None, limit: int) -> list[Row]: ...
    def onwards(self, first: int, *, limit: int) -> list[Row]: ...
    def of_product(self, product: str, *, limit: int) -> list[Row]: ...
    def of_party(self, party: str, *, limit: int) -> list[Row]: ...
    def certificate(self, statement: StatementId) -> Row | None: ...
    def knows(self, product: str) -> bool: ...
    def products(self, *, after: str, limit: int) -> list[str]: ...
    def parties(self) -> list[PartyCount]: ...
    def listed(self, *, party: str | None = None, first: int = 0, limit: int | None = None) -> list[Listed]: ...
    def labels_under(self, statements: Sequence[StatementId]) -> dict[StatementId, int]: ...
    def totals(self) -> CatalogueTotals: ...


class Catalogue:
    """What lists show. Safe for several threads; every method raises StoreUnavailableError, StoreError."""

    def __init__(self, source: CatalogueSource) -> None:
        self._source = source
        self._lock = Lock()
        self._size = -1
        self._looked_at = float("-inf")
        self._products: dict[str, ProductCard] = {}
        self._known: set[str] = set()

    def knows(self, product: str) -> bool:
        """Whether any certificate names the GTIN, or `8013:` and the GMN. What was named once is named for ever."""
        product = _plain(product)
        if product in self._known:
            return True
        if not self._source.knows(product):
            return False
        with self._lock:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known.add(product)
        return True

    def card(self, statement: StatementId) -> Card | None:
        """A certificate by its id."""
        row = self._source.certificate(statement)
        return None if row is None else _card(row)

    def of_party(self, party: str, limit: int) -> Sequence[Card]:
        """Certificates a party issued or holds, newest first."""
        return [_card(row) for row in self._source.of_party(party, limit=limit)]

    def listed(self, party: str | None = None) -> Sequence[Listed]:
        """All certificates, or a party's, oldest first."""
        return self._source.listed(party=party)

    def pieces(self, party: str | None = None) -> Iterator[Sequence[Listed]]:
        """The same, asked for PIECE at a time: for whoever only counts them."""
        first = 0
        while piece := self._source.listed(party=party, first=first, limit=PIECE):
            yield piece
            if len(piece) < PIECE:
                return
            first = piece[-1].leaf_index + 1

    def parties(self) -> Sequence[PartyCount]:
        """Every issuer and holder."""
        return self._source.parties()

    def totals(self) -> CatalogueTotals:
        """How many there are of everything."""
        return self._source.totals()

    def issued_labels(self, statements: Sequence[StatementId]) -> int:
        """How many labels the log says were issued under these certificates."""
        return sum(self._source.labels_under(statements).values())

    def page(self, query: str = "", *, before: int | None = None, limit: int = 25) -> Slice:
        """Cards that fit every word of the query, newest first, those logged before index `before` only."""
        found = list(islice(self.fitting(query, before=before, chunk=limit + 1), limit + 1))
        following = found[limit - 1].index if len(found) > limit else None
        return Slice(cards=tuple(found[:limit]), following=following)

    def fitting(self, query: str, *, before: int | None, chunk: int = CHUNK) -> Iterator[Card]:
        """All such cards, newest first, asked for `chunk` at a time."""
        words = _plain(query[:LONGEST_QUERY]).casefold().split()
        while rows := self._source.search(words, before=before, limit=chunk):
            yield from map(_card, rows)
            if len(rows) < chunk:
                return
            before = rows[-1][0]

    def onwards(self) -> Iterator[Card]:
        """All cards, oldest first, asked for CHUNK at a time."""
        first = 0
        while rows := self._source.onwards(first, limit=CHUNK):
            yield from map(_card, rows)
            first = rows[-1][0] + 1

    def product(self, key: str) -> ProductCard | None:
        """A product by its GTIN, or `8013:` and its GMN."""
        key = _plain(key)
        self._forget_when_grown()
        found = self._products.get(key)
        if found is None:
            rows = self._source.of_product(key, limit=MOST_OF_PRODUCT)
            if not rows:
                return None
            found = _product(key, tuple(map(_card, rows)))
            with self._lock:
                if len(self._products) >= REMEMBERED:
                    self._products.clear()
                self._products[key] = found
        return found

    def _forget_when_grown(self) -> None:
        now = time.monotonic()
        with self._lock:
            if now - self._looked_at < FRESH_SECONDS:
                return
            self._looked_at = now
        size = self._source.size()
        with self._lock:
            if size != self._size:
                self._size = size
                self._products.clear()

    def products(self, *, after: str = "", limit: int = 25) -> tuple[Sequence[ProductCard], str | None]:
        """Products by rising key, and where to go on."""
        keys = self._source.products(after=_plain(after), limit=limit + 1)
        shown = [card for key in keys[:limit] if (card := self.product(key)) is not None]
        return shown, keys[limit - 1] if len(keys) > limit else None


def _plain(text: str) -> str:
    """What somebody typed, without what PostgreSQL takes in no text."""
    return text.replace("\0", "")


def _card(row: Row) -> Card:
    """From an entry that was readable when it was catalogued. Raises MalformedError, ValueError if it was altered since."""
    index, statement, data = row
    entry = orjson.loads(data)
    certificate = parse_certificate(entry["body"])
    issuer = str(entry["issuer"])
    listed = Listed(
        leaf_index=index,
        statement=statement,
        issuer=issuer,
        subject=subject_of_number(issuer, certificate.number),
        category=certificate.category,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
    )
    return Card(listed=listed, certificate=certificate)


def _product(key: str, newest: tuple[Card, ...]) -> ProductCard:
    products = newest[0].certificate.products
    own = next(one for one, name in zip(products, product_keys(newest[0].certificate), strict=True) if name == key)
    return ProductCard(key=key, name=own.name, model=own.model, cards=newest)
