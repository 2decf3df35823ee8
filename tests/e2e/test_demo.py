"""`python -m api.demo` as people run it: a real node, files on disk, the last line, and the verifier on what it left."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.demo.__main__ import main
from api.demo.errors import ForeignFilesError
from api.demo.output import prepare
from ledger.chain.localnode import ROOT
from tests.support.chain import require_node
from verifier.cli import main as verify

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.xdist_group("node-demo")]

LAST_LINE = re.compile(
    r"demo: (\d+) statements anchored in (\d+) anchors \((\d+) gas each\); (\d+)/(\d+) genuine authentic; (\d+)/(\d+) forgeries rejected"
)
FILES = (
    "deployment.json", "snapshot.json", "bulletin.json", "block-hash.txt", "receipts.ndjson", "broken-promise.json",
    "ledger.sqlite", "log/checkpoint", "keys/regulator.json", "keys/log.pem", "summary.md", "demo.svg", "README.txt",
)  # fmt: skip


@dataclass(frozen=True)
class Ran:
    """A finished run: its directory, exit code, and what it printed."""

    out: Path
    code: int
    lines: list[str]
    errors: str


def run(out: Path, *arguments: str) -> Ran:
    done = subprocess.run(
        [sys.executable, "-m", "api.demo", "--out", str(out), *arguments],
        cwd=ROOT, env=os.environ | {"SERVE": "0"}, capture_output=True, text=True, encoding="utf-8", timeout=240, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return Ran(out=out, code=done.returncode, lines=done.stdout.splitlines(), errors=done.stderr)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    require_node()
    folder = tmp_path_factory.mktemp("demo")
    return run(folder / "out", "--picture", str(folder / "picture.svg"))


def test_all_is_as_told(ran: Ran) -> None:
    assert (ran.code, ran.errors) == (0, "")
    found = LAST_LINE.fullmatch(ran.lines[-1])
    assert found is not None, ran.lines[-1]
    statements, anchors, gas, authentic, genuine, rejected, forged = map(int, found.groups())
    assert authentic == genuine >= 20
    assert rejected == forged >= 25
    assert anchors >= 5
    assert gas <= 80_000
    assert statements > 38 + genuine


def test_every_file_is_there(ran: Ran) -> None:
    assert [name for name in FILES if not (ran.out / name).is_file()] == []
    found = LAST_LINE.fullmatch(ran.lines[-1])
    assert found is not None
    assert len(list((ran.out / "evidence").iterdir())) == int(found[5])
    assert len(list((ran.out / "forgeries").iterdir())) == int(found[7])
    assert (ran.out.parent / "picture.svg").read_bytes() == (ran.out / "demo.svg").read_bytes()


def test_the_refused_are_named_with_the_reason(ran: Ran) -> None:
    text = "\n".join(ran.lines)
    assert "拒绝 演示企业01（代 Dell Inc.）「Latitude E5540」：分项之和与总量不符" in text
    assert "stages: 331 computed, 311 stated, 20 apart" in (ran.out / "summary.md").read_text(encoding="utf-8")


def test_receipts_cover_every_statement_that_was_admitted(ran: Ran) -> None:
    receipts = [json.loads(line) for line in (ran.out / "receipts.ndjson").read_text(encoding="utf-8").splitlines()]
    assert [receipt["index"] for receipt in receipts] == list(range(len(receipts)))
    assert len(receipts) > 38 + 20


@pytest.mark.parametrize(
    ("pattern", "trust", "expected"),
    [
        ("evidence/01-*.json", "bulletin", 0),
        ("evidence/02-*.json", "block-hash", 0),
        ("forgeries/*-withdrawn.json", "bulletin", 1),
        ("forgeries/*-out-of-scope.json", "bulletin", 1),
        ("evidence/01-*.json", "nobody", 3),
        ("malformed/*-high-s.json", "bulletin", 4),
    ],
)
def test_tanji_verify_on_the_files(ran: Ran, pattern: str, trust: str, expected: int) -> None:
    (file,) = ran.out.glob(pattern)
    vouchers: dict[str, Callable[[], list[str]]] = {
        "bulletin": lambda: ["--bulletin", str(ran.out / "bulletin.json")],
        "block-hash": lambda: ["--block-hash", (ran.out / "block-hash.txt").read_text(encoding="utf-8").strip()],
        "nobody": list,
    }
    shared = ["--deployment", str(ran.out / "deployment.json"), "--snapshot", str(ran.out / "snapshot.json")]
    assert verify([str(file), *shared, *vouchers[trust](), "--policy", "regulator", "--memory", "none"]) == expected


def test_a_second_run_starts_afresh_and_keeps_other_files(ran: Ran) -> None:
    mine = ran.out / "notes.txt"
    mine.write_text("mine", encoding="utf-8")
    again = run(ran.out)
    assert (again.code, again.errors) == (0, "")
    assert LAST_LINE.fullmatch(again.lines[-1])
    assert mine.read_text(encoding="utf-8") == "mine"


def test_a_directory_that_is_not_the_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(ForeignFilesError):
        prepare(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_without_its_node_it_says_what_to_do_and_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(tmp_path).write("summary.md", "of an earlier run")
    monkeypatch.setattr("api.demo.stage.NODE_FOLDER", tmp_path / "nowhere")
    assert main(["--out", str(tmp_path)]) == 1
    assert "make setup" in capsys.readouterr().err
    assert (tmp_path / "summary.md").read_text(encoding="utf-8") == "of an earlier run"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_takes_its_node_along(tmp_path: Path, number: signal.Signals) -> None:
    require_node()
    demo = subprocess.Popen(
        [sys.executable, "-u", "-m", "api.demo", "--out", str(tmp_path)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        assert demo.stdout is not None
        port = next(int(found[1]) for line in demo.stdout if (found := re.search(r"http://127\.0\.0\.1:(\d+)", line)))
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
        demo.send_signal(number)
        assert demo.wait(timeout=30) == 130
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
    finally:
        demo.kill()
        demo.wait()
