"""Opens a pack: structure checked, contents read when asked for (docs/spec/10). It vouches for nothing it holds."""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from verifier.bodies.fields import read_array, read_integer, read_line, read_object
from verifier.canonical import parse
from verifier.documents import read_size, read_version
from verifier.encoding import parse_hex
from verifier.errors import MalformedError
from verifier.evidence import Item
from verifier.pack.content import PackContent, ordered
from verifier.pack.errors import NotTheOneNamedError, PackFileError
from verifier.pack.paths import PathTable
from verifier.pack.records import KINDS, NO_GTIN, PREFIX, Record, describe, describe_labels
from verifier.pack.wire import check_rising, check_sizes, read_frames, read_rows, unpack_stream
from verifier.pack.writer import MAGIC
from verifier.snapshot import Anchor, Profile, Snapshot, parse_profile
from verifier.types import JsonValue, NodeHash, StatementId

MAX_FILE: Final = 1 << 32
MAX_HEADER: Final = 1 << 16
MAX_COUNT: Final = 1 << 22
MAX_BLOCK: Final = 1 << 22
_MEBI: Final = 1 << 20
SECTION_CAPS: Final = (64 * _MEBI, 64 * _MEBI, 64 * _MEBI, 256 * _MEBI, 256 * _MEBI)
_MEMBERS: Final = frozenset(("v", "origin", "chainId", "block", "name", "sections", "blocks", "records", "batches"))
_BLOCK_ROW, _RECORD_ROW, _BATCH_ROW = 8, 23, 46
_KEPT_BLOCKS: Final = 8
_MAX_NODE: Final = 4096


class BatchRow(NamedTuple):
    """What the index says of a labels statement; believed only once the statement says the same. gtin: None for a GMN's."""

    certificate: bytes
    gtin: str | None
    first: int
    end: int
    statement: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PackHead:
    """A pack's header. name: 32 bytes; block: RLP of the block header."""

    origin: str
    chain_id: int
    block: bytes
    name: bytes
    sections: tuple[tuple[int, int], ...]
    blocks: int
    records: int
    batches: int


