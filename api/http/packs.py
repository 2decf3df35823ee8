"""Inspection packs that were put here to be fetched (docs/spec/10): what each is of, without opening it. None of them is vouched for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from verifier.encoding import to_hex
from verifier.errors import VerifierError
from verifier.header import parse_header
from verifier.pack.reader import read_pack_head
from verifier.types import BlockHash, JsonValue

SUFFIX: Final = ".tanji"
_MOST: Final = 1_000  # files looked at: a folder of packs, not of anything


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPack:
    """A pack's file. name: 32 bytes; time: of its block, unix seconds; statements, labels: how many it holds."""

    path: Path
    name: bytes
    number: int
    hash: BlockHash
    time: int
    size: int
    statements: int
    labels: int

    def document(self) -> dict[str, JsonValue]:
        """As the API tells it."""
        return {
            "name": to_hex(self.name),
            "block": {"number": self.number, "hash": to_hex(self.hash), "time": self.time},
            "bytes": self.size,
            "statements": self.statements,
            "labels": self.labels,
            "href": f"/v1/packs/{to_hex(self.name)}",
        }


class PackShelf:
    """The packs of one log in a folder: files that end in `.tanji`. A file is read once for as long as it stays as it is."""

    def __init__(self, folder: Path, origin: str) -> None:
        self._folder = folder
        self._origin = origin
        self._known: dict[tuple[str, int, int], PublishedPack | None] = {}

    def all(self) -> tuple[PublishedPack, ...]:
        """The newest block first; files that are no packs of this log are passed over."""
        known: dict[tuple[str, int, int], PublishedPack | None] = {}
        for path in sorted(self._folder.glob(f"*{SUFFIX}"))[:_MOST]:
            try:
                stat = path.stat()
            except OSError:
                continue  # taken away just now
            key = (path.name, stat.st_mtime_ns, stat.st_size)
            known[key] = self._known[key] if key in self._known else self._read(path, stat.st_size)
        self._known = known
        found = {one.name: one for one in known.values() if one is not None}
        return tuple(sorted(found.values(), key=lambda one: (-one.number, one.name)))

    def latest(self) -> PublishedPack | None:
        """The one of the newest block."""
        return next(iter(self.all()), None)

    def named(self, name: bytes) -> PublishedPack | None:
        """The one of this name."""
        return next((one for one in self.all() if one.name == name), None)

    def _read(self, path: Path, size: int) -> PublishedPack | None:
        try:
            head = read_pack_head(path)
            block = parse_header(head.block)
        except VerifierError:
            return None
        if head.origin != self._origin:
            return None
        return PublishedPack(
            path=path,
            name=head.name,
            number=block.number,
            hash=block.hash,
            time=block.time,
            size=size,
            statements=head.records,
            labels=head.batches,
        )
