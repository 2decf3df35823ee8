"""Reading side of the log: nodes and proofs straight from the tiles (RFC 9162 §2.1.3, §2.1.4).

The tree is read in strips, halves of a tile: up to sixteen hashes and the four rows above them.

    strip 2L     hashes 16·n .. 16·n + 15 of a tile of level L
    strip 2L+1   the roots of a tile's sixteen strips, its middle row: kept beside the tiles (`ledger.log.layout`), or
                 worked out from all 256 hashes where none is kept

A complete strip is used only when its root is the hash that stands for it in the strip above. So a middle row is never
trusted, and no proof is given out of a tile that was altered below those that are read on the way.

A strip is kept for a while (least recently used goes first): memory is bounded by `cache` × 1.2 kB whatever the log's
size, and an inclusion proof in a log of 2^32 entries touches four tiles.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from ledger.domain.store_errors import RangeError, TileDiffersError, TileMissingError
from ledger.log.files import NodeSource
from ledger.log.hashes import node_hash, parents, strip_roots
from ledger.log.layout import (
    HASH_BYTES,
    STRIP_BYTES,
    STRIP_HEIGHT,
    STRIP_WIDTH,
    TILE_WIDTH,
    tile_path,
    tile_width,
)

_Expanded = tuple[bytes, ...]


class TreeReader:
    """Proofs over a log whose tiles cover at least `size` entries. Safe for several threads."""

    __slots__ = ("_cache", "_cache_size", "_lock", "_size", "_source")

    def __init__(self, source: NodeSource, size: int, *, cache: int = 4096) -> None:
        self._source = source
        self._size = size
        self._cache_size = cache
        self._cache: OrderedDict[tuple[int, int], tuple[int, _Expanded]] = (
            OrderedDict()
        )  # of each strip its newest width
        self._lock = Lock()

    @property
    def size(self) -> int:
        """Number of entries the tiles cover."""
        return self._size

    def grow(self, size: int) -> None:
        """Take note of a later checkpoint whose tiles are in place. Full tiles stay cached; sizes never shrink."""
        self._size = max(self._size, size)

    def root(self, size: int) -> bytes:
        """Root of the first `size` entries (1..size of the log). Raises RangeError, TileMissingError, TileDiffersError."""
        self._check("size", size, 1, self._size)
        return self._range(0, size)

    def leaf(self, index: int) -> bytes:
        """Leaf hash at `index`. Raises RangeError, TileMissingError, TileDiffersError."""
        self._check("index", index, 0, self._size - 1)
        return self._node(0, index)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Inclusion proof of entry `index` in the tree of the first `size` entries, leaf's sibling first (RFC 9162 §2.1.3.1).

        Raises:
            RangeError: unless 0 ≤ index < size ≤ the log's size.
            TileMissingError: a tile is not there.
            TileDiffersError: a tile is not the one that the tile above stands on.
        """
        self._check("size", size, 1, self._size)
        self._check("index", index, 0, size - 1)
        proof: list[bytes] = []
        height = 0
        while size - 1 >> height:
            height = self._climb_strip(index, size, height, proof)
        return proof

    def _climb_strip(self, index: int, size: int, height: int, proof: list[bytes]) -> int:
        """Add the siblings on the way up through one strip, which holds them all; return the height above it.

        A sibling cut by the tree's right edge stands for what there is of it; one wholly beyond it does not exist, and
        the node moves up unchanged.
        """
        rows = self._strip(height // STRIP_HEIGHT, index >> height + STRIP_HEIGHT)
        for row in rows[:STRIP_HEIGHT]:
            if not size - 1 >> height:
                return height
            sibling = index >> height ^ 1
            start = sibling << height
            if start + (1 << height) <= size:
                at = sibling % (STRIP_WIDTH >> height % STRIP_HEIGHT) * HASH_BYTES
                proof.append(row[at : at + HASH_BYTES])
            elif start < size:
                proof.append(self._range(start, size))
            height += 1
        return height

    def consistency(self, size1: int, size2: int) -> list[bytes]:
        """Consistency proof between the trees of the first `size1` and `size2` entries (RFC 9162 §2.1.4.1).

        Empty when the sizes are equal, and when size1 is 0 (there is nothing to be consistent with).

        Raises:
            RangeError: unless 0 ≤ size1 ≤ size2 ≤ the log's size.
            TileMissingError: a tile is not there.
            TileDiffersError: a tile is not the one that the tile above stands on.
        """
        self._check("size2", size2, 0, self._size)
        self._check("size1", size1, 0, size2)
        if size1 in (0, size2):
            return []
        proof: list[bytes] = []
        low, high = 0, size2
        while high != size1:
            middle = low + _split(high - low)
            if size1 <= middle:
                proof.append(self._range(middle, high))
                high = middle
            else:
                proof.append(self._range(low, middle))
                low = middle
        # The old tree's last complete subtree opens the proof, except when it is the whole old tree: its root is known.
        if low:
            proof.append(self._range(low, high))
        proof.reverse()
        return proof

    def _range(self, low: int, high: int) -> bytes:
        """Root over entries low..high; `low` is aligned to the power of two the range fits in."""
        count = high - low
        if count & (count - 1) == 0:
            return self._node(count.bit_length() - 1, low // count)
        middle = low + _split(count)
        return node_hash(self._range(low, middle), self._range(middle, high))

    def _node(self, height: int, index: int) -> bytes:
        """The complete subtree of 2^height entries number `index`."""
        half, inner = divmod(height, STRIP_HEIGHT)
        per_strip = STRIP_WIDTH >> inner
        rows = self._strip(half, index // per_strip)
        at = (index % per_strip) * HASH_BYTES
        return rows[inner][at : at + HASH_BYTES]

    def _strip(self, half: int, index: int) -> _Expanded:
        """The five rows of complete nodes of a strip, lowest first; `half` counts heights of four."""
        width = min(STRIP_WIDTH, (self._size >> STRIP_HEIGHT * half) - STRIP_WIDTH * index)
        key = (half, index)
        with self._lock:
            kept = self._cache.get(key)
            if kept is not None and kept[0] == width:
                self._cache.move_to_end(key)
                return kept[1]
        rows = self._complete(half, index) if width == STRIP_WIDTH else _expand(self._hashes(half, index, width))
        with self._lock:
            self._cache[key] = (width, rows)
            self._cache.move_to_end(key)
            if len(self._cache) > self._cache_size:
                self._cache.popitem(last=False)
        return rows

    def _complete(self, half: int, index: int) -> _Expanded:
        expected = self._node(STRIP_HEIGHT * (half + 1), index)
        if half % 2:
            kept = self._source.middle(half // 2, index)
            if kept is not None and (rows := _expand(kept))[-1] == expected:
                return rows
        rows = _expand(self._hashes(half, index, STRIP_WIDTH))
        if rows[-1] != expected:
            raise TileDiffersError(tile_path(*_tile_of(half, index)), expected, rows[-1])
        return rows

    def _hashes(self, half: int, index: int, width: int) -> bytes:
        """The `width` hashes of a strip, out of its tile."""
        level, tile = _tile_of(half, index)
        hashes = self._load(level, tile, tile_width(level, tile, self._size))
        if half % 2:
            return strip_roots(hashes)[: width * HASH_BYTES]
        at = index % STRIP_WIDTH * STRIP_BYTES
        return hashes[at : at + width * HASH_BYTES]

    def _load(self, level: int, index: int, width: int) -> bytes:
        path = tile_path(level, index, width)
        hashes = self._source.read(path)
        if hashes is None and width < TILE_WIDTH:
            # The tile has grown full since, and its partial file may be gone (tlog-tiles, "Partial Tiles").
            hashes = self._source.read(tile_path(level, index))
        if hashes is None or len(hashes) < width * HASH_BYTES:
            raise TileMissingError(path, len(hashes or b"") // HASH_BYTES, width)
        return hashes[: width * HASH_BYTES]

    @staticmethod
    def _check(name: str, given: int, low: int, high: int) -> None:
        if not low <= given <= high:
            raise RangeError(name, given, high)


def _split(count: int) -> int:
    """The largest power of two smaller than count (count ≥ 2)."""
    return 1 << ((count - 1).bit_length() - 1)


def _tile_of(half: int, index: int) -> tuple[int, int]:
    """Level and index of the tile in which a strip lies."""
    return half // 2, index if half % 2 else index // STRIP_WIDTH


def _expand(hashes: bytes) -> _Expanded:
    """The five rows of complete nodes above a strip's hashes, the hashes themselves first."""
    rows = [hashes]
    for _ in range(STRIP_HEIGHT):
        rows.append(parents(rows[-1]))
    return tuple(rows)
