"""Reading side of the log: nodes and proofs straight from the tiles (RFC 9162 §2.1.3, §2.1.4).

Nothing but tiles is read, and an expanded tile is kept for a while (least recently used goes first): memory is bounded by
`cache` × 16 kB whatever the log's size, and an inclusion proof in a log of 2^32 entries touches four tiles.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from ledger.domain.store_errors import RangeError, TileMissingError
from ledger.log.files import TileSource
from ledger.log.hashes import node_hash, parents
from ledger.log.layout import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, tile_path, tile_width

_Expanded = tuple[bytes, ...]


class TreeReader:
    """Proofs over a log whose tiles cover at least `size` entries. Safe for several threads."""

    __slots__ = ("_cache", "_cache_size", "_lock", "_size", "_source")

    def __init__(self, source: TileSource, size: int, *, cache: int = 1024) -> None:
        self._source = source
        self._size = size
        self._cache_size = cache
        self._cache: OrderedDict[tuple[int, int, int], _Expanded] = OrderedDict()
        self._lock = Lock()

    @property
    def size(self) -> int:
        """Number of entries the tiles cover."""
        return self._size

    def grow(self, size: int) -> None:
        """Take note of a later checkpoint whose tiles are in place. Full tiles stay cached; sizes never shrink."""
        self._size = max(self._size, size)

    def root(self, size: int) -> bytes:
        """Root of the first `size` entries (1..size of the log). Raises RangeError, TileMissingError."""
        self._check("size", size, 1, self._size)
        return self._range(0, size)

    def leaf(self, index: int) -> bytes:
        """Leaf hash at `index`. Raises RangeError, TileMissingError."""
        self._check("index", index, 0, self._size - 1)
        return self._node(0, index)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Inclusion proof of entry `index` in the tree of the first `size` entries, leaf's sibling first (RFC 9162 §2.1.3.1).

        Raises:
            RangeError: unless 0 ≤ index < size ≤ the log's size.
            TileMissingError: a tile is not there.
        """
        self._check("size", size, 1, self._size)
        self._check("index", index, 0, size - 1)
        proof: list[bytes] = []
        height = 0
        while size - 1 >> height:
            height = self._climb_tile(index, size, height, proof)
        return proof

    def _climb_tile(self, index: int, size: int, height: int, proof: list[bytes]) -> int:
        """Add the siblings on the way up through one tile, which holds them all; return the height above it.

        A sibling cut by the tree's right edge stands for what there is of it; one wholly beyond it does not exist, and
        the node moves up unchanged.
        """
        rows = self._tile(height // TILE_HEIGHT, index >> height + TILE_HEIGHT)
        for row in rows[:TILE_HEIGHT]:
            if not size - 1 >> height:
                return height
            sibling = index >> height ^ 1
            start = sibling << height
            if start + (1 << height) <= size:
                at = sibling % (TILE_WIDTH >> height % TILE_HEIGHT) * HASH_BYTES
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
        level, inner = divmod(height, TILE_HEIGHT)
        per_tile = TILE_WIDTH >> inner
        rows = self._tile(level, index // per_tile)
        at = (index % per_tile) * HASH_BYTES
        return rows[inner][at : at + HASH_BYTES]

    def _tile(self, level: int, index: int) -> _Expanded:
        width = tile_width(level, index, self._size)
        key = (level, index, width)
        with self._lock:
            rows = self._cache.get(key)
            if rows is not None:
                self._cache.move_to_end(key)
                return rows
        rows = _expand(self._load(level, index, width))
        with self._lock:
            self._cache[key] = rows
            if len(self._cache) > self._cache_size:
                self._cache.popitem(last=False)
        return rows

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


def _expand(hashes: bytes) -> _Expanded:
    """The nine rows of complete nodes above a tile's hashes, the hashes themselves first."""
    rows = [hashes]
    for _ in range(TILE_HEIGHT):
        rows.append(parents(rows[-1]))
    return tuple(rows)
