"""The bytes packs are made of: streams, rows, frames (docs/spec/10).

stream   zlib (RFC 1950), exactly `packed` bytes that give exactly `raw`, at most 128 × packed + 65,536
frame    u32 length ‖ bytes
row      a fixed number of bytes
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from verifier.errors import MalformedError

MAX_RATIO: Final = 128
RATIO_SLACK: Final = 65_536
_LEVEL: Final = 9


def pack_stream(raw: bytes) -> bytes:
    """Compress."""
    return zlib.compress(raw, _LEVEL)


def check_sizes(packed: int, raw: int, cap: int, place: str) -> None:
    """Refuse before unpacking what could never be what it says. Raises MalformedError `size`."""
    if raw > cap or raw > MAX_RATIO * packed + RATIO_SLACK:
        raise MalformedError("size", place, f"{packed} bytes that say they are {raw}")


def unpack_stream(data: bytes, raw: int, place: str) -> bytes:
    """Decompress exactly. Raises MalformedError `stream`."""
    stream = zlib.decompressobj()
    try:
        found = stream.decompress(data, raw + 1)
    except zlib.error as error:
        raise MalformedError("stream", place, "not a zlib stream") from error
    # the checksum counts only once the end was reached
    if len(found) != raw or not stream.eof or stream.unused_data or stream.unconsumed_tail:
        raise MalformedError("stream", place, f"does not give {raw} bytes")
    return found


def frame_all(items: Iterable[bytes]) -> bytes:
    """u32 length ‖ bytes, for each."""
    return b"".join(len(item).to_bytes(4, "big") + item for item in items)


def read_frames(data: bytes, place: str) -> list[bytes]:
    """Every frame. Raises MalformedError `frame` where lengths do not fill the data."""
    items: list[bytes] = []
    at, end = 0, len(data)
    while at < end:
        stop = at + 4 + int.from_bytes(data[at : at + 4], "big")
        if stop > end or at + 4 > end:
            raise MalformedError("frame", place, f"at byte {at}")
        items.append(data[at + 4 : stop])
        at = stop
    return items


def read_rows(data: bytes, width: int, place: str) -> list[bytes]:
    """Rows of one width. Raises MalformedError `row`."""
    if len(data) % width:
        raise MalformedError("row", place, f"{len(data)} bytes are not rows of {width}")
    return [data[at : at + width] for at in range(0, len(data), width)]


def check_rising(items: Sequence[bytes], place: str) -> None:
    """One content has one order. Raises MalformedError `not-rising`."""
    for before, after in pairwise(items):
        if before >= after:
            raise MalformedError("not-rising", place)
