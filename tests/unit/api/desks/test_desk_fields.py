"""Fields of forms: what is wrong is noted with the field's name, and reading goes on."""

from __future__ import annotations

import pytest

from api.desks.fields import FieldReader
from api.desks.rules import sentence
from verifier.bodies.fields import read_name, read_token


def read(**form: str) -> FieldReader:
    return FieldReader(form)


def test_good_fields_are_read_as_they_are() -> None:
    fields = read(name="  示例 冰箱 ", count="010", pick="a", day="2026-12-01", moment="2026-12-01T00:00:00+08:00")
    assert fields.text("name", 20) == "示例 冰箱"
    assert fields.read("name", read_name, "0") == "示例 冰箱"
    assert fields.number("count", least=1, most=10) == 10
    assert fields.choice("pick", ("a", "b")) == "a"
    assert fields.day("day") == fields.day("moment") == 1_796_054_400
    assert fields.troubles == []
    assert fields.bad == frozenset()


@pytest.mark.parametrize("text", ["", " ", "-1", "1.0", "1e3", "１２", "+1", "11", "9" * 400, "0x1", "1 1"])
def test_numbers_are_ascii_digits_within_bounds(text: str) -> None:
    fields = read(count=text)
    assert fields.number("count", least=1, most=10) == 1, "a stand-in within the bounds"
    assert [(one.field, one.rule) for one in fields.troubles] == [("count", "range")]


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-13-01", "2026-02-30", "01/02/2026", "1796054400000000000000", "-1"]
)
def test_days(text: str) -> None:
    fields = read(day=text)
    assert fields.day("day") == 0
    assert fields.bad == {"day"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "missing-member"),
        ("  ", "missing-member"),
        ("「x」", "name-separator"),
        ("a·b", "name-separator"),
        ("x" * 201, "string-length"),
        ("a\u202eb", "bidi-control"),
        ("e\u0301", "nfc"),
        ("a\u0000b", "control"),
        ("\ud800", "surrogate"),
        ("a\nb", "line"),
    ],
)
def test_texts_keep_to_the_verifiers_rules_and_say_which_is_broken(text: str, rule: str) -> None:
    fields = read(name=text)
    assert fields.read("name", read_name, "stand-in") == "stand-in"
    (trouble,) = fields.troubles
    assert trouble.field == "name"
    assert trouble.zh != trouble.en
    assert trouble.rule == rule


def test_what_a_field_asks_for_is_said_in_its_own_words() -> None:
    fields = read(token="has space")
    fields.read("token", read_token, "0", ("中文", "English"))
    assert (fields.troubles[0].zh, fields.troubles[0].en) == ("中文", "English")


def test_every_field_is_noted_and_not_only_the_first() -> None:
    fields = read()
    fields.text("a", 5)
    fields.choice("b", ("x",))
    fields.number("c", least=0, most=1)
    fields.day("d")
    assert fields.bad == {"a", "b", "c", "d"}


def test_a_rule_without_words_of_its_own_is_shown_by_its_name() -> None:
    assert all("no-such-rule" in one for one in sentence("no-such-rule"))
    assert "no-such" not in "".join(sentence("nfc"))
