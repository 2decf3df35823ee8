"""From evidence to a verdict under a snapshot that is open, with and without reading the file; and how large such a file is."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from statistics import median

from bench.evidence_kit import ENTRIES, Figures, Kit, make_kit
from bench.harness import Against, Effort, Peer, Result, against, one_core, still_heap
from tests.support.world import NOW
from verifier.evidence import Evidence, parse_evidence
from verifier.ladder import verify_in
from verifier.policy import CONSUMER
from verifier.state import ChainView
from verifier.verdict import Outcome

_FILES = 250  # all different, each judged once under a view: nothing about it is remembered from a time before


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `verdict` (its figure with reading and checking the file's bytes beside it) and `evidence-size`."""
    kit = make_kit(_FILES)
    passes = effort.of(8)
    evidence = tuple(map(parse_evidence, kit.files))
    with one_core(), still_heap():
        seen = against(lambda: _rate(kit, passes, lambda view: _judge_all(evidence, view)), effort.runs)
        files = against(lambda: _rate(kit, passes, lambda view: _judge_files(kit, view)), effort.runs)
        inventories = make_kit(_FILES, Figures.INVENTORY)
        longer = tuple(map(parse_evidence, inventories.files))
        lines = against(lambda: _rate(inventories, passes, lambda view: _judge_all(longer, view)), effort.runs)
    yield Result(
        row="verdict",
        runs=_in_pairs(seen),
        seen={
            **seen.seen,
            "ms": 1000 / median(seen.rates),
            "from_the_bytes_of_a_file": median(_in_pairs(files)),
            "with_inventory_of_three_lines": median(_in_pairs(lines)),
        },
        peers=(Peer(name="EAS SDK, one bare signature", value=4.4, unit="ms", cited=True),),
    )
    yield Result(
        row="evidence-size",
        runs=tuple(size / 1000 for size in kit.bare_sizes),
        seen={"entries": ENTRIES, "with_bodies_kB": median(map(len, kit.files)) / 1000},
        peers=(
            Peer(name="Blockcerts, least", value=1.3, unit="kB", cited=True),
            Peer(name="Sigstore bundle, least", value=3.9, unit="kB", cited=True),
            Peer(name="C2PA manifest, least", value=46, unit="kB", cited=True),
        ),
    )


def _in_pairs(seen: Against) -> tuple[float, ...]:
    """Each run's time for a verdict, in units of two bare recoveries."""
    return tuple(1 / (2 * ratio) for ratio in seen.ratios)


def _rate(kit: Kit, passes: int, judge: Callable[[ChainView], None]) -> float:
    """Verdicts per second of processor time; opening the views is not counted."""
    spent = 0.0
    for _ in range(passes):
        view = kit.open()
        started = time.process_time()
        judge(view)
        spent += time.process_time() - started
    return passes * len(kit.files) / spent


def _judge_files(kit: Kit, view: ChainView) -> None:
    _judge_all(map(parse_evidence, kit.files), view)


def _judge_all(evidence: Iterable[Evidence], view: ChainView) -> None:
    for one in evidence:
        if verify_in(view, one, policy=CONSUMER, now=NOW).outcome is not Outcome.AUTHENTIC:
            raise RuntimeError("not authentic")


def measure_processes(effort: Effort) -> Iterator[Result]:
    """Row `verdict-processes`: two processes, each on a core of its own, against one of them alone."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("one core only", file=sys.stderr)
        return
    context = multiprocessing.get_context("spawn")
    pipes = []
    for core in cores[-2:]:
        ours, theirs = context.Pipe()
        context.Process(target=_serve, args=(theirs, core), daemon=True).start()
        pipes.append(ours)
    seconds = 4 * effort.scale + 1
    ratios, alone = [], []
    for _ in range(effort.runs):
        before = _together(pipes[:1], seconds)
        both = _together(pipes, seconds)
        alone.append((before + _together(pipes[1:], seconds)) / 2)
        ratios.append(both / alone[-1])
    for pipe in pipes:
        pipe.send(0.0)
    yield Result(row="verdict-processes", runs=tuple(ratios), seen={"one_per_second": median(alone)})


def _together(pipes: list[Connection], seconds: float) -> float:
    """Verdicts per second of all these processes at work at once."""
    for pipe in pipes:
        pipe.send(seconds)
    return float(sum(pipe.recv() for pipe in pipes))


def _serve(pipe: Connection, core: int) -> None:
    os.sched_setaffinity(0, {core})
    kit = make_kit(_FILES)
    with still_heap():
        while seconds := pipe.recv():
            done, spent = 0, 0.0
            while spent < seconds:
                view = kit.open()
                started = time.perf_counter()
                _judge_files(kit, view)
                spent += time.perf_counter() - started
                done += len(kit.files)
            pipe.send(done / spent)
