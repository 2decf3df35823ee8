"""The whole run, without a command line: right verdicts in any order, interruptions, two serials with one index, photos."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from api.bulk.errors import ReportFolderError, ResumeError
from api.bulk.inputs import open_input
from api.bulk.items import Chunk
from api.bulk.run import Job, run_bulk
from api.bulk.sources import PackDesk
from api.bulk.state import load_progress
from api.bulk.summary import Ground, Summary
from tests.support import bulk
from tests.support.world import DEPLOYMENT, NOW
from verifier.policy import INSPECTION


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pack") / "p.tanji"
    path.write_bytes(bulk.market().pack)
    return path


def job(pack: Path, source: Path, report: Path, processes: int = 1) -> Job:
    found = open_input(source)
    desk = PackDesk(
        pack=pack, trust=bulk.market().trusted, deployment=DEPLOYMENT, policy=INSPECTION.name, now=NOW
    )  # fmt: skip
    ground = Ground(
        input=source.name, input_kind=found.kind, input_sha256=found.sha256, input_about=found.about, deployment="d",
        evidence="p.tanji", policy=INSPECTION.name, max_age=INSPECTION.max_age, now=NOW, at=None, block_number=1, block_hash="0x00",
        block_time=NOW - 60, trust_zh="", trust_en="",
    )  # fmt: skip
    return Job(
        source=found, report=report, make_judge=desk, ground=ground, asked={"input": found.sha256}, processes=processes
    )


def run(pack: Path, lines: list[str], folder: Path, processes: int = 1) -> tuple[Summary, list[dict[str, str]]]:
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "labels.txt"
    source.write_text("\n".join(lines), encoding="utf-8")
    summary = run_bulk(job(pack, source, folder / "report", processes), None, lambda _: None)
    return summary, rows_of(folder / "report")


def rows_of(report: Path) -> list[dict[str, str]]:
    data = (report / "verdicts.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(data.decode("utf-8-sig").splitlines()))


EXPECTED = {
    "genuine": ("authentic", ""),
    "stranger": ("rejected", "label.signature:another-signer"),
    "altered": ("rejected", "label.signature:another-signer"),
    "other-product": ("rejected", "certificate.product:not-the-labels"),
    "beyond-issued": ("rejected", "label.issued:beyond-issued"),
    "beyond-quota": ("rejected", "label.quota:beyond-quota"),
}


def test_every_kind_of_forgery_is_told_and_nothing_genuine_is_accused(pack: Path, tmp_path: Path) -> None:
    lines = list(bulk.mixed(400, seed=1))
    summary, rows = run(pack, [text for _, text in lines], tmp_path)
    for (kind, text), row in zip(lines, rows, strict=True):
        outcome, reason = EXPECTED[kind]
        assert (row["outcome"], row["label"]) == (outcome, text), kind
        assert reason in row["reasons"], kind
    assert {kind for kind, _ in lines} == set(EXPECTED)
    assert summary.outcomes["authentic"] == sum(kind == "genuine" for kind, _ in lines)
    assert summary.exit_code == 1


def test_the_order_of_the_lines_does_not_matter(pack: Path, tmp_path: Path) -> None:
    lines = [text for _, text in bulk.mixed(300, seed=2)]
    lines += [lines[0], lines[0], bulk.genuine(bulk.FIRST + 3, "twin"), "乱写", bulk.unknown_certificate(7)]
    shuffled = random.Random(5).sample(lines, len(lines))
    one, first = run(pack, lines, tmp_path / "a")
    two, second = run(pack, shuffled, tmp_path / "b")

    def kept(rows: list[dict[str, str]]) -> list[tuple[str, ...]]:
        return sorted(tuple(value for name, value in row.items() if name != "line") for row in rows)

    assert kept(first) == kept(second)
    assert (one.outcomes, one.reasons, one.certificates) == (two.outcomes, two.reasons, two.certificates)
    assert one.crossing == two.crossing
    for name in ("over-issue.csv", "duplicates.csv"):
        assert (tmp_path / "a/report" / name).read_bytes() == (tmp_path / "b/report" / name).read_bytes()


def test_many_buckets_find_what_one_finds(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [text for _, text in bulk.mixed(300, seed=8)] + [bulk.genuine(bulk.FIRST + n, "twin") for n in range(20)]
    lines += lines[:15]
    one, first = run(pack, lines, tmp_path / "a")
    monkeypatch.setattr("api.bulk.crosscheck._BUCKET_BYTES", 500)
    many, second = run(pack, lines, tmp_path / "b")
    assert first == second
    assert one.crossing == many.crossing
    assert one.crossing.over_issues >= 10


def test_two_signed_serials_with_one_index_are_both_rejected(pack: Path, tmp_path: Path) -> None:
    index = bulk.FIRST + 9
    lines = [
        bulk.genuine(index),
        bulk.genuine(index + 1),
        bulk.genuine(index, "twin"),
        bulk.forged("stranger", index + 1),
    ]
    summary, rows = run(pack, lines, tmp_path)
    assert [row["outcome"] for row in rows] == ["rejected", "authentic", "rejected", "rejected"]
    assert rows[0]["reasons"] == rows[2]["reasons"] == "label.quota:index-twice"
    assert str(index) in rows[0]["reason_en"]
    assert rows[3]["reasons"] == "label.signature:another-signer"  # a forger cannot frame the genuine one
    assert (summary.crossing.over_issues, summary.crossing.over_issued_lines) == (1, 2)
    assert summary.outcomes == {"authentic": 1, "rejected": 3}


def test_the_same_label_twice_is_flagged_and_its_verdict_stands(pack: Path, tmp_path: Path) -> None:
    good = bulk.genuine(bulk.FIRST)
    other_host = good.replace("https://id.tanji.example", "https://shop.example")
    summary, rows = run(pack, [good, bulk.genuine(bulk.FIRST + 1), other_host, good], tmp_path)
    assert [row["seen"] for row in rows] == ["3", "1", "3", "3"]
    assert {row["outcome"] for row in rows} == {"authentic"}
    assert (summary.crossing.repeated, summary.crossing.repeated_lines) == (1, 2)
    assert summary.exit_code == 0


def test_an_unknown_certificate_is_inconclusive_and_says_one_thing(pack: Path, tmp_path: Path) -> None:
    summary, rows = run(pack, [bulk.unknown_certificate(1)], tmp_path)
    assert rows[0]["outcome"] == "inconclusive"
    assert "label.signature:labels-not-given" in rows[0]["reasons"]
    assert summary.unknown_certificate == {"inconclusive": 1}
    assert summary.exit_code == 3


def test_bad_lines_are_listed_up_to_a_hundred_and_counted(pack: Path, tmp_path: Path) -> None:
    summary, rows = run(pack, [f"=乱写{n}" for n in range(150)] + [bulk.genuine(bulk.FIRST)], tmp_path)
    assert len(summary.tally.bad) == 100
    assert summary.outcomes == {"unreadable": 150, "authentic": 1}
    assert rows[0]["label"] == "'=乱写0"
    assert summary.exit_code == 4


class Cut:
    """An input that breaks off after some chunks, as when the process is killed."""

    def __init__(self, chunks: int) -> None:
        self.left = chunks

    def __call__(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        for chunk in chunks:
            if not self.left:
                raise KeyboardInterrupt
            self.left -= 1
            yield chunk


@pytest.mark.parametrize("after", [0, 1, 3])
def test_an_interrupted_run_goes_on_and_ends_the_same(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr("api.bulk.inputs.CHUNK_LINES", 40)
    lines = [text for _, text in bulk.mixed(200, seed=6)] + [bulk.genuine(bulk.FIRST)]
    _, whole = run(pack, lines, tmp_path / "whole")
    source, report = tmp_path / "labels.txt", tmp_path / "report"
    source.write_text("\n".join(lines), encoding="utf-8")
    task = job(pack, source, report)
    broken = replace(task, source=replace(task.source, chunks=lambda: Cut(after)(task.source.chunks())))
    monkeypatch.setattr("api.bulk.state._SECONDS", 0.0)
    with pytest.raises(KeyboardInterrupt):
        run_bulk(broken, None, lambda _: None)
    if after:  # what was written after the last commit is cut off
        with (report / ".run/rows").open("ab") as rows, (report / ".run/marks").open("ab") as marks:
            rows.write(b"half a row")
            marks.write(b"\x00" * 30)
    told: list[int] = []
    run_bulk(task, load_progress(report), told.append)
    assert rows_of(report) == whole
    assert (told[0], sum(told)) == (40 * after, len(lines))
    assert not (report / ".run").exists()


def test_a_run_of_other_input_does_not_go_on(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.bulk.state._SECONDS", 0.0)
    monkeypatch.setattr("api.bulk.inputs.CHUNK_LINES", 5)
    source, report = tmp_path / "labels.txt", tmp_path / "report"
    source.write_text("\n".join(bulk.genuine(bulk.FIRST + n) for n in range(20)))
    task = job(pack, source, report)
    with pytest.raises(KeyboardInterrupt):
        run_bulk(replace(task, source=replace(task.source, chunks=lambda: Cut(2)(task.source.chunks()))), None, print)
    source.write_text("\n".join(bulk.genuine(bulk.FIRST + n) for n in range(21)))
    with pytest.raises(ResumeError) as seen:
        run_bulk(job(pack, source, report), load_progress(report), print)
    assert seen.value.differs == "input"


def test_a_folder_with_other_files_is_left_alone(pack: Path, tmp_path: Path) -> None:
    source, report = tmp_path / "labels.txt", tmp_path / "report"
    source.write_text(bulk.genuine(bulk.FIRST))
    report.mkdir()
    (report / "thesis.doc").write_text("mine")
    with pytest.raises(ReportFolderError):
        run_bulk(job(pack, source, report), None, print)
    assert [path.name for path in report.iterdir()] == ["thesis.doc"]


def test_two_processes_find_what_one_finds(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.bulk.inputs.CHUNK_LINES", 30)
    lines = [text for _, text in bulk.mixed(150, seed=9)]
    alone, first = run(pack, lines, tmp_path / "a")
    together, second = run(pack, lines, tmp_path / "b", processes=2)
    assert first == second
    assert alone.outcomes == together.outcomes


def test_the_summary_adds_up(pack: Path, tmp_path: Path) -> None:
    run(pack, [text for _, text in bulk.mixed(120, seed=4)] + ["x"], tmp_path)
    found = json.loads((tmp_path / "report/summary.json").read_bytes())
    rows = rows_of(tmp_path / "report")
    assert found["lines"] == len(rows) == 121
    assert {name: n for name, n in found["outcomes"].items() if n} == Counter(row["outcome"] for row in rows)
    assert sum(one["lines"] for one in found["certifiers"]) == sum(bool(row["certificate"]) for row in rows)
    assert found["block"]["age"] == 60
