"""From a label's text to its evidence: the certificate it names, the labels statement whose range it is in, and its leaf."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

from api.http.evidence import EvidenceDesk
from ledger.labels.errors import BatchDamagedError
from ledger.labels.leaves import LeafTable
from ledger.ports.store import LedgerReader
from ledger.services.evidence import BodyUnavailableError, NotAnchoredError, StatementUnknownError
from ledger.services.label_quota import LabelRanges
from ledger.store.catalogue import CatalogueReader
from verifier.bodies import Labels, parse_body
from verifier.encoding import parse_hex
from verifier.evidence import Evidence, IssuedLeaf, Item, LabelEvidence, Leaf
from verifier.identifiers import parse_party
from verifier.label import Label, parse_label
from verifier.statement import parse_entry, statement_id
from verifier.types import StatementId

OPEN_TABLES: Final = 64
_NOT_HERE: Final = (StatementUnknownError, NotAnchoredError, BodyUnavailableError)


class PrefixReader(LedgerReader, Protocol):
    """A store that finds statements by the first half of their id, and has a catalogue."""

    def with_prefix(self, prefix: bytes) -> list[StatementId]:
        """Ids that begin so, each once."""
        ...

    def catalogue(self) -> CatalogueReader:
        """The catalogue beside the log."""
        ...


class LabelDesk:
    """Builds label evidence. Leaves come from files `<statement id in hex>.leaves` in a directory, where there is one."""

    def __init__(self, *, store: PrefixReader, desk: EvidenceDesk, leaves: Path | None) -> None:
        self._store = store
        self._desk = desk
        self._leaves = leaves
        self._lock = Lock()
        self._ranges = LabelRanges(store)
        self._tables: OrderedDict[StatementId, LeafTable] = OrderedDict()

    def evidence(self, text: str) -> Evidence | None:
        """Evidence of a label; None when the log has no certificate that it could name.

        Raises MalformedError: the text is no label. BackpressureError, StoreError.
        """
        label = parse_label(text)
        certificate = self._certificate(label)
        if certificate is None:
            return None
        try:
            base = self._desk.of(certificate).evidence
        except _NOT_HERE:
            return None
        item = self._labels(label, certificate, base)
        issued = None if item is None else self.issued(label, item)
        return replace(base, labels=item, label=LabelEvidence(text=text, label=label, issued=issued))

    def _certificate(self, label: Label) -> StatementId | None:
        """The certificate a label names by half of its id. Two that share it: the verifier's pack check is for that."""
        for found in self._store.with_prefix(label.certificate_prefix):
            entries = self._store.find([found])[found]
            if parse_entry(entries[0].entry).kind == "certificate":
                return found
        return None

    def _labels(self, label: Label, certificate: StatementId, base: Evidence) -> Item | None:
        if base.certificate is None:
            return None
        holder = base.certificate.statement.body.get("holder")
        with self._lock:
            ranges = self._ranges.of(certificate, parse_party(holder, "/holder"))
        for one in ranges:
            if label.index is None or one.first <= label.index < one.end:
                with suppress(*_NOT_HERE):
                    item = self._desk.item(one.statement)
                    if _fits(label, item):
                        return item
        return None

    def issued(self, label: Label, item: Item) -> IssuedLeaf | None:
        """The label's leaf in its labels statement; None without the leaf table, or where no such label was issued."""
        table = self.table(item)
        return None if table is None else issued_leaf(table, label)

    def table(self, item: Item) -> LeafTable | None:
        """The leaf table of a labels statement; None where it was not handed over, or is not the statement's."""
        if self._leaves is None:
            return None
        body = parse_body("labels", item.statement.body)
        if not isinstance(body, Labels):
            return None
        statement = statement_id(item.statement)
        with self._lock:
            table = self._tables.get(statement)
            if table is None:
                path = self._leaves / f"{statement.hex()}.leaves"
                if not path.is_file():
                    return None
                try:
                    table = self._tables[statement] = LeafTable.open(path, root=body.root)
                except BatchDamagedError:
                    return None  # as if it were not here: `label.issued` stays unchecked
                if len(self._tables) > OPEN_TABLES:
                    self._tables.popitem(last=False)
            self._tables.move_to_end(statement)
            return table


def issued_leaf(table: LeafTable, label: Label) -> IssuedLeaf | None:
    """A label's leaf and path; None where no such label was issued."""
    index = table.first if label.index is None else label.index
    found = table.evidence(label.signed_serial, index)
    if found is None:
        return None
    leaf = Leaf(
        gtin=str(found.leaf["gtin"]),
        serial=str(found.leaf["serial"]),
        pin_hash=parse_hex(found.leaf["pinHash"], "/pinHash", 32),
    )
    return IssuedLeaf(leaf=leaf, path=found.path)


def _fits(label: Label, item: Item) -> bool:
    """An item's index says which batch it is of. Other labels: the lot, and the product; a GMN may stand under a GTIN's statement, too."""
    if label.index is not None:
        return True
    body = parse_body("labels", item.statement.body)
    if not isinstance(body, Labels) or (label.batch is not None and body.batch != label.batch):
        return False
    return label.product == body.product or (label.gtin is None and body.gmn is None)
