"""`tanji regulator grant …`."""

from __future__ import annotations

import click

from api.cli.mined import tell_mined
from api.cli.options import MOMENT, PARTY, KeyChoice, Place, at_place, with_key
from api.cli.output import Output
from api.cli.output import command as speaks
from api.cli.purposes import GRANT_PURPOSES

_SCOPE_HELP = "category URN (certificate), gs1:<prefix> (labels), or nothing"


@click.group("grant", help="资质 Open, extend and end what a party is entitled to.")
def group() -> None:
    """Grants."""


@group.command(
    "open",
    help="""授予资质 Entitle a party, from now on. A grant never starts in the past.

    \b
    Examples:
      tanji regulator grant open uscc:91110000MA0C0EXAM2 certificate \\
        --scope urn:pact:tanji.example:category:refrigerator --key keys/regulator.json
      tanji regulator grant open uscc:91210100MA0P0EXAM1 footprint --key keys/regulator.json
    """,
)
@click.argument("party", type=PARTY)
@click.argument("purpose", type=click.Choice(GRANT_PURPOSES))
@click.option("--scope", default="", help=_SCOPE_HELP)
@click.option("--from", "starts_at", type=MOMENT, default=0, help="start (default: now)")
@click.option("--until", "ends_at", type=MOMENT, default=2**40 - 1, help="end (default: none)")
@with_key
@at_place
@speaks
def open_grant(
    *, party: str, purpose: str, scope: str, starts_at: int, ends_at: int, key: KeyChoice, place: Place, output: Output
) -> None:
    """Open an interval."""
    from api.cli.trust import trust_operations
    from api.runtime.requests import PURPOSES

    trust = trust_operations(place, key)
    receipt = trust.open_grant(party, PURPOSES[purpose], scope, starts_at=starts_at, ends_at=ends_at)
    said = f"{party} 获得 is entitled to {purpose} {scope}".rstrip()
    tell_mined(output, receipt, said, party=party, purpose=purpose, scope=scope)
    output.hint(f"to undo: tanji regulator grant end {party} {purpose}" + (f" --scope {scope}" if scope else ""))


@group.command(
    "extend",
    help="""延长 Move a running grant's end later.

    \b
    Examples:
      tanji regulator grant extend uscc:91110000MA0C0EXAM2 certificate --scope urn:… --until 2029-01-01 --key keys/regulator.json
    """,
)
@click.argument("party", type=PARTY)
@click.argument("purpose", type=click.Choice(GRANT_PURPOSES))
@click.option("--scope", default="", help=_SCOPE_HELP)
@click.option("--until", "ends_at", type=MOMENT, required=True, help="new end")
@with_key
@at_place
@speaks
def extend(*, party: str, purpose: str, scope: str, ends_at: int, key: KeyChoice, place: Place, output: Output) -> None:
    """Extend the running interval."""
    from api.cli.trust import trust_operations
    from api.runtime.requests import PURPOSES

    receipt = trust_operations(place, key).extend_grant(party, PURPOSES[purpose], scope, ends_at)
    tell_mined(output, receipt, f"{party} {purpose} {scope} 延至 until {ends_at}", until=ends_at)
    output.hint("to undo, end it earlier with `grant end --at`")


@group.command(
    "end",
    help="""终止资质 End a running grant, now or at a later time. What was anchored before stays good.

    \b
    Examples:
      tanji regulator grant end uscc:91110000MA0C0EXAM2 certificate --scope urn:… --key keys/regulator.json
    """,
)
@click.argument("party", type=PARTY)
@click.argument("purpose", type=click.Choice(GRANT_PURPOSES))
@click.option("--scope", default="", help=_SCOPE_HELP)
@click.option("--at", type=MOMENT, default=0, help="when (default: now)")
@with_key
@at_place
@speaks
def end(*, party: str, purpose: str, scope: str, at: int, key: KeyChoice, place: Place, output: Output) -> None:
    """End the running interval."""
    from api.cli.trust import trust_operations
    from api.runtime.requests import PURPOSES

    receipt = trust_operations(place, key).end_grant(party, PURPOSES[purpose], scope, at)
    tell_mined(output, receipt, f"{party} {purpose} {scope} 已终止 ended", party=party, purpose=purpose, scope=scope)
    output.hint("it may be opened again, twice at most: the word holds three intervals")
