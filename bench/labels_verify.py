"""Labels judged by a warm pack: against bare recoveries on one core and on two, and memory as they go by."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from statistics import median

from bench.harness import Effort, Result, against, one_core, rate, recoveries_per_second, still_heap
from bench.pack_kit import make_pack_kit
from tests.support.world import DEPLOYMENT, NOW
from verifier.pack.judge import PackJudge
from verifier.pack.reader import Pack
from verifier.pack.writer import serialize_pack
from verifier.policy import INSPECTION
from verifier.state import open_view

_CERTIFICATES, _ENTRIES, _LABELS = 100, 30_000, 2_000


def _judge_and_labels() -> tuple[PackJudge, list[str]]:
    kit = make_pack_kit(_CERTIFICATES, entries=_ENTRIES)
    pack = Pack(serialize_pack(kit.content))
    judge = PackJudge(pack, open_view(pack.snapshot(), kit.trusted, DEPLOYMENT), policy=INSPECTION, now=NOW)
    return judge, [kit.label(number % _CERTIFICATES, number // _CERTIFICATES) for number in range(_LABELS)]


def _judge_all(judge: PackJudge, texts: list[str]) -> int:
    for text in texts:
        judge.judge(text)
    return len(texts)


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `labels-verify` and `labels-flat`."""
    judge, texts = _judge_and_labels()
    _judge_all(judge, texts)
    with one_core(), still_heap():
        seen = against(lambda: rate(lambda: _judge_all(judge, texts)), max(effort.runs, 5))
    yield Result(row="labels-verify", runs=seen.ratios, seen=seen.seen)
    for _ in range(5):
        _judge_all(judge, texts)
    before = _resident()
    rounds = effort.of(500, least=20)
    for _ in range(rounds):
        _judge_all(judge, texts)
    yield Result(row="labels-flat", runs=(_resident() / before,), seen={"labels": rounds * _LABELS, "MB": _resident()})


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def measure_processes(effort: Effort) -> Iterator[Result]:
    """Row `labels-verify-two`: two processes' labels, of two processes' bare recoveries."""
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
    seconds = 2 * effort.scale + 0.5
    ratios, rates = [], []
    for _ in range(max(effort.runs, 5)):
        before = _together(pipes, "bare", seconds / 2)
        rates.append(_together(pipes, "labels", seconds))
        ratios.append(2 * rates[-1] / (before + _together(pipes, "bare", seconds / 2)))
    for pipe in pipes:
        pipe.send(("", 0.0))
    yield Result(row="labels-verify-two", runs=tuple(ratios), seen={"per_second": median(rates)})


def _together(pipes: list[Connection], what: str, seconds: float) -> float:
    for pipe in pipes:
        pipe.send((what, seconds))
    return float(sum(pipe.recv() for pipe in pipes))


def _serve(pipe: Connection, core: int) -> None:
    os.sched_setaffinity(0, {core})
    judge, texts = _judge_and_labels()
    _judge_all(judge, texts)
    with still_heap():
        while True:
            what, seconds = pipe.recv()
            if not what:
                return
            if what == "bare":
                pipe.send(recoveries_per_second(seconds))
                continue
            done, started = 0, time.process_time()
            while (spent := time.process_time() - started) < seconds:
                done += _judge_all(judge, texts)
            pipe.send(done / spent)
