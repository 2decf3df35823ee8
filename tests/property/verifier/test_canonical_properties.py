"""Canonical form against the naive reader: the same bytes or a refusal, for anything that can be thrown at both."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.reference import canonical as reference
from verifier.canonical import canonicalize, parse
from verifier.canonical.rfc8785 import canonicalize_rfc8785
from verifier.errors import MalformedError

needs_14 = pytest.mark.skipif(not reference.UNICODE_IS_14, reason="the naive reader needs Unicode 14.0 (Python 3.11)")

TEXT = st.text(st.characters(codec=None), max_size=8) | st.sampled_from(
    ["\u78b3\u8ff9", "e\u0301", "\u00e9", "\u1100\u1161", "\\u0041", "\u202e", "\ud800", "\U0001fae8", "\t\n", "\r"]
)
KEYS = st.text(st.characters(min_codepoint=0x1F, max_codepoint=0x80), max_size=3)
NUMBERS = st.integers(-(2**54), 2**54) | st.sampled_from([2**53 - 1, 2**53, -(2**53) + 1, 0])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
PIECES = st.sampled_from(
    [*'{}[]:,"\\ \n\t', "0", "-0", "1", "01", "1.0", "1e3", "true", "null", "NaN", '"a"', '"a":', "\\u0061", "\\ud800",
     "\\udc00", "\u78b3", "\ufeff", "\u00a0", "e\u0301", "9007199254740992", "\uff11"]
)  # fmt: skip


def ours(data: bytes | str) -> bytes | None:
    try:
        return canonicalize(parse(data))
    except MalformedError:
        return None


def naive(data: bytes | str) -> bytes | None:
    try:
        return reference.canonical(data)
    except reference.RefusedError:
        return None


@needs_14
@settings(max_examples=300, deadline=None)
@given(VALUES, st.booleans(), st.sampled_from([None, 1]), st.booleans())
def test_values_written_in_any_way(value: Any, escaped: bool, indent: int | None, ordered: bool) -> None:
    text = json.dumps(value, ensure_ascii=escaped, indent=indent, sort_keys=ordered)
    assert ours(text) == naive(text)


@needs_14
@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
@example('{"a":1,"a":1}')
def test_pieces_of_json_in_any_order(text: str) -> None:
    assert ours(text) == naive(text)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    value = ours(data)
    assert value is None or ours(value) == value


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_canonical_bytes_are_their_own_canonical_form(value: Any) -> None:
    try:
        document = canonicalize(value)
    except MalformedError:
        return
    assert parse(document) == value
    assert canonicalize(parse(document)) == document
    assert document == rfc8785.dumps(value)
    assert canonicalize_rfc8785(document) == document


@settings(max_examples=300, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_agree_with_another_implementation(number: float) -> None:
    assert canonicalize_rfc8785(repr(number)) == rfc8785.dumps(number)
