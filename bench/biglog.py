"""Inclusion proofs from a log of ten million entries on disk. `python -m bench.biglog build|read …` are its processes.

The leaf hashes are random: a proof does not care what an entry says. The files are kept under bench/.data (400 MB) and
used again.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench.harness import Effort, Result
from ledger.log.files import TileDirectory, TileDirectoryWriter
from ledger.log.frontier import Frontier
from ledger.log.layout import HASH_BYTES, TILE_WIDTH, partial_tiles, tile_path
from ledger.log.tree import TreeReader

DATA = Path(__file__).parent / ".data"
BIG, SMALL = 10_000_000, 1_000_000
_DONE = "built-with-middles"


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `big-log-proof`, `big-log-resident`, `big-log-flat`. Every run is a process that has read nothing before."""
    big, small = effort.of(BIG), effort.of(SMALL)
    for size in (small, big):
        _call("build", str(size))
    proofs = str(effort.of(4_000, 400))
    of_small = [_read(small, proofs) for _ in range(effort.runs)]
    of_big = [_read(big, proofs) for _ in range(effort.runs)]
    yield Result(
        row="big-log-proof",
        runs=tuple(run["median_ms"] for run in of_big),
        seen={
            "entries": big,
            "p99_ms": median(run["p99_ms"] for run in of_big),
            "at_1_M_ms": median(run["median_ms"] for run in of_small),
        },
    )
    yield Result(row="big-log-resident", runs=tuple(run["peak_mb"] for run in of_big))
    yield Result(
        row="big-log-flat",
        runs=tuple(large["peak_mb"] / little["peak_mb"] for large, little in zip(of_big, of_small, strict=True)),
        seen={"at_1_M_MB": median(run["peak_mb"] for run in of_small)},
    )


def _read(size: int, proofs: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(_call("read", str(size), proofs))
    return answer


def _call(*arguments: str) -> str:
    command = [sys.executable, "-m", "bench.biglog", *arguments]
    return subprocess.run(command, cwd=DATA.parent.parent, capture_output=True, text=True, check=True).stdout


def _directory(size: int) -> Path:
    return DATA / f"log-{size}"


def build(size: int) -> None:
    """Write the hash tiles of a log of `size` entries, unless they are there already."""
    root = _directory(size)
    if (root / _DONE).exists():
        return
    frontier, dice = Frontier(), random.Random(size)
    made: set[Path] = set()
    middles = TileDirectoryWriter(root)
    step = 64 * TILE_WIDTH
    for at in range(0, size, step):
        full = frontier.append(dice.randbytes(min(step, size - at) * HASH_BYTES))
        middles.keep_middles(full)
        for tile in full:
            _write(root / tile_path(tile.level, tile.index), tile.hashes, made)
    for level, index, width in partial_tiles(size):
        _write(root / tile_path(level, index, width), frontier.pending(level), made)
    middles.close()
    (root / _DONE).write_text(f"{frontier.root().hex()}\n")


def _write(path: Path, content: bytes, made: set[Path]) -> None:
    if path.parent not in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        made.add(path.parent)
    path.write_bytes(content)


def read(size: int, count: int) -> dict[str, float]:
    """Take `count` proofs at random places; milliseconds, and the peak of this process's resident memory."""
    from verifier.merkle import check_inclusion

    tree = TreeReader(TileDirectory(_directory(size)), size)
    expected = bytes.fromhex((_directory(size) / _DONE).read_text())
    dice = random.Random()
    spent: list[float] = []
    for _ in range(count):
        index = dice.randrange(size)
        started = time.perf_counter()
        proof = tree.inclusion(index, size)
        spent.append(1000 * (time.perf_counter() - started))
        check_inclusion(index, size, tree.leaf(index), proof, expected)
    spent.sort()
    return {"median_ms": median(spent), "p99_ms": spent[int(0.99 * count)], "peak_mb": _peak()}


def _peak() -> float:
    """Megabytes this process ever had resident."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024 / 1e6


def main() -> None:
    """Run one of the two processes."""
    numbers = [int(argument) for argument in sys.argv[2:]]
    if sys.argv[1] == "build":
        build(*numbers)
    else:
        print(json.dumps(read(*numbers)))


if __name__ == "__main__":
    main()
