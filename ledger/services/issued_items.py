"""Items that labels statements in the log have issued, with the hashes of their PINs from the leaf tables handed over.

A table is `<labels statement's id in hex>.leaves`; the root in the logged statement proves it. The log is read once, and after that only
what is new in it, asked about at most once in `fresh_seconds`: known items and unknown ones alike.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Final

from ledger.domain.scans import IssuedItem, Item
from ledger.labels.errors import BatchDamagedError
from ledger.labels.leaves import LeafTable
from ledger.ports.store import LedgerReader
from ledger.services.label_quota import read_labels_entry
from verifier.bodies import Labels, parse_certificate
from verifier.crockford import serial_index
from verifier.errors import MalformedError
from verifier.statement import parse_entry, statement_id
from verifier.types import StatementId

OPEN_TABLES: Final = 64
_PAGE: Final = 5_000
_MARK: Final = b'"kind":"labels"'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    statement: StatementId
    issuer: str
    labels: Labels


class LoggedItems:
    """`ports.scans.IssuedItems` on a store and a directory of leaf tables. Safe for many threads."""

    def __init__(self, reader: LedgerReader, leaves: Path, *, fresh_seconds: float = 0.0) -> None:
        self._reader = reader
        self._fresh_seconds = fresh_seconds
        self._read_at = -fresh_seconds
        self._leaves = leaves
        self._lock = Lock()
        self._batches: dict[str, dict[StatementId, _Batch]] = {}
        self._size = 0
        self._tables: OrderedDict[StatementId, LeafTable] = OrderedDict()

    def find(self, item: Item) -> IssuedItem | None:
        """What was issued under this GTIN and serial. Raises StoreUnavailableError, StoreError.

        A wrong serial costs what a right one does: one look into each table whose range holds its index.
        """
        try:
            index = serial_index(item.serial)
        except MalformedError:
            return None
        found = None
        with self._lock:
            self._catch_up()
            for batch in self._batches.get(item.gtin, {}).values():
                table = self._table(batch) if 0 <= index - batch.labels.first < batch.labels.count else None
                pin_hash = None if table is None else table.pin_hash(item.serial, index)
                if pin_hash is not None:
                    found = IssuedItem(item=item, issuer=batch.issuer, batch=batch.labels.batch, pin_hash=pin_hash)
        return found

    def _catch_up(self) -> None:
        now = monotonic()
        if self._size and now - self._read_at < self._fresh_seconds:
            return
        self._read_at = now
        size = self._reader.size()
        while self._size < size:
            upto = min(self._size + _PAGE, size)
            for _, entry in self._reader.leaves(self._size, upto):
                if _MARK in entry:
                    self._take(entry)
            self._size = upto

    def _take(self, data: bytes) -> None:
        read = read_labels_entry(data)
        if read is None:
            return
        entry, labels = read
        # Anybody may log labels for a certificate; only its holder's are labels (label.issuer).
        if self._holder(labels.certificate) == entry.issuer:
            batch = _Batch(statement=statement_id(entry), issuer=entry.issuer, labels=labels)
            self._batches.setdefault(labels.product, {})[batch.statement] = batch

    def _holder(self, certificate: StatementId) -> str | None:
        for stored in self._reader.find([certificate]).get(certificate, ()):
            try:
                entry = parse_entry(stored.entry)
                if entry.kind == "certificate" and entry.body is not None:
                    return parse_certificate(entry.body).holder
            except MalformedError:
                continue
        return None

    def _table(self, batch: _Batch) -> LeafTable | None:
        table = self._tables.get(batch.statement)
        if table is None:
            path = self._leaves / f"{batch.statement.hex()}.leaves"
            if not path.is_file():
                return None
            try:
                table = self._tables[batch.statement] = LeafTable.open(path, root=batch.labels.root)
            except BatchDamagedError:
                return None  # as if it were not here: nothing can be said of its items
            if len(self._tables) > OPEN_TABLES:
                self._tables.popitem(last=False)[1].close()
        self._tables.move_to_end(batch.statement)
        return table
