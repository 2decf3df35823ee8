"""What only very many labels show: ten million judged one by one, a million printed. Memory, not speed: fit for a busy machine.

Each takes from twenty minutes to an hour and more; `make bench` leaves them out (`rows.LONG`), `--only` names them.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path

from bench.harness import Effort, Result
from bench.pack_kit import PackKit, make_pack_kit
from tests.support.world import DEPLOYMENT, NOW
from verifier.pack.judge import PackJudge
from verifier.pack.reader import Pack
from verifier.pack.writer import serialize_pack
from verifier.policy import INSPECTION
from verifier.state import open_view

_CERTIFICATES, _ENTRIES = 100, 30_000
_FEW, _MANY = 10_000, 10_000_000
_PRINTED, _PRINTED_FEW = 1_000_000, 50_000
_PROCESSES = 2


def measure_judged(effort: Effort) -> Iterator[Result]:
    """Row `labels-ten-million`: what this process holds after ten million labels against ten thousand.

    Every text is another one: its serial's random part is its own, and it is really signed, just before it is really judged.
    Nothing is kept of it but what the judging itself may keep, so that a cache by label, serial or signature would show.
    """
    kit = make_pack_kit(_CERTIFICATES, entries=_ENTRIES)
    pack = Pack(serialize_pack(kit.content))
    judge = PackJudge(pack, open_view(pack.snapshot(), kit.trusted, DEPLOYMENT), policy=INSPECTION, now=NOW)
    del kit.content
    labels = _signed(kit)
    seen: dict[str, float] = {}
    outcomes: dict[str, int] = {}
    done, started = 0, time.process_time()
    total = effort.of(_MANY, least=2 * _FEW)
    for mark in (_FEW, total // 100, total // 10, total // 2, total):
        for text in islice(labels, max(0, mark - done)):
            outcome = judge.judge(text).outcome.value
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
        done = max(done, mark)
        seen[f"MB_at_{done}"] = _resident()
        print(
            f"{done} labels, {_resident():.1f} MB, {time.process_time() - started:.0f} s, {outcomes}", file=sys.stderr
        )
    seen |= {"labels": done, "processor_seconds": time.process_time() - started} | outcomes
    yield Result(row="labels-ten-million", runs=(seen[f"MB_at_{done}"] / seen[f"MB_at_{_FEW}"],), seen=seen)


def _signed(kit: PackKit) -> Iterator[str]:
    """Labels without end, no two alike."""
    for number in count():
        certificate, rest = number % _CERTIFICATES, number // _CERTIFICATES
        yield kit.label(certificate, rest % 1_000, salt=str(number))


@dataclass(slots=True)
class _Watch:
    """Told of labels printed: memory of all processes together, in MB, until `few` were done and ever."""

    few: int
    done: int = 0
    early: float = 0.0
    most: float = 0.0
    started: float = field(default_factory=time.perf_counter)

    def __call__(self, more: int) -> None:
        self.done += more
        now = _together()
        self.most = max(self.most, now)
        if self.done <= self.few:
            self.early = max(self.early, now)
        if self.done % self.few < more:
            took = time.perf_counter() - self.started
            print(f"{self.done} printed, {now:.0f} MB, {took:.0f} s", file=sys.stderr, flush=True)

    def result(self, row: str, size: int) -> Result:
        """The row."""
        seconds = time.perf_counter() - self.started
        seen = {"labels": self.done, "seconds": seconds, "MB": self.most, "MB_early": self.early, "bytes": size}
        return Result(row=row, runs=(self.most / self.early,), seen=seen)


def measure_printed(effort: Effort) -> Iterator[Result]:
    """Rows `labels-pdf-million` and `labels-svg-million`: memory of all processes, most ever against the first 50,000 labels.

    The labels are a batch really issued, read from its files with their PINs as `tanji enterprise labels print` does.
    """
    from api.labels_print.design import make_template
    from api.labels_print.facts import facts_of
    from api.labels_print.jobs import print_pdf, print_svg_zip, read_labels
    from api.labels_print.sheet import PAGES, plan_sheet
    from bench.labels_issue import certificate_for, issue_batch
    from ledger.labels.pins import read_pins
    from tests.support import bodies

    total, few = effort.of(_PRINTED, least=40_000), effort.of(_PRINTED_FEW, least=10_000)
    facts = facts_of(certificate_for(total), gtin=bodies.GTIN, batch="L", certifier="示例认证中心")
    template = make_template(facts)
    sheet = plan_sheet(PAGES["A4"], (template.width, template.height))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        batch = issue_batch(folder / "batches", total, processes=_PROCESSES)

        def pdf(watch: Callable[[int], None]) -> int:
            labels = read_labels(batch.rows, read_pins(batch.pins, b"bench"), count=total)
            files = print_pdf(folder / "pdf", labels, template, sheet, processes=_PROCESSES, progress=watch)
            return sum(file.stat().st_size for file in files)

        def svg(watch: Callable[[int], None]) -> int:
            labels = read_labels(batch.rows, read_pins(batch.pins, b"bench"), count=total)
            made = print_svg_zip(folder / "labels.zip", labels, template, processes=_PROCESSES, progress=watch)
            if made != total:
                raise RuntimeError(f"{made} of {total} labels in the archive")
            return (folder / "labels.zip").stat().st_size

        for row, work in (("labels-pdf-million", pdf), ("labels-svg-million", svg)):
            watch = _Watch(few=few)
            size = work(watch)
            if watch.done != total:
                raise RuntimeError(f"progress told of {watch.done} labels of {total}")
            yield watch.result(row, size)


def _together() -> float:
    """Resident memory of this process and of its children, MB."""
    here = Path(f"/proc/self/task/{os.getpid()}/children")
    return sum(_resident(pid) for pid in ("self", *here.read_text().split()))


def _resident(pid: str = "self") -> float:
    """Resident memory of a process now, MB; 0 for one that ended."""
    try:
        status = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0.0
    return int(status[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
