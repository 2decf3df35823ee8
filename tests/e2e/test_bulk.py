"""Ten thousand labels through the command: killed on the way, gone on with, and the report opened in a browser."""

from __future__ import annotations

import csv
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.support import bulk
from tests.support.world import DEPLOYMENT, NOW
from verifier.deployment import serialize_deployment
from verifier.encoding import to_hex
from verifier.header import parse_header
from verifier.snapshot import serialize_snapshot

ROOT = Path(__file__).resolve().parents[2]
LINES = 10_000
# the command, with a clock that stands at the moment of the made-up chain
_TANJI = f"import time; time.time = lambda: {NOW}.0; from api.cli.main import main; main()"
# the same, and kill -9 right after its second commit, whatever the machine's speed: every chunk is committed, and the
# checking processes it leaves behind are told on standard output
_KILLED = f"""
import os, signal
from pathlib import Path
from api.bulk import state
state._SECONDS = 0.0
commit = state.Journal.commit
def commit_and_die(self):
    commit(self)
    if len(self.progress.counts) == 2:
        print(Path(f"/proc/{{os.getpid()}}/task/{{os.getpid()}}/children").read_text(), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
state.Journal.commit = commit_and_die
{_TANJI}
"""


def tanji(*arguments: str, code: str = _TANJI) -> list[str]:
    return [sys.executable, "-c", code, "verify", *arguments]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(tanji(*arguments), cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """deployment.json, p.tanji, evidence/ and snapshot.json of the market."""
    folder = tmp_path_factory.mktemp("bulk")
    market = bulk.market()
    (folder / "deployment.json").write_bytes(serialize_deployment(DEPLOYMENT))
    (folder / "p.tanji").write_bytes(market.pack)
    (folder / "evidence").mkdir()
    (folder / "evidence/one.json").write_bytes(market.evidence)
    (folder / "snapshot.json").write_bytes(serialize_snapshot(market.snapshot))
    return folder


def options(place: Path, *more: str) -> tuple[str, ...]:
    header = parse_header(bulk.market().snapshot.header)
    return (
        "--deployment", str(place / "deployment.json"), "--pack", str(place / "p.tanji"), "--block-hash", to_hex(header.hash),
        "--memory", "none", *more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def lines() -> list[tuple[str, str]]:
    return list(bulk.mixed(LINES, seed=11))


@pytest.fixture(scope="module")
def report(place: Path, lines: list[tuple[str, str]]) -> Path:
    """The report of all lines, after one kill in the middle."""
    table = place / "labels.csv"
    rows = [f"{n},洗衣机,{text}" for n, (_, text) in enumerate(lines)] + [
        '10001,<script>alert(1)</script>,=HYPERLINK("https://evil.example")',
        "10002,x,https://evil.example/01/06901234567892/21/<img src=//evil.example/a.png onerror=alert(1)>",
    ]
    table.write_bytes(("编号,商品,标签\r\n" + "\r\n".join(rows)).encode("gb18030"))
    folder = place / "report"
    command = tanji(str(table), "-o", str(folder), "--processes", "2", *options(place), code=_KILLED)
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    _wait_for_the_end_of(killed.stdout.split())
    committed = json.loads((folder / ".run/state.json").read_bytes())
    assert 0 < sum(committed["counts"]) < LINES, "it was to be killed on the way"
    done = run(str(table), "-o", str(folder), "--json", *options(place))
    assert done.returncode == 1, done.stderr
    return folder


def _wait_for_the_end_of(processes: list[str]) -> None:
    """Checking processes do not outlive the one that was killed."""
    until = time.monotonic() + 20
    left = processes
    while left and time.monotonic() < until:
        time.sleep(0.1)
        left = [one for one in left if Path(f"/proc/{one}").exists()]
    assert processes
    assert not left


def test_every_line_has_its_verdict_after_the_kill(report: Path, lines: list[tuple[str, str]]) -> None:
    with (report / "verdicts.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows[:LINES]] == [text for _, text in lines]
    assert len(rows) == LINES + 2
    for (kind, _), row in zip(lines, rows, strict=False):
        assert (row["outcome"] == "authentic") == (kind == "genuine"), row
    found = json.loads((report / "summary.json").read_bytes())
    kinds = Counter(kind for kind, _ in lines)
    assert found["outcomes"]["authentic"] == kinds["genuine"]
    assert found["outcomes"]["unreadable"] == 2
    assert found["input"]["encoding"] == "gb18030"
    assert set(kinds) == {"genuine", *bulk.FORGERIES}
    assert not (report / ".run").exists()


def test_the_page_asks_nothing_of_anybody_and_runs_nothing(report: Path) -> None:
    page = (report / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|img|iframe|link|object|embed|audio|video|form|base)\b", page, re.IGNORECASE)
    assert not re.search(r"\s(on\w+|src|href|srcset|action)\s*=", re.sub(r">[^<]*<", "><", page), re.IGNORECASE)
    assert "url(" not in page.replace("url(#p-", "")
    assert "@import" not in page
    assert "default-src &#x27;none&#x27;" in page
    assert "&lt;img src=//evil.example" in page


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_shows_it(report: Path, tmp_path: Path, width: int) -> None:
    """Drawn at a phone's and at a desk's width, and nothing wider than the window."""
    probe = tmp_path / "probe.html"
    frame = f'<iframe id=f width={width} height=900 src="{(report / "index.html").as_uri()}"></iframe>'
    measure = (
        "<script>onload=()=>{const d=document.getElementById('f').contentDocument.documentElement;"
        "document.body.dataset.seen=d.scrollWidth+' '+d.clientWidth+' '+d.querySelectorAll('svg.bar rect').length}</script>"
    )
    probe.write_text(f"<!doctype html><meta charset=utf-8><body>{frame}{measure}", encoding="utf-8")
    dump = subprocess.run(
        [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
            f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=4000", "--dump-dom", probe.as_uri(),
        ],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    seen = re.search(r'data-seen="(\d+) (\d+) (\d+)"', dump.stdout)
    assert seen is not None, dump.stderr[-500:]
    scroll, client, bars = map(int, seen.groups())
    assert scroll <= client
    assert bars > 10


def test_a_finished_report_is_made_anew(place: Path, tmp_path: Path) -> None:
    source = tmp_path / "one.txt"
    source.write_text(bulk.genuine(bulk.FIRST))
    for _ in range(2):
        done = run(str(source), "-o", str(tmp_path / "r"), *options(place))
        assert (done.returncode, done.stderr) == (0, "")
    assert "authentic" in done.stdout


def test_evidence_and_a_snapshot_serve_as_well_as_a_pack(place: Path, tmp_path: Path) -> None:
    source = tmp_path / "two.txt"
    source.write_text(bulk.genuine(bulk.FIRST) + "\n" + bulk.forged("stranger", bulk.FIRST))
    header = parse_header(bulk.market().snapshot.header)
    done = run(
        str(source), "-o", str(tmp_path / "r"), "--deployment", str(place / "deployment.json"), "--evidence", str(place / "evidence"),
        "--snapshot", str(place / "snapshot.json"), "--block-hash", to_hex(header.hash), "--memory", "none", "--json",
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["outcomes"] == {
        "authentic": 1, "rejected": 1, "suspect": 0, "inconclusive": 0, "unreadable": 0,
    }  # fmt: skip


def test_nobody_vouching_for_the_block_makes_all_inconclusive(place: Path, tmp_path: Path) -> None:
    source = tmp_path / "one.txt"
    source.write_text(bulk.genuine(bulk.FIRST))
    done = run(
        str(source), "-o", str(tmp_path / "r"), "--deployment", str(place / "deployment.json"), "--pack", str(place / "p.tanji"),
        "--memory", "none", "--json",
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout)["block"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("labels.csv",), "-o"),
        (("evidence/one.json", "-o", "r"), "bulk.input-kind"),
        (("none.csv", "-o", "r"), "bulk.input-unreadable"),
    ],
)
def test_errors_say_what_to_do_and_leave_with_four(
    place: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    source = str(place / arguments[0])
    more = [str(tmp_path / one) if one == "r" else one for one in arguments[1:]]
    done = run(source, *more, *options(place))
    assert (done.returncode, said in done.stderr) == (4, True), done.stderr
