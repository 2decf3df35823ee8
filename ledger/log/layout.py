"""Where everything lies: C2SP tlog-tiles paths, height 8.

    checkpoint                          signed note
    tile/<L>/<N>[.p/<W>]                W × 32 bytes; a full tile is 256 × 32
    tile/entries/<N>[.p/<W>]            W × ( uint16 length, big-endian ‖ entry )
    middle/<L>                          16 × 32 bytes for every full tile of level L, in order: tile N's from 512·N

The last is ours and derived: the roots over each sixteen hashes of a tile, which stand halfway up to the tile's own root.
A proof then hashes 30 nodes for a tile, not 255. Nobody trusts it: see `ledger.log.tree`.

N is written in groups of three digits, all but the last with an x before them: 1234067 → x001/x234/067.
The partial tile of level L in a tree of size s is floor(s / 256^L) mod 256 hashes wide; an empty one does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 256
HASH_BYTES: Final = 32
STRIP_HEIGHT: Final = 4  # half a tile's height
STRIP_WIDTH: Final = 16
STRIP_BYTES: Final = STRIP_WIDTH * HASH_BYTES
MAX_ENTRY_BYTES: Final = 65_535
CHECKPOINT_PATH: Final = "checkpoint"


def index_path(index: int) -> str:
    """Write a tile index as path elements of three digits."""
    groups = [f"{index % 1000:03d}"]
    index //= 1000
    while index:
        groups.append(f"x{index % 1000:03d}")
        index //= 1000
    return "/".join(reversed(groups))


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Path of the hash tile `index` of `level`, `width` hashes wide (1..256)."""
    return f"tile/{level}/{index_path(index)}{_suffix(width)}"


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """Path of the entry bundle `index`, holding `width` entries (1..256)."""
    return f"tile/entries/{index_path(index)}{_suffix(width)}"


def middle_path(level: int) -> str:
    """Path of the file with the middle rows of a level's full tiles."""
    return f"middle/{level}"


def _suffix(width: int) -> str:
    return "" if width == TILE_WIDTH else f".p/{width}"


def tile_width(level: int, index: int, size: int) -> int:
    """How many hashes tile `index` of `level` has in a tree of `size` entries (0..256)."""
    return max(0, min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - index * TILE_WIDTH))


def partial_tiles(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield (level, index, width) of every partial hash tile of a tree of `size` entries, lowest first."""
    level, count = 0, size
    while count:
        if count % TILE_WIDTH:
            yield level, count // TILE_WIDTH, count % TILE_WIDTH
        level, count = level + 1, count // TILE_WIDTH
