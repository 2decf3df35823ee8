"""`tanji regulator rule …`."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.drafting import read_body, write_draft, write_signed
from api.cli.options import FILE, PARTY, KeyChoice, Place, at_place, with_key
from api.cli.output import Output
from api.cli.output import command as speaks


@click.group("rule", help="规则 Grading rules: thresholds per category and unit.")
def group() -> None:
    """Rules."""


@group.command(
    "draft",
    help="""起草 Check a rule's body (docs/spec/03, rule) and make a draft to be signed elsewhere.

    \b
    Examples:
      tanji regulator rule draft rule.json --party uscc:11210100MB0R0EXAM3 -o draft.json
    """,
)
@click.argument("body", type=FILE)
@click.option("--party", type=PARTY, required=True, help="the regulator")
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the draft goes")
@speaks
def draft(*, body: Path, party: str, out: Path, output: Output) -> None:
    """Check and write."""
    from api.runtime.statements import make_draft

    write_draft(make_draft("rule", party, read_body(body), "rule"), out, output)


@group.command(
    "sign",
    help="""签发 Check a rule's body and sign it in one step.

    \b
    Examples:
      tanji regulator rule sign rule.json --party uscc:11210100MB0R0EXAM3 --key keys/rule.json -o rule-statement.json
    """,
)
@click.argument("body", type=FILE)
@click.option("--party", type=PARTY, required=True, help="the regulator")
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the statement goes")
@with_key
@at_place
@speaks
def sign(*, body: Path, party: str, out: Path, key: KeyChoice, place: Place, output: Output) -> None:
    """Check, sign, write."""
    from api.runtime.statements import make_draft

    write_signed(make_draft("rule", party, read_body(body), "rule"), key, place, out, output)
