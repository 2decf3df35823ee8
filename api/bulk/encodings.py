"""Which encoding a text file is in, decided on all of it and never by taste; and its SHA-256 in the same pass.

UTF-8 (with or without byte order mark) unless most lines with other than ASCII are not UTF-8 and are GB18030, as Excel in
China exports by default. Each line is then decoded strictly by itself: one that does not decode is a bad line.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.bulk.errors import InputUnreadableError

UTF8: Final = "utf-8"
GB18030: Final = "gb18030"
_BOM: Final = b"\xef\xbb\xbf"
_WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_BLOCK: Final = 1 << 20
_SAVE_AS: Final = "save it as “CSV UTF-8” (in Excel: 另存为 → CSV UTF-8)"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """What was found of a file. start: where the text begins, after a byte order mark."""

    encoding: str
    start: int
    size: int
    sha256: str


def look_at_text(path: Path, named: str | None = None) -> TextFile:
    """Read the whole file once. `named`: the encoding the person says it is. Raises InputUnreadableError, OSError."""
    digest = hashlib.sha256()
    votes = _Votes()
    size, start, kept = 0, 0, b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if not size:
                start = len(_BOM) if block.startswith(_BOM) else 0
                _refuse_binary(path, block)
            size += len(block)
            digest.update(block)
            kept = votes.count(kept, block)
    votes.count(kept + b"\n", b"")
    return TextFile(
        encoding=named or (UTF8 if start else votes.winner()), start=start, size=size, sha256=digest.hexdigest()
    )


def _refuse_binary(path: Path, block: bytes) -> None:
    if block.startswith(_WIDE_MARKS):
        raise InputUnreadableError(str(path), "the text is UTF-16", _SAVE_AS)
    if b"\x00" in block[:4096]:
        raise InputUnreadableError(str(path), "this is no text file", _SAVE_AS)


class _Votes:
    """How many lines with bytes beyond ASCII are UTF-8, and how many GB18030."""

    def __init__(self) -> None:
        self._unusual = 0
        self._utf8 = 0
        self._gb18030 = 0

    def count(self, kept: bytes, block: bytes) -> bytes:
        """Count the whole lines of kept + block; the rest of the last one is given back.

        0x0A is never part of a longer character in either encoding (GB18030 trail bytes are 0x30–39 and 0x40–FE).
        """
        if block and kept.isascii() and block.isascii():
            return b""  # whatever line this ends in, its other bytes are ASCII so far
        lines = (kept + block).split(b"\n")
        rest = lines.pop()
        for line in lines:
            if not line.isascii():
                self._unusual += 1
                self._utf8 += _decodes(line, UTF8)
                self._gb18030 += _decodes(line, GB18030)
        return rest if len(rest) < _BLOCK else b""

    def winner(self) -> str:
        """GB18030 also reads most of UTF-8, as nonsense: it wins only where UTF-8 fails for more than half."""
        return GB18030 if 2 * self._utf8 < self._unusual and self._gb18030 > self._utf8 else UTF8


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
