"""`tanji enterprise draft`, `tanji enterprise sign`."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.drafting import read_body, write_draft, write_signed
from api.cli.options import FILE, PARTY, KeyChoice, Place, at_place, with_key
from api.cli.output import Output
from api.cli.output import command as speaks


@click.command(
    "draft",
    help="""起草 Check a footprint (PACT v3 JSON) and make a draft to be signed elsewhere, on a machine without network if you like.

    \b
    Examples:
      tanji enterprise draft footprint.json --party uscc:91210100MA0P0EXAM1 -o draft.json
    """,
)
@click.argument("footprint", type=FILE)
@click.option("--party", type=PARTY, required=True, help="the enterprise")
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the draft goes")
@speaks
def draft(*, footprint: Path, party: str, out: Path, output: Output) -> None:
    """Check and write."""
    from api.runtime.statements import make_draft

    write_draft(make_draft("footprint", party, read_body(footprint), "footprint"), out, output)


@click.command(
    "sign",
    help="""签名 Check a footprint (PACT v3 JSON) and sign it.

    \b
    Examples:
      tanji enterprise sign footprint.json --party uscc:91210100MA0P0EXAM1 --key keys/enterprise.json -o statement.json
    """,
)
@click.argument("footprint", type=FILE)
@click.option("--party", type=PARTY, required=True, help="the enterprise")
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the statement goes")
@with_key
@at_place
@speaks
def sign(*, footprint: Path, party: str, out: Path, key: KeyChoice, place: Place, output: Output) -> None:
    """Check, sign, write."""
    from api.runtime.statements import make_draft

    write_signed(make_draft("footprint", party, read_body(footprint), "footprint"), key, place, out, output)
