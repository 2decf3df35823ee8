"""The certificates in the log, as people look for them: by number, product, GTIN, holder, certifier. Read once, then only what is new.

Entries carry certificates whole, so the list is made from the log alone and can be thrown away at any time. Whether one is in force
is a word on the chain: `statuses.py`.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import Final

from ledger.ports.store import LedgerReader
from verifier.bodies import Certificate, Labels, parse_certificate, parse_labels
from verifier.errors import MalformedError
from verifier.statement import parse_entry, statement_id
from verifier.types import StatementId

_PAGE: Final = 5_000
FRESH_SECONDS: Final = 0.5  # a certificate logged this moment may wait so long to be listed
# Canonical entries hold these texts; what merely quotes one in a name has a backslash before its quotes.
_CERTIFICATE: Final = b'"kind":"certificate"'
_LABELS: Final = b'"kind":"labels"'
LONGEST_QUERY: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A certificate as listed. `index`: of its first entry in the log; `terms`: what a search looks through, case folded."""

    statement: StatementId
    index: int
    issuer: str
    certificate: Certificate
    terms: str

    @property
    def name(self) -> str:
        """The first product's name."""
        return self.certificate.products[0].name


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCard:
    """A product and its certificates, newest first."""

    key: str
    name: str
    model: str | None
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A page of cards, newest first, and the cursor of the next page (None at the end)."""

    cards: tuple[Card, ...]
    following: int | None


class Catalogue:
    """The list, kept up to date with the store. Safe for several threads."""

    def __init__(self, store: LedgerReader) -> None:
        self._store = store
        self._lock = Lock()
        self._size = 0
        self._read_at = float("-inf")
        self._cards: list[Card] = []
        self._seen: dict[StatementId, Card] = {}
        self._products: dict[str, list[Card]] = {}
        self._parties: dict[str, list[Card]] = {}
        self._labelled: Counter[StatementId] = Counter()
        self._batches: set[StatementId] = set()

    def catch_up(self) -> None:
        """Read what is new in the log. Raises StoreUnavailableError, StoreError."""
        with self._lock:
            now = time.monotonic()
            if now - self._read_at < FRESH_SECONDS:
                return
            self._read_at = now
            size = self._store.size()
            while self._size < size:
                upto = min(self._size + _PAGE, size)
                for index, (_, data) in enumerate(self._store.leaves(self._size, upto), self._size):
                    if _CERTIFICATE in data or _LABELS in data:
                        self._take(index, data)
                self._size = upto

    def _take(self, index: int, data: bytes) -> None:
        try:
            entry = parse_entry(data)
            statement = statement_id(entry)
            if entry.kind == "certificate" and statement not in self._seen:
                self._add(statement, index, entry.issuer, parse_certificate(entry.body))
            elif entry.kind == "labels":
                self._count(statement, parse_labels(entry.body))
        except MalformedError:
            return  # a dishonest log holds anything; no verdict would hold of it either

    def _add(self, statement: StatementId, index: int, issuer: str, certificate: Certificate) -> None:
        card = Card(
            statement=statement, index=index, issuer=issuer, certificate=certificate, terms=_terms(issuer, certificate)
        )
        self._seen[statement] = card
        self._cards.append(card)
        for product in certificate.products:
            self._products.setdefault(product.gtin or f"8013:{product.gmn}", []).append(card)
        for party in {issuer, certificate.holder}:
            self._parties.setdefault(party, []).append(card)

    def _count(self, statement: StatementId, labels: Labels) -> None:
        if statement not in self._batches:
            self._batches.add(statement)
            self._labelled[labels.certificate] += labels.count

    def knows(self, product: str) -> bool:
        """Whether any certificate names the GTIN, or `8013:` and the GMN."""
        self.catch_up()
        return product in self._products

    def card(self, statement: StatementId) -> Card | None:
        """A certificate by its id."""
        self.catch_up()
        return self._seen.get(statement)

    def cards(self) -> Sequence[Card]:
        """All of them, oldest first."""
        self.catch_up()
        return tuple(self._cards)

    def of_party(self, party: str) -> Sequence[Card]:
        """Certificates a party issued or holds, newest first."""
        self.catch_up()
        return tuple(reversed(self._parties.get(party, ())))

    def parties(self) -> Sequence[str]:
        """Every issuer and holder."""
        self.catch_up()
        return sorted(self._parties)

    def issued_labels(self, statement: StatementId) -> int:
        """How many labels the log says were issued under a certificate."""
        return self._labelled[statement]

    def page(self, query: str = "", *, before: int | None = None, limit: int = 25) -> Slice:
        """Cards that fit every word of the query, newest first, those logged before index `before` only."""
        found = list(islice(self.fitting(query, before=before), limit + 1))
        following = found[limit - 1].index if len(found) > limit else None
        return Slice(cards=tuple(found[:limit]), following=following)

    def fitting(self, query: str, *, before: int | None) -> Iterator[Card]:
        """All such cards, newest first."""
        self.catch_up()
        words = query[:LONGEST_QUERY].casefold().split()
        return (card for card in self._backwards(before) if all(word in card.terms for word in words))

    def _backwards(self, before: int | None) -> Iterator[Card]:
        cards = self._cards
        end = len(cards) if before is None else bisect_left(cards, before, key=lambda card: card.index)
        for place in range(end - 1, -1, -1):
            yield cards[place]

    def product(self, key: str) -> ProductCard | None:
        """A product by its GTIN, or `8013:` and its GMN."""
        self.catch_up()
        cards = self._products.get(key)
        return None if not cards else _product(key, cards)

    def products(self, *, after: str = "", limit: int = 25) -> tuple[Sequence[ProductCard], str | None]:
        """Products by rising key, and where to go on."""
        self.catch_up()
        keys = sorted(self._products)
        start = bisect_left(keys, after + "\0") if after else 0
        shown = keys[start : start + limit]
        following = shown[-1] if start + limit < len(keys) else None
        return [_product(key, self._products[key]) for key in shown], following


def _product(key: str, cards: Sequence[Card]) -> ProductCard:
    newest = tuple(reversed(cards))
    own = next(one for one in newest[0].certificate.products if (one.gtin or f"8013:{one.gmn}") == key)
    return ProductCard(key=key, name=own.name, model=own.model, cards=newest)


def _terms(issuer: str, certificate: Certificate) -> str:
    parts = [certificate.number, issuer, certificate.holder, certificate.category]
    for product in certificate.products:
        parts += [product.name, product.model or "", product.gtin or "", product.gmn or ""]
    return "\n".join(parts).casefold()
