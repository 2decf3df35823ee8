"""The directory of a log: layout, durability, and reading by an independent C2SP reader."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.domain.store_errors import EntryTooLargeError, StoreError, StoreFullError, TileMissingError
from ledger.keys.memory import MemoryLogSigner
from ledger.log.bundles import decode_bundle, encode_bundle
from ledger.log.checkpoint import sign_checkpoint
from ledger.log.files import TileDirectory, TileDirectoryWriter
from ledger.log.frontier import Frontier
from ledger.log.hashes import leaf_hash
from ledger.log.layout import CHECKPOINT_PATH, entries_path, index_path, tile_path
from ledger.log.tree import TreeReader
from ledger.log.writer import grow
from tests.support.tlog_tiles import NaiveReader, mth, path
from verifier.note import format_verifier_key, open_checkpoint, parse_verifier_key

ORIGIN = "tanji/31337/0x5FbDB2315678afecb367f032d93F642f64180aa3"


def write_log(root: Path, sizes: list[int]) -> list[bytes]:
    signer = MemoryLogSigner(Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
    entries = [b"%d" % i * (i % 50) for i in range(sizes[-1])]
    writer, frontier, at = TileDirectoryWriter(root), Frontier(), 0
    for size in sizes:
        new = entries[at:size]
        growth = grow(frontier, [leaf_hash(e) for e in new], entries[at // 256 * 256 : at], new)
        frontier, at = growth.frontier, size
        writer.write(growth.files)
        writer.keep_middles(growth.full)
        note = sign_checkpoint(ORIGIN, size, frontier.root(), signer).note
        writer.write([(CHECKPOINT_PATH, note.encode())])
        writer.remove(growth.needless)
    writer.close()
    return entries


def test_an_independent_reader_reads_the_whole_log(tmp_path: Path) -> None:
    entries = write_log(tmp_path, [1, 3, 256, 700, 701, 1500])
    reader = NaiveReader(lambda path: (tmp_path / path).read_bytes())
    assert reader.read_all() == entries
    assert reader.checkpoint()[:2] == (ORIGIN, 1500)
    public_key = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32).public_key().public_bytes_raw()
    key = parse_verifier_key(format_verifier_key(ORIGIN, public_key))
    opened = open_checkpoint((tmp_path / "checkpoint").read_text(), key)
    assert (opened.size, opened.root) == (1500, reader.checkpoint()[2])


def test_partial_files_go_once_the_tile_is_full_and_not_before(tmp_path: Path) -> None:
    write_log(tmp_path, [100, 200])
    assert (tmp_path / "tile/0/000.p/100").exists()
    write_log(tmp_path / "b", [100, 200, 300])
    left = sorted(str(p.relative_to(tmp_path / "b")) for p in (tmp_path / "b").rglob("*") if p.is_file())
    assert left == [
        "checkpoint",
        "middle/0",
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/44",
    ]


def test_middle_rows_stand_in_order_and_may_be_lost(tmp_path: Path) -> None:
    entries = write_log(tmp_path, [300, 700, 1500])
    leaves = [leaf_hash(entry) for entry in entries]
    source = TileDirectory(tmp_path)
    assert source.middle(0, 4) == b"".join(mth(leaves[at : at + 16]) for at in range(1024, 1280, 16))
    assert source.middle(0, 5) is None
    assert source.middle(1, 0) is None
    os.truncate(tmp_path / "middle/0", 512 + 100)
    assert source.middle(0, 0) is not None
    assert source.middle(0, 1) is None
    assert TreeReader(source, 1500).inclusion(300, 1500) == path(300, leaves)


def test_no_space_for_middle_rows_is_the_same_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(fd: int, data: bytes, offset: int) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    full = Frontier().append(bytes(256 * 32))
    writer = TileDirectoryWriter(tmp_path)
    monkeypatch.setattr(os, "pwrite", failing)
    with pytest.raises(StoreFullError):
        writer.keep_middles(full)
    writer.close()


def test_paths_as_the_specification_writes_them() -> None:
    assert index_path(1234067) == "x001/x234/067"
    assert index_path(0) == "000"
    assert tile_path(0, 273, 112) == "tile/0/273.p/112"
    assert entries_path(1000) == "tile/entries/x001/000"


def test_bundles_round_trip_and_know_their_limit() -> None:
    entries = [b"", b"a", b"x" * 65_535]
    assert decode_bundle(encode_bundle(entries)) == entries
    with pytest.raises(EntryTooLargeError) as caught:
        encode_bundle([b"", b"x" * 65_536], 7)
    assert (caught.value.index, caught.value.size) == (8, 65_536)
    with pytest.raises(StoreError):
        decode_bundle(b"\x00\x05abc")
    with pytest.raises(StoreError):
        decode_bundle(b"\x00")


def test_a_missing_or_short_tile_is_named(tmp_path: Path) -> None:
    write_log(tmp_path, [700])
    (tmp_path / "tile/0/001").write_bytes(b"\x00" * 64)
    (tmp_path / "tile/0/002.p/188").unlink()
    reader = TreeReader(TileDirectory(tmp_path), 700)
    for index in (300, 600):
        with pytest.raises(TileMissingError):
            reader.inclusion(index, 700)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_no_space_leaves_nothing_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    real, calls = os.write, []

    def failing(fd: int, data: bytes) -> int:
        calls.append(fd)
        if len(calls) == 3:
            raise OSError(code, os.strerror(code))
        return real(fd, data[:10])

    writer = TileDirectoryWriter(tmp_path)
    monkeypatch.setattr(os, "write", failing)
    with pytest.raises(StoreFullError):
        writer.write([("tile/0/000", b"a" * 10), ("tile/0/001", b"b" * 64), ("tile/0/002", b"c")])
    monkeypatch.undo()
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
    writer.write([("tile/0/000", b"a")])
    assert TileDirectory(tmp_path).read("tile/0/000") == b"a"
    assert TileDirectory(tmp_path).read("tile/0/001") is None
