"""From the shell's fork to the last line: `tanji --help`, and `tanji-verify` on one evidence file with its snapshot."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from bench.evidence_kit import make_kit
from bench.harness import Effort, Peer, Result
from bench.ingest import DATA, place
from verifier.deployment import serialize_deployment
from verifier.encoding import to_hex
from verifier.snapshot import serialize_snapshot

_BIN = Path(sys.executable).parent


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `cold-help` and `cold-verify`; beside them, what Python itself takes to start."""
    runs = max(effort.runs, 7)
    python, _ = _start([sys.executable, "-c", "pass"], runs)
    peers = (Peer(name="python -c pass", value=median(python), unit="s"),)
    seconds, processor = _start([str(_BIN / "tanji"), "--help"], runs)
    yield Result(row="cold-help", runs=seconds, seen={"processor_s": processor}, peers=peers)
    with place() as directory:
        seconds, processor = _start(_verify_command(directory), runs)
    yield Result(row="cold-verify", runs=seconds, seen={"processor_s": processor}, peers=peers)


def _verify_command(directory: Path) -> list[str]:
    kit = make_kit(1)
    files = {
        "evidence.json": kit.files[0],
        "snapshot.json": serialize_snapshot(kit.snapshot),
        "deployment.json": serialize_deployment(kit.world.deployment),
    }
    for name, data in files.items():
        (directory / name).write_bytes(data)
    return [
        str(_BIN / "tanji-verify"), str(directory / "evidence.json"), "--deployment", str(directory / "deployment.json"),
        "--snapshot", str(directory / "snapshot.json"), "--block-hash", to_hex(kit.trusted.hash),
    ]  # fmt: skip


def _start(command: Sequence[str], runs: int) -> tuple[tuple[float, ...], float]:
    """Seconds on the clock for each run, the first (cold disk) left out; and the median of processor time."""
    # Bytecode is kept from one start to the next, as after any installation; here in a place of the bench's own, because a
    # development machine may forbid it (PYTHONDONTWRITEBYTECODE) and would then compile every module at every start.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(DATA / "bytecode")
    found, processor = [], []
    for _ in range(runs + 1):
        before, started = _children(), time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        found.append(time.perf_counter() - started)
        processor.append(_children() - before)
        # the made-up block lies in the past: too old (3) is as good a verdict to wait for as authentic (0)
        if done.returncode not in (0, 3):
            raise RuntimeError(f"{command[0]} gave {done.returncode}: {done.stderr[-300:]}{done.stdout[-300:]}")
    return tuple(found[1:]), median(processor[1:])


def _children() -> float:
    """Processor seconds of all children so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
