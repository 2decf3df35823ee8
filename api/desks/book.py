"""What the log holds of each party that the lists of certificates do not have: footprints, batches of labels, rules; newest first, a page at a time.

Of a footprint only what its entry shows is given: its figures are nobody's business until its owner shows them (docs/spec/02).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ledger.domain.entries import Sequenced
from verifier.bodies import Labels, Rule, parse_labels
from verifier.bodies.rule import parse_rule
from verifier.errors import MalformedError
from verifier.statement import Entry, parse_entry
from verifier.types import StatementId

MOST_RULES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedFootprint:
    """A footprint as an entry shows it. issued_at: unix seconds, as its signer says."""

    statement: StatementId
    index: int
    issuer: str
    issued_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedBatch:
    """A batch of labels."""

    statement: StatementId
    index: int
    issuer: str
    labels: Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRule:
    """A grade rule as somebody logged it; whether its issuer may is the verdict's business."""

    statement: StatementId
    issuer: str
    rule: Rule


class Places(Protocol):
    """The part of `ledger.store.catalogue.CatalogueReader` that desks use."""

    def labels_under(self, statements: Sequence[StatementId], *, issuer: str | None = None) -> dict[StatementId, int]:
        """How many labels the log says were issued under each certificate, by anybody or by one party."""
        ...

    def newest_places(self, *, kind: str, issuer: str | None, before: int | None, limit: int) -> list[int]:
        """Indices below `before` of entries of a kind, or of an issuer's, newest first."""
        ...


class Entries(Protocol):
    """The part of the store that desks use."""

    def entry(self, index: int) -> Sequenced | None:
        """The entry at an index."""
        ...

    def find(self, ids: Sequence[StatementId]) -> dict[StatementId, list[Sequenced]]:
        """All entries of each id."""
        ...


class LedgerBook:
    """Safe for several threads; every method raises StoreUnavailableError, StoreError."""

    def __init__(self, entries: Entries, places: Places) -> None:
        self._entries = entries
        self._places = places

    def footprints(
        self, issuer: str | None = None, *, before: int | None = None, limit: int
    ) -> Sequence[LoggedFootprint]:
        """Footprints of everybody or of one party; one that was submitted again stands once, at its newest entry."""
        found: dict[StatementId, LoggedFootprint] = {}
        for one, entry in self._read("footprint", issuer, before, limit):
            logged = LoggedFootprint(
                statement=one.statement_id, index=one.index, issuer=entry.issuer, issued_at=entry.issued_at
            )
            found.setdefault(one.statement_id, logged)
        return list(found.values())

    def footprint(self, statement: StatementId) -> LoggedFootprint | None:
        """A footprint by its id."""
        for one in self._entries.find([statement]).get(statement, ()):
            entry = _entry(one)
            if entry is not None and entry.kind == "footprint":
                return LoggedFootprint(
                    statement=statement, index=one.index, issuer=entry.issuer, issued_at=entry.issued_at
                )
        return None

    def known(self, statements: Sequence[StatementId]) -> frozenset[StatementId]:
        """Those of the statements that the log has."""
        return frozenset(self._entries.find(statements))

    def labels_used(self, certificates: Sequence[StatementId], holder: str) -> dict[StatementId, int]:
        """How many labels of each certificate its holder has issued; those without are left out."""
        return self._places.labels_under(certificates, issuer=holder)

    def batch(self, statement: StatementId) -> LoggedBatch | None:
        """A labels statement by its id."""
        for one in self._entries.find([statement]).get(statement, ()):
            entry = _entry(one)
            if entry is not None and entry.kind == "labels":
                return _batch(one, entry)
        return None

    def batches_of(self, party: str, *, before: int | None = None, limit: int) -> Sequence[LoggedBatch]:
        """Batches that a party signed."""
        read = (_batch(one, entry) for one, entry in self._read("labels", party, before, limit))
        return [one for one in read if one is not None]

    def rules(self) -> Sequence[LoggedRule]:
        """The newest rules."""
        found: dict[StatementId, LoggedRule] = {}
        for one, entry in self._read("rule", None, None, MOST_RULES):
            try:
                rule = parse_rule(entry.body)
            except MalformedError:
                continue
            logged = LoggedRule(statement=one.statement_id, issuer=entry.issuer, rule=rule)
            found.setdefault(logged.statement, logged)
        return tuple(found.values())

    def _read(self, kind: str, issuer: str | None, before: int | None, limit: int) -> list[tuple[Sequenced, Entry]]:
        return list(self._readable(kind, issuer, before, limit))

    def _readable(
        self, kind: str, issuer: str | None, before: int | None, limit: int
    ) -> Iterator[tuple[Sequenced, Entry]]:
        for index in self._places.newest_places(kind=kind, issuer=issuer, before=before, limit=limit):
            stored = self._entries.entry(index)
            entry = None if stored is None else _entry(stored)
            if stored is not None and entry is not None:
                yield stored, entry


def _batch(stored: Sequenced, entry: Entry) -> LoggedBatch | None:
    try:
        labels = parse_labels(entry.body)
    except MalformedError:
        return None  # below admission anything may be logged
    return LoggedBatch(statement=stored.statement_id, index=stored.index, issuer=entry.issuer, labels=labels)


def _entry(stored: Sequenced) -> Entry | None:
    try:
        return parse_entry(stored.entry)
    except MalformedError:
        return None  # a dishonest log holds anything
