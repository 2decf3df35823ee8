"""`tanji enterprise items`: where items stand in their lives."""

from __future__ import annotations

import click

from api.cli.lazy import LazyCommand, LazyGroup
from api.cli.mined import moment
from api.cli.options import MOMENT, PARTY, Place, at_place
from api.cli.output import Output
from api.cli.output import command as speaks

_HERE = "api.cli.commands.enterprise.items"
_STATES = ("sold", "returned", "consumed", "recalled")
_ROLES = ("enterprise", "points-platform", "regulator")

group = LazyGroup(
    name="items",
    lazy={
        "set-state": LazyCommand(target=f"{_HERE}:set_state", help="状态 record sold, returned, consumed or recalled"),
        "show": LazyCommand(target=f"{_HERE}:show", help="查看 an item's history, and signs of copying"),
        "on-sale": LazyCommand(target=f"{_HERE}:on_sale", help="上市 when the items of a batch go on sale"),
    },
    help="商品 Items of one's own labels: their states, which tell copies from the original (docs/copies.md).",
)


@click.command(
    "set-state",
    help="""状态 Record an item's state. Runs in the operator's home, for a party that the operator has identified.

    \b
    Examples:
      tanji enterprise items set-state 06901234567892 00000G0123456789AB sold --party uscc:91210100MA0P0EXAM1
      tanji enterprise items set-state 06901234567892 00000G0123456789AB recalled --party uscc:11210100MA0P0EXAM3 --role regulator
    """,
)
@click.argument("gtin")
@click.argument("serial")
@click.argument("state", type=click.Choice(_STATES))
@click.option("--party", type=PARTY, required=True, help="who says so")
@click.option("--role", type=click.Choice(_ROLES), default="enterprise", show_default=True, help="as what")
@at_place
@speaks
def set_state(*, gtin: str, serial: str, state: str, party: str, role: str, place: Place, output: Output) -> None:
    """Record it."""
    from api.runtime.scanning import open_scanning
    from ledger.domain.scans import Actor, ItemState, Role
    from ledger.scans.pins import read_item

    item = read_item(gtin, serial)
    with open_scanning(place.home()) as scanning:
        change = scanning.set_state(item, ItemState(state), Actor(role=Role(role), party=party))
    output.say(f"{item.gtin} {item.serial}: {change.state}, {moment(change.at)}")
    output.result({"gtin": item.gtin, "serial": item.serial, "state": str(change.state), "at": change.at})


@click.command(
    "show",
    help="""查看 An item's recorded states, and what speaks for its label having been copied.

    \b
    Examples:
      tanji enterprise items show 06901234567892 00000G0123456789AB
    """,
)
@click.argument("gtin")
@click.argument("serial")
@at_place
@speaks
def show(*, gtin: str, serial: str, place: Place, output: Output) -> None:
    """Look it up."""
    from api.runtime.scanning import open_scanning
    from ledger.scans.pins import read_item
    from verifier.sentences import sentence

    item = read_item(gtin, serial)
    with open_scanning(place.home()) as scanning:
        states = scanning.states_of(item)
        signals = scanning.signals_of(item)
    output.say(f"{item.gtin} {item.serial}: {states[-1].state if states else 'issued'}")
    output.table(
        "",
        ("时间 at", "状态 state", "由 by"),
        [(moment(one.at), one.state, f"{one.role} {one.party}") for one in states],
    )
    said = [sentence("label.copied", "suspect", signal.reason, signal.fields) for signal in signals]
    for chinese, english in said:
        output.say(f"可疑 suspect: {chinese} {english}")
    output.result(
        {
            "gtin": item.gtin,
            "serial": item.serial,
            "states": [
                {"at": one.at, "state": str(one.state), "role": str(one.role), "party": one.party} for one in states
            ],
            "signals": [{"reason": one.reason, "fields": dict(one.fields)} for one in signals],
        }
    )


@click.command(
    "on-sale",
    help="""上市 Say when the items of a batch go on sale: scans long before that are a sign that its labels leaked. The latest word counts.

    \b
    Examples:
      tanji enterprise items on-sale 06901234567892 B2026-04 --from 2026-10-01
    """,
)
@click.argument("gtin")
@click.argument("batch")
@click.option("--from", "starts", type=MOMENT, required=True, help="first day of sale")
@at_place
@speaks
def on_sale(*, gtin: str, batch: str, starts: int, place: Place, output: Output) -> None:
    """Record it."""
    from api.runtime.scanning import open_scanning

    with open_scanning(place.home()) as scanning:
        scanning.set_sale_start(gtin, batch, starts)
    output.say(f"{gtin} {batch}: {moment(starts)}")
    output.result({"gtin": gtin, "batch": batch, "onSaleFrom": starts})
