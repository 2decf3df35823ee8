"""A ZIP file written as a stream, of entries that were compressed elsewhere (APPNOTE 6.3.10; ZIP64 always).

`zipfile` compresses each entry whole and keeps a million of them in memory. Here the part that all labels of a batch share is deflated once: a
deflate stream may be put together of pieces that end at a byte (RFC 1951; zlib's full flush), and CRC-32 goes on from where it stood.
"""

from __future__ import annotations

import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from struct import pack
from typing import IO, Final

_LOCAL: Final = b"PK\x03\x04"
_CENTRAL: Final = b"PK\x01\x02"
_VERSION: Final = 45  # ZIP64
_DATE: Final = (1980 - 1980) << 9 | 1 << 5 | 1  # the oldest date there is: the same labels give the same file
_FULL: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Deflated:
    """One entry: what it has beside the shared head, compressed; crc and size are of the whole."""

    name: bytes
    data: bytes
    crc: int
    size: int


class SharedHead:
    """The beginning that all entries share, deflated once."""

    __slots__ = ("_crc", "_size", "packed")

    def __init__(self, head: bytes) -> None:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        self.packed = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
        self._crc = zlib.crc32(head)
        self._size = len(head)

    def entry(self, name: str, tail: bytes) -> Deflated:
        """The entry of head and tail; made in any process, the head is put before it when it is written."""
        packer = zlib.compressobj(5, zlib.DEFLATED, -15)
        data = packer.compress(tail) + packer.flush()
        return Deflated(
            name=name.encode("ascii"), data=data, crc=zlib.crc32(tail, self._crc), size=self._size + len(tail)
        )


class ZipStream:
    """The file being written; its directory waits in a temporary file, so that memory does not grow with the entries."""

    def __init__(self, path: Path, head: SharedHead) -> None:
        self._path = path
        self._head = head.packed
        self._part = path.with_name(f".{path.name}.part")
        self._out: IO[bytes] = self._part.open("wb")
        self._directory: IO[bytes] = tempfile.TemporaryFile(dir=path.parent)  # noqa: SIM115 - closed in close()
        self._count = 0
        self._at = 0

    def add(self, entry: Deflated) -> None:
        """Write one entry."""
        packed = len(self._head) + len(entry.data)
        # Sizes are known beforehand: no data descriptor. An SVG is far below 4 GiB; only places in the file need 64 bits.
        local = pack("<4s5H3L2H", _LOCAL, _VERSION, 0, 8, 0, _DATE, entry.crc, packed, entry.size, len(entry.name), 0)
        self._out.write(local + entry.name + self._head + entry.data)
        extra = pack("<HHQ", 1, 8, self._at)
        self._directory.write(
            pack("<4s6H3L5H2L", _CENTRAL, _VERSION, _VERSION, 0, 8, 0, _DATE, entry.crc, packed, entry.size,
                 len(entry.name), len(extra), 0, 0, 0, 0, _FULL)
            + entry.name + extra
        )  # fmt: skip
        self._at += len(local) + len(entry.name) + packed
        self._count += 1

    def finish(self) -> None:
        """Write the directory; the file appears under its name."""
        start, length = self._at, self._directory.tell()
        self._directory.seek(0)
        while piece := self._directory.read(1 << 20):
            self._out.write(piece)
        end = start + length
        self._out.write(
            pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, _VERSION, _VERSION, 0, 0, self._count, self._count, length, start)
        )
        self._out.write(pack("<4sLQL", b"PK\x06\x07", 0, end, 1))
        self._out.write(pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, _FULL, _FULL, 0))
        self.close()
        self._part.replace(self._path)

    def close(self) -> None:
        """Close the files. Without `finish` nothing appears under the name."""
        self._out.close()
        self._directory.close()
