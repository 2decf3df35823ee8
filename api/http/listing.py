"""Reading the log's entries as people ask for them: one with its state, or a page of those that fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.domain.entries import Sequenced
from ledger.ports.catalogue import EntryPlaces
from ledger.ports.store import LedgerReader
from ledger.services.anchored import AnchorIndex
from ledger.services.evidence import StatementUnknownError
from ledger.services.lifecycle import Lifecycle, Reach
from verifier.encoding import to_hex
from verifier.receipt import Receipt, receipt_document
from verifier.signature import to_checksum
from verifier.statement import parse_entry
from verifier.types import JsonValue, StatementId

# Entries that the catalogue lacks, looked at for one page: a filter that seldom fits gives short pages, never a long wait.
LOOKED_AT: Final = 4_096
_PAGE: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Entries that fit, and where to go on: the index after the last one looked at, None at the log's end."""

    items: tuple[dict[str, JsonValue], ...]
    following: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Entries of the log as documents."""

    origin: str
    store: LedgerReader
    catalogue: EntryPlaces
    shelf: AnchorIndex
    life: Lifecycle

    def statement(self, statement: StatementId) -> dict[str, JsonValue]:
        """A statement: what it says where that is public, and every entry with its state. Raises StatementUnknownError."""
        entries = self.store.find([statement]).get(statement, [])
        if not entries:
            raise StatementUnknownError(statement)
        reach = self.life.reach()
        documents: list[JsonValue] = [self.document(entry, reach) for entry in entries]
        first = parse_entry(entries[0].entry)
        found: dict[str, JsonValue] = {
            "id": to_hex(statement),
            "kind": first.kind,
            "issuer": first.issuer,
            "entries": documents,
        }
        if first.body is not None:
            found["body"] = first.body
        return found

    def page(self, *, kind: str | None, issuer: str | None, first: int, limit: int) -> Page:
        """At most `limit` entries from index `first` on that fit both filters.

        Raises StoreUnavailableError, StoreError.
        """
        reach, size = self.life.reach(), self.store.size()
        known = min(size, self.catalogue.size())
        items: list[dict[str, JsonValue]] = []
        for index in self._places(kind, issuer, first, known, limit):
            entry = self.store.entry(index)
            if entry is not None:
                items.append(self.document(entry, reach))
                if len(items) == limit:
                    return Page(items=tuple(items), following=index + 1 if index + 1 < size else None)
        # What the catalogue has not taken in yet is looked through.
        at, end = max(first, known), min(size, max(first, known) + LOOKED_AT)
        while at < end:
            upto = min(end, at + _PAGE)
            for entry in self.store.entries(at, upto):
                parsed = parse_entry(entry.entry)
                if kind in (None, parsed.kind) and issuer in (None, parsed.issuer):
                    items.append(self.document(entry, reach))
                    if len(items) == limit:
                        following = entry.index + 1
                        return Page(items=tuple(items), following=following if following < size else None)
            at = upto
        return Page(items=tuple(items), following=at if at < size else None)

    def _places(self, kind: str | None, issuer: str | None, first: int, known: int, limit: int) -> Sequence[int]:
        if kind is None and issuer is None:
            return range(first, min(known, first + limit))
        return self.catalogue.entry_places(kind=kind, issuer=issuer, first=first, limit=limit)

    def receipts(self, statement: StatementId) -> list[dict[str, JsonValue]]:
        """The receipts a statement was answered with, oldest first. Raises StatementUnknownError."""
        entries = self.store.find([statement]).get(statement, [])
        if not entries:
            raise StatementUnknownError(statement)
        return [self.receipt(entry) for entry in entries]

    def receipt(self, entry: Sequenced) -> dict[str, JsonValue]:
        """An entry's receipt, byte for byte as it was given."""
        return receipt_document(
            Receipt(
                origin=self.origin,
                id=entry.statement_id,
                leaf_hash=entry.leaf_hash,
                index=entry.index,
                anchor_by=entry.anchor_by,
                key=entry.log_key,
                signature=entry.receipt_signature,
            )
        )

    def document(self, entry: Sequenced, reach: Reach) -> dict[str, JsonValue]:
        """One entry without its body: place, times, signer, state."""
        parsed = parse_entry(entry.entry)
        anchor = self.shelf.covering(entry.index)
        document: dict[str, JsonValue] = {
            "id": to_hex(entry.statement_id),
            "kind": parsed.kind,
            "issuer": parsed.issuer,
            "bodyHash": to_hex(parsed.body_hash),
            "issuedAt": parsed.issued_at,
            "signer": to_checksum(parsed.signer),
            "index": entry.index,
            "leafHash": to_hex(entry.leaf_hash),
            "receivedAt": entry.received_at,
            "anchorBy": entry.anchor_by,
            "state": reach.state(entry.index).value,
        }
        if anchor is not None:
            document["anchor"] = {"seq": anchor.seq, "size": anchor.size, "time": anchor.time}
        return document
