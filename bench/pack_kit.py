"""A pack of many certificates as a city would have it: sixty enterprises, statements scattered over a log of a million entries.

The tree is a real one (the pack's proofs share its nodes), the figures differ, the signatures are good.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

from tests.support.bodies import CATEGORY, CERTIFIER, HOLDER, REGULATOR, body
from tests.support.labels import label_text, serial_of
from tests.support.world import CERTIFIED_AT, DAY, HOUR, KEYS, NOW, PARTIES, World, hx, signed, trust_in
from verifier.contracts import AnchorSlot, Purpose, Status, anchor_digest, anchor_slot, plain_slot
from verifier.evidence import Evidence, Item
from verifier.merkle import leaf_hash
from verifier.pack.content import ContentBuilder, PackContent
from verifier.pack.paths import KEY, proof_keys
from verifier.snapshot import Anchor, Snapshot
from verifier.statement import Statement, entry_bytes, statement_id
from verifier.summary import derive_summary, hash_summary
from verifier.trust import TrustedBlock
from verifier.types import NodeHash
from verifier.words import Latest, encode_latest

ENTRIES = 1_000_000
ANCHORS = 200
ENTERPRISES = 60
BATCH = 1_000


def _hash_pair(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """All whole nodes of a tree; what is not whole is computed."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.levels = [leaves]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([_hash_pair(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])

    def span(self, first: int, end: int) -> bytes:
        """The hash over leaves [first, end) (RFC 9162, 2.1.1)."""
        count = end - first
        level = count.bit_length() - 1
        if count == 1 << level and first % count == 0:
            return self.levels[level][first >> level]
        split = 1 << ((count - 1).bit_length() - 1)
        return _hash_pair(self.span(first, first + split), self.span(first + split, end))

    def proof(self, index: int, size: int) -> tuple[NodeHash, ...]:
        """By the keys that the pack gives its nodes."""
        found = []
        for key in proof_keys(index, size):
            level, place = key[0], int.from_bytes(key[1:7], "big")
            partial = int.from_bytes(key[7:KEY], "big")
            first = place << level
            found.append(NodeHash(self.span(first, min(partial or size, first + (1 << level)))))
        return tuple(found)


@dataclass
class PackKit:
    """The content of a pack and of the next day's, and the means to make labels."""

    content: PackContent
    snapshot: Snapshot
    trusted: TrustedBlock
    certificates: list[bytes] = field(default_factory=list)

    def label(self, certificate: int, index: int, *, salt: str = "") -> str:
        """A signed label; `salt` draws other random characters for its serial."""
        return label_text(self.certificates[certificate], serial_of(index, salt), gtin=_gtin(certificate))


