"""Snapshots: one block header, a set of trie nodes under it, and preimages (docs/spec/06, Snapshot).

A snapshot never vouches for itself: what it shows counts only under a block hash trusted from elsewhere.
```
{ v:1, chainId, header: 0x-hex RLP, nodes: [base64url RLP trie node, distinct],
  anchors: [{seq, size, root, time}] (rising seq and size), profiles: [{party, name, nameEn?, url?}] }
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from verifier.bodies.fields import read_array, read_line, read_object
from verifier.canonical import canonicalize, parse
from verifier.documents import SNAPSHOT_BYTES, read_size, read_time, read_version
from verifier.encoding import parse_base64url, parse_hex, to_base64url, to_hex
from verifier.errors import MalformedError
from verifier.hashing import sha256
from verifier.identifiers import parse_party
from verifier.types import JsonValue, NodeHash

_MEMBERS: Final = frozenset(("v", "chainId", "header", "nodes", "anchors", "profiles"))
_ANCHOR_MEMBERS: Final = frozenset(("seq", "size", "root", "time"))
_PROFILE_REQUIRED: Final = frozenset(("party", "name"))
_PROFILE_OPTIONAL: Final = frozenset(("nameEn", "url"))
_MAX_NODES: Final = 1_000_000
_MAX_NODE_BYTES: Final = 4096
_MAX_HEADER_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Preimage of one anchor: number, tree size, RFC 9162 root (32 bytes), block time in unix seconds."""

    seq: int
    size: int
    root: NodeHash
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The public profile of a party, hashed in TrustRegistry.parties. Pages show this name and no other."""

    party: str
    name: str
    name_en: str | None = None
    url: str | None = None

    def document(self) -> dict[str, JsonValue]:
        """The members as the profile's JSON has them."""
        document: dict[str, JsonValue] = {"party": self.party, "name": self.name}
        if self.name_en is not None:
            document["nameEn"] = self.name_en
        if self.url is not None:
            document["url"] = self.url
        return document

    def digest(self) -> bytes:
        """SHA-256(canonical(profile)): the word at TrustRegistry.parties[partyId]."""
        return sha256(canonicalize(self.document()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Bytes that can be checked, nothing trusted: header RLP, trie nodes (RLP), preimages."""

    chain_id: int
    header: bytes
    nodes: tuple[bytes, ...]
    anchors: tuple[Anchor, ...] = ()
    profiles: tuple[Profile, ...] = ()


def parse_snapshot(data: bytes) -> Snapshot:
    """Read a snapshot document, at most 64 MiB. Raises MalformedError."""
    document = read_object(parse(data, SNAPSHOT_BYTES), "snapshot", _MEMBERS)
    read_version(document["v"], "snapshot/v")
    header = parse_hex(document["header"], "snapshot/header")
    if len(header) > _MAX_HEADER_BYTES:
        raise MalformedError("header-too-long", "snapshot/header", str(len(header)))
    return Snapshot(
        chain_id=read_size(document["chainId"], "snapshot/chainId", 1),
        header=header,
        nodes=_nodes(document["nodes"]),
        anchors=_anchors(document["anchors"]),
        profiles=_profiles(document["profiles"]),
    )


def _nodes(value: JsonValue) -> tuple[bytes, ...]:
    nodes = tuple(
        parse_base64url(text, "snapshot/nodes", _MAX_NODE_BYTES)
        for text in read_array(value, "snapshot/nodes", least=0, most=_MAX_NODES)
    )
    if len(set(nodes)) != len(nodes):
        raise MalformedError("not-distinct", "snapshot/nodes")
    return nodes


def _anchors(value: JsonValue) -> tuple[Anchor, ...]:
    anchors: list[Anchor] = []
    for number, item in enumerate(read_array(value, "snapshot/anchors", least=0, most=_MAX_NODES)):
        place = f"snapshot/anchors/{number}"
        members = read_object(item, place, _ANCHOR_MEMBERS)
        anchor = Anchor(
            seq=read_size(members["seq"], f"{place}/seq", 1),
            size=read_size(members["size"], f"{place}/size", 1),
            root=NodeHash(parse_hex(members["root"], f"{place}/root", 32)),
            time=read_time(members["time"], f"{place}/time"),
        )
        # AnchorLog gives every anchor a larger tree than the one before (docs/spec/05)
        if anchors and (anchor.seq <= anchors[-1].seq or anchor.size <= anchors[-1].size):
            raise MalformedError("not-rising", place)
        anchors.append(anchor)
    return tuple(anchors)


def _profiles(value: JsonValue) -> tuple[Profile, ...]:
    profiles = tuple(
        parse_profile(item, f"snapshot/profiles/{number}")
        for number, item in enumerate(read_array(value, "snapshot/profiles", least=0, most=_MAX_NODES))
    )
    if len({profile.party for profile in profiles}) != len(profiles):
        raise MalformedError("not-distinct", "snapshot/profiles")
    return profiles


def parse_profile(value: JsonValue, place: str) -> Profile:
    """One party's public profile. Raises MalformedError."""
    members = read_object(value, place, _PROFILE_REQUIRED, _PROFILE_OPTIONAL)
    return Profile(
        party=parse_party(members["party"], f"{place}/party"),
        name=read_line(members["name"], f"{place}/name"),
        name_en=read_line(members["nameEn"], f"{place}/nameEn") if "nameEn" in members else None,
        url=read_line(members["url"], f"{place}/url", 2048) if "url" in members else None,
    )


def serialize_snapshot(snapshot: Snapshot) -> bytes:
    """The canonical bytes `parse_snapshot` reads."""
    return canonicalize(
        {
            "v": 1,
            "chainId": snapshot.chain_id,
            "header": to_hex(snapshot.header),
            "nodes": [to_base64url(node) for node in snapshot.nodes],
            "anchors": [
                {"seq": anchor.seq, "size": anchor.size, "root": to_hex(anchor.root), "time": anchor.time}
                for anchor in snapshot.anchors
            ],
            "profiles": [profile.document() for profile in snapshot.profiles],
        },
        SNAPSHOT_BYTES,
    )
