"""`python -m bench.market --items 1000000 --clones 500 --seed 7`: simulate, judge, show, write bench/market.json.

Exit code 1 when an ask of docs/copies.md is missed.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.machine import facts
from bench.market.run import Market, run_market
from ledger.scans.thresholds import LIMITS

RESULTS: Final = Path(__file__).resolve().parents[1] / "market.json"
DETECTION: Final = 0.95
FALSE_ALARMS: Final = 0.001


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.market", description=__doc__)
    parser.add_argument("--items", type=int, default=Market().items, help="genuine items (default 1,000,000)")
    parser.add_argument("--clones", type=int, default=Market().clones, help="cloned items (default 500)")
    parser.add_argument("--seed", type=int, default=Market().seed)
    parser.add_argument(
        "--photo-shared", type=float, default=Market().photo_shared, help="share of labels that go round as photographs"
    )
    parser.add_argument("--median-copies", type=int, default=Market().median_copies, help="copies of a cloned label")
    parser.add_argument("--fewest-copies", type=int, default=Market().fewest_copies)
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results go (default bench/market.json)")
    arguments = parser.parse_args()
    market = Market(
        items=arguments.items,
        clones=arguments.clones,
        seed=arguments.seed,
        photo_shared=arguments.photo_shared,
        median_copies=arguments.median_copies,
        fewest_copies=arguments.fewest_copies,
    )
    console = Console()
    started = time.monotonic()
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("market", total=market.items + market.clones)
        results = run_market(market, workers=arguments.workers, done=lambda items: progress.advance(task, items))
    seen = results.document()
    reached = asks(seen)
    document = {
        "machine": facts(),
        "market": asdict(market),
        "thresholds": asdict(LIMITS),
        "seconds": round(time.monotonic() - started),
        "peakMiB": max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024,
        "asks": reached,
        **seen,
    }  # fmt: skip
    arguments.out.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    show(document, console)
    return 0 if all(ask["reached"] for ask in reached) else 1


def asks(seen: dict[str, Any]) -> list[dict[str, Any]]:
    """The asks, each with what was seen."""
    twenty = next(row for row in seen["clones"]["byScans"] if row["scans"] == 20)
    alarms = seen["genuine"]["found"]
    after = next(row for row in seen["flood"]["hours"] if row["hour"] == 80)["suspect"]
    cleared = next(row for row in seen["flood"]["hours"] if row["hour"] == 12)["suspectWithPin"]
    return [
        _ask("clones with 20 scans or more that were found", twenty["ever"], ">=", DETECTION),
        _ask("genuine items ever suspect", alarms, "<=", FALSE_ALARMS),
        _ask("flooded items suspect 74 h after the flood's end", after, "<=", FALSE_ALARMS),
        _ask("flooded items suspect after the owner's PIN", cleared, "<=", FALSE_ALARMS),
    ]


def _ask(what: str, seen: dict[str, Any], relation: str, limit: float) -> dict[str, Any]:
    share = seen["share"]
    reached = share is not None and (share >= limit if relation == ">=" else share <= limit)
    return {"what": what, "relation": relation, "limit": limit, "seen": seen, "reached": reached}


def show(document: dict[str, Any], console: Console) -> None:
    """Tables for people."""
    table = Table(title="Suspect by the n-th scan", title_justify="left")
    for heading in ("scans", "clones", "found", "95 %", "genuine", "wrongly suspect", "95 %"):
        table.add_column(heading, justify="right")
    for clone, item in zip(document["clones"]["byScans"], document["genuine"]["byScans"], strict=True):
        table.add_row(
            str(clone["scans"]),
            str(clone["by"]["of"]),
            *_shown(clone["by"]),
            str(item["by"]["of"]),
            *_shown(item["by"]),
        )
    console.print(table)
    flood = Table(title="Flooded from three cities, 6 h", title_justify="left")
    for heading in ("hours after its start", "suspect", "95 %", "suspect, PIN at 12 h", "95 %"):
        flood.add_column(heading, justify="right")
    for row in document["flood"]["hours"]:
        flood.add_row(str(row["hour"]), *_shown(row["suspect"]), *_shown(row["suspectWithPin"]))
    console.print(flood)
    for name, tally in document["clonesByChannel"].items():
        twenty = next(row for row in tally["byScans"] if row["scans"] == 20)
        console.print(
            f"  {name:<20} found by the 20th scan {' '.join(_shown(twenty['by']))}, ever {' '.join(_shown(twenty['ever']))}"
        )
    console.print(f"  genuine: {document['genuine']['reasons']}  clones: {document['clones']['reasons']}")
    for ask in document["asks"]:
        console.print(
            f"  {'reached' if ask['reached'] else 'MISSED '}  {ask['what']}: {' '.join(_shown(ask['seen']))} (asked {ask['relation']} {ask['limit']:.1%})"
        )
    console.print(f"  {document['seconds']} s, {document['peakMiB']} MiB")


def _shown(seen: dict[str, Any]) -> tuple[str, str]:
    if seen["share"] is None:
        return "–", ""
    return f"{seen['share']:.3%}", f"{seen['low']:.3%}–{seen['high']:.3%}"


if __name__ == "__main__":
    sys.exit(main())
