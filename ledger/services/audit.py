"""Recomputing the tree from entries and holding it against everything that states a root: the core of fsck and monitors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ledger.domain.findings import Finding, FindingCode
from ledger.log.bundles import encode_bundle
from ledger.log.files import TileSource
from ledger.log.frontier import Frontier
from ledger.log.layout import HASH_BYTES, TILE_WIDTH, entries_path, partial_tiles, tile_path
from verifier.merkle import leaf_hash
from verifier.snapshot import Anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedRoot:
    """Somebody states that the first `size` entries have this root."""

    size: int
    root: bytes
    code: FindingCode
    place: str


def anchored_roots(anchors: Iterable[Anchor]) -> list[StatedRoot]:
    """What anchors state."""
    return [
        StatedRoot(size=anchor.size, root=anchor.root, code=FindingCode.ANCHOR_ROOT, place=f"anchor {anchor.seq}")
        for anchor in anchors
    ]


class TreeAudit:
    """Fed the entries in order; compares stated roots and the log's files on the way. Findings go to `report`.

    After a first wrong root every later one is wrong too: only the first of each kind is reported, with the range in which
    the alteration lies.
    """

    def __init__(
        self, stated: Iterable[StatedRoot], files: TileSource, files_size: int, report: Callable[[Finding], None]
    ) -> None:
        self._stated = sorted(stated, key=lambda one: one.size)
        self._files = files
        self._files_size = files_size
        self._report = report
        self._frontier = Frontier()
        self._agreed: dict[FindingCode, int] = {}
        self._refuted: set[FindingCode] = set()
        self._bundle: list[bytes] = []
        self.files = 0

    @property
    def size(self) -> int:
        """Entries fed."""
        return self._frontier.size

    def root(self) -> bytes:
        """Root over the entries fed."""
        return self._frontier.root()

    def feed(self, entries: Sequence[bytes]) -> None:
        """Take the next entries."""
        at = 0
        while at < len(entries):
            upto = min(self._next_stop() - self.size, len(entries) - at) + at
            self._append(entries[at:upto])
            at = upto
            self._compare_roots()

    def finish(self) -> None:
        """No more entries: judge what was stated beyond them."""
        for one in self._stated:
            beyond = FindingCode.ANCHOR_BEYOND_LOG if one.code is FindingCode.ANCHOR_ROOT else FindingCode.ENTRY_MISSING
            self._report(
                Finding(code=beyond, place=one.place, detail=f"covers {one.size} entries, there are {self.size}")
            )

    def _next_stop(self) -> int:
        """Where to pause: a stated root, the end of a bundle, or the end of what the files cover."""
        stops = [(self.size // TILE_WIDTH + 1) * TILE_WIDTH]
        if self._stated:
            stops.append(max(self._stated[0].size, self.size + 1))
        if self._files_size > self.size:
            stops.append(self._files_size)
        return min(stops)

    def _append(self, entries: Sequence[bytes]) -> None:
        full = self._frontier.append([leaf_hash(entry) for entry in entries])
        self._bundle += entries
        if self.size <= self._files_size:
            for tile in full:
                self._compare_tile(tile_path(tile.level, tile.index), tile.hashes)
        if self.size == self._files_size:
            for level, index, width in partial_tiles(self.size):
                self._compare_tile(tile_path(level, index, width), self._frontier.pending(level))
        self._compare_bundle()

    def _compare_bundle(self) -> None:
        whole = self.size % TILE_WIDTH == 0
        if (whole and self.size <= self._files_size) or self.size == self._files_size:
            index = (self.size - 1) // TILE_WIDTH
            first = index * TILE_WIDTH
            path = entries_path(index, self.size - first)
            found = self._read(path)
            if found is not None and found != encode_bundle(self._bundle, first):
                self._differs(path, "the entries are not those of the bundle")
        if whole:
            self._bundle = []

    def _compare_tile(self, path: str, expected: bytes) -> None:
        found = self._read(path)
        if found is None or found == expected:
            return
        level = path.split("/")[1]
        if level != "0" or len(found) != len(expected):
            self._differs(path, "the hashes are not those of the entries")
            return
        first = self.size - len(expected) // HASH_BYTES
        for offset in range(0, len(expected), HASH_BYTES):
            if found[offset : offset + HASH_BYTES] != expected[offset : offset + HASH_BYTES]:
                index = first + offset // HASH_BYTES
                detail = "the tile has another leaf hash than the entry gives"
                self._report(Finding(code=FindingCode.ENTRY_ALTERED, place=path, detail=detail, index=index))

    def _read(self, path: str) -> bytes | None:
        self.files += 1
        found = self._files.read(path)
        if found is None:
            self._report(Finding(code=FindingCode.FILE_MISSING, place=path, detail="not there"))
        return found

    def _differs(self, path: str, detail: str) -> None:
        self._report(Finding(code=FindingCode.FILE_DIFFERS, place=path, detail=detail))

    def _compare_roots(self) -> None:
        root: bytes | None = None
        while self._stated and self._stated[0].size <= self.size:
            one = self._stated.pop(0)
            root = root or self.root()
            if one.root == root:
                self._agreed[one.code] = one.size
            elif one.code not in self._refuted:
                self._refuted.add(one.code)
                detail = f"states another root than entries 0..{one.size - 1} give; {self._agreed.get(one.code, 0)} entries agreed"
                self._report(Finding(code=one.code, place=one.place, detail=detail))
