"""A page that is the same for every label of a batch but for a few words, rendered once: the words are put in afterwards.

The page is rendered with a secret token where each word goes and cut there. The parts between are kept as text and as raw DEFLATE
blocks (RFC 1951), each ended by a full flush, so that a gzip answer (RFC 1952) is put together from them and the words, stored:

    header (10) | block … | stored word | block … | … | empty final block | CRC-32 | length
"""

from __future__ import annotations

import re
import secrets
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_LAST: Final = b"\x01\x00\x00\xff\xff"
_MOST: Final = 65_535
_PREFIX: Final = "tanji" + secrets.token_hex(12)  # nobody who chooses a product's name knows it
_TOKEN: Final = re.compile(_PREFIX + r"([a-z]+)x")


def token(name: str) -> str:
    """What to render where the word `name` goes; letters and digits only, so no filter changes it."""
    return f"{_PREFIX}{name}x"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mould:
    """texts[0] word[0] texts[1] word[1] … texts[n]; `packed` holds the texts as DEFLATE blocks."""

    texts: tuple[bytes, ...]
    names: tuple[str, ...]
    packed: tuple[bytes, ...]

    def plain(self, values: Mapping[str, bytes]) -> bytes:
        """The page with these words, already escaped for where they stand."""
        parts = [self.texts[0]]
        for name, text in zip(self.names, self.texts[1:], strict=True):
            parts += (values[name], text)
        return b"".join(parts)

    def gzipped(self, values: Mapping[str, bytes]) -> bytes:
        """The same as a gzip member."""
        plain = self.plain(values)
        parts = [_HEADER, self.packed[0]]
        for name, block in zip(self.names, self.packed[1:], strict=True):
            parts += (_stored(values[name]), block)
        parts += (_LAST, struct.pack("<LL", zlib.crc32(plain), len(plain) & 0xFFFFFFFF))
        return b"".join(parts)


def cast(page: str) -> Mould:
    """Cut a rendered page at its tokens."""
    pieces = _TOKEN.split(page)
    texts = tuple(piece.encode("utf-8") for piece in pieces[::2])
    return Mould(texts=texts, names=tuple(pieces[1::2]), packed=tuple(map(_deflated, texts)))


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)


def _stored(data: bytes) -> bytes:
    """Blocks of type 00: length, its complement, the bytes."""
    parts = []
    for at in range(0, len(data), _MOST):
        some = data[at : at + _MOST]
        parts.append(b"\x00" + struct.pack("<HH", len(some), len(some) ^ 0xFFFF) + some)
    return b"".join(parts)
