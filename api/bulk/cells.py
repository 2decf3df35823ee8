"""Cells of the CSV files we write: RFC 4180, one record a line, and nothing that a spreadsheet would run.

A cell that starts with = + - @ (or their full-width twins), a tab or a return is a formula to some spreadsheet program:
such cells get an apostrophe in front (OWASP, CSV injection). Control characters become U+FFFD, so a record is one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

BOM: Final = b"\xef\xbb\xbf"
_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_QUOTED: Final = re.compile(r'[",; \t]')


def cell(text: str) -> str:
    """One cell, quoted where it has to be."""
    if text.startswith(_FORMULA):
        text = "'" + text
    text = _CONTROLS.sub("\ufffd", text)
    if _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def record(cells: Iterable[str]) -> str:
    """A record with its line end (CRLF, as RFC 4180 and Excel have it)."""
    return ",".join(map(cell, cells)) + "\r\n"
