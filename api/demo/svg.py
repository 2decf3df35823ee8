"""Chinese in Rich's SVG: it gives each text the width of as many narrow characters, which browsers squeeze it into.

    <text … x="12.2" y="44.4" textLength="97.6" …>碳迹&#160;Tanji</text>        4 × 12.2 is due for 碳迹 alone

Each text is split into runs of wide and of narrow characters, and each run is given its own place and width.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from itertools import groupby
from typing import Final

from rich.cells import cell_len

CELL: Final = 12.2  # Rich's width of a narrow character at its font size of 20
_TEXT: Final = re.compile(r'<text ([^>]*?)x="([0-9.]+)"([^>]*?)textLength="[0-9.]+"([^>]*)>([^<]*)</text>')


def widen(svg: str) -> str:
    """The same picture with every run of text as wide as its cells on a terminal."""
    return _TEXT.sub(lambda found: "".join(_runs(found)), svg)


def _runs(found: re.Match[str]) -> Iterator[str]:
    before, between, after = found[1], found[3], found[4]
    x = float(found[2])
    for _, run in groupby(unescape(found[5]), cell_len):
        text = "".join(run)
        width = CELL * cell_len(text)
        shown = escape(text).replace("\xa0", "&#160;")
        yield f'<text {before}x="{x:.1f}"{between}textLength="{width:.1f}"{after}>{shown}</text>'
        x += width
