"""`tanji certifier suspend | restore | withdraw | cancel | supersede`."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.lanes import CANCEL, RESTORE, SUSPEND, WITHDRAW, Wish, carry_out, own_lane_command
from api.cli.options import FILE, MOMENT, PARTY, KeyChoice, Place, at_place, with_key
from api.cli.output import Output
from api.cli.output import command as speaks

suspend, restore, withdraw, cancel = (
    own_lane_command(verb, "certifier") for verb in (SUSPEND, RESTORE, WITHDRAW, CANCEL)
)


@click.command(
    "supersede",
    help="""换证 Say that another certificate took this one's place, and what becomes of labels already printed.

    \b
    Examples:
      tanji certifier supersede TJ-2026-000001 --successor 0x2b… --labels good --party uscc:91110000MA0C0EXAM2 --key keys/status.json
    """,
)
@click.argument("subject")
@click.option("--successor", required=True, metavar="ID", help="statement id of the new certificate")
@click.option(
    "--labels", type=click.Choice(["good", "void"]), required=True, help="labels already printed stay good, or not"
)
@click.option("--party", type=PARTY, required=True, help="the party whose lane is written: the key's own")
@click.option("--offline", type=FILE, metavar="OUT", help="sign the change into a file instead of sending it")
@click.option("--nonce", type=click.IntRange(min=0), help="transitions in the lane so far (default: asked of the node)")
@click.option("--deadline", type=MOMENT, help="with --offline: may be relayed until (default: in 7 days)")
@with_key
@at_place
@speaks
def supersede(
    *,
    subject: str,
    successor: str,
    labels: str,
    party: str,
    offline: Path | None,
    nonce: int | None,
    deadline: int | None,
    key: KeyChoice,
    place: Place,
    output: Output,
) -> None:
    """Write a superseded status with its successor."""
    wish = Wish(
        owner=party,
        subject=subject,
        status=f"superseded-labels-{labels}",
        subject_issuer=party,
        successor=successor,
        offline=offline,
        nonce=nonce,
        deadline=deadline,
    )
    carry_out(wish, key, place, output)
    output.hint("final: cannot be undone")
