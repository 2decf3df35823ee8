"""A batch on disk. It can be cut off at any byte and goes on where the last whole chunk ended (docs/design/labels.md).

```
<root>/<certificate, 16 hex>-<first, 10 digits>-<count>/
  plan.json         what the batch is; its being there reserves the indexes
  certificate.json  the certificate's statement, for the printer
  labels.csv        gtin,serial,pinHash,url
  leaves.bin        see leaves.py
  pins.bin          see pins.py: encrypted
  chunks            one record a chunk, appended after the three files are durable
  statement.json    the signed labels statement: from here on the batch is final
```
record    rows end (8) || leaves end (8) || pins end (8) || root of the chunk's leaves (32) || check (8)        64 bytes
check     first 8 bytes of SHA-256( record's number (8) || the 56 bytes )

A torn record fails its check and is cut away, with every byte of the files beyond the last good one. Labels cut away were never shown to anybody,
so drawing their randomness again issues nothing twice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

from ledger.labels.errors import BatchDamagedError, BatchStateError
from ledger.labels.leaves import leaves_header
from ledger.labels.making import HEADER, Chunk, chunk_count
from ledger.labels.pins import PinSealer, read_header
from ledger.labels.plan import BatchPlan, IndexRange, parse_plan, plan_document
from ledger.labels.tree import subtree_root
from ledger.ports.crash import NO_CRASH, CrashPoints
from verifier.canonical import canonicalize, parse
from verifier.errors import MalformedError
from verifier.types import NodeHash, StatementId

PLAN, CERTIFICATE, ROWS, LEAVES, PINS, CHUNKS, STATEMENT = (
    "plan.json", "certificate.json", "labels.csv", "leaves.bin", "pins.bin", "chunks", "statement.json",
)  # fmt: skip
_RECORD: Final = 64
_NAME: Final = re.compile(r"[0-9a-f]{16}-[0-9]{10}-[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How far a batch has come: whole chunks, ends of the three files in bytes, and the chunks' roots."""

    chunks: int
    rows: int
    leaves: int
    pins: int
    roots: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch's folder and its plan."""

    folder: Path
    plan: BatchPlan

    @property
    def rows(self) -> Path:
        """The CSV file of labels."""
        return self.folder / ROWS

    @property
    def leaves(self) -> Path:
        """The file of leaves."""
        return self.folder / LEAVES

    @property
    def pins(self) -> Path:
        """The encrypted PIN file."""
        return self.folder / PINS

    @property
    def certificate(self) -> Path:
        """The certificate's statement."""
        return self.folder / CERTIFICATE

    @property
    def statement(self) -> Path:
        """The signed labels statement."""
        return self.folder / STATEMENT

    def kept(self) -> Kept:
        """What is durable. Reads; changes nothing."""
        return _kept(self.folder / CHUNKS)

    def is_made(self) -> bool:
        """Whether every label exists."""
        return self.kept().chunks == chunk_count(self.plan)

    def root(self) -> NodeHash:
        """Root over all leaves. Raises BatchStateError while labels are missing."""
        kept = self.kept()
        if kept.chunks != chunk_count(self.plan):
            raise BatchStateError(
                str(self.folder), f"{kept.chunks} of {chunk_count(self.plan)} chunks are made: resume it first"
            )
        return NodeHash(subtree_root(kept.roots))

    def finish(self, statement: bytes) -> None:
        """Keep the signed statement: the batch is final. Raises BatchStateError when another one is kept."""
        if self.statement.exists() and self.statement.read_bytes() != statement:
            raise BatchStateError(str(self.folder), "a statement was signed for this batch already")
        write_durably(self.statement, statement)


def reserve(root: Path, plan: BatchPlan, certificate: bytes) -> Batch:
    """Make a batch's folder: from here on its indexes are taken. Call under `reserving`.

    Raises BatchStateError: the folder exists.
    """
    folder = root / f"{plan.certificate[:8].hex()}-{plan.first:010d}-{plan.count}"
    try:
        folder.mkdir(parents=True, mode=0o700)
    except FileExistsError as error:
        raise BatchStateError(str(folder), "exists") from error
    write_durably(folder / CERTIFICATE, certificate)
    write_durably(folder / PLAN, canonicalize(plan_document(plan)) + b"\n")
    sync_folder(root)
    return Batch(folder=folder, plan=plan)


def open_batch(folder: Path) -> Batch:
    """An existing batch. Raises BatchDamagedError."""
    try:
        return Batch(folder=folder, plan=parse_plan(parse((folder / PLAN).read_bytes().removesuffix(b"\n")), ""))
    except OSError as error:
        raise BatchDamagedError(str(folder), "not a batch of labels (no readable plan.json)") from error
    except MalformedError as error:
        raise BatchDamagedError(str(folder / PLAN), str(error)) from error


def batches(root: Path) -> list[Batch]:
    """All batches under a folder. One that was cut off before its plan was written has no label and is passed over."""
    if not root.is_dir():
        return []
    folders = sorted(path for path in root.iterdir() if _NAME.fullmatch(path.name))
    return [open_batch(folder) for folder in folders if (folder / PLAN).exists()]


