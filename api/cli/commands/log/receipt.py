"""`tanji log receipt check`, `tanji log broken-promise check`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, Place, at_place, read_bytes
from api.cli.output import EXIT_REFUSED, CommandError, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from ledger.chain.anchor_log import AnchorLogReader
    from ledger.chain.registry import RegistryView
    from verifier.deployment import Deployment
    from verifier.receipt import Receipt

MAX_BYTES = 64 << 20


@click.group("receipt", help="回执 What the log promised.")
def receipt() -> None:
    """Receipts."""


@click.group("broken-promise", help="失约 Portable proof that a promise was not kept.")
def broken() -> None:
    """Broken promises."""


@receipt.command(
    "check",
    help="""检查回执 Check receipts (one document, or one a line): signature, log key as registered, and the promise by the node's head.

    Exit code 0: every receipt is genuine and kept or not yet due; 1: at least one is not. Against the log's operator, use
    `broken-promise check`, which takes a quorum of endpoints instead of one node.

    \b
    Examples:
      tanji log receipt check receipts.ndjson --deployment deployment.json --rpc http://127.0.0.1:8545
    """,
)
@click.argument("file", type=FILE)
@at_place
@speaks
def check_receipts(*, file: Path, place: Place, output: Output) -> None:
    """Judge each by one block."""
    from ledger.chain.anchor_log import AnchorLogReader
    from ledger.chain.deploy import check_deployment
    from ledger.chain.registry import RegistryView

    receipts = list(_receipts(read_bytes(file, MAX_BYTES)))
    if not receipts:
        raise CommandError(
            "receipt.none", f"{file} holds no receipt", advice="`operator submit --receipts FILE` keeps them"
        )
    deployment, chain = place.deployment(), place.chain()
    head = check_deployment(chain, deployment)
    registry = RegistryView(chain=chain, deployment=deployment, block=head)
    anchored = AnchorLogReader(chain=chain, address=deployment.anchor_log)
    judged = [_judged(one, deployment, registry, anchored) for one in receipts]
    bad = [row for row in judged if row["outcome"] not in {"kept", "open"}]
    rows = [(row["index"], row["id"], row["outcome"], row["reason"]) for row in (bad or judged)[:20]]
    output.table(f"区块 block {head.number}", ("序号 index", "编号 id", "结论 outcome", "原因 reason"), rows)
    output.say(f"{len(judged) - len(bad)} / {len(judged)} 有效 genuine")
    if bad:
        output.hint("a broken promise is portable: make { v:1, receipt } and run `tanji log broken-promise check`")
    output.result({"block": head.number, "receipts": judged})
    if bad:
        raise SystemExit(EXIT_REFUSED)


def _receipts(data: bytes) -> Iterator[Receipt]:
    from verifier.canonical import parse
    from verifier.receipt import parse_receipt

    lines = [line for line in data.split(b"\n") if line.strip()]
    for number, document in enumerate(map(parse, lines)):
        if isinstance(document, dict) and "error" not in document:  # refusals stand among an answer file's receipts
            yield parse_receipt(document, f"/{number}")


def _judged(
    one: Receipt, deployment: Deployment, registry: RegistryView, anchored: AnchorLogReader
) -> dict[str, object]:
    from verifier.encoding import to_hex
    from verifier.receipt import ReceiptSignatureError, check_receipt_signature, judge_promise

    row: dict[str, object] = {"index": one.index, "id": to_hex(one.id), "anchorBy": one.anchor_by}
    if one.origin != deployment.origin:
        return row | {"outcome": "not_a_receipt", "reason": f"of another log: {one.origin}"}
    try:
        check_receipt_signature(one)
    except ReceiptSignatureError:
        return row | {"outcome": "not_a_receipt", "reason": "the key it names did not sign it"}
    interval = registry.log_key(one.key)
    if interval is None or not interval.in_force_at(one.anchor_by):
        return row | {"outcome": "not_a_receipt", "reason": "signed by a key that is not the log's"}
    head = anchored.head(registry.block)
    outcome = judge_promise(one, anchored_size=head.size, header_time=registry.block.time)
    return row | {"outcome": outcome.value, "reason": f"{head.size} entries anchored"}


@broken.command(
    "check",
    help="""检查失约 Judge a broken promise {v:1, receipt, item?} by a final block that a quorum of endpoints agrees on.

    Exit code 0: the promise is proven broken; 1: it is kept, still open, or no genuine receipt; 3: it could not be told.

    \b
    Examples:
      tanji log broken-promise check accusation.json --deployment deployment.json \\
        --endpoint https://a.example --endpoint https://b.test --endpoint https://c.invalid
    """,
)
@click.argument("file", type=FILE)
@click.option("--endpoint", "endpoints", multiple=True, metavar="[NAME=]URL", help="repeatable (default: --rpc)")
@click.option("--quorum", type=int, help="how many must agree (default: majority)")
@click.option("--depth", type=int, help="depth taken as final where the finalized tag is missing (64)")
@at_place
@speaks
def check_broken(
    *, file: Path, endpoints: tuple[str, ...], quorum: int | None, depth: int | None, place: Place, output: Output
) -> None:
    """Ask the endpoints, then judge."""
    from api.cli.promises import judge_online
    from verifier.promise import Finding, parse_broken_promise

    promise = parse_broken_promise(read_bytes(file, 8 << 20))
    asked = endpoints or (place.node(),)
    found = judge_online(promise, place.deployment(), asked, quorum=quorum, depth=depth)
    output.say(f"{found.finding.value}: {found.reason} {dict(found.fields)}")
    output.result({"finding": found.finding.value, "reason": found.reason, **found.fields})
    if found.finding is not Finding.BROKEN:
        raise SystemExit(3 if found.finding is Finding.INCONCLUSIVE else EXIT_REFUSED)
