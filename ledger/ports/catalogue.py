"""The catalogue, as two sides: lists read, the writer's process projects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ledger.domain.catalogue import CataloguedBatch, CataloguedCertificate, CataloguedEntry, CatalogueStep


class CatalogueRows(Protocol):
    """What fsck compares. Every method raises StoreUnavailableError or StoreError."""

    def size(self) -> int:
        """Entries 0..size−1 are in the catalogue."""
        ...

    def entries(self, first: int, upto: int) -> Sequence[CataloguedEntry]:
        """Entries first..upto−1 in order."""
        ...

    def certificates(self, first: int, upto: int) -> Sequence[CataloguedCertificate]:
        """Certificates whose first entry is among first..upto−1, in order."""
        ...

    def batches(self, first: int, upto: int) -> Sequence[CataloguedBatch]:
        """The same of labels statements."""
        ...


class EntryPlaces(Protocol):
    """The log by who said what kind of thing. Raises as `CatalogueRows`."""

    def size(self) -> int:
        """See `CatalogueRows.size`."""
        ...

    def entry_places(self, *, kind: str | None, issuer: str | None, first: int, limit: int) -> list[int]:
        """Indices from `first` on of entries of a kind, an issuer, or both, in order."""
        ...


class CatalogueWriter(Protocol):
    """Adds to the catalogue. Raises as the reading side, and StoreFullError."""

    def size(self) -> int:
        """See `CatalogueRows.size`."""
        ...

    def add(self, step: CatalogueStep) -> None:
        """Add a step in one transaction; nothing happens when the catalogue is not at `step.first` any more.

        A certificate or labels statement that is there already (signed again, submitted again) is left as it is.
        """
        ...

    def clear(self) -> None:
        """Forget everything, so that it is derived anew."""
        ...
