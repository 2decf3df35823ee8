"""Which items were issued, for scans and PINs: found in the leaves that enterprises handed to the operator. Implements `ports.scans.IssuedItems`."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import Final

from api.pages.catalogue import BatchCard, Catalogue
from ledger.domain.scans import IssuedItem, Item
from ledger.labels.errors import BatchDamagedError
from ledger.labels.leaves import LeafTable
from verifier.crockford import serial_index
from verifier.encoding import parse_hex
from verifier.errors import MalformedError
from verifier.types import StatementId

OPEN_TABLES: Final = 64


class LeafItems:
    """Looks an item up in the files `<statement id in hex>.leaves` of a directory. Safe for several threads."""

    def __init__(self, catalogue: Catalogue, leaves: Path) -> None:
        self._catalogue = catalogue
        self._leaves = leaves
        self._lock = Lock()
        self._tables: OrderedDict[StatementId, LeafTable | None] = OrderedDict()

    def find(self, item: Item) -> IssuedItem | None:
        """What was issued under this GTIN and serial."""
        try:
            index = serial_index(item.serial)
        except (MalformedError, ValueError, IndexError):
            return None
        for batch in self._catalogue.batches(item.gtin):
            if batch.labels.first <= index < batch.labels.first + batch.labels.count:
                found = self._in(batch, item, index)
                if found is not None:
                    return found
        return None

    def _in(self, batch: BatchCard, item: Item, index: int) -> IssuedItem | None:
        table = self._table(batch)
        found = None if table is None else table.evidence(item.serial, index)
        if found is None:
            return None
        return IssuedItem(
            item=item,
            issuer=batch.issuer,
            batch=batch.labels.batch,
            pin_hash=parse_hex(found.leaf["pinHash"], "/pinHash", 32),
        )

    def _table(self, batch: BatchCard) -> LeafTable | None:
        with self._lock:
            if batch.statement not in self._tables:
                file = self._leaves / f"{batch.statement.hex()}.leaves"
                try:
                    self._tables[batch.statement] = LeafTable.open(file, root=batch.labels.root)
                except BatchDamagedError:
                    return None  # not handed in, or not yet: nobody can redeem its PINs here
                if len(self._tables) > OPEN_TABLES:
                    self._tables.popitem(last=False)
            self._tables.move_to_end(batch.statement)
            return self._tables[batch.statement]
