"""What a pack holds, uncompressed: five lists of byte strings, in their one order, and the name they give (docs/spec/10)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from verifier.canonical import canonicalize
from verifier.encoding import to_hex
from verifier.evidence import Evidence, Item
from verifier.pack.errors import UnpackableError
from verifier.pack.paths import proof_keys
from verifier.pack.records import MAX_RECORD, Record, describe, record_data
from verifier.snapshot import Anchor, Snapshot
from verifier.statement import statement_id
from verifier.types import StatementId

LISTS: Final = ("anchors", "profiles", "nodes", "paths", "records")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackContent:
    """The content of a pack. Each list rises as bytes, except `records`, which stand in the order of docs/spec/10."""

    origin: str
    chain_id: int
    block: bytes
    anchors: tuple[bytes, ...]
    profiles: tuple[bytes, ...]
    nodes: tuple[bytes, ...]
    paths: tuple[bytes, ...]
    records: tuple[Record, ...]

    def lists(self) -> tuple[tuple[bytes, ...], ...]:
        """The five lists, in the order of LISTS."""
        return (
            self.anchors,
            self.profiles,
            self.nodes,
            self.paths,
            tuple(record.data for record in self.records),
        )

    def name(self) -> bytes:
        """The 32 bytes that name this content."""
        digest = hashlib.sha256(b"tanji pack v1\n")
        head = canonicalize({"block": to_hex(self.block), "chainId": self.chain_id, "origin": self.origin})
        digest.update(len(head).to_bytes(4, "big") + head)
        for items in self.lists():
            digest.update(len(items).to_bytes(4, "big"))
            for item in items:
                digest.update(len(item).to_bytes(4, "big") + item)
        return digest.digest()


class ContentBuilder:
    """Collects evidences; what several of them share is kept once."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._paths: dict[bytes, bytes] = {}
        self._records: dict[StatementId, Record] = {}

    def add(self, evidence: Evidence) -> None:
        """Take every item of an evidence. Raises UnpackableError."""
        for item in _items(evidence):
            self._take(item)

    def build(self, snapshot: Snapshot) -> PackContent:
        """The content, with the snapshot that answers what these evidences ask."""
        return PackContent(
            origin=self._origin,
            chain_id=snapshot.chain_id,
            block=snapshot.header,
            anchors=tuple(anchor_row(anchor) for anchor in snapshot.anchors),
            profiles=tuple(sorted(canonicalize(profile.document()) for profile in snapshot.profiles)),
            nodes=tuple(sorted(snapshot.nodes)),
            paths=tuple(key + self._paths[key] for key in sorted(self._paths)),
            records=ordered(self._records),
        )

    def _take(self, item: Item) -> None:
        named = statement_id(item.statement)
        if named in self._records:
            return
        keys = proof_keys(item.index, item.size) if item.index < item.size else []
        if len(keys) != len(item.proof) or item.index >= item.size:
            raise UnpackableError(named, "its inclusion proof has not the length for its place")
        for key, node in zip(keys, item.proof, strict=True):
            if self._paths.setdefault(key, node) != node:
                raise UnpackableError(named, "its inclusion proof contradicts another's")
        data = record_data(item)
        if len(data) > MAX_RECORD:
            raise UnpackableError(named, f"{len(data)} bytes")
        self._records[named] = describe(data, "record")[0]


def anchor_row(anchor: Anchor) -> bytes:
    """seq u64 ‖ size u64 ‖ root 32 ‖ time u64."""
    return anchor.seq.to_bytes(8, "big") + anchor.size.to_bytes(8, "big") + anchor.root + anchor.time.to_bytes(8, "big")


def ordered(records: Mapping[StatementId, Record]) -> tuple[Record, ...]:
    """Certificates by id, each with its footprint and labels behind it; then the rest by id."""
    labels: dict[bytes, list[Record]] = {}
    for record in records.values():
        if record.labels is not None:
            labels.setdefault(record.labels.certificate, []).append(record)
    placed: dict[StatementId, Record] = {}
    for key in sorted(records):
        record = records[key]
        if record.kind != 1:
            continue
        placed.setdefault(key, record)
        footprint = None if record.certificate is None else records.get(record.certificate.footprint)
        if footprint is not None:
            placed.setdefault(footprint.id, footprint)
        for batch in sorted(labels.get(key, ()), key=_by_first):
            placed.setdefault(batch.id, batch)
    for key in sorted(records):
        placed.setdefault(key, records[key])
    return tuple(placed.values())


def _by_first(record: Record) -> tuple[int, bytes]:
    return (0 if record.labels is None else record.labels.first, record.id)


def _items(evidence: Evidence) -> Iterator[Item]:
    own: Iterable[Item | None] = (evidence.certificate, evidence.footprint, evidence.rule, evidence.labels)
    yield from (item for item in own if item is not None)
    for supply in evidence.upstream:
        yield supply.certificate
        if supply.footprint is not None:
            yield supply.footprint
