"""Reading the log's entries as people ask for them: one with its state, or a page of those that fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.http.anchors import AnchorShelf, Finality
from ledger.domain.chain_errors import BlockUnknownError, ChainUnavailableError
from ledger.domain.entries import Sequenced
from ledger.ports.store import LedgerReader
from ledger.services.evidence import StatementUnknownError
from verifier.encoding import to_hex
from verifier.receipt import Receipt, receipt_document
from verifier.signature import to_checksum
from verifier.statement import parse_entry
from verifier.types import JsonValue, StatementId

# Entries looked at for one page: a filter that seldom fits gives short pages, never a long wait.
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
    shelf: AnchorShelf
    finality: Finality | None

    def statement(self, statement: StatementId) -> dict[str, JsonValue]:
        """A statement: what it says where that is public, and every entry with its state. Raises StatementUnknownError."""
        entries = self.store.find([statement]).get(statement, [])
        if not entries:
            raise StatementUnknownError(statement)
        reach = self.reach()
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
        """At most `limit` entries from index `first` on that fit both filters."""
        marks = [f'"{name}":"{value}"'.encode() for name, value in (("kind", kind), ("issuer", issuer)) if value]
        reach, size = self.reach(), self.store.size()
        items: list[dict[str, JsonValue]] = []
        at, end = first, min(size, first + LOOKED_AT)
        while at < end:
            upto = min(end, at + (_PAGE if marks else min(_PAGE, limit - len(items))))
            for entry in self.store.entries(at, upto):
                if all(mark in entry.entry for mark in marks):
                    parsed = parse_entry(entry.entry)
                    if kind in (None, parsed.kind) and issuer in (None, parsed.issuer):
                        items.append(self.document(entry, reach))
                        if len(items) == limit:
                            following = entry.index + 1
                            return Page(items=tuple(items), following=following if following < size else None)
            at = upto
        return Page(items=tuple(items), following=at if at < size else None)

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

    def document(self, entry: Sequenced, reach: Mapping[str, int]) -> dict[str, JsonValue]:
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
            "state": next((state for state, size in reach.items() if entry.index < size), "sequenced"),
        }
        if anchor is not None:
            document["anchor"] = {"seq": anchor.seq, "size": anchor.size, "time": anchor.time}
        return document

    def reach(self) -> dict[str, int]:
        """How many entries have reached each state, the furthest state first."""
        checkpoint, newest = self.store.checkpoint(), self.shelf.newest()
        return {
            "final": self._final_size(),
            "anchored": 0 if newest is None else newest.size,
            "integrated": 0 if checkpoint is None else checkpoint.size,
        }

    def _final_size(self) -> int:
        if self.finality is None:
            return 0
        try:
            return self.finality.sight().final_size
        except (ChainUnavailableError, BlockUnknownError):
            return 0
