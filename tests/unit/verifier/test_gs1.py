"""GS1 Digital Links: the standard's own cases, and that parsing undoes building."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.shared import shared_dir
from verifier.gs1 import GS1Error, build_digital_link, pad_gtin, parse_digital_link
from verifier.gs1.rules import check_digit
from verifier.gs1.table import table

SHARED = shared_dir()
VECTORS = None if SHARED is None else SHARED / "vectors" / "gs1" / "digital-link.json"


def cases(group: str) -> list[dict[str, Any]]:
    if VECTORS is None or not VECTORS.is_file():
        return []
    found: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))[group]
    return [case for case in found if not case.get("options")]


def element_string(elements: dict[str, str]) -> str:
    """`^` stands for FNC1, which ends an element without a predefined length before another one."""
    text, open_ended = "^", False
    for ai, value in elements.items():
        text += ("^" if open_ended else "") + ai + value
        open_ended = not table().identifiers[ai].predefined_length
    return text


@pytest.mark.parametrize("case", cases("parse_uri"), ids=lambda case: case["uri"] or "empty")
def test_the_outside_cases_of_parsing(case: dict[str, Any]) -> None:
    if not case["ok"]:
        with pytest.raises(GS1Error):
            parse_digital_link(case["uri"])
        return
    assert element_string(dict(parse_digital_link(case["uri"]).elements)) == case["element_string"]


@pytest.mark.parametrize("case", cases("generate_uri"), ids=lambda case: case["ai"])
def test_the_outside_cases_of_building(case: dict[str, Any]) -> None:
    pairs = re.findall(r"\((\d{2,4})\)([^(]*)", case["ai"])
    base = case["stem"] or "https://id.gs1.org"
    if not case["ok"]:
        with pytest.raises(GS1Error):
            build_digital_link(base, dict(pairs))
        return
    assert build_digital_link(base, dict(pairs)) == case["uri"]


def test_there_were_outside_cases() -> None:
    if VECTORS is None or not VECTORS.is_file():
        pytest.skip("the outside vectors are not here")
    assert len(cases("parse_uri")) > 40
    assert len(cases("generate_uri")) >= 8


gtins = st.from_regex(r"[0-9]{9}[1-9][0-9]{3}", fullmatch=True).map(lambda digits: digits + check_digit(digits))
# Character set 82 of the General Specifications, escapes and all.
words = st.text("!\"%&'()*+,-./0123456789:;<=>?ABCXYZ_abcxyz", min_size=1, max_size=20)
links = st.fixed_dictionaries(
    {"01": gtins},
    optional={
        "22": words,
        "10": words,
        "21": words,
        "98": words,
        "99": words,
        "3103": st.from_regex(r"[0-9]{6}", fullmatch=True),
    },
)


@given(links, st.sampled_from(["https://a", "http://id.example.cn/a/b", "https://[2001:db8::1]:8443"]))
def test_parsing_undoes_building(elements: dict[str, str], base: str) -> None:
    uri = build_digital_link(base, elements, {"c": "a b&c=d/é"})
    link = parse_digital_link(uri)
    assert dict(link.elements) == elements
    assert link.primary_key == "01"
    assert [name for name, _ in link.parameters] == ["c"]
    # One set of elements has one spelling.
    assert (
        build_digital_link(base, dict(reversed(elements.items())), {"c": "a b&c=d/é"}).split("?")[0]
        == uri.split("?")[0]
    )


@given(st.text(max_size=80) | st.text("/0128?&=%;#:.ahtps[]9", max_size=120).map(lambda tail: "https://a/" + tail))
def test_arbitrary_text_raises_nothing_else(text: str) -> None:
    with contextlib.suppress(GS1Error):
        link = parse_digital_link(text)
        assert link.primary_key in link.elements


@given(st.text(max_size=20))
def test_arbitrary_text_as_a_gtin(text: str) -> None:
    with contextlib.suppress(GS1Error):
        assert pad_gtin(text).lstrip("0") == text.lstrip("0")


@pytest.mark.parametrize(
    ("short", "padded"),
    [("96385074", "00000096385074"), ("614141999996", "00614141999996"), ("4006381333931", "04006381333931")],
)
def test_short_gtins_are_padded(short: str, padded: str) -> None:
    assert pad_gtin(short) == padded
    assert parse_digital_link(f"https://a/01/{padded}").elements["01"] == padded
    with pytest.raises(GS1Error, match="length"):
        pad_gtin(short.zfill(15))
    with pytest.raises(GS1Error, match="csum"):
        pad_gtin(short[:-1] + str((int(short[-1]) + 1) % 10))