class Pack:
    """An open pack. Use `open_pack`. Memory: its snapshot, its proofs and its index, whatever is asked of it."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self._data = data
        document, at = read_head(data, MAGIC)
        self.head = _pack_head(document)
        raws: list[bytes] = []
        for number, (packed, raw) in enumerate(self.head.sections):
            place = f"pack/section {number + 1}"
            check_sizes(packed, raw, SECTION_CAPS[number], place)
            raws.append(unpack_stream(data[at : at + packed], raw, place))
            at += packed
        self._anchors, self._profiles, self._nodes, paths, index = raws
        self._paths = PathTable(paths)
        self._path_bytes = paths
        self._read_index(index, at)
        self._opened: OrderedDict[int, list[bytes]] = OrderedDict()

    def _read_index(self, index: bytes, at: int) -> None:
        head = self.head
        table_end = head.blocks * _BLOCK_ROW
        rows_end = table_end + head.records * _RECORD_ROW
        if len(index) != rows_end + head.batches * _BATCH_ROW:
            raise MalformedError("index", "pack/section 5", "is not as long as the header says")
        self._blocks: list[tuple[int, int, int]] = []
        for row in read_rows(index[:table_end], _BLOCK_ROW, "pack/section 5"):
            packed, raw = int.from_bytes(row[:4], "big"), int.from_bytes(row[4:], "big")
            check_sizes(packed, raw, MAX_BLOCK, "pack/section 5")
            self._blocks.append((at, packed, raw))
            at += packed
        if at != len(self._data):
            raise MalformedError("length", "pack", f"{len(self._data)} bytes where {at} are due")
        self._rows = read_rows(index[table_end:rows_end], _RECORD_ROW, "pack/section 5")
        self._batch_rows = read_rows(index[rows_end:], _BATCH_ROW, "pack/section 5")
        check_rising(self._rows, "pack/section 5/records")
        check_rising(self._batch_rows, "pack/section 5/batches")

    # ------------------------------------------------------------ what it holds

    def snapshot(self) -> Snapshot:
        """The snapshot; nothing in it is trusted. Raises MalformedError."""
        nodes = read_frames(self._nodes, "pack/nodes")
        check_rising(nodes, "pack/nodes")
        if any(len(node) > _MAX_NODE for node in nodes):
            raise MalformedError("size", "pack/nodes", "a node of more than 4096 bytes")
        return Snapshot(
            chain_id=self.head.chain_id,
            header=self.head.block,
            nodes=tuple(nodes),
            anchors=read_anchors(self._anchors),
            profiles=read_profiles(self._profiles),
        )

    def certificates(self) -> Iterator[bytes]:
        """The first 16 bytes of every certificate's id."""
        return (row[:PREFIX] for row in self._rows if row[PREFIX] == KINDS["certificate"])

    def certificates_with(self, prefix: bytes) -> tuple[StatementId, ...]:
        """Ids of the certificates that begin with these 16 bytes: one, as a rule. Raises MalformedError."""
        return tuple(record.id for record in self._find(prefix, KINDS["certificate"]))

    def batches_of(self, prefix: bytes) -> tuple[BatchRow, ...]:
        """Labels statements for a certificate, by GTIN and first index."""
        at = bisect_left(self._batch_rows, prefix)
        found: list[BatchRow] = []
        while at < len(self._batch_rows) and self._batch_rows[at][:PREFIX] == prefix:
            found.append(_batch(self._batch_rows[at]))
            at += 1
        return tuple(found)

    def item(self, statement: bytes, kind: str) -> Item | None:
        """A statement with its proof, by its id or the first 16 bytes of it; None where it is not in the pack. Raises MalformedError."""
        for row in self._find_rows(statement[:PREFIX], KINDS[kind]):
            record, item = self._load(row)
            if not record.id.startswith(statement):
                continue
            proof = self._paths.proof(item.index, item.size) if item.index < item.size else None
            return None if proof is None else replace(item, proof=proof)
        return None

    def batch(self, row: BatchRow) -> Item | None:
        """The labels statement of a row. Raises MalformedError, also where it says something else than the row."""
        item = self.item(row.statement, "labels")
        labels = None if item is None else describe_labels(item.statement.body)
        if labels is not None and (
            labels.certificate[:PREFIX] != row.certificate
            or (labels.gtin, labels.first, labels.first + labels.count) != (row.gtin, row.first, row.end)
        ):
            raise MalformedError("index", "pack/section 5", "a labels statement that is not what its row says")
        return item

    def content(self) -> PackContent:
        """Everything, unpacked and checked against the pack's name. Raises MalformedError, NotTheOneNamedError."""
        records: dict[StatementId, Record] = {}
        for number in range(len(self._blocks)):
            for data in self._block(number):
                record = describe(data, "pack/records")[0]
                records[record.id] = record
        content = PackContent(
            origin=self.head.origin,
            chain_id=self.head.chain_id,
            block=self.head.block,
            anchors=tuple(read_rows(self._anchors, 56, "pack/anchors")),
            profiles=tuple(read_frames(self._profiles, "pack/profiles")),
            nodes=tuple(read_frames(self._nodes, "pack/nodes")),
            paths=tuple(read_rows(self._path_bytes, 45, "pack/paths")),
            records=ordered(records),
        )
        if content.name() != self.head.name:
            raise NotTheOneNamedError(self.head.name, content.name())
        return content

    # ------------------------------------------------------------ records

    def _find(self, prefix: bytes, kind: int) -> Iterator[Record]:
        for row in self._find_rows(prefix, kind):
            yield self._load(row)[0]

    def _find_rows(self, prefix: bytes, kind: int) -> Iterator[bytes]:
        key = prefix + bytes([kind])
        at = bisect_left(self._rows, key)
        while at < len(self._rows) and self._rows[at].startswith(key):
            yield self._rows[at]
            at += 1

    def _load(self, row: bytes) -> tuple[Record, Item]:
        block, place = int.from_bytes(row[17:21], "big"), int.from_bytes(row[21:23], "big")
        frames = self._block(block) if block < len(self._blocks) else []
        if place >= len(frames):
            raise MalformedError("index", "pack/section 5", "a row that leads nowhere")
        record, item = describe(frames[place], "pack/records")
        if record.id[:PREFIX] != row[:PREFIX] or record.kind != row[PREFIX]:
            raise MalformedError("index", "pack/section 5", "a record that is not what its row says")
        return record, item

    def _block(self, number: int) -> list[bytes]:
        frames = self._opened.get(number)
        if frames is None:
            at, packed, raw = self._blocks[number]
            place = f"pack/block {number}"
            frames = read_frames(unpack_stream(self._data[at : at + packed], raw, place), place)
            self._opened[number] = frames
            if len(self._opened) > _KEPT_BLOCKS:
                self._opened.popitem(last=False)
        return frames


def open_pack(path: Path) -> Pack:
    """Open a pack file. Raises PackFileError, MalformedError."""
    return Pack(map_file(path))


