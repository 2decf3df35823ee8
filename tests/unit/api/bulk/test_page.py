"""The page holds what the input says as text, whatever it says (A12); it reads without colour."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from api.bulk.charts import MARKS, patterns, stacked
from api.bulk.crosscheck import Crossing, OverIssue, Repeated
from api.bulk.desk import Facts
from api.bulk.page import render_page
from api.bulk.summary import OUTCOMES, Ground, Summary, summarize
from api.bulk.tally import BadLine, Case, Tally

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&lt;\u202e"


def summary(text: str = EVIL, age: int = 3600) -> Summary:
    facts = Facts(
        certificate="0x01" + text, number=text, certifier=text, certifier_name=text, enterprise=text, enterprise_name=text,
        products={text: text},
    )  # fmt: skip
    tally = Tally(
        cases=Counter(
            {
                Case(
                    "rejected",
                    ("label.signature:another-signer", f"label.signature:{text}"),
                    (),
                    facts.certificate,
                    text,
                ): 5,
                Case("authentic", (), ("label.issued:no-leaf",), facts.certificate, text): 90,
                Case("inconclusive", ("label.signature:labels-not-given",), (), "", ""): 2,
                Case("unreadable", ("input:quotes",), (), "", ""): 1,
            }
        ),
        facts={facts.certificate: facts},
        bad=[BadLine(place=text, rule=text, text=text)],
    )
    ground = Ground(
        input=text, input_kind=text, input_sha256=text, input_about=((text, text),), deployment=text, evidence=text, policy=text,
        max_age=7200, now=1_778_000_000, at=1_777_000_000, block_number=7, block_hash=text, block_time=1_778_000_000 - age,
        trust_zh=text, trust_en=text,
    )  # fmt: skip
    crossing = Crossing(
        over_issues=1, over_issued_lines=2, first_over_issues=(OverIssue(certificate=text, index=3, serials=(text, text)),),
        repeated=1, repeated_lines=1, first_repeated=(Repeated(certificate=text, gtin=text, serial=text, seen=2),),
    )  # fmt: skip
    return summarize(ground, tally, crossing, 1.0)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)
        if tag not in {"meta", "br", "rect", "path"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"meta", "br", "rect", "path"}:
            assert self.open.pop() == tag


def read(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    return tags


def test_hostile_text_stays_text() -> None:
    page = render_page(summary())
    found, tame = read(page), read(render_page(summary("tame")))
    assert found.open == []
    assert found.tags == tame.tags
    assert found.attributes == tame.attributes
    assert not found.tags["script"] + found.tags["img"]
    assert "\u202e" not in page


def test_nothing_is_fetched() -> None:
    found = read(render_page(summary("https://evil.example/x")))
    assert not {"src", "href", "srcset", "action", "data", "poster", "background"} & set(found.attributes)


def test_each_outcome_has_a_mark_and_a_pattern_of_its_own() -> None:
    assert len(set(MARKS.values())) == len(OUTCOMES)
    drawn = re.findall(r"<pattern id=\"p-(\w+)\".*?<g [^>]*>(.*?)</g>", patterns())
    assert {name for name, _ in drawn} == set(OUTCOMES)
    assert len({strokes for _, strokes in drawn}) == len(OUTCOMES)


def test_one_line_in_ten_million_is_still_seen() -> None:
    bar = stacked({"authentic": 9_999_999, "rejected": 1})
    widths = [float(width) for width in re.findall(r'width="([\d.]+)%"', bar)]
    assert widths[1] >= 0.7
    assert sum(widths) == pytest.approx(100, abs=0.1)


def test_old_data_is_named_old() -> None:
    assert "已过期" in render_page(summary(age=7300))
    assert "已过期" not in render_page(summary(age=7100))