def make_pack_kit(count: int, *, entries: int = ENTRIES, day: int = 0) -> PackKit:
    """`count` certificates with footprint and labels; on day 1 one in a hundred is new, and as many were suspended."""
    dice = random.Random(11)
    world = _world()
    said = [_statements(number, number % ENTERPRISES) for number in range(count + (count // 100 if day else 0))]
    flat = [statement for three in said for statement in three]
    # the new ones stand at the end of the log, under anchors of their own
    old = dice.sample(range(entries), 3 * count)
    indexes = sorted(old) + list(range(entries, entries + len(flat) - 3 * count))
    total = entries + (entries // 100 if day else 0)
    leaves = [leaf_hash(b"%d" % number) for number in range(total)]
    for index, statement in zip(indexes, flat, strict=True):
        summary = hash_summary(derive_summary(statement.kind, statement.body))
        leaves[index] = leaf_hash(entry_bytes(statement, summary))
    tree = Tree(list(leaves))
    sizes = [entries * number // ANCHORS for number in range(1, ANCHORS + 1)] + ([total] if day else [])
    for size in sizes:
        _anchor(world, size, NodeHash(tree.span(0, size)))
    builder = ContentBuilder(world.deployment.origin)
    items = [_item(tree, sizes, index, statement) for index, statement in zip(indexes, flat, strict=True)]
    for at in range(0, len(items), 3):
        builder.add(
            Evidence(
                origin=world.deployment.origin, footprint=items[at], certificate=items[at + 1], labels=items[at + 2]
            )
        )
    for number in range(0, count, 50):  # two in a hundred withdrawn long ago
        world.change_status("certifier-status", statement_id(said[number][1]), Status.WITHDRAWN, CERTIFIED_AT + DAY)
    if day:
        for number in range(1, count, 100):
            world.change_status("certifier-status", statement_id(said[number][1]), Status.SUSPENDED, NOW)
    snapshot = world.snapshot(NOW - 60 + day * DAY, 20_000_000 + day * 7_200)
    return PackKit(
        content=builder.build(snapshot),
        snapshot=snapshot,
        trusted=trust_in(snapshot),
        certificates=[statement_id(three[1]) for three in said],
    )


def _world() -> World:
    world = World()
    for party, name in PARTIES.items():
        world.admit(party, name)
    for key, (party, purposes) in KEYS.items():
        world.register(key, party, purposes)
    world.register("label-key", HOLDER, Purpose.LABELS)
    for number in range(ENTERPRISES):
        party = f"uscc:9121{number:014d}"
        world.admit(party, f"第{number}号示例企业")
        world.register(f"enterprise-{number}", party, Purpose.FOOTPRINT | Purpose.LABELS)
    world.grant(REGULATOR, Purpose.RULE)
    world.grant(CERTIFIER, Purpose.CERTIFICATE, CATEGORY)
    world.grant(HOLDER, Purpose.FOOTPRINT)
    world.grant(HOLDER, Purpose.LABELS, "gs1:690123456")
    world.grant(HOLDER, Purpose.LABELS, "gs1:6901")
    return world


@cache
def _gtin(number: int) -> str:
    digits = f"06901{number:08d}"
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return digits + str(-total % 10)


@cache
def _statements(number: int, enterprise: int) -> tuple[Statement, Statement, Statement]:
    """Footprint, certificate and labels of one product."""
    dice = random.Random(number)
    gtin = _gtin(number)
    steel, power = dice.randrange(100, 90_000), dice.randrange(100, 90_000)
    made: dict[str, Any] = body("footprint")
    made["id"] = f"{dice.randrange(1 << 32):08x}-6a4c-4d2e-9b1f-{number:012x}"
    made["productIds"] = [f"urn:gtin:{gtin}", f"urn:pact:example.cn:product-id:{dice.randrange(1 << 40):x}"]
    made["productNameCompany"] = f"示例产品 {enterprise}-{number}"
    made["productDescription"] = f"Product {number} of plant {enterprise}, lot {dice.randrange(1 << 40):x}"
    pcf = f"{(steel + power) / 100:.2f}"
    for name in ("pcfExcludingBiogenicUptake", "pcfIncludingBiogenicUptake", "fossilGhgEmissions"):
        made["pcf"][name] = pcf
    data = made["extensions"][0]["data"]
    del data["upstream"]
    parts = (("原材料", "冷轧钢板", steel, "2.50"), ("制造", "外购电力", power, "0.50"))
    data["stages"] = [{"stage": stage, "amount": f"{hundredths / 100:.2f}"} for stage, _, hundredths, _ in parts]
    data["inventory"] = [
        {
            "stage": stage, "activity": activity, "amount": f"{hundredths / 100 / float(factor):.4f}", "unit": "kg",
            "factor": factor, "factorUnit": "kgCO2e/kg", "source": "example factor set",
            "emissions": f"{hundredths / 100:.2f}",
        }
        for stage, activity, hundredths, factor in parts
    ]  # fmt: skip
    footprint = signed("footprint", HOLDER, made, "holder", CERTIFIED_AT - HOUR)
    made = body("certificate")
    del made["grade"]
    made |= {"number": f"TJ-2026-{number:06d}", "footprint": hx(statement_id(footprint)), "pcf": pcf,
             "granularity": "item", "quota": 10_000_000,
             "products": [{"gtin": gtin, "name": f"示例产品 {number}", "model": f"M-{number}"}]}  # fmt: skip
    certificate = signed("certificate", CERTIFIER, made, "certifier", CERTIFIED_AT - HOUR)
    made = body("labels")
    from tests.support.world import address_of
    from verifier.signature import to_checksum

    made |= {"certificate": hx(statement_id(certificate)), "gtin": gtin, "batch": f"B{number}", "first": 0, "count": BATCH,
             "root": hx(dice.randbytes(32)), "labelKey": to_checksum(address_of("label-key"))}  # fmt: skip
    return footprint, certificate, signed("labels", HOLDER, made, "holder-labels", CERTIFIED_AT - HOUR)


def _anchor(world: World, size: int, root: NodeHash) -> None:
    anchor = Anchor(seq=len(world.anchors) + 1, size=size, root=root, time=CERTIFIED_AT + len(world.anchors))
    world.anchors.append(anchor)
    world.anchor_words[anchor_slot(anchor.seq)] = anchor_digest(anchor.size, anchor.root, anchor.time)
    latest = Latest(seq=anchor.seq, size=anchor.size, time=anchor.time)
    world.anchor_words[plain_slot(AnchorSlot.LATEST)] = encode_latest(latest)


def _item(tree: Tree, sizes: list[int], index: int, statement: Statement) -> Item:
    size = next(size for size in sizes if size > index)
    return Item(statement=statement, index=index, size=size, proof=tree.proof(index, size))


__all__ = ["PackKit", "make_pack_kit"]
