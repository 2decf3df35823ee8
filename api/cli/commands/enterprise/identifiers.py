"""`tanji enterprise identifiers`: industrial-internet identifiers registered for products."""

from __future__ import annotations

import click

from api.cli.lazy import LazyCommand, LazyGroup
from api.cli.options import PARTY, Place, at_place
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks

_HERE = "api.cli.commands.enterprise.identifiers"

group = LazyGroup(
    name="identifiers",
    lazy={
        "add": LazyCommand(target=f"{_HERE}:add", help="登记 an identifier for a product"),
        "show": LazyCommand(target=f"{_HERE}:show", help="解析 which product an identifier stands for"),
    },
    help="工业互联网标识 Identifiers of the industrial internet (86.… and 88.…) that stand for products.",
)


@click.command(
    "add",
    help="""登记 Register an industrial-internet identifier for a product; what asks for it gets the product's label data. It keeps its meaning for ever.

    \b
    Examples:
      tanji enterprise identifiers add 88.118.8/fridge-300 --gtin 06901234567892 --party uscc:91210100MA0P0EXAM1
      tanji enterprise identifiers add 86.1000.11/m-7 --gmn 1987654Ad4X4bL5ttr2310c2K --party uscc:91210100MA0P0EXAM1
    """,
)
@click.argument("identifier")
@click.option("--gtin", help="the product's GTIN")
@click.option("--gmn", help="or its GMN")
@click.option("--party", type=PARTY, required=True, help="the enterprise")
@at_place
@speaks
def add(*, identifier: str, gtin: str | None, gmn: str | None, party: str, place: Place, output: Output) -> None:
    """Check and register."""
    from ledger.domain.identifiers import RegisteredIdentifier, parse_industrial
    from ledger.services.clocks import SystemClock
    from ledger.store.identifiers import IdentifierRegistry
    from verifier.identifiers import Party

    wanted = RegisteredIdentifier(
        identifier=parse_industrial(identifier),
        product=_product(gtin, gmn),
        party=Party(party),
        registered_at=SystemClock().now(),
    )
    registry = IdentifierRegistry.open(place.home().database)
    try:
        kept = registry.register(wanted)
    finally:
        registry.close()
    output.say(f"已登记 {kept.identifier} → {kept.product}")
    output.result({"identifier": kept.identifier, "product": kept.product, "party": kept.party})


@click.command(
    "show",
    help="""解析 Which product an identifier stands for, and whatever else stands for it.

    \b
    Examples:
      tanji enterprise identifiers show 88.118.8/fridge-300
    """,
)
@click.argument("identifier")
@at_place
@speaks
def show(*, identifier: str, place: Place, output: Output) -> None:
    """Look it up."""
    from ledger.domain.identifiers import parse_industrial
    from ledger.store.identifiers import IdentifierReader

    wanted = parse_industrial(identifier)
    reader = IdentifierReader.open(place.home().database)
    try:
        found = reader.find(wanted)
        others = [] if found is None else [one.identifier for one in reader.of_product(found.product)]
    finally:
        reader.close()
    if found is None:
        raise CommandError(
            "identifier.unknown",
            f"nothing is registered as {wanted}",
            advice="register it: tanji enterprise identifiers add",
        )
    output.table(
        "", ("标识 identifier", "产品 product", "登记方 party"), [(found.identifier, found.product, found.party)]
    )
    output.result(
        {"identifier": found.identifier, "product": found.product, "party": found.party, "identifiers": others}
    )


def _product(gtin: str | None, gmn: str | None) -> str:
    """The word for a product as labels name it: 14 digits, or `8013:` and the GMN. Raises CommandError, MalformedError."""
    from verifier.gs1 import pad_gtin
    from verifier.identifiers import check_gmn

    if (gtin is None) == (gmn is None):
        raise CommandError("identifier.product", "one product is due", advice="give --gtin or --gmn")
    if gtin is not None:
        return pad_gtin(gtin)
    check_gmn(gmn, "--gmn")
    return f"8013:{gmn}"
