"""`tanji regulator anchor-log …`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.mined import moment, tell_mined
from api.cli.options import KeyChoice, Place, at_place, with_key
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from ledger.domain.chain import AnchorHead
    from verifier.deployment import Deployment
    from verifier.types import Address


@click.group("anchor-log", help="锚定合约 Show an AnchorLog, and close it for good in favour of another.")
def group() -> None:
    """The contract that holds the anchors."""


@group.command(
    "retire",
    help="""停用 Close this AnchorLog for good in favour of another. Nobody can anchor to it, or open it, ever again.

    What was anchored stays provable. SUCCESSOR is the new deployment's file, which then names this log and its last
    size among its predecessors: publish it. It may also be the new AnchorLog's bare address.

    \b
    Examples:
      tanji regulator anchor-log retire deployment-2027.json --key keys/regulator.json
      tanji regulator anchor-log retire 0x5FbDB2315678afecb367f032d93F642f64180aa3 --key keys/regulator.json --yes
    """,
)
@click.argument("successor")
@click.option("--yes", is_flag=True, help="do not ask")
@with_key
@at_place
@speaks
def retire(*, successor: str, yes: bool, key: KeyChoice, place: Place, output: Output) -> None:
    """One transaction; then the successor's file learns of its predecessor."""
    from api.cli.trust import trust_operations
    from verifier.signature import to_checksum

    deployment = place.deployment()
    follower = _follower(successor, place)
    target = _address(successor) if follower is None else follower.anchor_log
    asked = f"永久停用 close {deployment.origin} for good, in favour of {to_checksum(target)}?"
    if not yes and not output.as_json and sys.stdin.isatty():
        click.confirm(asked, abort=True, err=True)
    receipt = trust_operations(place, key).retire_anchor_log(target)
    head = _head(place)
    if follower is not None:
        _record_predecessor(Path(successor), follower, deployment, head.size)
    tell_mined(
        output,
        receipt,
        f"{deployment.origin} 已停用 is closed with {head.size} entries; continued by {to_checksum(target)}",
        successor=to_checksum(target),
        lastSize=head.size,
        file=None if follower is None else successor,
    )
    output.hint(
        "final. Name the predecessor in the new deployment file, and publish it"
        if follower is None
        else f"final. {successor} names this log as a predecessor now: publish it, everyone pins it anew"
    )


@group.command(
    "show",
    help="""查看 The newest anchor, and whether the log is closed and who follows.

    \b
    Examples:
      tanji regulator anchor-log show
    """,
)
@at_place
@speaks
def show(*, place: Place, output: Output) -> None:
    """Read the words at the node's head."""
    from ledger.chain.anchor_log import AnchorLogReader
    from ledger.chain.deploy import latest_block
    from verifier.signature import to_checksum

    deployment, chain = place.deployment(), place.chain()
    block = latest_block(chain)
    reader = AnchorLogReader(chain=chain, address=deployment.anchor_log)
    head, successor = reader.head(block), reader.successor(block)
    follower = None if successor is None else to_checksum(successor)
    rows = [
        ("日志 log", deployment.origin),
        ("锚定次数 anchors", head.seq),
        ("条数 entries", head.size),
        ("最近锚定 newest", moment(head.time) if head.seq else None),
        ("停用 closed, followed by", follower),
        ("区块 block", block.number),
    ]
    output.facts("", rows)
    output.result(
        {
            "origin": deployment.origin,
            "anchors": head.seq,
            "size": head.size,
            "time": head.time if head.seq else None,
            "successor": follower,
            "block": block.number,
        }
    )


def _follower(successor: str, place: Place) -> Deployment | None:
    """The deployment in the file named, or None when an address is. Raises CommandError, MalformedError."""
    from api.runtime.files import read_document
    from verifier.deployment import parse_deployment
    from verifier.documents import SMALL_DOCUMENT_BYTES

    if successor.startswith("0x"):
        return None
    follower = parse_deployment(read_document(Path(successor), SMALL_DOCUMENT_BYTES))
    chain_id = place.deployment().chain_id
    if follower.chain_id != chain_id:
        raise CommandError(
            "anchor-log.another-chain",
            f"{successor} is on chain {follower.chain_id}, this log on {chain_id}",
            advice="nothing was sent; a log is continued by a contract on its own chain",
        )
    return follower


def _address(text: str) -> Address:
    from verifier.signature import parse_address

    return parse_address(text, "SUCCESSOR")


def _head(place: Place) -> AnchorHead:
    from ledger.chain.anchor_log import AnchorLogReader
    from ledger.chain.deploy import latest_block

    chain = place.chain()
    return AnchorLogReader(chain=chain, address=place.deployment().anchor_log).head(latest_block(chain))


def _record_predecessor(file: Path, follower: Deployment, old: Deployment, size: int) -> None:
    """Closing is final, and so is the size: only now can the successor's document state it (docs/spec/06)."""
    from ledger.chain.deploy import write_deployment
    from verifier.deployment import Predecessor

    others = [one for one in follower.predecessors if (one.chain_id, one.anchor_log) != (old.chain_id, old.anchor_log)]
    predecessor = Predecessor(chain_id=old.chain_id, anchor_log=old.anchor_log, last_size=size)
    write_deployment(file, replace(follower, predecessors=(*others, predecessor)))
