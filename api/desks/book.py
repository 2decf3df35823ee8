"""What the log holds of each party that the list of certificates does not have: footprints and batches of labels. Read once, then what is new.

Of a footprint only what its entry shows is kept: its figures are nobody's business until its owner shows them (docs/spec/02).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from api.pages.catalogue import FRESH_SECONDS
from ledger.ports.store import LedgerReader
from verifier.bodies import Labels, parse_labels
from verifier.errors import MalformedError
from verifier.statement import Entry, parse_entry, statement_id
from verifier.types import StatementId

_PAGE: Final = 5_000
# Canonical entries hold these texts; what merely quotes them in a name has a backslash before its quotes.
_FOOTPRINT, _LABELS = b'"kind":"footprint"', b'"kind":"labels"'


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedFootprint:
    """A footprint as its entry shows it. index: of its first entry; issued_at: unix seconds, as its signer says."""

    statement: StatementId
    index: int
    issuer: str
    issued_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedBatch:
    """A batch of labels. index: of its first entry."""

    statement: StatementId
    index: int
    issuer: str
    labels: Labels


class LedgerBook:
    """Safe for several threads."""

    def __init__(self, store: LedgerReader) -> None:
        self._store = store
        self._lock = Lock()
        self._size = 0
        self._read_at = float("-inf")
        self._footprints: dict[StatementId, LoggedFootprint] = {}
        self._batches: dict[StatementId, LoggedBatch] = {}
        self._footprints_of: dict[str, list[LoggedFootprint]] = {}
        self._batches_of: dict[str, list[LoggedBatch]] = {}

    def footprints(self) -> Sequence[LoggedFootprint]:
        """All, oldest first. Raises the store's errors."""
        self._catch_up()
        return tuple(self._footprints.values())

    def footprint(self, statement: StatementId) -> LoggedFootprint | None:
        """A footprint by its id."""
        self._catch_up()
        return self._footprints.get(statement)

    def footprints_of(self, party: str) -> Sequence[LoggedFootprint]:
        """A party's, newest first."""
        self._catch_up()
        return tuple(reversed(self._footprints_of.get(party, ())))

    def batches_of(self, party: str) -> Sequence[LoggedBatch]:
        """Batches that a party signed, newest first."""
        self._catch_up()
        return tuple(reversed(self._batches_of.get(party, ())))

    def _catch_up(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now - self._read_at < FRESH_SECONDS:
                return
            self._read_at = now
            size = self._store.size()
            while self._size < size:
                upto = min(self._size + _PAGE, size)
                for index, (_, data) in enumerate(self._store.leaves(self._size, upto), self._size):
                    if _FOOTPRINT in data or _LABELS in data:
                        self._take(index, data)
                self._size = upto

    def _take(self, index: int, data: bytes) -> None:
        try:
            entry = parse_entry(data)
            if entry.kind == "footprint":
                self._take_footprint(index, entry)
            elif entry.kind == "labels":
                self._take_batch(index, entry)
        except MalformedError:
            return  # a dishonest log holds anything

    def _take_footprint(self, index: int, entry: Entry) -> None:
        found = LoggedFootprint(
            statement=statement_id(entry), index=index, issuer=entry.issuer, issued_at=entry.issued_at
        )
        if self._footprints.setdefault(found.statement, found) is found:
            self._footprints_of.setdefault(found.issuer, []).append(found)

    def _take_batch(self, index: int, entry: Entry) -> None:
        found = LoggedBatch(
            statement=statement_id(entry), index=index, issuer=entry.issuer, labels=parse_labels(entry.body)
        )
        if self._batches.setdefault(found.statement, found) is found:
            self._batches_of.setdefault(found.issuer, []).append(found)
