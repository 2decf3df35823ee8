"""`tanji log evidence`, `tanji log hints`."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.options import FILE, Place, at_place, read_bytes
from api.cli.output import Output
from api.cli.output import command as speaks


@click.command(
    "evidence",
    help="""证据 Make the evidence of a statement: itself, its place in the log, and, for a certificate, the footprint, rule and upstream it names.

    Evidence carries no trust and can be handed to anyone. Sealed values stay sealed unless --disclosures opens them.

    \b
    Examples:
      tanji log evidence 0x2b2b… -o evidence.json
      tanji log evidence 0x2b2b… --disclosures opened.json -o evidence.json
    """,
)
@click.argument("statement")
@click.option("--disclosures", type=FILE, help="JSON list of { path, salt, value } of the footprint's sealed values")
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the evidence goes")
@at_place
@speaks
def command(*, statement: str, disclosures: Path | None, out: Path, place: Place, output: Output) -> None:
    """Build and write."""
    from api.runtime.files import write_whole
    from api.runtime.parts import evidence_builder, open_reader
    from verifier.canonical import parse
    from verifier.encoding import parse_hex
    from verifier.evidence import serialize_evidence
    from verifier.sealed import parse_disclosures
    from verifier.types import StatementId

    wanted = StatementId(parse_hex(statement.lower(), "STATEMENT", 32))
    opened = () if disclosures is None else parse_disclosures(parse(read_bytes(disclosures, 8 << 20), 8 << 20), "")
    home = place.home()
    with open_reader(home) as parts:
        evidence = evidence_builder(parts, place.node()).of(wanted, disclosures=opened)
    data = serialize_evidence(evidence)
    write_whole(out, data)
    held = [name for name in ("certificate", "footprint", "rule") if getattr(evidence, name) is not None]
    output.say(f"证据 evidence {out}: {', '.join(held)}, {len(evidence.upstream)} upstream · {len(data)} bytes")
    output.hint(f"anyone checks it: tanji verify {out} --deployment FILE --rpc URL …")
    output.result({"file": str(out), "bytes": len(data), "holds": held, "upstream": len(evidence.upstream)})


@click.command(
    "hints",
    help="""线索 Write what the chain keeps only hashes of: anchors' preimages and parties' public profiles. For `tanji verify --hints`.

    Hints are checked against the chain and never trusted.

    \b
    Examples:
      tanji log hints -o hints.json
      tanji verify evidence.json --deployment deployment.json --rpc http://127.0.0.1:8545 --hints hints.json
    """,
)
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where they go")
@at_place
@speaks
def hints(*, out: Path, place: Place, output: Output) -> None:
    """A snapshot document with preimages and no state."""
    from api.cli.profiles import read_profiles
    from api.runtime.files import write_whole
    from api.runtime.parts import open_reader
    from verifier.snapshot import Snapshot, serialize_snapshot

    home = place.home()
    profiles = tuple(read_profiles(home.profiles))
    with open_reader(home) as parts:
        anchors = tuple(parts.anchors.anchors())
        chain_id = parts.deployment.chain_id
    snapshot = Snapshot(chain_id=chain_id, header=b"", nodes=(), anchors=anchors, profiles=profiles)
    write_whole(out, serialize_snapshot(snapshot))
    output.say(f"线索 hints {out}: {len(anchors)} anchors, {len(profiles)} profiles")
    output.hint(f"use them: tanji verify EVIDENCE --rpc URL --hints {out}")
    output.result({"file": str(out), "anchors": len(anchors), "profiles": len(profiles)})
