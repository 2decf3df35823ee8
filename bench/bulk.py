"""A table of labels to its report, everything included: reading, two checking processes, rows, cross-check, page."""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

from api.bulk.inputs import open_input
from api.bulk.run import Job, run_bulk
from api.bulk.sources import PackDesk
from api.bulk.summary import Ground
from bench.harness import Effort, Result, against
from tests.support import bulk
from tests.support.world import DEPLOYMENT, NOW
from verifier.policy import INSPECTION

_DISTINCT = 4_000
_PROCESSES = 2


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `bulk`, in processor time of all processes together, and `bulk-flat`."""
    lines = "".join(f"{n},洗衣机,{bulk.genuine(bulk.FIRST + n)}\n" for n in range(_DISTINCT))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "p.tanji").write_bytes(bulk.market().pack)
        large, small = folder / "large.csv", folder / "small.csv"
        small.write_text(lines * 3, encoding="utf-8")
        large.write_text(lines * effort.of(20, least=8), encoding="utf-8")
        _run(folder, small)
        before = _peak()
        seen = against(lambda: _rate(folder, large), max(2, effort.runs - 2))
    yield Result(row="bulk", runs=seen.ratios, seen=seen.seen)
    yield Result(row="bulk-flat", runs=(_peak() / before,), seen={"MB": _peak()})


def _rate(folder: Path, table: Path) -> float:
    """Lines per second of processor time, the checking processes' start included."""
    started = sum(os.times()[:4])
    lines = _run(folder, table)
    return lines / (sum(os.times()[:4]) - started)


def _run(folder: Path, table: Path) -> int:
    found = open_input(table)
    desk = PackDesk(
        pack=folder / "p.tanji", trust=bulk.market().trusted, deployment=DEPLOYMENT, policy=INSPECTION.name, now=NOW
    )
    ground = Ground(
        input=table.name, input_kind=found.kind, input_sha256=found.sha256, input_about=found.about, deployment="bench",
        evidence="p.tanji", policy=INSPECTION.name, max_age=INSPECTION.max_age, now=NOW, at=None, block_number=None, block_hash="",
        block_time=None, trust_zh="", trust_en="",
    )  # fmt: skip
    job = Job(
        source=found, report=folder / "report", make_judge=desk, ground=ground, asked={"input": found.sha256},
        processes=_PROCESSES,
    )  # fmt: skip
    summary = run_bulk(job, None, lambda _: None)
    if summary.outcomes["authentic"] != summary.lines:
        raise RuntimeError("not authentic")
    return summary.lines


def _peak() -> float:
    """The largest of this process and those it had, in MB: ru_maxrss of children is that of the largest one."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1000
