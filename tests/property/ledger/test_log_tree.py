"""The log's tiles, roots and proofs equal RFC 6962 as written, whatever the steps in which it grew."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.store_errors import RangeError, TileDiffersError
from ledger.log import hashes, tree
from ledger.log.files import MemoryFiles
from ledger.log.frontier import Frontier
from ledger.log.layout import partial_tiles
from ledger.log.tree import TreeReader
from ledger.log.writer import grow, resume_paths
from tests.support.tlog_tiles import mth, path, proof

ENTRIES = [b"entry %d" % i for i in range(1200)]
LEAVES = [hashlib.sha256(b"\x00" + entry).digest() for entry in ENTRIES]


def build(steps: list[int], keep: bool = True) -> tuple[MemoryFiles, int]:
    files, frontier, size = MemoryFiles(), Frontier(), 0
    for step in steps:
        upto = min(len(ENTRIES), size + step)
        growth = grow(frontier, LEAVES[size:upto], ENTRIES[size // 256 * 256 : size], ENTRIES[size:upto])
        files.write(growth.files)
        if keep:
            files.keep_middles(growth.full)
        files.remove(growth.needless)
        # Every step goes through what a restart would do: the frontier is resumed from the files.
        pending = {level: files.files[name] for level, name in resume_paths(upto).items()}
        frontier, size = Frontier.resume(upto, pending), upto
        assert frontier.root() == growth.frontier.root() == mth(LEAVES[:upto])
    return files, size


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=8), st.booleans(), st.data())
def test_proofs_equal_the_rfc(steps: list[int], keep: bool, data: st.DataObject) -> None:
    files, total = build(steps, keep)
    reader = TreeReader(files, total, cache=2)
    for _ in range(6):
        size = data.draw(st.integers(1, total))
        index = data.draw(st.integers(0, size - 1))
        older = data.draw(st.integers(1, size))
        assert reader.root(size) == mth(LEAVES[:size])
        assert reader.leaf(index) == LEAVES[index]
        assert reader.inclusion(index, size) == path(index, LEAVES[:size])
        assert reader.consistency(older, size) == proof(older, LEAVES[:size])


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 768, 1023, 1024, 1025])
def test_every_index_near_the_tile_borders(size: int) -> None:
    files, total = build([size, 1])
    reader = TreeReader(files, total)
    for index in sorted({0, size // 2, max(0, size - 2), size - 1}):
        assert reader.inclusion(index, size) == path(index, LEAVES[:size])
    for older in sorted({1, size // 2 or 1, size}):
        assert reader.consistency(older, size) == proof(older, LEAVES[:size])


class Counting(MemoryFiles):
    """Counts what is read."""

    def __init__(self, files: MemoryFiles) -> None:
        super().__init__()
        self.files, self.middles = files.files, files.middles
        self.asked: list[str] = []

    def read(self, path: str) -> bytes | None:
        self.asked.append(path)
        return super().read(path)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("size", [256, 1024])
def test_a_middle_row_saves_hashing_and_changes_no_proof(
    size: int, keep: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, total = build([size], keep)
    reader, hashed = TreeReader(files, total), 0
    real = hashes.parents

    def counting(level: bytes) -> bytes:
        nonlocal hashed
        hashed += len(level) // 64
        return real(level)

    monkeypatch.setattr(tree, "parents", counting)
    monkeypatch.setattr(hashes, "parents", counting)
    assert reader.inclusion(70, size) == path(70, LEAVES[:size])
    assert (hashed < 70) is keep


@pytest.mark.parametrize("wrong", [bytes(512), b"\x01" * 512])
def test_a_wrong_middle_row_is_worked_out_again(wrong: bytes) -> None:
    files, total = build([700])
    assert set(files.middles) == {(0, 0), (0, 1)}
    files.middles[0, 1] = wrong
    reader = TreeReader(files, total)
    assert reader.inclusion(300, total) == path(300, LEAVES[:total])


@pytest.mark.parametrize("keep", [True, False])
def test_no_proof_out_of_an_altered_tile(keep: bool) -> None:
    files, total = build([700], keep)
    tile = bytearray(files.files["tile/0/001"])
    tile[31] ^= 1
    files.files["tile/0/001"] = bytes(tile)
    reader = TreeReader(files, total)
    with pytest.raises(TileDiffersError) as caught:
        reader.inclusion(257, total)
    assert caught.value.path == "tile/0/001"
    with pytest.raises(TileDiffersError):
        reader.leaf(256)
    assert reader.inclusion(3, total) == path(3, LEAVES[:total])  # other tiles still answer


def test_a_proof_reads_each_tile_on_its_way_once() -> None:
    counting = Counting(build([1200])[0])
    reader = TreeReader(counting, 1200)
    reader.root(1200)
    counting.asked.clear()
    reader.inclusion(300, 1200)
    assert counting.asked == ["tile/0/001"]


def test_a_million_leaves_root_by_halves() -> None:
    """Three tile levels: the frontier's root equals the root of two power-of-two halves joined."""
    leaves = b"".join(hashlib.sha256(i.to_bytes(4, "big")).digest() for i in range(1 << 17))
    left, right, both = Frontier(), Frontier(), Frontier()
    left.append(leaves[: len(leaves) // 2])
    right.append(leaves[len(leaves) // 2 :])
    both.append(leaves)
    assert both.root() == hashlib.sha256(b"\x01" + left.root() + right.root()).digest()


def test_outside_the_tree_is_a_typed_error() -> None:
    files, total = build([300])
    reader = TreeReader(files, total)
    for call in (
        lambda: reader.inclusion(300, 300),
        lambda: reader.inclusion(-1, 300),
        lambda: reader.inclusion(0, 301),
        lambda: reader.inclusion(0, 0),
        lambda: reader.consistency(301, 300),
        lambda: reader.consistency(5, 301),
        lambda: reader.root(0),
    ):
        with pytest.raises(RangeError):
            call()
    assert reader.consistency(0, 300) == []
    assert reader.consistency(300, 300) == []


def test_partial_tiles_of_the_specification_s_example() -> None:
    assert list(partial_tiles(70_000)) == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert list(partial_tiles(256)) == [(1, 0, 1)]
    assert list(partial_tiles(0)) == []
