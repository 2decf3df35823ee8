"""A day's change of a pack: what is taken out and put in, between two contents that are both named (docs/spec/10, Delta)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from verifier.bodies.fields import read_line, read_object
from verifier.canonical import canonicalize
from verifier.documents import read_size, read_version
from verifier.encoding import parse_hex, to_hex
from verifier.errors import MalformedError
from verifier.pack.content import PackContent, ordered
from verifier.pack.errors import AnotherBaseError, NotTheOneNamedError
from verifier.pack.reader import SECTION_CAPS, map_file, read_block_header, read_head, read_sections
from verifier.pack.records import describe
from verifier.pack.wire import check_sizes, frame_all, pack_stream, read_frames, unpack_stream

MAGIC: Final = b"TANJIPD1"
_MEMBERS: Final = frozenset(("v", "origin", "chainId", "block", "base", "name", "sections"))
_RECORDS_CAP: Final = 1 << 30
_CAPS: Final = (*SECTION_CAPS[:4], _RECORDS_CAP)
_RECORDS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One list's change: rising positions taken out of the base's list, and what is put in."""

    removed: tuple[int, ...]
    added: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """A delta as read. base, name: 32 bytes; one change for each list of the content."""

    origin: str
    chain_id: int
    block: bytes
    base: bytes
    name: bytes
    changes: tuple[Change, ...]


def make_delta(base: PackContent, new: PackContent) -> bytes:
    """The bytes that turn `base` into `new`."""
    sections = []
    for before, after in zip(base.lists(), new.lists(), strict=True):
        kept, had = set(after), set(before)
        removed = [place for place, item in enumerate(before) if item not in kept]
        added = sorted(item for item in after if item not in had)
        numbers = (len(removed), *removed)
        raw = b"".join(number.to_bytes(4, "big") for number in numbers) + frame_all(added)
        sections.append((pack_stream(raw), len(raw)))
    head = canonicalize(
        {
            "v": 1,
            "origin": new.origin,
            "chainId": new.chain_id,
            "block": to_hex(new.block),
            "base": to_hex(base.name()),
            "name": to_hex(new.name()),
            "sections": [[len(packed), raw] for packed, raw in sections],
        }
    )
    return b"".join((MAGIC, len(head).to_bytes(4, "big"), head, *(packed for packed, _ in sections)))


def open_delta(path: Path) -> Delta:
    """Read a delta file. Raises PackFileError, MalformedError."""
    return parse_delta(map_file(path)[:])


def parse_delta(data: bytes) -> Delta:
    """Read a delta. Raises MalformedError."""
    document, at = read_head(data, MAGIC)
    top = read_object(document, "delta", _MEMBERS)
    read_version(top["v"], "delta/v")
    changes: list[Change] = []
    for number, (packed, raw) in enumerate(read_sections(top["sections"])):
        place = f"delta/section {number + 1}"
        check_sizes(packed, raw, _CAPS[number], place)
        changes.append(_read_change(unpack_stream(data[at : at + packed], raw, place), place))
        at += packed
    if at != len(data):
        raise MalformedError("length", "delta", f"{len(data)} bytes where {at} are due")
    return Delta(
        origin=read_line(top["origin"], "delta/origin"),
        chain_id=read_size(top["chainId"], "delta/chainId", 1),
        block=read_block_header(top["block"]),
        base=parse_hex(top["base"], "delta/base", 32),
        name=parse_hex(top["name"], "delta/name", 32),
        changes=tuple(changes),
    )


def apply_delta(base: PackContent, delta: Delta) -> PackContent:
    """The content the delta makes of its base, checked against the name it gives.

    Raises:
        AnotherBaseError: `base` is not the pack it changes.
        NotTheOneNamedError: what comes out is not what it names.
        MalformedError: a position outside the base's lists, or a record that is none.
    """
    if base.name() != delta.base:
        raise AnotherBaseError(delta.base, base.name())
    lists = [_changed(items, change) for items, change in zip(base.lists(), delta.changes, strict=True)]
    anchors, profiles, nodes, paths = (tuple(sorted(items)) for items in lists[:_RECORDS])
    known = {record.data: record for record in base.records}
    records = [known.get(data) or describe(data, "delta/records")[0] for data in lists[_RECORDS]]
    content = PackContent(
        origin=delta.origin,
        chain_id=delta.chain_id,
        block=delta.block,
        anchors=anchors,
        profiles=profiles,
        nodes=nodes,
        paths=paths,
        records=ordered({record.id: record for record in records}),
    )
    if content.name() != delta.name:
        raise NotTheOneNamedError(delta.name, content.name())
    return content


def _changed(items: Sequence[bytes], change: Change) -> list[bytes]:
    if change.removed and change.removed[-1] >= len(items):
        raise MalformedError("range", "delta", f"position {change.removed[-1]} of {len(items)}")
    gone = set(change.removed)
    return [item for place, item in enumerate(items) if place not in gone] + list(change.added)


def _read_change(raw: bytes, place: str) -> Change:
    count = int.from_bytes(raw[:4], "big")
    end = 4 + 4 * count
    if end > len(raw):
        raise MalformedError("size", place, f"{count} positions in {len(raw)} bytes")
    removed = tuple(int.from_bytes(raw[at : at + 4], "big") for at in range(4, end, 4))
    if any(before >= after for before, after in pairwise(removed)):
        raise MalformedError("not-rising", place)
    return Change(removed=removed, added=tuple(read_frames(raw[end:], place)))
