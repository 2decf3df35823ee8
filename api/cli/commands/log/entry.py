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
    from ledger.services.lifecycle import EntryState
    from ledger.store.reader import StoreReader
    from verifier.snapshot import Anchor


@click.command(
    "entry",
    help="""条目 Show an entry by its index, or every entry of a statement by its id (0x…).

    Its state is sequenced, integrated or anchored, as this home knows without asking the chain.

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
    from ledger.services.anchored import AnchorIndex
    from ledger.services.clocks import SystemClock
    from ledger.services.lifecycle import Lifecycle

    with open_reader(place.home()) as parts:
        entries = _find(parts.store, which)
        anchors = AnchorIndex(parts.anchors, SystemClock())
        reach = Lifecycle(store=parts.store, anchors=anchors).reach()
        documents = [_document(entry, reach.state(entry.index), anchors.covering(entry.index)) for entry in entries]
    if not entries:
        raise CommandError(
            "log.no-entry", f"the log has no entry {which}", advice="see `tanji log checkpoint` for its size"
        )
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


def _document(entry: Sequenced, state: EntryState, anchor: Anchor | None) -> dict[str, object]:
    from verifier.encoding import to_hex

    return {
        "index": entry.index,
        "id": to_hex(entry.statement_id),
        "leafHash": to_hex(entry.leaf_hash),
        "receivedAt": entry.received_at,
        "anchorBy": entry.anchor_by,
        "state": state.value,
        "entry": json.loads(entry.entry),
        "anchor": None if anchor is None else {"seq": anchor.seq, "time": anchor.time},
    }
