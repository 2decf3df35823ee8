"""The log's files on disk. Reading and writing are different types: whoever serves the log cannot change it.

A file appears whole or not at all (temporary name, fsync, rename). Full tiles never change, so they may be cached for ever.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from shutil import rmtree
from typing import Final, Protocol

from ledger.domain.store_errors import StoreError, StoreFullError
from ledger.log.frontier import FullTile
from ledger.log.layout import STRIP_BYTES, middle_path

# EFBIG is what a file-size limit gives, EDQUOT a quota: to us they are all "no space".
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class TileSource(Protocol):
    """Where files of the log are read from."""

    def read(self, path: str) -> bytes | None:
        """The whole file, or None when there is none. Raises StoreError when it cannot be read."""
        ...


class NodeSource(TileSource, Protocol):
    """Where proofs read from: the tiles, and the middle rows beside them."""

    def middle(self, level: int, index: int) -> bytes | None:
        """The sixteen hashes kept as the middle row of a full tile; None when there are none. Unchecked: see TreeReader.

        Raises StoreError when it cannot be read.
        """
        ...


class TileSink(Protocol):
    """Where files of the log are written to."""

    def write(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write files durably; each appears whole or not at all. Raises StoreFullError or StoreError."""
        ...

    def keep_middles(self, tiles: Iterable[FullTile]) -> None:
        """Keep the middle rows of full tiles, no more durably than the system does by itself. Raises as `write`."""
        ...

    def remove(self, directories: Iterable[str]) -> None:
        """Remove directories of partial tiles that are no longer needed; missing ones are fine."""
        ...


class TileDirectory:
    """The files of a log under one directory, for reading."""

    __slots__ = ("_root",)

    def __init__(self, root: Path) -> None:
        self._root = str(root)

    def read(self, path: str) -> bytes | None:
        """The whole file, or None when there is none. Raises StoreError when it cannot be read."""
        fd = self._open(path)
        if fd is None:
            return None
        # One system call for a tile; a long bundle takes more. Plain descriptors: half the time of Path.read_bytes.
        try:
            chunks = []
            while chunk := os.read(fd, 1 << 20):
                chunks.append(chunk)
        finally:
            os.close(fd)
        return b"".join(chunks)

    def middle(self, level: int, index: int) -> bytes | None:
        """The middle row kept for a full tile; None when there is none. Raises StoreError when it cannot be read."""
        fd = self._open(middle_path(level))
        if fd is None:
            return None
        try:
            row = os.pread(fd, STRIP_BYTES, index * STRIP_BYTES)
        finally:
            os.close(fd)
        return row if len(row) == STRIP_BYTES else None

    def _open(self, path: str) -> int | None:
        try:
            return os.open(f"{self._root}/{path}", os.O_RDONLY)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}") from error


class TileDirectoryWriter:
    """The writing side of a log's directory. One process at a time: it belongs to the holder of the writer's lock."""

    __slots__ = ("_flushers", "_made", "_root")

    def __init__(self, root: Path, *, flushers: int = 8) -> None:
        self._root = root
        self._made: set[Path] = set()
        # fsync waits for the disk without the interpreter's lock: several at once share one disk flush.
        self._flushers = ThreadPoolExecutor(flushers, thread_name_prefix="tile-flush")

    def write(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write files durably; each appears whole or not at all.

        All are written and flushed under temporary names, then renamed, then their directories flushed: after a crash a
        name that exists has its content.

        Raises:
            StoreFullError: no space; those of the files that were not renamed yet do not appear.
            StoreError: any other refusal of the system.
        """
        pending: list[tuple[Future[None], Path]] = []
        try:
            # All content before any name: a disk that fills up midway leaves no tile of the batch behind.
            for path, content in files:
                target = self._root / path
                self._make(target.parent)
                pending.append((self._flushers.submit(_flush, _write_temporary(target, content)), target))
            for future, _ in pending:
                future.result()
            for _, target in pending:
                _temporary(target).rename(target)
            for directory in {target.parent for _, target in pending}:
                _sync_directory(directory)
        except OSError as error:
            for future, target in pending:
                future.exception()
                _temporary(target).unlink(missing_ok=True)
            raise self._refused(error) from error

    def keep_middles(self, tiles: Iterable[FullTile]) -> None:
        """Keep the middle rows of full tiles. Not flushed: what a crash of the machine loses is worked out when asked for.

        Raises:
            StoreFullError, StoreError: as `write`.
        """
        levels: dict[int, list[FullTile]] = {}
        for tile in tiles:
            levels.setdefault(tile.level, []).append(tile)
        try:
            for level, row in levels.items():
                target = self._root / middle_path(level)
                self._make(target.parent)
                fd = os.open(target, os.O_WRONLY | os.O_CREAT, 0o644)
                try:
                    for tile in row:
                        os.pwrite(fd, tile.middle, tile.index * STRIP_BYTES)
                finally:
                    os.close(fd)
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> StoreFullError | StoreError:
        if error.errno in _FULL:
            return StoreFullError(str(self._root))
        return StoreError(f"{self._root}: {error.strerror}")

    def _make(self, directory: Path) -> None:
        if directory not in self._made:
            directory.mkdir(parents=True, exist_ok=True)
            self._made.add(directory)

    def remove(self, directories: Iterable[str]) -> None:
        """Remove directories of partial tiles that are no longer needed; missing ones are fine."""
        for directory in directories:
            rmtree(self._root / directory, ignore_errors=True)
            self._made.discard(self._root / directory)

    def close(self) -> None:
        """Stop the flushing threads."""
        self._flushers.shutdown()


def _temporary(target: Path) -> Path:
    return target.with_name(target.name + ".tmp")


def _write_temporary(target: Path, content: bytes) -> int:
    temporary = _temporary(target)
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        written = os.write(fd, content)
        while written < len(content):
            written += os.write(fd, content[written:])
    except OSError:
        os.close(fd)
        temporary.unlink()
        raise
    return fd


def _flush(fd: int) -> None:
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _sync_directory(path: Path) -> None:
    _flush(os.open(path, os.O_RDONLY))


class MemoryFiles:
    """The files of a log in memory, both sides: for tests and for recomputing a tree without touching the disk."""

    __slots__ = ("files", "middles")

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.middles: dict[tuple[int, int], bytes] = {}

    def read(self, path: str) -> bytes | None:
        """The whole file, or None when there is none."""
        return self.files.get(path)

    def middle(self, level: int, index: int) -> bytes | None:
        """The middle row kept for a full tile, or None."""
        return self.middles.get((level, index))

    def write(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Keep the files."""
        self.files.update(files)

    def keep_middles(self, tiles: Iterable[FullTile]) -> None:
        """Keep the middle rows of full tiles."""
        self.middles.update(((tile.level, tile.index), tile.middle) for tile in tiles)

    def remove(self, directories: Iterable[str]) -> None:
        """Forget the files under the directories."""
        for directory in directories:
            for path in [path for path in self.files if path.startswith(f"{directory}/")]:
                del self.files[path]
