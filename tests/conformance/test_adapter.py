"""The adapter as a process: an answer to every line, whatever the line."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.vector_cases import VECTORS
from verifier.conformance import MAX_LINE_BYTES, OPERATIONS, answer, read_line

REQUESTS = [
    json.loads(next((VECTORS / name / "accept").iterdir()).read_text(encoding="utf-8"))["request"]
    for name in OPERATIONS
]
GARBAGE = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=80)
    | st.lists(st.none() | st.text(max_size=70), max_size=3) | st.just({})
    | st.sampled_from(["0x", "0x00", "0x" + "00" * 32, "0x" + "ff" * 65, "[" * 100_000, -1, 2**64, 10**400])
)  # fmt: skip


def converse(lines: bytes) -> list[dict[str, object]]:
    run = subprocess.run(
        [sys.executable, "-m", "verifier.conformance"], input=lines, capture_output=True, timeout=60, check=True
    )
    assert run.stderr == b""
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_an_answer_to_every_line() -> None:
    lines = [
        b'{"op":"gtin.check","gtin":"4006381333931"}',
        b"",
        b"not json",
        b"\xff\xfe",
        b'{"op":"no.such"}',
        b'{"op":["gtin.check"]}',
        b'{"op":"gtin.check"}',
        b'{"op":"gtin.check","op":"uscc.check","gtin":"4006381333931"}',
        b"[" * 200_000,
        b'{"op":"canonical","json":"\\"\\ud800\\""}',
        '{"op":"canonical","json":"\\"\U0001f331\\""}'.encode(),
        b'{"op":"merkle.leaf","data":"0x' + b"00" * 1_000_000 + b'"}',
        b'{"op":"gtin.check","gtin":"4006381333931"}',
    ]
    answers = converse(b"\n".join(lines))
    assert [given["ok"] for given in answers] == [
        True, False, False, False, False, False, False, False, False, False, True, True, True
    ]  # fmt: skip


def test_a_line_beyond_the_cap_is_passed_over() -> None:
    answers = converse(b"x" * (MAX_LINE_BYTES + 10) + b'\n{"op":"gtin.check","gtin":"96385074"}\n')
    assert [(given["ok"], given.get("rule")) for given in answers] == [(False, "size"), (True, None)]


@pytest.mark.parametrize("op", ["canonical", "canonical.rfc8785"])
@pytest.mark.parametrize("filling", [" ", "\u78b3", "\U0001f331"])
def test_a_document_has_at_most_a_mebibyte_of_utf8(op: str, filling: str) -> None:
    room = 2**20 - 2
    text = '"' + filling * (room // len(filling.encode())) + '"'
    text += " " * (2**20 - len(text.encode()))
    assert answer(json.dumps({"op": op, "json": text}).encode())["ok"] is True
    refused = answer(json.dumps({"op": op, "json": text + " "}).encode())
    assert (refused["ok"], refused["rule"]) == (False, "size")


def test_lines_are_read_to_their_end() -> None:
    stream = io.BytesIO(b"a\r\n\nb")
    assert [read_line(stream) for _ in range(4)] == [b"a", b"", b"b", None]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request["op"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_member_of_any_type(request_: dict[str, object], data: st.DataObject) -> None:
    changed = dict(request_)
    changed[data.draw(st.sampled_from(sorted(changed)))] = data.draw(GARBAGE)
    given_ = answer(json.dumps(changed).encode())
    assert given_["ok"] is True or given_["code"] != "internal", given_


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_line(line: bytes) -> None:
    assert answer(line)["ok"] is False
