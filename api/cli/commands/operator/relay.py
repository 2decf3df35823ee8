"""`tanji operator relay`."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.operating import sequencer_passphrase, sequencer_signer
from api.cli.options import FILE, KeyChoice, Place, at_place, read_bytes, with_key
from api.cli.output import Output
from api.cli.output import command as speaks


@click.command(
    "relay",
    help="""转发 Carry status changes that others signed to the chain. Anyone may; --key only pays (default: the home's sequencer account).

    A change that is on the chain already counts as success.

    \b
    Examples:
      tanji operator relay change.json
      tanji operator relay change.json --key keys/any-account.json --deployment deployment.json --rpc http://127.0.0.1:8545
    """,
)
@click.argument("files", type=FILE, nargs=-1, required=True)
@with_key
@at_place
@speaks
def command(*, files: tuple[Path, ...], key: KeyChoice, place: Place, output: Output) -> None:
    """All are read before the first is sent."""
    from api.runtime.requests import STATUS_NAMES, parse_change
    from ledger.services.status import StatusOperations
    from verifier.encoding import to_hex

    changes = [parse_change(read_bytes(file, 65_536)) for file in files]
    signed = [change.signed() for change in changes]
    if key.path is not None:
        signer = key.open()
    else:
        home = place.home()
        signer = sequencer_signer(home, sequencer_passphrase(home, key.passphrase_file))
    operations = StatusOperations(sender=place.sender(signer), deployment=place.deployment())
    done: list[dict[str, object]] = []
    for change, one in zip(changes, signed, strict=True):
        receipt = operations.relay(one)
        done.append(
            {
                "subject": to_hex(change.subject),
                "status": STATUS_NAMES[change.status],
                "owner": change.owner,
                "block": receipt.block_number,
                "gasUsed": receipt.gas_used,
            }
        )
    rows = [(row["subject"], row["status"], row["owner"], row["block"]) for row in done]
    output.table("已转发 relayed", ("对象 subject", "状态 status", "主体 owner", "区块 block"), rows)
    output.hint("look at it: tanji certifier status SUBJECT --party PARTY")
    output.result({"relayed": done})