def taken_locally(root: Path, certificate: StatementId) -> list[IndexRange]:
    """The indexes of a certificate that batches under `root` have reserved, by their folders' names.

    A folder without a plan counts too: its number was given out, whatever became of it.
    """
    prefix = certificate[:8].hex() + "-"
    names = [path.name for path in root.iterdir()] if root.is_dir() else []
    parts = [name.split("-") for name in names if name.startswith(prefix) and _NAME.fullmatch(name)]
    return [IndexRange(first=int(first), count=int(count)) for _, first, count in parts]


@contextmanager
def reserving(root: Path) -> Iterator[None]:
    """Between reading what is taken and `reserve`, one process at a time."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (root / ".lock").open("ab") as file:
        _lock(file, str(root))
        yield


class BatchWriter:
    """Appends chunks. Holds the batch's lock, so that two processes never make the same chunk."""

    def __init__(
        self, batch: Batch, passphrase: bytes, *, scrypt_n: int | None = None, crash: CrashPoints = NO_CRASH
    ) -> None:
        self._batch = batch
        self._crash = crash
        if batch.statement.exists():
            raise BatchStateError(str(batch.folder), "its statement is signed: it is final")
        self._journal = (batch.folder / CHUNKS).open("ab")
        _lock(self._journal, str(batch.folder))
        self._files: list[IO[bytes]] = []
        try:
            self._prepare(passphrase, scrypt_n)
        except BaseException:
            self.close()
            raise

    @property
    def next_chunk(self) -> int:
        """The first chunk that is not kept."""
        return self._chunks

    def _prepare(self, passphrase: bytes, scrypt_n: int | None) -> None:
        folder = self._batch.folder
        kept = self._batch.kept()
        self._chunks = kept.chunks
        self._journal.truncate(kept.chunks * _RECORD)
        if kept.chunks:
            with self._batch.pins.open("rb") as pins:
                self._sealer = PinSealer.open(read_header(pins), passphrase, place=str(self._batch.pins))
            ends = (kept.rows, kept.leaves, kept.pins)
        else:
            self._sealer = (
                PinSealer.create(passphrase) if scrypt_n is None else PinSealer.create(passphrase, n=scrypt_n)
            )
            ends = (0, 0, 0)
        headers = (HEADER, leaves_header(self._batch.plan), self._sealer.header)
        for name, end, header in zip((ROWS, LEAVES, PINS), ends, headers, strict=True):
            file = (folder / name).open("ab")
            self._files.append(file)
            if file.seek(0, os.SEEK_END) < end:
                raise BatchDamagedError(str(folder / name), f"shorter than what was committed ({end} bytes)")
            file.truncate(end)
            file.seek(end)
            if not end:
                file.write(header)
        sync_folder(folder)

    def append(self, chunk: Chunk) -> None:
        """Keep the next chunk durably. Raises BatchStateError for a chunk out of order, OSError."""
        if chunk.number != self._chunks:
            raise BatchStateError(str(self._batch.folder), f"chunk {chunk.number} came where {self._chunks} is due")
        ends = []
        parts = (chunk.rows, chunk.leaves, self._sealer.seal(chunk.number, chunk.pins))
        for name, file, data in zip((ROWS, LEAVES, PINS), self._files, parts, strict=True):
            file.write(data)
            self._crash.reach(f"labels.{name}")
            file.flush()
            os.fdatasync(file.fileno())
            ends.append(file.tell())
        self._crash.reach("labels.files")
        self._journal.write(_record(chunk.number, ends, chunk.root))
        self._journal.flush()
        self._crash.reach("labels.journal")
        os.fdatasync(self._journal.fileno())
        self._chunks += 1

    def close(self) -> None:
        """Close the files and give the lock up."""
        for file in (*self._files, self._journal):
            file.close()


def write_durably(path: Path, data: bytes) -> None:
    """A file that appears whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _record(number: int, ends: list[int], root: bytes) -> bytes:
    fields = b"".join(end.to_bytes(8, "big") for end in ends) + root
    return fields + sha256(number.to_bytes(8, "big") + fields).digest()[:8]


def _kept(journal: Path) -> Kept:
    data = journal.read_bytes() if journal.exists() else b""
    roots: list[bytes] = []
    ends = [0, 0, 0]
    for number in range(len(data) // _RECORD):
        record = data[number * _RECORD : (number + 1) * _RECORD]
        found = [int.from_bytes(record[at : at + 8], "big") for at in (0, 8, 16)]
        if _record(number, found, record[24:56]) != record:
            break  # torn: everything from here on was not committed
        ends = found
        roots.append(record[24:56])
    return Kept(chunks=len(roots), rows=ends[0], leaves=ends[1], pins=ends[2], roots=tuple(roots))


def _lock(file: IO[bytes], place: str) -> None:
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise BatchStateError(place, "another process is at work here") from error
