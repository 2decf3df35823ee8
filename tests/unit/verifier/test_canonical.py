"""Rule and place of canonical JSON's refusals, the shipped Unicode table, bounded time."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest

from tests.support import unicode_table
from verifier.canonical import canonicalize, parse, profile, unicode14
from verifier.canonical.rfc8785 import canonicalize_rfc8785
from verifier.errors import MalformedError

UNICODE_14 = unicodedata.unidata_version == unicode_table.VERSION
needs_14 = pytest.mark.skipif(not UNICODE_14, reason="needs a Python with Unicode 14.0 (3.11)")


@pytest.mark.parametrize(
    ("text", "rule", "place"),
    [
        ('{"a":{"b":[0,{"c":1,"c":2}]}}', "duplicate-key", "/a/b/1/c"),
        ('{"a/b~c":[1.5]}', "number", "/a~1b~0c/0"),
        ('{"a":[1,2,9007199254740992]}', "number-range", "/a/2"),
        ('{"a":{"\u00e9":1}}', "key", "/a"),
        ('{"a":["ok","\u202e"]}', "bidi-control", "/a/1"),
        ('{"a":["ok","e\u0301"]}', "nfc", "/a/1"),
        ('{"a":"\u0378"}', "unassigned", "/a"),
        ('{"a" 1}', "syntax", "character 5"),
        ("[" * 33 + "]" * 33, "depth", "byte 32"),
        ("\ufeff{}", "byte-order-mark", "character 0"),
        (b'["\xff"]', "utf-8", "byte 2"),
        ("{}".encode("utf-16"), "utf-8", "byte 0"),
        ("{}".encode("utf-16-le"), "syntax", "character 1"),
    ],
)
def test_a_refusal_names_rule_and_place(text: str | bytes, rule: str, place: str) -> None:
    with pytest.raises(MalformedError) as refused:
        parse(text)
    assert (refused.value.rule, refused.value.place) == (rule, place)


@pytest.mark.parametrize(
    ("value", "rule", "place"),
    [
        ({"a": [1.0]}, "type", "/a/0"),
        ({"a": (1,)}, "type", "/a"),
        ({1: 2}, "key", ""),
        ({"a": 2**53}, "number-range", "/a"),
        ({"a": b"x"}, "type", "/a"),
        (["\ud800"], "surrogate", "/0"),
        ({"x": "\x00"}, "control", "/x"),
    ],
)
def test_canonicalize_refuses_what_is_not_of_the_profile(value: object, rule: str, place: str) -> None:
    with pytest.raises(MalformedError) as refused:
        canonicalize(value)  # type: ignore[arg-type]
    assert (refused.value.rule, refused.value.place) == (rule, place)


def test_a_value_that_holds_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(MalformedError, match="depth"):
        canonicalize(loop)  # type: ignore[arg-type]


def test_size_counts_bytes_not_characters() -> None:
    text = '"' + "\u78b3" * 349_524 + '"'  # 1,048,574 bytes
    assert parse(text) == text[1:-1]
    assert parse(text + "  ") == text[1:-1]
    with pytest.raises(MalformedError, match="size"):
        parse(text + "   ")
    with pytest.raises(MalformedError, match="size"):
        canonicalize(text[1:-1], max_bytes=1000)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000,
        '"' + '\\"' * 500_000,
        '["' + "\\\\" * 500_000,
        "[" * 40 + '"' * 500_000,
        '"' + "\u0316\u0301" * 200_000 + '"',
        '"' + "\u0301" * 500_000 + '"',
        "1" * 1_000_000,
        "[" + "0," * 500_000 + "0.5]",
        '{"a":1,' * 150_000,
        "[" + ",".join(f'{{"{n}":"\\u00e9"}}' for n in range(60_000)) + "]",
    ],
    ids=range(12),
)
def test_hostile_text_takes_bounded_time(text: str) -> None:
    start = time.perf_counter()
    for read in (parse, canonicalize_rfc8785):
        try:
            read(text)
        except MalformedError:
            continue
    assert time.perf_counter() - start < 10  # a second or two on a busy machine; quadratic would be hours


@needs_14
def test_the_table_is_the_one_that_unicode_14_gives() -> None:
    expected = unicode_table.render()
    assert Path(unicode14.__file__ or "").read_text(encoding="utf-8") == expected


@needs_14
def test_every_code_point_is_refused_or_taken_as_its_category_says() -> None:
    bidi = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
    for point in range(0x110000):
        refused = unicodedata.category(chr(point)) in ("Cc", "Cs", "Co", "Cn") and point not in (9, 10)
        assert (profile.refusal_of(chr(point)) is not None) is (refused or point in bidi), hex(point)


def test_usual_text_is_taken_nfc_and_of_combining_class_zero() -> None:
    for point in range(0x80, 0x10000):
        c = chr(point)
        if profile._USUAL.fullmatch(c):
            assert profile.refusal_of(c) is None, hex(point)
            assert unicodedata.combining(c) == 0, hex(point)
            assert unicodedata.is_normalized("NFC", c), hex(point)
            # NFC_Quick_Check=Yes: composing with a character before it would change it.
            assert all(unicodedata.is_normalized("NFC", before + c) for before in "aA<=\u00e4\u30ab\u1100"), hex(point)


def test_the_fast_way_and_the_careful_way_agree_on_escapes() -> None:
    for escape in ("\\n", "\\t", '\\"', "\\\\"):
        assert canonicalize(parse(f'"{escape}"')) == f'"{escape}"'.encode()
    for escape in ("\\b", "\\f", "\\r", "\\u0000", "\\u001f", "\\u007f"):
        with pytest.raises(MalformedError, match="control"):
            parse(f'"{escape}"')
