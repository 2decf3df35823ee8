"""The closing tables tell what happened, and a run that came out otherwise says so."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from api.demo.forgeries.catalogue import FORGERIES
from api.demo.operator import AnchorMade
from api.demo.report import Genuine, Results, picture, summary
from api.demo.svg import CELL, widen
from api.demo.verdicts import Doubted, Judged
from verifier.verdict import Check, CheckId, CheckOutcome, Outcome, Verdict

FORGERY = next(forgery for forgery in FORGERIES if forgery.slug == "withdrawn")
FAILED = Check(id=CheckId.CERTIFICATE_STATUS, outcome=CheckOutcome.FAILED, reason="withdrawn")


def verdict(outcome: Outcome, *checks: Check) -> Verdict:
    return Verdict(outcome=outcome, policy="regulator", checks=checks, block=None, at=None, now=1)


def results(**changes: Any) -> Results:
    told = Results(
        footprints=38,
        certificates=28,
        refused=[("a product", "a reason")],
        anchors=[AnchorMade(seq=seq, size=10 * seq, gas=60_000 + seq, time=seq) for seq in (1, 2, 3)],
        genuine=[Genuine(name="evidence/01.json", product="p", grade="A", verdict=verdict(Outcome.AUTHENTIC))],
        forged=[judged(verdict(Outcome.REJECTED, FAILED), FAILED)],
        doubted=[Doubted(row="D06", zh="旧", en="old", outcome="inconclusive", why="too-old", as_told=True)],
        spoilt=[],
        monitor_findings=4,
        promise_broken=True,
        enterprises=21,
    )
    return replace(told, **changes)


def judged(found: Verdict, caught: Check | None) -> Judged:
    return Judged(forgery=FORGERY, name="forgeries/01.json", verdict=found, caught=caught)


def test_the_last_line_counts_what_was_found() -> None:
    told = results()
    assert told.differences() == []
    assert told.last_line() == (
        "demo: 30 statements anchored in 3 anchors (60002 gas each); 1/1 genuine authentic; 1/1 forgeries rejected"
    )


def test_a_forgery_that_passes_is_a_difference() -> None:
    told = results(forged=[judged(verdict(Outcome.AUTHENTIC), None)])
    assert len(told.differences()) == 1
    assert told.last_line().endswith("0/1 forgeries rejected")


def test_a_forgery_caught_by_another_check_is_a_difference() -> None:
    assert len(results(forged=[judged(verdict(Outcome.REJECTED, FAILED), None)]).differences()) == 1


def test_a_genuine_one_that_does_not_pass_is_a_difference() -> None:
    genuine = replace(results().genuine[0], verdict=verdict(Outcome.INCONCLUSIVE))
    told = results(genuine=[genuine])
    assert told.differences() == ["evidence/01.json: inconclusive"]
    assert "0/1 genuine authentic" in told.last_line()


def test_silence_of_monitor_and_promise_are_differences() -> None:
    assert len(results(monitor_findings=0, promise_broken=False).differences()) == 2


def test_summary_names_every_file() -> None:
    text = summary(results())
    for name in ("evidence/01.json", "forgeries/01.json", FORGERY.zh, FORGERY.en, "a reason"):
        assert name in text


def test_picture_gives_chinese_its_width() -> None:
    runs = re.findall(r'textLength="([0-9.]+)"[^>]*>([^<]*)</text>', picture(results()))
    wide = [(float(width), text) for width, text in runs if re.fullmatch(r"[\u4e00-\u9fff]+", text)]
    assert len(wide) > 10
    assert all(abs(width - 2 * CELL * len(text)) < 0.1 for width, text in wide)


def test_runs_of_one_text_follow_each_other() -> None:
    made = widen('<text class="a" x="12.2" y="20" textLength="97.6" clip-path="url(#c)">碳迹&#160;T&amp;</text>')
    assert made == (
        '<text class="a" x="12.2" y="20" textLength="48.8" clip-path="url(#c)">碳迹</text>'
        '<text class="a" x="61.0" y="20" textLength="36.6" clip-path="url(#c)">&#160;T&amp;</text>'
    )
