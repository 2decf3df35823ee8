"""What happens, as a stream that can be taken up again anywhere: statements, anchors, changes of status.

Nothing is written for it. A cursor says how far three sources that only grow have been read, so any process answers for any
cursor, and who was away misses nothing:

    cursor = <entries>-<anchors>-<block>       log entries, anchors (final ones), and final blocks, each all that come before

A change of status is told at once with `final: false`, when the node's newest block shows it, and again with `final: true` once
its block is final; only that moves the cursor. `api.http.hub` tells listeners, `ledger.webhooks` endpoints.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import orjson

from api.http.errors import QueryError
from api.runtime.requests import STATUS_NAMES
from ledger.domain.chain import BlockTag, LogRecord
from ledger.domain.events import Cursor, Event, EventKind, read_cursor
from verifier.contracts import Status
from verifier.encoding import to_hex
from verifier.errors import MalformedError
from verifier.hashing import keccak256
from verifier.signature import to_checksum
from verifier.statement import parse_entry
from verifier.types import Address

if TYPE_CHECKING:
    from api.http.service import Service

# How much one step reads of each source: a listener from the beginning of a long log is served piece by piece.
ENTRIES: Final = 500
BLOCKS: Final = 5_000
STATUS_CHANGED: Final = keccak256(b"StatusChanged(bytes32,bytes32,address,uint8,bytes32,uint256)")


def parse_cursor(text: str) -> Cursor:
    """Read a cursor of the public stream, which counts no alerts. Raises QueryError."""
    cursor = read_cursor(text)
    if cursor is None or cursor.alerts:
        raise QueryError("cursor", "form", "three whole numbers with a - between them, as an event's id")
    return cursor


def frame_of(event: Event) -> bytes:
    """An event as it goes over the wire (WHATWG HTML, 9.2)."""
    return b"event: %s\nid: %s\ndata: %s\n\n" % (
        event.kind.encode(),
        str(event.cursor).encode(),
        orjson.dumps(event.data, option=orjson.OPT_SORT_KEYS),
    )


class EventSource:
    """Reads the three sources from any cursor. Blocks; safe for several threads."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def newest(self) -> Cursor:
        """The cursor of now. Raises LedgerError."""
        service = self._service
        if service.finality is None:
            return Cursor(entries=service.store.size())
        sight = service.finality.sight()
        block = 0 if sight.final is None else sight.final.number + 1
        return Cursor(entries=service.store.size(), anchors=sight.final_seq, block=block)

    def after(self, cursor: Cursor, until: Cursor | None = None) -> tuple[list[Event], Cursor]:
        """A piece of what follows a cursor (up to `until`), and the cursor after it. Equal cursors: nothing more. Raises LedgerError."""
        limit = until or self.newest()
        events, entries = self._statements(cursor, limit)
        at = replace(cursor, entries=entries)
        anchors = [*self._anchors(at, limit)]
        at = replace(at, anchors=max(at.anchors, limit.anchors))
        block = max(at.block, min(limit.block, at.block + BLOCKS))
        changes = [*self._changes(at, at.block, block - 1, is_final=True)]
        return [*events, *anchors, *changes], replace(at, block=block)

    def early(self, cursor: Cursor) -> list[Event]:
        """Changes of status that blocks after the final one show: news, not yet history."""
        chain = self._service.chain
        if chain is None or self._service.finality is None:
            return []
        head = chain.head(BlockTag.LATEST)
        return [] if head is None else [*self._changes(cursor, cursor.block, head.number, is_final=False)]

    def _statements(self, cursor: Cursor, limit: Cursor) -> tuple[list[Event], int]:
        """A piece of the log, and how far it goes. An entry that no verifier could read says nothing to anybody."""
        found: list[Event] = []
        last = min(limit.entries, cursor.entries + ENTRIES)
        if cursor.entries >= last:
            return found, cursor.entries
        entries = self._service.store.entries(cursor.entries, last)
        for entry in entries:
            try:
                parsed = parse_entry(entry.entry)
            except MalformedError:
                continue
            data: dict[str, object] = {
                "id": to_hex(entry.statement_id),
                "kind": parsed.kind,
                "issuer": parsed.issuer,
                "index": entry.index,
                "receivedAt": entry.received_at,
            }
            found.append(Event(kind=EventKind.STATEMENT, data=data, cursor=replace(cursor, entries=entry.index + 1)))
        return found, entries[-1].index + 1 if entries else last

    def _anchors(self, cursor: Cursor, limit: Cursor) -> list[Event]:
        if cursor.anchors >= limit.anchors:
            return []
        return [
            Event(
                kind=EventKind.ANCHOR,
                data={"seq": one.seq, "size": one.size, "root": to_hex(one.root), "time": one.time},
                cursor=replace(cursor, anchors=one.seq),
            )
            for one in self._service.shelf.anchors(cursor.anchors + 1)
            if one.seq <= limit.anchors
        ]

    def _changes(self, cursor: Cursor, first: int, last: int, *, is_final: bool) -> list[Event]:
        chain = self._service.chain
        if chain is None or last < first:
            return []
        records = chain.logs(self._service.deployment.status_registry, STATUS_CHANGED, first, last)
        ordered = sorted(records, key=lambda record: record.block_number)
        return [
            Event(
                kind=EventKind.STATUS,
                data={**data, "final": is_final},
                # The next event may be of the same block: a block counts as read when all of it was told.
                cursor=replace(cursor, block=record.block_number) if is_final else cursor,
            )
            for record in ordered
            if (data := _change_document(record)) is not None
        ]


def _change_document(record: LogRecord) -> dict[str, object] | None:
    """StatusChanged(owner, subject, signer indexed; status, successor, position); None for what has not its form."""
    if len(record.topics) != 4 or len(record.data) != 96:
        return None
    number = int.from_bytes(record.data[:32], "big")
    if number not in {status.value for status in Status}:
        return None
    successor = record.data[32:64]
    return {
        "owner": to_hex(record.topics[1]),
        "subject": to_hex(record.topics[2]),
        "signer": to_checksum(Address(record.topics[3][12:])),
        "status": STATUS_NAMES[Status(number)],
        "successor": to_hex(successor) if any(successor) else None,
        "block": record.block_number,
    }
