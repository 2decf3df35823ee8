"""`tanji certifier draft`, `tanji certifier issue`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.commands.certifier.inputs import read_footprint, read_rule
from api.cli.drafting import write_draft, write_signed
from api.cli.options import FILE, PARTY, KeyChoice, Place, at_place, with_key
from api.cli.output import Output
from api.cli.output import command as speaks
from api.cli.terms import read_terms

if TYPE_CHECKING:
    from api.runtime.statements import Draft


def _drafted(footprint: Path, terms: Path, party: str, rule: Path | None, advisers: tuple[str, ...]) -> Draft:
    from api.runtime.statements import make_draft
    from ledger.intake.drafts import draft_certificate
    from ledger.services.clocks import SystemClock

    wanted = read_terms(terms, certifier=party, grade_rule=read_rule(rule))
    body = draft_certificate(read_footprint(footprint, advisers), wanted, now=SystemClock().now())
    return make_draft("certificate", party, body)


@click.command(
    "draft",
    help="""起草 Make a certificate's draft. Figures and units are the footprint's own text, the grade comes from the rule; nothing is typed in.

    \b
    Examples:
      tanji certifier draft footprint.json --terms terms.toml --party uscc:91110000MA0C0EXAM2 -o draft.json
    """,
)
@click.argument("footprint", type=FILE)
@click.option("--terms", type=FILE, required=True, help="TOML or JSON file of the certifier's terms")
@click.option("--party", type=PARTY, required=True, help="the certifier")
@click.option("--rule", type=FILE, help="rule statement the grade comes from")
@click.option("--adviser", "advisers", type=PARTY, multiple=True, help="who advised on the footprint; repeatable")
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the draft goes")
@speaks
def draft(
    *, footprint: Path, terms: Path, party: str, rule: Path | None, advisers: tuple[str, ...], out: Path, output: Output
) -> None:
    """Check everything, write the draft."""
    write_draft(_drafted(footprint, terms, party, rule, advisers), out, output)


@click.command(
    "issue",
    help="""签发 Draft a certificate and sign it in one step; refused with every reason where the footprint does not hold.

    \b
    Examples:
      tanji certifier issue footprint.json --terms terms.toml --rule rule-statement.json \\
        --party uscc:91110000MA0C0EXAM2 --key keys/certifier.json -o certificate.json
    """,
)
@click.argument("footprint", type=FILE)
@click.option("--terms", type=FILE, required=True, help="TOML or JSON file of the certifier's terms")
@click.option("--party", type=PARTY, required=True, help="the certifier")
@click.option("--rule", type=FILE, help="rule statement the grade comes from")
@click.option("--adviser", "advisers", type=PARTY, multiple=True, help="who advised on the footprint; repeatable")
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the statement goes")
@with_key
@at_place
@speaks
def issue(
    *,
    footprint: Path,
    terms: Path,
    party: str,
    rule: Path | None,
    advisers: tuple[str, ...],
    out: Path,
    key: KeyChoice,
    place: Place,
    output: Output,
) -> None:
    """Check everything, sign, write."""
    write_signed(_drafted(footprint, terms, party, rule, advisers), key, place, out, output)
