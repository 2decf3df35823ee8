"""A pack's bytes from its content (docs/spec/10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from verifier.canonical import canonicalize
from verifier.encoding import to_hex
from verifier.pack.content import PackContent
from verifier.pack.records import NO_GTIN, PREFIX, Record
from verifier.pack.wire import frame_all, pack_stream

MAGIC: Final = b"TANJIPK1"
BLOCK_BYTES: Final = 65_536


def serialize_pack(content: PackContent) -> bytes:
    """The file."""
    groups = _blocks(content.records)
    blocks = []
    for group in groups:
        raw = frame_all(record.data for record in group)
        blocks.append((pack_stream(raw), len(raw)))
    raws = (
        b"".join(content.anchors),
        frame_all(content.profiles),
        frame_all(content.nodes),
        b"".join(content.paths),
        _index(groups, [(len(packed), raw) for packed, raw in blocks]),
    )
    sections = [(pack_stream(raw), len(raw)) for raw in raws]
    head = canonicalize(
        {
            "v": 1,
            "origin": content.origin,
            "chainId": content.chain_id,
            "block": to_hex(content.block),
            "name": to_hex(content.name()),
            "sections": [[len(packed), raw] for packed, raw in sections],
            "blocks": len(blocks),
            "records": len(content.records),
            "batches": sum(record.labels is not None for record in content.records),
        }
    )
    streams = [packed for packed, _ in (*sections, *blocks)]
    return b"".join((MAGIC, len(head).to_bytes(4, "big"), head, *streams))


def _blocks(records: Sequence[Record]) -> list[list[Record]]:
    groups: list[list[Record]] = []
    size = BLOCK_BYTES
    for record in records:
        if size >= BLOCK_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(record)
        size += 4 + len(record.data)
    return groups


def _index(groups: Sequence[Sequence[Record]], sizes: Sequence[tuple[int, int]]) -> bytes:
    table = b"".join(packed.to_bytes(4, "big") + raw.to_bytes(4, "big") for packed, raw in sizes)
    rows, batches = [], []
    for block, group in enumerate(groups):
        for place, record in enumerate(group):
            where = block.to_bytes(4, "big") + place.to_bytes(2, "big")
            rows.append(record.id[:PREFIX] + bytes([record.kind]) + where)
            if record.labels is not None:
                batches.append(_batch_row(record))
    return table + b"".join(sorted(rows)) + b"".join(sorted(batches))


def _batch_row(record: Record) -> bytes:
    labels = record.labels
    if labels is None:
        return b""
    gtin = NO_GTIN if labels.gtin is None else int(labels.gtin)
    numbers = gtin.to_bytes(6, "big") + labels.first.to_bytes(4, "big") + labels.count.to_bytes(4, "big")
    return labels.certificate[:PREFIX] + numbers + record.id[:PREFIX]
