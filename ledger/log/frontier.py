"""The right edge of the tree: all that appending needs to keep.

One row of pending hashes for each tile level (< 256 × 32 bytes each), so a log of 2^40 entries is continued with 40 kB.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from ledger.log.hashes import strip_roots, subtree_root
from ledger.log.layout import HASH_BYTES, STRIP_BYTES, STRIP_WIDTH, TILE_WIDTH, partial_tiles

_TILE_BYTES = TILE_WIDTH * HASH_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class FullTile:
    """A hash tile that will never change again: 256 hashes of 32 bytes. middle: the roots of its sixteen strips."""

    level: int
    index: int
    hashes: bytes
    middle: bytes


@dataclass(slots=True)
class _Row:
    """The pending hashes of one tile level, and the roots of the complete strips among them, each hashed once."""

    hashes: bytearray = field(default_factory=bytearray)
    middle: bytearray = field(default_factory=bytearray)

    def extend(self, hashes: bytes) -> None:
        self.hashes += hashes
        self.middle += strip_roots(bytes(self.hashes[len(self.middle) * STRIP_WIDTH :]))

    def cut(self, count: int) -> tuple[bytes, bytes]:
        """Take the first `count` bytes of hashes away, whole strips; them and their roots."""
        hashes, middle = bytes(self.hashes[:count]), bytes(self.middle[: count // STRIP_WIDTH])
        del self.hashes[:count], self.middle[: count // STRIP_WIDTH]
        return hashes, middle

    def root(self, rest: bytes) -> bytes:
        """Root over the row, `rest` (a hash or nothing) standing as its last node; nothing when there is neither."""
        tail = bytes(self.hashes[len(self.middle) * STRIP_WIDTH :]) + rest
        return subtree_root(bytes(self.middle) + subtree_root(tail))

    def copy(self) -> _Row:
        return _Row(self.hashes[:], self.middle[:])


class Frontier:
    """The growing edge of one RFC 9162 tree. Not safe for several threads at once."""

    __slots__ = ("_pending", "_size")

    def __init__(self) -> None:
        self._size = 0
        self._pending: list[_Row] = [_Row()]

    @classmethod
    def resume(cls, size: int, pending: dict[int, bytes]) -> Frontier:
        """Continue a tree of `size` entries from its partial tiles {level: hashes}; levels without one are left out."""
        frontier = cls()
        frontier._size = size
        for level, _, width in partial_tiles(size):
            while len(frontier._pending) <= level:
                frontier._pending.append(_Row())
            frontier._pending[level].extend(pending[level][: width * HASH_BYTES])
        return frontier

    @property
    def size(self) -> int:
        """Number of leaves appended."""
        return self._size

    def copy(self) -> Frontier:
        """An independent frontier at the same size: work on it, keep it once the files are safe."""
        twin = Frontier()
        twin._size = self._size
        twin._pending = [row.copy() for row in self._pending]
        return twin

    def append(self, leaf_hashes: bytes | Iterable[bytes]) -> list[FullTile]:
        """Append leaf hashes (concatenated, or one by one) and return the tiles that became full, in order."""
        joined = leaf_hashes if isinstance(leaf_hashes, bytes) else b"".join(leaf_hashes)
        self._size += len(joined) // HASH_BYTES
        full: list[FullTile] = []
        self._append_at(0, joined, full)
        return full

    def _append_at(self, level: int, hashes: bytes, full: list[FullTile]) -> None:
        if level == len(self._pending):
            self._pending.append(_Row())
        row = self._pending[level]
        row.extend(hashes)
        if len(row.hashes) < _TILE_BYTES:
            return
        # The size counts leaves of the whole append already, so count back from it to the first tile closed here.
        first = (self._size >> (8 * level)) // TILE_WIDTH - len(row.hashes) // _TILE_BYTES
        done, middle = row.cut(len(row.hashes) - len(row.hashes) % _TILE_BYTES)
        full += [
            FullTile(
                level=level,
                index=first + number,
                hashes=done[number * _TILE_BYTES : (number + 1) * _TILE_BYTES],
                middle=middle[number * STRIP_BYTES : (number + 1) * STRIP_BYTES],
            )
            for number in range(len(done) // _TILE_BYTES)
        ]
        # A middle row is a strip itself: its root is the tile's.
        self._append_at(level + 1, strip_roots(middle), full)

    def pending(self, level: int) -> bytes:
        """The hashes of the partial tile of `level`, as in its file."""
        return bytes(self._pending[level].hashes)

    def root(self) -> bytes:
        """Root of the tree as it stands; SHA-256 of nothing when empty (RFC 9162 §2.1.1)."""
        rest = b""
        for row in self._pending:
            # What is unfinished below stands as the last node of the row above it.
            rest = row.root(rest)
        return rest or sha256(b"").digest()
