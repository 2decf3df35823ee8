"""What only shows when all lines are in: labels seen twice, and two signed serials with one index (F13). Order plays no part.

Marks are dealt into buckets on disk so that one bucket at a time fits in memory. Signed labels go by certificate and index; the
others, which accuse nobody, by their whole serial: a forger who prints a genuine label's index must not get it rejected.
"""

from __future__ import annotations

import heapq
from binascii import crc32
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import BinaryIO, Final

from api.bulk.cells import BOM, record
from api.bulk.judging import MARK_BYTES
from verifier.crockford import serial_index

_BUCKET_BYTES: Final = 4 << 20
_MOST_BUCKETS: Final = 256
_SHOWN: Final = 100
_SERIALS_SHOWN: Final = 8
# chunk, row, how often the label was seen, serials of its index (0: all in order)
_FLAG: Final = Struct(">IIII")


@dataclass(frozen=True, slots=True, kw_only=True)
class OverIssue:
    """Several signed serials with one index of a certificate. certificate: first 16 bytes of its id, 0x hex."""

    certificate: str
    index: int
    serials: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """A label seen more than once."""

    certificate: str
    gtin: str
    serial: str
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Totals over all lines, and the foremost cases. labels: distinct ones repeated; lines: those beyond the first of each."""

    over_issues: int
    over_issued_lines: int
    first_over_issues: tuple[OverIssue, ...]
    repeated: int
    repeated_lines: int
    first_repeated: tuple[Repeated, ...]


class CrossCheck:
    """One pass over the marks of a finished run, working in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._flags: list[Path] = []

    def run(self, report: Path) -> Crossing:
        """Write over-issue.csv and duplicates.csv into `report`; flags are then to be had from `flags`."""
        marks = self._folder / "marks"
        count = max(1, min(_MOST_BUCKETS, -(-marks.stat().st_size // _BUCKET_BYTES)))
        buckets = [self._folder / f"bucket-{number}" for number in range(count)]
        _deal(marks, buckets)
        totals: Counter[str] = Counter()
        first_over: list[OverIssue] = []
        first_repeated: list[Repeated] = []
        with (
            _table(report / "over-issue.csv", ("certificate", "index", "serials")) as over,
            _table(report / "duplicates.csv", ("certificate", "gtin", "serial", "seen")) as twice,
        ):
            for number, bucket in enumerate(buckets):
                found = _Bucket(bucket)
                for clash in found.clashes:
                    over.write(record((clash.certificate, str(clash.index), " ".join(clash.serials))).encode())
                for one in found.repeated:
                    twice.write(record((one.certificate, one.gtin, one.serial, str(one.seen))).encode())
                flags = self._folder / f"flags-{number}"
                self._flags.append(flags)
                totals.update(found.flag(flags))
                totals["over"] += len(found.clashes)
                totals["repeated"] += len(found.repeated)
                first_over = sorted([*first_over, *found.clashes], key=_over_key)[:_SHOWN]
                first_repeated = sorted([*first_repeated, *found.repeated], key=_repeated_key)[:_SHOWN]
                bucket.unlink()
        return Crossing(
            over_issues=totals["over"],
            over_issued_lines=totals["over lines"],
            first_over_issues=tuple(first_over),
            repeated=totals["repeated"],
            repeated_lines=totals["repeated lines"],
            first_repeated=tuple(first_repeated),
        )

    def flags(self) -> Iterator[tuple[int, int, int, int]]:
        """(chunk, row, seen, serials of its index) of the rows that have something to say, in the order of the rows."""
        with ExitStack() as stack:
            files = [stack.enter_context(path.open("rb")) for path in self._flags if path.stat().st_size]
            yield from heapq.merge(*(_read_flags(file) for file in files))


def _deal(marks: Path, buckets: Sequence[Path]) -> None:
    count = len(buckets)
    with marks.open("rb") as source, ExitStack() as stack:
        files = [stack.enter_context(path.open("wb", buffering=1 << 14)) for path in buckets]
        while block := source.read(MARK_BYTES * 4096):
            for at in range(0, len(block), MARK_BYTES):
                mark = block[at : at + MARK_BYTES]
                # signed: certificate and index (6 characters of the serial); else the whole serial
                key = mark[9:31] if mark[8] else mark[9:57]
                files[crc32(key) % count].write(mark)


class _Bucket:
    """The marks of one bucket: which labels come again, and which indexes have more than one signed serial."""

    def __init__(self, path: Path) -> None:
        self._path = path
        seen: Counter[bytes] = Counter()
        for mark in _marks(path):
            seen[mark[8:57]] += 1
        serials: dict[bytes, list[bytes]] = {}
        for label in seen:
            if label[0]:
                serials.setdefault(label[1:23], []).append(label)
        self._seen = {label: count for label, count in seen.items() if count > 1}
        self._serials = {key: len(labels) for key, labels in serials.items() if len(labels) > 1}
        self.clashes = [_clash(key, labels) for key, labels in sorted(serials.items()) if len(labels) > 1]
        self.repeated = [_repeated(label, count) for label, count in sorted(self._seen.items())]

    def flag(self, path: Path) -> Counter[str]:
        """Write the flags of this bucket's rows, in order; totals of the lines concerned."""
        totals: Counter[str] = Counter({"repeated lines": sum(self._seen.values()) - len(self._seen)})
        with path.open("wb") as out:
            if not self._seen and not self._serials:
                return totals
            for mark in _marks(self._path):
                label = mark[8:57]
                seen, serials = self._seen.get(label, 1), self._serials.get(label[1:23], 0) if label[0] else 0
                if seen > 1 or serials:
                    totals["over lines"] += serials > 0
                    out.write(mark[:8] + _FLAG.pack(0, 0, seen, serials)[8:])
        return totals


def _marks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(MARK_BYTES * 4096):
            for at in range(0, len(block), MARK_BYTES):
                yield block[at : at + MARK_BYTES]


def _read_flags(file: BinaryIO) -> Iterator[tuple[int, int, int, int]]:
    while block := file.read(_FLAG.size * 1024):
        yield from _FLAG.iter_unpack(block)


def _clash(key: bytes, labels: Sequence[bytes]) -> OverIssue:
    serials = sorted(label[17:35].decode("ascii") for label in labels)
    return OverIssue(
        certificate="0x" + key[:16].hex(), index=serial_index(serials[0]), serials=tuple(serials[:_SERIALS_SHOWN])
    )


def _repeated(label: bytes, seen: int) -> Repeated:
    return Repeated(
        certificate="0x" + label[1:17].hex(),
        serial=label[17:35].decode("ascii"),
        gtin=label[35:].decode("ascii").strip(),
        seen=seen,
    )


def _over_key(one: OverIssue) -> tuple[str, int]:
    return one.certificate, one.index


def _repeated_key(one: Repeated) -> tuple[int, str, str]:
    return -one.seen, one.certificate, one.serial


@contextmanager
def _table(path: Path, columns: Sequence[str]) -> Iterator[BinaryIO]:
    """A CSV file with its head, which appears whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(BOM + record(columns).encode())
        yield file
    part.replace(path)
