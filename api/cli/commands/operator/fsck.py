"""`tanji operator fsck`."""

from __future__ import annotations

import click

from api.cli.inspections import tell_inspection
from api.cli.options import Place, at_place
from api.cli.output import Output
from api.cli.output import command as speaks


@click.command(
    "fsck",
    help="""自检 Derive everything again from the stored entries: hashes, signatures, receipts, tiles, checkpoints; compare anchors with the chain.

    Exit code 0: nothing found; 1: findings, each with a code and a place. Reads only; safe while the operator runs.

    \b
    Examples:
      tanji operator fsck
      tanji operator fsck --offline --json
    """,
)
@click.option("--offline", is_flag=True, help="do not ask the chain: anchors as they are kept here, promises unjudged")
@at_place
@speaks
def command(*, offline: bool, place: Place, output: Output) -> None:
    """Inspect store, files and chain."""
    from api.runtime.parts import open_reader
    from ledger.chain.anchor_log import AnchorLogReader
    from ledger.chain.deploy import check_deployment
    from ledger.log.files import TileDirectory
    from ledger.services.fsck import Fsck
    from ledger.services.fsck_chain import compare_anchors

    home = place.home()
    with open_reader(home) as parts:
        anchors = parts.anchors.anchors()
        deployment = parts.deployment
        found = []
        chain_time = None
        if not offline:
            chain = place.chain()
            head = check_deployment(chain, deployment)
            found = list(compare_anchors(anchors, AnchorLogReader(chain=chain, address=deployment.anchor_log), head))
            chain_time = head.time
        inspection = Fsck(
            origin=deployment.origin,
            separator=deployment.domain_separator,
            reader=parts.store,
            files=TileDirectory(home.tiles),
            anchors=anchors,
            chain_time=chain_time,
            catalogue=parts.store.catalogue(),
        ).inspect()
    tell_inspection(inspection, found, output)
