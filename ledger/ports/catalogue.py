"""The catalogue, as two sides: lists read, the writer's process projects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ledger.domain.catalogue import (
    CataloguedBatch,
    CataloguedCertificate,
    CataloguedEntry,
    CatalogueState,
    CatalogueStep,
)


class CatalogueRows(Protocol):
    """What fsck compares. Every method raises StoreUnavailableError or StoreError."""

    def state(self) -> CatalogueState:
        """How far it is, and which way it goes."""
        ...

    def entries(self, first: int, upto: int) -> Sequence[CataloguedEntry]:
        """Entries first..upto−1 in order."""
        ...

    def certificates(self, first: int, upto: int) -> Sequence[CataloguedCertificate]:
        """Certificates whose first entry is among first..upto−1, in order."""
        ...

    def product_places(self, first: int, upto: int) -> set[tuple[int, str]]:
        """The index of products: index of the certificate, product."""
        ...

    def party_places(self, first: int, upto: int) -> set[tuple[int, str, int]]:
        """The index of parties: index of the certificate, party, roles."""
        ...

    def batches(self, first: int, upto: int) -> Sequence[CataloguedBatch]:
        """The same as `certificates` of labels statements."""
        ...


class EntryPlaces(Protocol):
    """The log by who said what kind of thing. Raises as `CatalogueRows`."""

    def entry_places(self, *, kind: str | None, issuer: str | None, first: int, limit: int) -> tuple[int, list[int]]:
        """How far the catalogue has come, and indices below that and from `first` on of entries of a kind, an issuer, or both, in order.

        Both as of one moment.
        """
        ...


class CatalogueWriter(Protocol):
    """Changes the catalogue, each time in one short transaction. Raises as the reading side, and StoreFullError."""

    def state(self) -> CatalogueState:
        """See `CatalogueRows.state`."""
        ...

    def add(self, step: CatalogueStep) -> None:
        """Add a step; nothing happens when the catalogue is not at `step.first` any more, or is being cleared.

        A certificate or labels statement that is there already (signed again, submitted again) is left as it is.
        """
        ...

    def start_clearing(self) -> None:
        """Have everything forgotten, so that it is derived anew: whoever keeps the catalogue now cuts before it adds."""
        ...

    def cut(self, most: int) -> int:
        """While it is being cleared, forget the last `most` entries; how many there were. Always the catalogue of 0..size−1 is left."""
        ...
