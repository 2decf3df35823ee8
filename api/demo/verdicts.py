"""The verifier's part: it reads the files of the output directory again, and nothing else."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from api.demo import cast
from api.demo.doubtful import DOUBTS, SPOILT, Doubt, Materials, Spoilt
from api.demo.forgeries.model import Forgery
from api.demo.output import Output
from ledger.domain.findings import Inspection
from ledger.log.files import TileDirectory
from ledger.services.monitor import Monitor
from verifier.bulletin import parse_bulletin, trust_bulletin
from verifier.deployment import Deployment, parse_deployment
from verifier.errors import MalformedError
from verifier.evidence import parse_evidence
from verifier.hashing import keccak256
from verifier.ladder import verify_in
from verifier.note import format_verifier_key, parse_verifier_key
from verifier.policy import REGULATOR
from verifier.promise import Finding, PromiseFinding, check_broken_promise, parse_broken_promise
from verifier.snapshot import Snapshot, parse_snapshot
from verifier.state import ChainView, open_view
from verifier.verdict import Check, CheckOutcome, Outcome, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Deployment, snapshot and bulletin as read from their files, and the view they open."""

    output: Output
    deployment: Deployment
    snapshot: Snapshot
    view: ChainView

    def judge(self, name: str) -> Verdict:
        """The verdict on a file, under the regulator's policy, now."""
        evidence = parse_evidence(self.output.path(name).read_bytes())
        return verify_in(self.view, evidence, policy=REGULATOR, now=int(time.time()))


def open_bench(output: Output) -> Bench:
    """Read what a verifier pins and is handed. Raises MalformedError."""
    deployment = parse_deployment(output.path("deployment.json").read_bytes())
    snapshot = parse_snapshot(output.path("snapshot.json").read_bytes())
    bulletin = parse_bulletin(output.path("bulletin.json").read_bytes())
    view = open_view(snapshot, trust_bulletin(bulletin, deployment), deployment)
    return Bench(output=output, deployment=deployment, snapshot=snapshot, view=view)


def hash_matches(output: Output, snapshot: Snapshot) -> bool:
    """Whether the hash written down by itself is the snapshot's block."""
    text = output.path("block-hash.txt").read_text(encoding="utf-8").strip()
    return text == "0x" + keccak256(snapshot.header).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A forgery, its file, and what became of it. `caught`: the failed check that had to catch it."""

    forgery: Forgery
    name: str
    verdict: Verdict
    caught: Check | None

    @property
    def as_told(self) -> bool:
        """Rejected, and by the check that was named beforehand."""
        return self.verdict.outcome is Outcome.REJECTED and self.caught is not None


def judge_forgery(bench: Bench, forgery: Forgery, name: str) -> Judged:
    """Judge a forged file."""
    verdict = bench.judge(name)
    check = verdict.check(forgery.check)
    caught = (
        check is not None
        and check.outcome is CheckOutcome.FAILED
        and (not forgery.reason or check.reason == forgery.reason)
    )
    return Judged(forgery=forgery, name=name, verdict=verdict, caught=check if caught else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """Something that could not be judged, and what said so."""

    row: str
    zh: str
    en: str
    outcome: str
    why: str
    as_told: bool


def judge_doubts(materials: Materials) -> Iterator[Doubted]:
    """The views that show too little."""
    for doubt in DOUBTS:
        yield _doubted(doubt, doubt.judge(materials))


def _doubted(doubt: Doubt, verdict: Verdict) -> Doubted:
    check = verdict.check(doubt.check)
    said = check is not None and check.reason == doubt.reason
    return Doubted(
        row=doubt.row,
        zh=doubt.zh,
        en=doubt.en,
        outcome=verdict.outcome.value,
        why=f"{doubt.check} {'' if check is None else check.reason}",
        as_told=said and verdict.outcome is Outcome.INCONCLUSIVE,
    )


def judge_spoilt(output: Output, evidence: bytes) -> Iterator[Doubted]:
    """The files that are no evidence; each is left in the output directory."""
    for spoilt in SPOILT:
        path = output.write(f"malformed/{spoilt.row.lower()}-{spoilt.slug}.json", spoilt.spoil(evidence))
        yield _read_spoilt(spoilt, path)


def _read_spoilt(spoilt: Spoilt, path: Path) -> Doubted:
    try:
        parse_evidence(path.read_bytes())
    except MalformedError as error:
        why, refused = f"{error.rule} {error.place}".rstrip(), True
    else:
        why, refused = "it was read", False
    return Doubted(row=spoilt.row, zh=spoilt.zh, en=spoilt.en, outcome="malformed", why=why, as_told=refused)


def judge_promise_file(bench: Bench) -> PromiseFinding:
    """The accusation that the log broke a promise."""
    promise = parse_broken_promise(bench.output.path("broken-promise.json").read_bytes())
    return check_broken_promise(promise, bench.view)


def promise_broken(finding: PromiseFinding) -> bool:
    """Whether the accusation holds."""
    return finding.finding is Finding.BROKEN


def watch(bench: Bench) -> Inspection:
    """What anybody finds who recomputes the published log, without a database and without the operator's word."""
    origin = bench.deployment.origin
    return Monitor(
        origin=origin,
        key=parse_verifier_key(format_verifier_key(origin, cast.log_key().public_key)),
        separator=bench.deployment.domain_separator,
        files=TileDirectory(bench.output.tiles),
        anchors=bench.snapshot.anchors,
    ).inspect()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that was run: as a person would type it, and its exit code."""

    shown: str
    code: int


def run_verifier(output: Output, name: str) -> Ran:
    """Run `tanji-verify` on one file, in a process of its own."""
    program, arguments = _program(), verify_arguments(output, name)
    done = subprocess.run([*program, *arguments], capture_output=True, timeout=60, check=False)
    return Ran(shown=shown_command(output, name), code=done.returncode)


def shown_command(output: Output, name: str) -> str:
    """What to type, from the directory the demo was started in."""
    return shlex.join([*_program(), *verify_arguments(output, name)])


def _program() -> list[str]:
    """`tanji-verify` by its shortest name that works here: on the path, beside this Python, or as a module."""
    beside = Path(sys.executable).with_name("tanji-verify")
    found = shutil.which("tanji-verify")
    if found is not None and Path(found).samefile(beside if beside.exists() else found):
        return ["tanji-verify"]
    return [os.path.relpath(beside)] if beside.exists() else [sys.executable, "-m", "verifier"]


def verify_arguments(output: Output, name: str) -> list[str]:
    """What to type after `tanji-verify`. The device's memory stays in the demo's own directory: its chain starts anew each time."""
    root = output.root
    return [
        str(root / name), "--deployment", str(root / "deployment.json"), "--snapshot", str(root / "snapshot.json"),
        "--bulletin", str(root / "bulletin.json"), "--memory", str(root / "device-memory.json"),
    ]  # fmt: skip
