"""`tanji keys request`."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.options import FILE, MOMENT, PARTY, KeyChoice, Place, at_place, with_key, write_new
from api.cli.output import Output
from api.cli.output import command as speaks
from api.cli.purposes import PURPOSE_NAMES


@click.command(
    "request",
    help="""登记申请 Ask for a key to be registered. The key signs the request itself, offline; the regulator carries it to the chain.

    \b
    Examples:
      tanji keys request --key keys/certifier.json --party uscc:91110000MA0C0EXAM2 \\
        --purpose certificate --purpose status --deployment deployment.json -o request.json
    """,
)
@click.option("--party", type=PARTY, required=True, help="the party the key is to belong to, for ever")
@click.option(
    "--purpose", "purposes", type=click.Choice(PURPOSE_NAMES), multiple=True, required=True, help="repeatable"
)
@click.option("--from", "starts_at", type=MOMENT, default=0, help="start (default: when registered)")
@click.option("--until", "ends_at", type=MOMENT, default=2**40 - 1, help="end (default: none)")
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the signed request goes")
@with_key
@at_place
@speaks
def command(
    *,
    party: str,
    purposes: tuple[str, ...],
    starts_at: int,
    ends_at: int,
    out: Path,
    key: KeyChoice,
    place: Place,
    output: Output,
) -> None:
    """Sign a Registration (docs/spec/05) with the key it is about."""
    from api.runtime.requests import purposes_mask, serialize_registration
    from ledger.services.registry import KeyRegistration, sign_registration
    from verifier.signature import to_checksum

    mask = purposes_mask(purposes, "--purpose")
    deployment = place.deployment()
    signer = key.open()
    asked = KeyRegistration(key=signer.address, party=party, purposes=mask, starts_at=starts_at, ends_at=ends_at)
    write_new(out, serialize_registration(sign_registration(asked, signer, deployment)))
    address = to_checksum(signer.address)
    output.say(f"{address} 申请加入 asks to join {party} 用途 for {', '.join(purposes)}")
    output.hint(f"the regulator registers it: tanji regulator key register {out}")
    output.result({"file": str(out), "key": address, "party": party, "purposes": list(purposes)})
