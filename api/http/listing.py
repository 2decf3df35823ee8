"""Reading the log's entries as people ask for them: one with its state, or a page of those that fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from ledger.domain.entries import Sequenced
from ledger.ports.catalogue import EntryPlaces
from ledger.ports.store import LedgerReader
from ledger.services.anchored import AnchorIndex
from ledger.services.evidence import StatementUnknownError
from ledger.services.lifecycle import Lifecycle, Reach
from verifier.encoding import to_hex
from verifier.errors import MalformedError
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


class _Asked(NamedTuple):
    """What entries shall be; None for any."""

    kind: str | None
    issuer: str | None

    @property
    def anything(self) -> bool:
        return self.kind is None and self.issuer is None

    def fits(self, entry: Sequenced) -> bool:
        try:
            parsed = parse_entry(entry.entry)
        except MalformedError:
            return False
        return self.kind in (None, parsed.kind) and self.issuer in (None, parsed.issuer)


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

        An entry that nobody can read (in a log that is not honest) is left out: fsck and every monitor name it.
        Raises StoreUnavailableError, StoreError.
        """
        asked, known, places = _Asked(kind, issuer), first, list[int]()
        if not asked.anything:
            known, places = self.catalogue.entry_places(kind=kind, issuer=issuer, first=first, limit=limit)
        size = self.store.size()  # read after the catalogue, which is never ahead of it then
        found = [entry for entry in map(self.store.entry, places) if entry is not None]
        following = places[-1] + 1 if places else first
        if len(places) < limit:  # what the catalogue has not taken in yet is looked through
            further, following = self._look_through(asked, max(first, known), size, limit - len(places))
            found += further
        reach = self.life.reach()
        documents = [self._readable(entry, reach) for entry in found]
        return Page(
            items=tuple(one for one in documents if one is not None), following=following if following < size else None
        )

    def _look_through(self, asked: _Asked, first: int, size: int, most: int) -> tuple[list[Sequenced], int]:
        """At most `most` entries that fit, from index `first` on, and the index after the last one looked at."""
        found: list[Sequenced] = []
        at, end = first, min(size, first + LOOKED_AT)
        while at < end:
            upto = min(end, at + (most if asked.anything else _PAGE))
            for entry in self.store.entries(at, upto):
                if asked.fits(entry):
                    found.append(entry)
                    if len(found) == most:
                        return found, entry.index + 1
            at = upto
        return found, at

    def _readable(self, entry: Sequenced, reach: Reach) -> dict[str, JsonValue] | None:
        try:
            return self.document(entry, reach)
        except MalformedError:
            return None

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
