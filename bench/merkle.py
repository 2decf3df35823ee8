"""Growing the tree: in memory, and as tile files, against bare SHA-256 over pairs of hashes and against pymerkle."""

from __future__ import annotations

import random
from collections.abc import Iterator
from hashlib import sha256
from statistics import median

from bench.harness import Effort, Peer, Result, against, one_core, rate, still_heap
from ledger.log.frontier import Frontier
from ledger.log.hashes import leaf_hash
from ledger.log.writer import grow

BATCH = 2_000  # entries from one checkpoint to the next: half a second's worth (ledger.services.host)
ENTRY_BYTES = 420


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `merkle-append`, `merkle-peer`, `merkle-tiles`."""
    count = effort.of(200_000, 20_000)
    dice = random.Random(3)
    entries = [dice.randbytes(ENTRY_BYTES) for _ in range(count)]
    leaves = [leaf_hash(entry) for entry in entries]
    pairs = list(zip(leaves, reversed(leaves), strict=True))

    def bare() -> float:
        return rate(lambda: len([sha256(b"\x01" + left + right).digest() for left, right in pairs]))

    with one_core(), still_heap():
        appended = against(lambda: rate(lambda: _append(leaves)), effort.runs, bare)
        whole = against(
            lambda: rate(lambda: _append([leaf_hash(entry) for entry in entries])),
            effort.runs,
            lambda: _pymerkle(entries[:10_000]),
        )
        tiles = against(lambda: rate(lambda: _tiles(leaves, entries)), effort.runs, bare)
    yield Result(row="merkle-append", runs=appended.ratios, seen=_seen(appended.rates, appended.yardsticks))
    yield Result(
        row="merkle-peer",
        runs=whole.ratios,
        seen={"per_second": median(whole.rates)},
        peers=(Peer(name="pymerkle in memory", value=median(whole.yardsticks), unit="per second"),),
    )
    yield Result(row="merkle-tiles", runs=tiles.ratios, seen=_seen(tiles.rates, tiles.yardsticks))


def _seen(rates: tuple[float, ...], pairs: tuple[float, ...]) -> dict[str, float]:
    return {"per_second": median(rates), "pairs_per_second": median(pairs)}


def _append(leaves: list[bytes]) -> int:
    """Batches as the sequencer makes them, the root taken after each as a checkpoint does."""
    frontier = Frontier()
    for at in range(0, len(leaves), BATCH):
        frontier.append(leaves[at : at + BATCH])
        frontier.root()
    return len(leaves)


def _tiles(leaves: list[bytes], entries: list[bytes]) -> int:
    """The same, with the bytes of every hash tile and entry bundle; writing them is the disk's affair."""
    frontier, tail = Frontier(), list[bytes]()
    for at in range(0, len(leaves), BATCH):
        new = entries[at : at + BATCH]
        frontier = grow(frontier, leaves[at : at + BATCH], tail, new).frontier
        frontier.root()
        tail = [*tail, *new][-(frontier.size % 256) :] if frontier.size % 256 else []
    return len(leaves)


def _pymerkle(entries: list[bytes]) -> float:
    from pymerkle import InmemoryTree

    tree = InmemoryTree()

    def work() -> int:
        for entry in entries:
            tree.append_entry(entry)
        tree.get_state()
        return len(entries)

    return rate(work)
