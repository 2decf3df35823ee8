"""`tanji log monitor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.inspections import tell_inspection
from api.cli.options import FILE, FOLDER, Place, at_place, read_bytes
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from verifier.deployment import Deployment
    from verifier.snapshot import Anchor


@click.command(
    "monitor",
    help="""监督 Recompute the whole tree from the log's public files (a copy will do) and compare it with anchors, without the operator's database.

    Anchors come from the node's events or from --hints; each is checked against the contract's word. The log's key is looked up on the
    chain. Exit code 0: nothing found; 1: findings.

    \b
    Examples:
      tanji log monitor --files ./copy-of-log --log-key 0x9d61… --deployment deployment.json --rpc http://127.0.0.1:8545
      tanji log monitor --home tanji-home --log-key 0x9d61…
    """,
)
@click.option("--files", type=FOLDER, help="the log's directory: checkpoint and tiles (default: the home's)")
@click.option("--log-key", required=True, metavar="0x…", help="the log's Ed25519 public key")
@click.option("--hints", type=FILE, help="file of `tanji log hints`, where the node has pruned its events")
@at_place
@speaks
def command(*, files: Path | None, log_key: str, hints: Path | None, place: Place, output: Output) -> None:
    """Key and anchors from one's own node, entries from the files, nothing else."""
    from ledger.chain.registry import registry_at_head
    from ledger.log.files import TileDirectory
    from ledger.services.monitor import Monitor
    from verifier.encoding import parse_hex
    from verifier.note import format_verifier_key, parse_verifier_key

    deployment = place.deployment()
    raw = parse_hex(log_key.lower(), "--log-key", 32)
    if registry_at_head(place.chain(), deployment).log_key(raw) is None:
        raise CommandError(
            "monitor.log-key",
            f"{log_key} is no log key of this deployment",
            advice="the operator shows it with `tanji keys show keys/log.pem`; the regulator records it",
        )
    anchors = _anchors(place, deployment, hints)
    inspection = Monitor(
        origin=deployment.origin,
        key=parse_verifier_key(format_verifier_key(deployment.origin, raw)),
        separator=deployment.domain_separator,
        files=TileDirectory(files or place.home().tiles),
        anchors=anchors,
    ).inspect()
    tell_inspection(inspection, (), output)


def _anchors(place: Place, deployment: Deployment, hints: Path | None) -> tuple[Anchor, ...]:
    """Every anchor of the contract, each preimage checked against its word. Raises CommandError when one is missing."""
    from ledger.chain.anchor_log import AnchorLogReader, anchor_word
    from ledger.chain.deploy import check_deployment
    from verifier.snapshot import parse_snapshot

    chain = place.chain()
    head = check_deployment(chain, deployment)
    reader = AnchorLogReader(chain=chain, address=deployment.anchor_log)
    newest = reader.head(head).seq
    candidates = list(parse_snapshot(read_bytes(hints, 64 << 20)).anchors) if hints is not None else []
    if len(candidates) < newest:
        for first in range(0, head.number + 1, 10_000):
            candidates += reader.events(first, min(head.number, first + 9_999))
    by_seq: dict[int, Anchor] = {}
    for candidate in candidates:
        if 0 < candidate.seq <= newest and anchor_word(candidate) == reader.word(candidate.seq, head):
            by_seq[candidate.seq] = candidate
    missing = [seq for seq in range(1, newest + 1) if seq not in by_seq]
    if missing:
        raise CommandError(
            "monitor.anchors",
            f"the preimages of {len(missing)} of {newest} anchors cannot be found, first {missing[0]}",
            advice="the node has pruned its events: take --hints FILE from anybody (it is checked, not trusted)",
        )
    return tuple(by_seq[seq] for seq in sorted(by_seq))
