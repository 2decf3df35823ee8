"""`tanji webhook order`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from api.cli.options import FILE, MOMENT, PARTY, KeyChoice, Place, at_place, with_key, write_new
from api.cli.output import EXIT_UNREADABLE, CommandError, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from verifier.types import JsonValue

# As `ledger.domain.webhook_orders.Action`, with whether a target is due.
ACTIONS: Final = {
    "add": True, "remove": True, "pause": True, "resume": True, "replay": True, "list": False, "deliveries": True,
}  # fmt: skip
LONGEST_MINUTES: Final = 1_440


@click.command(
    "order",
    help="""指令 Make and sign an order about a party's webhook endpoints; needs no network.

    ACTION is add, remove, pause, resume, replay, list or deliveries. TARGET is the https address for add, and the endpoint (wh_…) for all
    others but list. The file is sent to the service, which carries it out once: POST /v1/webhooks.

    \b
    Examples:
      tanji webhook order add https://hooks.bank.example/tanji --party uscc:91110000MA0C0EXAM2 --certificate 0x2b… --key key.json -o add.json
      tanji webhook order replay wh_2b… --cursor 17-3-1200 --party uscc:91110000MA0C0EXAM2 --key key.json -o replay.json
      tanji webhook order deliveries wh_2b… --state dead --party uscc:91110000MA0C0EXAM2 --key key.json -o look.json
      curl -sS -H 'Content-Type: application/json' --data-binary @add.json https://ledger.example/v1/webhooks
    """,
)
@click.argument("action", type=click.Choice(list(ACTIONS)))
@click.argument("target", default="")
@click.option("--party", type=PARTY, required=True, help="the party whose endpoints these are; the key is one of its")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="add: status (default), statement, anchor, copy-alert; repeatable",
)
@click.option("--certificate", "certificates", multiple=True, metavar="ID", help="add: only about it; repeatable")
@click.option("--about", "parties", multiple=True, type=PARTY, help="add: only about this party; repeatable")
@click.option(
    "--cursor", metavar="N-N-N[-N]", help="add: begin after it instead of now; replay: everything after it again"
)
@click.option("--until", type=MOMENT, metavar="TIME", help="add: when the endpoint ends (default: after two years)")
@click.option("--after", type=click.IntRange(min=0), metavar="NUMBER", help="deliveries: with larger numbers only")
@click.option("--state", metavar="STATE", help="deliveries: waiting, delivered or dead only")
@click.option(
    "--minutes", type=click.IntRange(1, LONGEST_MINUTES), default=10, show_default=True, help="the order holds so long"
)
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the signed order goes")
@with_key
@at_place
@speaks
def command(
    *,
    action: str,
    target: str,
    party: str,
    kinds: tuple[str, ...],
    certificates: tuple[str, ...],
    parties: tuple[str, ...],
    cursor: str | None,
    until: int | None,
    after: int | None,
    state: str | None,
    minutes: int,
    out: Path,
    key: KeyChoice,
    place: Place,
    output: Output,
) -> None:
    """Checked as the service will, before the key is opened."""
    from dataclasses import replace

    from ledger.domain.webhook_orders import Action, Order, endpoint_id, parse_order, serialize_order
    from ledger.services.clocks import SystemClock
    from ledger.webhooks.signing import sign_order
    from verifier.signature import to_checksum

    _check_target(action, target)
    given: dict[str, JsonValue] = {
        "kinds": list(kinds) or None,
        "certificates": list(certificates) or None,
        "parties": list(parties) or None,
        "cursor": cursor,
        "until": until,
        "after": after,
        "state": state,
    }
    details = {name: value for name, value in given.items() if value is not None}
    separator, now = place.deployment().domain_separator, SystemClock().now()
    order = Order(
        action=Action(action), party=party, target=target, details=details, issued_at=now, deadline=now + 60 * minutes
    )
    parse_order(serialize_order(replace(order, signature=_BLANK)))
    signer = key.open()
    signed = sign_order(order, signer, separator)
    write_new(out, serialize_order(signed))
    address = to_checksum(signer.address)
    facts: dict[str, object] = {"action": action, "target": target, "party": party, "signer": address, "file": str(out)}
    if order.action is Action.ADD:
        facts["endpoint"] = endpoint_id(order.digest(separator))
    output.facts(f"已签 signed, to be carried out within {minutes} minutes", facts.items())
    output.hint(f"send it: curl -sS -H 'Content-Type: application/json' --data-binary @{out} SERVICE/v1/webhooks")
    output.result({**facts, "deadline": order.deadline})


# Of a signature's form, and nobody's: what an order says is read before it is signed.
_BLANK: Final = bytes(31) + b"\x01" + bytes(31) + b"\x01" + b"\x1b"


def _check_target(action: str, target: str) -> None:
    if ACTIONS[action] == bool(target):
        return
    due = "an https address" if action == "add" else "an endpoint (wh_…)" if target == "" else "no TARGET"
    raise CommandError(
        "webhook.target",
        f"{action} takes {due}",
        advice="see tanji webhook order --help; nothing was signed",
        exit_status=EXIT_UNREADABLE,
    )
