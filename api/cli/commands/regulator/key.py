"""`tanji regulator key …`."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.mined import tell_mined
from api.cli.options import FILE, MOMENT, KeyChoice, Place, at_place, read_bytes, with_key
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks


@click.group("key", help="密钥 Register, end and report keys.")
def group() -> None:
    """Keys."""


@group.command(
    "register",
    help="""登记密钥 Register keys that asked for it themselves (files of `tanji keys request`).

    A key belongs to one party for ever. Look at the request before: this is where a person is trusted.

    \b
    Examples:
      tanji regulator key register request.json --key keys/regulator.json
    """,
)
@click.argument("files", type=FILE, nargs=-1, required=True)
@with_key
@at_place
@speaks
def register(*, files: tuple[Path, ...], key: KeyChoice, place: Place, output: Output) -> None:
    """Carry each signed request to the chain; all are read before the first is sent."""
    from api.cli.trust import trust_operations
    from api.runtime.requests import parse_registration, purpose_names
    from ledger.services.registry import SignedRegistration
    from verifier.signature import to_checksum

    asked = [parse_registration(read_bytes(file, 65_536)) for file in files]
    for file, (_, signature) in zip(files, asked, strict=True):
        if not signature:
            raise CommandError(
                "registration.unsigned", f"{file} is not signed", advice="the key itself signs it: tanji sign"
            )
    trust = trust_operations(place, key)
    done: list[dict[str, object]] = []
    for registration, signature in asked:
        receipt = trust.register_key(SignedRegistration(registration=registration, signature=signature))
        done.append(
            {
                "key": to_checksum(registration.key),
                "party": registration.party,
                "purposes": purpose_names(registration.purposes),
                "block": receipt.block_number,
                "gasUsed": receipt.gas_used,
            }
        )
    rows = [(row["key"], row["party"], " ".join(map(str, row["purposes"] or ())), row["block"]) for row in done]  # type: ignore[call-overload]
    output.table("已登记 registered", ("密钥 key", "主体 party", "用途 purposes", "区块 block"), rows)
    output.hint("to undo: tanji regulator key end ADDRESS (a key that was registered is never registered again)")
    output.result({"registered": done})


@group.command(
    "end",
    help="""终止密钥 End a key, from now or a later time. What it signed before stays good.

    A regulator's key ends any key; an admin key those of its own party; any key itself.

    \b
    Examples:
      tanji regulator key end 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed --key keys/regulator.json
    """,
)
@click.argument("address")
@click.option("--at", type=MOMENT, default=0, help="when (default: now)")
@with_key
@at_place
@speaks
def end(*, address: str, at: int, key: KeyChoice, place: Place, output: Output) -> None:
    """End a key."""
    from api.cli.trust import trust_operations
    from verifier.signature import parse_address

    parsed = parse_address(address, "ADDRESS")
    receipt = trust_operations(place, key).end_key(parsed, at)
    tell_mined(output, receipt, f"{address} 已终止 ended", key=address)
    output.hint("final: register a new key for the party")


@group.command(
    "report-stolen",
    help="""挂失 Say that a key is in a thief's hands since a time: what it signed and was anchored later counts for nothing.

    At most 90 days back; may be moved earlier afterwards, never later.

    \b
    Examples:
      tanji regulator key report-stolen 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed --since 2026-03-01T08:00:00+08:00 \\
        --key keys/regulator.json
    """,
)
@click.argument("address")
@click.option("--since", type=MOMENT, required=True, help="since when it is not the party's any more")
@with_key
@at_place
@speaks
def report_stolen(*, address: str, since: int, key: KeyChoice, place: Place, output: Output) -> None:
    """Set compromisedSince."""
    from api.cli.trust import trust_operations
    from verifier.signature import parse_address

    parsed = parse_address(address, "ADDRESS")
    receipt = trust_operations(place, key).report_compromise(parsed, since)
    tell_mined(output, receipt, f"{address} 自 {since} 起失窃 stolen since", key=address, since=since)
    output.hint("end it too: tanji regulator key end; review the status changes it wrote since")
