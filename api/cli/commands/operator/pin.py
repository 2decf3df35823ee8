"""`tanji operator pin`: one-time PINs."""

from __future__ import annotations

import sys

import click

from api.cli.lazy import LazyCommand, LazyGroup
from api.cli.options import Place, at_place
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks

_HERE = "api.cli.commands.operator.pin"

group = LazyGroup(
    name="pin",
    lazy={"redeem": LazyCommand(target=f"{_HERE}:redeem", help="核销 use an item's one-time PIN")},
    help="一次性验证码 One-time PINs under the scratch area.",
)


@click.command(
    "redeem",
    help="""核销 Use an item's one-time PIN: the first use is recorded with its time, a second one is refused with the first one's time.

    The PIN is asked for, or read from standard input; it is never an argument, where other users of the machine would see it.

    \b
    Examples:
      tanji operator pin redeem 06901234567892 00000G0123456789AB
      tanji operator pin redeem 06901234567892 00000G0123456789AB --reference POINTS-77 --json < pin.txt
    """,
)
@click.argument("gtin")
@click.argument("serial")
@click.option("--reference", default="", help="the redemption at a points platform")
@click.option("--region", type=int, default=0, help="where, as a region code of docs/copies.md")
@click.option("--client", default="operator", help="who asks: attempts are counted by this name")
@at_place
@speaks
def redeem(*, gtin: str, serial: str, reference: str, region: int, client: str, place: Place, output: Output) -> None:
    """Redeem it."""
    from api.cli.mined import moment
    from api.runtime.scanning import open_scanning
    from ledger.scans.pins import read_item

    item = read_item(gtin, serial)
    with open_scanning(place.home()) as scanning:
        use = scanning.redeem_pin(item, _pin(), client_hint=client.encode(), region=region, reference=reference)
    output.say(f"首次使用 first use: {moment(use.at)}")
    output.result({"gtin": item.gtin, "serial": item.serial, "usedAt": use.at, "reference": use.reference})


def _pin() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("验证码 PIN", hide_input=True, err=True))
    text = sys.stdin.readline(100).strip()
    if not text:
        raise CommandError("pin.missing", "no PIN on standard input", advice="type it, or pipe it in")
    return text
