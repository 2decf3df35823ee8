"""What we write into CSV is text to every spreadsheet, and one record is one line."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.bulk.cells import cell, record


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_nothing_that_starts_like_a_formula_is_left_one(start: str) -> None:
    (row,) = csv.reader([record([start + "cmd|' /C calc'!A0"])])
    assert row[0].startswith("'")


@given(st.lists(st.text(), min_size=2, max_size=5))
def test_a_record_is_one_line_and_reads_back(cells: list[str]) -> None:
    line = record(cells)
    assert line.endswith("\r\n")
    assert not set(line[:-2]) & set("\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
    (row,) = csv.reader(io.StringIO(line, newline=""), strict=True)
    assert len(row) == len(cells)
    for before, after in zip(cells, row, strict=True):
        if before.isprintable() and not before.startswith(tuple("=+-@＝＋－＠")):
            assert after == before
    line.encode("utf-8")


def test_what_would_turn_text_around_is_shown_as_a_gap() -> None:
    assert cell("a\u202eb\x00c") == "a\ufffdb\ufffdc"
