"""`tanji operator anchor`."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.operating import sequencer_passphrase, sequencer_signer
from api.cli.options import FILE, Place, at_place
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from ledger.domain.anchoring import AnchorReport
    from ledger.services.anchorer import Anchorer


@click.command(
    "anchor",
    help="""上链 Look at the chain once and do what is due: send, replace, or wait. With --until-settled, until everything is anchored.

    Safe at any time, also while `tanji operator run` runs: decisions come from the chain, never from memory.

    \b
    Examples:
      tanji operator anchor
      tanji operator anchor --until-settled --timeout 300
    """,
)
@click.option("--until-settled", is_flag=True, help="go on until everything in the log is anchored at the head")
@click.option(
    "--timeout", type=click.FloatRange(min=1), default=180.0, show_default=True, help="seconds, with --until-settled"
)
@click.option("--now", "at_once", is_flag=True, help="anchor what there is, without waiting for the interval")
@click.option("--passphrase-file", type=FILE, help="passphrase of the sequencer key (default: as tanji.toml says)")
@at_place
@speaks
def command(
    *,
    until_settled: bool,
    timeout: float,
    at_once: bool,
    passphrase_file: Path | None,
    place: Place,
    output: Output,
) -> None:
    """Step once, or until settled."""
    from api.runtime.daemon import report_fields
    from api.runtime.parts import is_settled, open_anchorer

    home = place.home()
    if until_settled or at_once:
        home = replace(
            home,
            settings=replace(home.settings, anchoring=replace(home.settings.anchoring, interval=1)),
        )
    signer = sequencer_signer(home, sequencer_passphrase(home, passphrase_file))
    with open_anchorer(home, signer, node=place.node()) as anchorer:
        reports = _until_settled(anchorer, timeout) if until_settled else [anchorer.step()]
    last = reports[-1]
    fields = report_fields(last)
    output.facts("", fields.items())
    if not last.log_size:
        output.hint("the log is empty: submit statements with `tanji operator submit`")
    elif is_settled(last):
        output.hint("everything is anchored; evidence can be made: tanji log evidence ID -o FILE")
    else:
        output.hint("not settled yet: run it again, or with --until-settled")
    sent = sum(report.outcome.value in {"sent", "replaced"} for report in reports)
    output.result({**fields, "settled": is_settled(last), "steps": len(reports), "sent": sent})


def _until_settled(anchorer: Anchorer, timeout: float) -> list[AnchorReport]:
    from api.runtime.parts import is_settled

    reports = [anchorer.step()]
    deadline, pause = time.monotonic() + timeout, 0.05
    while not is_settled(reports[-1]):
        if time.monotonic() > deadline:
            raise CommandError(
                "anchor.not-settled",
                f"{reports[-1].anchored.size} of {reports[-1].log_size} entries anchored after {timeout:g} s",
                advice="nothing is lost: run it again; `tanji operator status` shows what it waits for",
            )
        time.sleep(pause)
        pause = min(2 * pause, 1.0)
        reports.append(anchorer.step())
    return reports
