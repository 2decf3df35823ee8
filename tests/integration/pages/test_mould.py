"""A page put together from its mould is, byte for byte, the page that was rendered with the words in it."""

from __future__ import annotations

import gzip
import zlib

import pytest

from api.pages.mould import cast, token

WORDS = {"a": "甲".encode(), "b": b"", "c": b"x" * 70_000}


@pytest.mark.parametrize("page", ["one {a} two {b} three {a}", "{c}", "", "no words at all", "{a}{a}{c} tail 尾"])
def test_plain_and_gzip_are_the_page_with_its_words(page: str) -> None:
    made = cast(page.format(a=token("a"), b=token("b"), c=token("c")))
    whole = page.format(**{name: word.decode() for name, word in WORDS.items()}).encode()
    assert made.plain(WORDS) == whole
    assert gzip.decompress(made.gzipped(WORDS)) == whole
    # one member and nothing after it, as a browser reads it
    reader = zlib.decompressobj(31)
    assert reader.decompress(made.gzipped(WORDS)) + reader.flush() == whole
    assert (reader.eof, reader.unused_data) == (True, b"")


def test_who_writes_the_braces_of_another_process_changes_nothing() -> None:
    assert cast("tanji000000000000000000000000ax").names == ()