def read_pack_head(path: Path) -> PackHead:
    """What a pack says of itself, nothing of it unpacked. Raises PackFileError, MalformedError."""
    return _pack_head(read_head(map_file(path), MAGIC)[0])


def map_file(path: Path) -> mmap.mmap:
    """The file's bytes, read when they are asked for. Raises PackFileError."""
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise PackFileError(str(path), getattr(error, "strerror", None) or str(error)) from error
    if len(data) > MAX_FILE:
        raise PackFileError(str(path), f"{len(data)} bytes, at most {MAX_FILE}")
    return data


def read_head(data: bytes | mmap.mmap, magic: bytes) -> tuple[JsonValue, int]:
    """The header's JSON and where the sections begin. Raises MalformedError."""
    if data[: len(magic)] != magic:
        raise MalformedError("magic", "pack", f"does not begin with {magic.decode()}")
    start = len(magic) + 4
    length = int.from_bytes(data[len(magic) : start], "big")
    if length > MAX_HEADER or start + length > len(data):
        raise MalformedError("size", "pack/header", f"{length} bytes")
    return parse(data[start : start + length], MAX_HEADER), start + length


def read_sections(value: JsonValue) -> tuple[tuple[int, int], ...]:
    """The packed and raw lengths of the five sections. Raises MalformedError."""
    sections = []
    for number, pair in enumerate(read_array(value, "pack/sections", least=5, most=5)):
        place = f"pack/sections/{number}"
        packed, raw = read_array(pair, place, least=2, most=2)
        sections.append(
            (
                read_integer(packed, place, least=0, most=MAX_FILE),
                read_integer(raw, place, least=0, most=MAX_FILE),
            )
        )
    return tuple(sections)


def _pack_head(document: JsonValue) -> PackHead:
    top = read_object(document, "pack", _MEMBERS)
    read_version(top["v"], "pack/v")
    return PackHead(
        origin=read_line(top["origin"], "pack/origin"),
        chain_id=read_size(top["chainId"], "pack/chainId", 1),
        block=read_block_header(top["block"]),
        name=parse_hex(top["name"], "pack/name", 32),
        sections=read_sections(top["sections"]),
        blocks=read_integer(top["blocks"], "pack/blocks", least=0, most=MAX_COUNT),
        records=read_integer(top["records"], "pack/records", least=0, most=MAX_COUNT),
        batches=read_integer(top["batches"], "pack/batches", least=0, most=MAX_COUNT),
    )


def read_block_header(value: JsonValue) -> bytes:
    """The RLP of the block header, unread. Raises MalformedError."""
    block = parse_hex(value, "pack/block")
    if len(block) > _MAX_NODE:
        raise MalformedError("size", "pack/block", f"{len(block)} bytes")
    return block


def _batch(row: bytes) -> BatchRow:
    first, count = int.from_bytes(row[22:26], "big"), int.from_bytes(row[26:30], "big")
    number = int.from_bytes(row[16:22], "big")
    gtin = None if number == NO_GTIN else str(number).zfill(14)
    return BatchRow(certificate=row[:16], gtin=gtin, first=first, end=first + count, statement=row[30:])


def read_anchors(data: bytes) -> tuple[Anchor, ...]:
    """The anchors, rising in number and size. Raises MalformedError."""
    anchors = tuple(
        Anchor(
            seq=int.from_bytes(row[:8], "big"),
            size=int.from_bytes(row[8:16], "big"),
            root=NodeHash(row[16:48]),
            time=int.from_bytes(row[48:], "big"),
        )
        for row in read_rows(data, 56, "pack/anchors")
    )
    for before, after in pairwise(anchors):
        if after.seq <= before.seq or after.size <= before.size:
            raise MalformedError("not-rising", "pack/anchors")
    if any(
        not (1 <= anchor.seq < 1 << 53 and 1 <= anchor.size < 1 << 53 and anchor.time < 1 << 40) for anchor in anchors
    ):
        raise MalformedError("range", "pack/anchors")
    return anchors


def read_profiles(data: bytes) -> tuple[Profile, ...]:
    """The profiles, at most one a party. Raises MalformedError."""
    frames = read_frames(data, "pack/profiles")
    check_rising(frames, "pack/profiles")
    profiles = tuple(parse_profile(parse(frame), "pack/profiles") for frame in frames)
    if len({profile.party for profile in profiles}) != len(profiles):
        raise MalformedError("not-distinct", "pack/profiles")
    return profiles
