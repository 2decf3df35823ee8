"""What shoppers and verifiers fetch, from the finished demo served with its chain, its writer and its anchorer at work.

A server of its own on one core, its node and this process on the other. Every label of a batch of thousands is asked for in turn, so that no
item is looked at more often in the hour than the rules of copied labels allow. `H`: as in `bench.http`.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from bench.harness import Effort, Result, percentile
from bench.http import at_rate, beside, get, pinned_server, speed
from bench.ingest import place

PER_SECOND = 200.0
SECONDS = 20
IDLE_SHARE = 0.15
_GZIP = "Accept-Encoding: gzip\r\nAccept-Language: zh-CN\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The demo served: port and process, its directory, paths of a batch's labels, ids of certificates whose evidence is final."""

    port: int
    process: int
    out: Path
    labels: Sequence[str]
    certificates: Sequence[str]


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `http-page`, `http-page-p99`, `http-evidence`."""
    cores = sorted(os.sched_getaffinity(0))
    pages: list[float] = []
    waits: list[float] = []
    evidence: list[float] = []
    hellos: list[float] = []
    plain: list[float] = []
    count = effort.of(6_000, 2_000)
    with finished_demo() as demo:
        os.sched_setaffinity(0, {cores[0]})
        try:
            for _ in range(effort.runs):
                with pinned_server("hello-plain", cores[-1]) as (hello, _):
                    plain.append(speed(hello, [get("/")] * count))
                with (
                    pinned_server("hello", cores[-1]) as (hello, _),
                    served_copy(demo, cores[-1]) as served,
                ):
                    port, labels, ids = served.port, served.labels, served.certificates
                    before = speed(hello, [get("/")] * count)
                    asked = [get(label, _GZIP) for label in labels]
                    speed(port, asked[:200])  # the batch's page is cast
                    page = speed(port, [asked[number % len(asked)] for number in range(count)])
                    wanted = [get(f"/v1/evidence/{one}") for one in ids]
                    _rest(served.process)  # thousands of visits are still being written down
                    speed(port, wanted)
                    read = speed(port, [wanted[number % len(wanted)] for number in range(count)])
                    h = mean((before, speed(hello, [get("/")] * count)))
                    number = int(PER_SECOND * effort.of(SECONDS, 5))
                    waited = at_rate(port, [asked[-1 - at % len(asked)] for at in range(number)], PER_SECOND)
                pages.append(page / h)
                evidence.append(read / h)
                waits.append(1000 * percentile(waited, 0.99))
                hellos.append(h)
        finally:
            os.sched_setaffinity(0, set(cores))
    yield Result(row="http-page", runs=tuple(pages), seen=beside(pages, hellos, plain) | {"labels": float(len(labels))})
    yield Result(row="http-page-p99", runs=tuple(waits), seen={"per_second": PER_SECOND})
    seen = beside(evidence, hellos, plain) | {"certificates": float(len(ids))}
    yield Result(row="http-evidence", runs=tuple(evidence), seen=seen)


def _rest(process: int, seconds: float = 60.0) -> None:
    """Wait until a process uses little of its core, or so long."""
    deadline = time.monotonic() + seconds
    before = _worked(process)
    while time.monotonic() < deadline:
        time.sleep(1.0)
        now = _worked(process)
        if now - before < IDLE_SHARE:
            return
        before = now


def _worked(process: int) -> float:
    """Seconds of processor time of a process (proc(5), stat: utime and stime)."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def finished_demo() -> Iterator[Path]:
    """A finished demo on the disk the bench lives on."""
    from api.demo.__main__ import main

    with place() as directory:
        out = directory / "demo"
        if main(["--out", str(out)]) != 0:
            raise RuntimeError("the demo failed")
        yield out


@contextmanager
def served_copy(demo: Path, core: int) -> Iterator[Target]:
    """A copy of the finished demo served on a core."""
    with place() as directory:
        out = directory / "demo"
        shutil.copytree(demo, out)
        with pinned_server("demo", core, str(out), seconds=180) as (port, process):
            batch = next(path for path in sorted(out.glob("labels/*/labels.csv")) if _is_genuine(port, path))
            yield Target(
                port=port,
                process=process,
                out=out,
                labels=list(label_paths(batch)),
                certificates=list(final_certificates(port)),
            )


def label_paths(batch: Path) -> Iterator[str]:
    """Where a batch's labels lead, without the host."""
    with batch.open(encoding="ascii", newline="") as rows:
        for row in csv.DictReader(rows):
            yield "/" + row["url"].split("/", 3)[3]


def _is_genuine(port: int, batch: Path) -> bool:
    path = next(label_paths(batch))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        return b"verdict is-authentic" in answer.read()


def final_certificates(port: int) -> Iterator[str]:
    """Ids of certificates whose evidence says that it is final."""
    base, cursor = f"http://127.0.0.1:{port}", "0"
    while cursor:
        with urllib.request.urlopen(f"{base}/v1/statements?kind=certificate&cursor={cursor}") as answer:
            page = json.load(answer)
        for item in page["items"]:
            try:
                with urllib.request.urlopen(f"{base}/v1/evidence/{item['id']}") as answer:
                    if "immutable" in answer.headers["Cache-Control"]:
                        yield item["id"]
            except urllib.error.HTTPError:
                continue  # of the dishonest days: no evidence to be had
        cursor = page.get("next", "")
