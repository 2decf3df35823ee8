"""`python -m bench`: measure every row, show the table, write bench/results.json. Exit code 1 when a row misses its limit."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.machine import facts
from bench.rows import LONG, MEASUREMENTS, Row

ROOT: Final = Path(__file__).resolve().parent.parent
RESULTS: Final = ROOT / "bench" / "results.json"
MINUTES: Final = 15 * 60
LONG_MINUTES: Final = 6 * 60 * 60

Json = dict[str, Any]


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=sorted(MEASUREMENTS), help="this measurement alone (again for more)"
    )
    parser.add_argument("--quick", action="store_true", help="three short runs of each: for a look, not for the record")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results go (default bench/results.json)")
    arguments = parser.parse_args()
    names = [name for name in MEASUREMENTS if (name in arguments.only if arguments.only else name not in LONG)]
    console = Console()
    kept = json.loads(arguments.out.read_text())["rows"] if arguments.only and arguments.out.exists() else []
    for rows in _measure_all(names, ["--quick"] if arguments.quick else [], console):
        kept = _merged(kept, rows)
        # after every measurement: what was seen survives an interruption
        document = {"machine": facts(), "rows": kept}
        arguments.out.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    console.print(_table(kept))
    missed = [row["row"] for row in kept if not row["reached"]]
    console.print(f"bench: {len(kept) - len(missed)}/{len(kept)} rows reached, results in {arguments.out}")
    return 1 if missed else 0


def _measure_all(names: list[str], options: list[str], console: Console) -> Iterator[list[Json]]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(names))
        for name in names:
            progress.update(task, description=f"{name:<24}")
            found = _measure(name, options)
            for row in found:
                progress.console.print(_line(row))
            progress.advance(task)
            yield found


def _measure(name: str, options: list[str]) -> list[Json]:
    """One measurement in its own process; a row that could not be measured says why and counts as missed."""
    wanted = MEASUREMENTS[name][1]
    command = [sys.executable, "-m", "bench.worker", name, *options]
    limit = LONG_MINUTES if name in LONG else MINUTES
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return [_document(row, {}, f"took more than {limit // 60} minutes") for row in wanted]
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"row"')]
    results = {result["row"]: result for result in map(json.loads, lines)}
    trouble = (done.stderr.strip().splitlines() or ["no result"])[-1]
    return [_document(row, results.get(row.name, {}), trouble) for row in wanted]


def _document(row: Row, result: Json, trouble: str) -> Json:
    document: Json = {
        "row": row.name,
        "what": row.what,
        "relation": str(row.relation),
        "limit": row.limit,
        "unit": row.unit,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "load": round(os.getloadavg()[0], 1),  # processes at work while it was measured, the bench's own among them
    }
    if not result:
        return {**document, "reached": False, "trouble": trouble}
    return {**document, "reached": row.reached(result["median"]), **result}


def _merged(before: list[Json], now: list[Json]) -> list[Json]:
    """The rows measured now among those kept from before, in the table's order."""
    order = [row.name for _, rows in MEASUREMENTS.values() for row in rows]
    kept = {row["row"]: row for row in [*before, *now]}
    return [kept[name] for name in order if name in kept]


def _line(row: Json) -> str:
    seen = f"{row['median']:.3g} {row['unit']}" if "median" in row else row["trouble"]
    return f"  {row['row']:<26} {_mark(row)} {seen} (asked {row['relation']} {row['limit']:g})"


def _mark(row: Json) -> str:
    return "[green]reached[/green]" if row["reached"] else "[red]missed [/red]"


def _table(rows: list[Json]) -> Table:
    table = Table(title="Speed and memory", title_justify="left")
    for heading in ("row", "asked", "seen", "", "peer in the same run"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        peers = "; ".join(
            f"{peer['name']} {peer['value']:.3g} {peer['unit']}{' (cited)' if peer['cited'] else ''}"
            for peer in row.get("peers", [])
        )
        seen = f"{row['median']:.3g}" if "median" in row else row["trouble"]
        asked = f"{row['relation']} {row['limit']:g} {row['unit']}"
        table.add_row(row["row"], asked, seen, _mark(row), peers)
    return table


if __name__ == "__main__":
    sys.exit(main())
