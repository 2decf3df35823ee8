"""`tanji operator catalogue`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import click

from api.cli.options import Place, at_place
from api.cli.output import Output
from api.cli.output import command as speaks

TRIES: Final = 40
PAUSE_SECONDS: Final = 0.25


@click.command(
    "catalogue",
    help="""目录 Bring what lists and searches are made from up to the log.

    The operator does this by itself, a moment behind the log; `tanji operator fsck` compares the two. With --rebuild everything
    is forgotten and derived from the stored entries again, in small pieces: lists are short meanwhile, the log and its proofs are not
    touched. Safe while the operator runs, and when stopped in the middle: the operator, or the same command, goes on.

    \b
    Examples:
      tanji operator catalogue
      tanji operator catalogue --rebuild
      tanji operator catalogue --json
    """,
)
@click.option("--rebuild", is_flag=True, help="forget everything and derive it from the entries again")
@at_place
@speaks
def command(*, rebuild: bool, place: Place, output: Output) -> None:
    """Needs the database only: no key, no chain, and not the writer's lock."""
    from ledger.services.catalogue import CatalogueKeeper
    from ledger.store.catalogue_writer import CatalogueStore
    from ledger.store.reader import StoreReader

    home = place.home()
    reader = StoreReader.open(home.database)
    writer = CatalogueStore.open(home.database)
    try:
        keeper = CatalogueKeeper(reader=reader, writer=writer)
        before = writer.size()
        if rebuild:
            _patiently(keeper.start_over)
        with output.progress("目录 catalogue", reader.size() + (before if rebuild else -before)) as advance:
            while took := _patiently(keeper.step):
                advance(took)
        size, totals = reader.size(), writer.totals()
    finally:
        writer.close()
        reader.close()
    figures = {
        "entries": totals.entries,
        "logSize": size,
        "certificates": totals.certificates,
        "products": totals.products,
        "parties": totals.parties,
        "labels": totals.labels,
    }
    output.facts("目录 catalogue (重建 derived again)" if rebuild else "目录 catalogue", figures.items())
    output.result({**figures, "rebuilt": rebuild})


def _patiently(work: Callable[[], int]) -> int:
    """Do one short piece of work; while the database is busy, for ten seconds. Raises what it raises then."""
    from ledger.domain.errors import BackpressureError

    for _ in range(TRIES):
        try:
            return work()
        except BackpressureError:
            time.sleep(PAUSE_SECONDS)
    return work()
