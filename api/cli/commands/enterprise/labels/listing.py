"""`tanji enterprise labels list`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.commands.enterprise.labels.shared import batches_folder, with_batches
from api.cli.options import Place, at_place
from api.cli.output import Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from ledger.labels.batch import Batch


@click.command(
    "list",
    help="""清单 The batches made here: certificate, indexes, how far each has come.

    \b
    Examples:
      tanji enterprise labels list
      tanji enterprise labels list --batches labels --json
    """,
)
@with_batches
@at_place
@speaks
def command(*, batches: Path | None, place: Place, output: Output) -> None:
    """Read the folders."""
    from ledger.labels.batch import batches as read_batches
    from verifier.encoding import to_hex

    found = read_batches(batches_folder(batches, place))
    rows = [
        (
            to_hex(one.plan.certificate)[:18] + "…",
            one.plan.product,
            one.plan.batch,
            f"{one.plan.first}–{one.plan.indexes.end - 1}",
            _state(one),
        )
        for one in found
    ]
    output.table("批次 batches", ("证书 certificate", "GTIN / GMN", "批号 batch", "序号 indexes", "状态 state"), rows)
    output.result(
        {
            "batches": [
                {
                    "folder": str(one.folder), "certificate": to_hex(one.plan.certificate), "gtin": one.plan.gtin, "gmn": one.plan.gmn, "batch": one.plan.batch,
                    "granularity": one.plan.granularity.value, "first": one.plan.first, "count": one.plan.count, "state": _state(one).split()[-1],
                }
                for one in found
            ]
        }
    )  # fmt: skip


def _state(batch: Batch) -> str:
    if batch.statement.exists():
        return "已签 signed"
    return "已制 made" if batch.is_made() else "未完 unfinished"
