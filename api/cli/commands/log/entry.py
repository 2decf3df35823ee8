"""`tanji log entry`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from api.cli.options import Place, at_place
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from ledger.domain.entries import Sequenced
    from ledger.store.reader import StoreReader


@click.command(
    "entry",
    help="""条目 Show an entry by its index, or every entry of a statement by its id (0x…).

    \b
    Examples:
      tanji log entry 17
      tanji log entry 0x2b2b… --json
    """,
)
@click.argument("which")
@at_place
@speaks
def command(*, which: str, place: Place, output: Output) -> None:
    """Look it up."""
    from api.runtime.parts import open_reader

    with open_reader(place.home()) as parts:
        entries = _find(parts.store, which)
        anchored = list(parts.anchors.anchors())
    if not entries:
        raise CommandError(
            "log.no-entry", f"the log has no entry {which}", advice="see `tanji log checkpoint` for its size"
        )
    documents: list[dict[str, object]] = []
    for entry in entries:
        anchor = next((anchor for anchor in anchored if anchor.size > entry.index), None)
        documents.append(_document(entry) | {"anchor": None if anchor is None else _anchor(anchor.seq, anchor.time)})
    for document in documents:
        output.say(json.dumps(document, ensure_ascii=False, indent=2))
    output.hint(f"evidence for verifiers: tanji log evidence {documents[0]['id']} -o evidence.json")
    output.result({"entries": documents})


def _find(store: StoreReader, which: str) -> list[Sequenced]:
    from verifier.encoding import parse_hex
    from verifier.types import StatementId

    if which.startswith("0x"):
        wanted = StatementId(parse_hex(which.lower(), "WHICH", 32))
        return store.find([wanted]).get(wanted, [])
    if not (which.isascii() and which.isdigit() and len(which) <= 15):
        raise CommandError(
            "log.which", f"{which} is neither an index nor an id", advice="give 17, or 0x and 64 hex digits"
        )
    entry = store.entry(int(which))
    return [] if entry is None else [entry]


def _document(entry: Sequenced) -> dict[str, object]:
    from verifier.encoding import to_hex

    return {
        "index": entry.index,
        "id": to_hex(entry.statement_id),
        "leafHash": to_hex(entry.leaf_hash),
        "receivedAt": entry.received_at,
        "anchorBy": entry.anchor_by,
        "entry": json.loads(entry.entry),
    }


def _anchor(seq: int, time: int) -> dict[str, int]:
    return {"seq": seq, "time": time}
