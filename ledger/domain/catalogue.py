"""The catalogue: what lists need to know of entries, derived from the log and thrown away at will."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from verifier.types import StatementId

ISSUER: Final = 1  # roles of a party
HOLDER: Final = 2


class CataloguedEntry(NamedTuple):
    """Any entry. leaf_index: its place in the log."""

    leaf_index: int
    kind: str
    issuer: str


class CataloguedCertificate(NamedTuple):
    """A certificate, at its first entry.

    subject: `verifier.statement.subject_of_number` of issuer and number; products: GTINs, or `8013:` and the GMN;
    terms: what a search looks through, case folded.
    """

    leaf_index: int
    statement: StatementId
    issuer: str
    holder: str
    number: str
    subject: bytes
    category: str
    valid_from: int
    valid_until: int
    products: tuple[str, ...]
    terms: str

    @property
    def parties(self) -> tuple[tuple[str, int], ...]:
        """Its parties, each once, with their roles added up."""
        if self.issuer == self.holder:
            return ((self.issuer, ISSUER | HOLDER),)
        return ((self.issuer, ISSUER), (self.holder, HOLDER))


class CataloguedBatch(NamedTuple):
    """A labels statement, at its first entry. certificate: the one it counts against; labels: how many."""

    leaf_index: int
    statement: StatementId
    certificate: StatementId
    labels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueStep:
    """What entries first..upto−1 give."""

    first: int
    upto: int
    entries: tuple[CataloguedEntry, ...]
    certificates: tuple[CataloguedCertificate, ...]
    batches: tuple[CataloguedBatch, ...]


class CatalogueState(NamedTuple):
    """Entries 0..size−1 are in the catalogue. clearing: 1 while it is being forgotten from its end, else 0."""

    size: int
    clearing: int


class Listed(NamedTuple):
    """As little of a certificate as its state asks for, at its first entry."""

    leaf_index: int
    statement: StatementId
    issuer: str
    subject: bytes
    category: str
    valid_from: int
    valid_until: int


class PartyCount(NamedTuple):
    """How many certificates a party issued and holds."""

    party: str
    issued: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueTotals:
    """Figures of the front page. entries: how far the catalogue has come."""

    entries: int
    certificates: int
    products: int
    parties: int
    labels: int
