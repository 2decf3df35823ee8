"""Evidence as a shopper's phone gets it: a certificate and its footprint in a log of a million entries, and the snapshot.

Real proofs of a made-up log: the path's hashes are random, and the anchor's root is the one they lead to. Each statement
is covered by an anchor of its own, as in life, where a footprint is logged days before its certificate.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum

from tests.support.bodies import CATEGORY, CERTIFIER, HOLDER, body
from tests.support.world import CERTIFIED_AT, DAY, HOUR, KEYS, NOW, PARTIES, World, signed, trust_in
from verifier.contracts import (
    REGULATORS,
    AnchorSlot,
    Purpose,
    Status,
    anchor_digest,
    anchor_slot,
    lane_slot,
    plain_slot,
)
from verifier.encoding import to_hex
from verifier.evidence import Evidence, Item, serialize_evidence
from verifier.hashing import sha256
from verifier.merkle import leaf_hash, root_from_inclusion
from verifier.snapshot import Anchor, Snapshot
from verifier.state import ChainView, open_view
from verifier.statement import Statement, entry_bytes, statement_id
from verifier.summary import derive_summary, hash_summary
from verifier.trust import TrustedBlock
from verifier.types import NodeHash
from verifier.words import Latest, Transition, encode_lane_word, encode_latest

ENTRIES = 1_000_000
BETWEEN = 1_000  # entries from one anchor to the next
WITHDRAWN = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """Evidence files, the snapshot that answers them, the block it is trusted by. `bare_sizes`: bytes besides the bodies."""

    files: tuple[bytes, ...]
    bare_sizes: tuple[int, ...]
    snapshot: Snapshot
    trusted: TrustedBlock
    world: World

    def open(self) -> ChainView:
        """The snapshot, opened, nothing asked of it yet."""
        return open_view(self.snapshot, self.trusted, self.world.deployment)


class Figures(Enum):
    """What a footprint shows of how its total comes about."""

    STAGES = "stages"
    INVENTORY = "inventory"


def make_kit(count: int, figures: Figures = Figures.STAGES, entries: int = ENTRIES) -> Kit:
    """Evidence for `count` certificates of the same holder and certifier: all footprints logged first, then the certificates."""
    world = _world()
    log = _Log(world, entries - 2 * count * BETWEEN)
    footprints = [_footprint(number, figures) for number in range(count)]
    found = [log.take(said, CERTIFIED_AT - 2 * DAY + number) for number, said in enumerate(footprints)]
    certificates = [_certificate(number, statement_id(said)) for number, said in enumerate(footprints)]
    given = [log.take(said, CERTIFIED_AT + number) for number, said in enumerate(certificates)]
    snapshot = log.snapshot()
    bare_sizes, files = [], []
    for footprint, certificate in zip(found, given, strict=True):
        files.append(
            serialize_evidence(Evidence(origin=world.deployment.origin, footprint=footprint, certificate=certificate))
        )
        bodies = len(footprint.statement.body_bytes) + len(certificate.statement.body_bytes)
        bare_sizes.append(len(files[-1]) - bodies)
    return Kit(
        files=tuple(files),
        bare_sizes=tuple(bare_sizes),
        snapshot=snapshot,
        trusted=trust_in(snapshot),
        world=world,
    )


class _Log:
    """A log of which only the proofs of our own entries are made; an anchor every `BETWEEN` entries."""

    def __init__(self, world: World, size: int) -> None:
        self._world = world
        self._size = size
        self._dice = random.Random(7)
        # what lies before: the first of our entries must not be covered by it
        self._anchor(NodeHash(self._dice.randbytes(32)), CERTIFIED_AT - 3 * DAY)

    def take(self, statement: Statement, time: int) -> Item:
        """Log a statement somewhere under the next anchor."""
        index = self._size + self._dice.randrange(BETWEEN)
        self._size += BETWEEN
        leaf = leaf_hash(entry_bytes(statement, hash_summary(derive_summary(statement.kind, statement.body))))
        proof = tuple(NodeHash(self._dice.randbytes(32)) for _ in range(_path_length(index, self._size)))
        self._anchor(root_from_inclusion(index, self._size, leaf, proof), time)
        return Item(statement=statement, index=index, size=self._size, proof=proof)

    def _anchor(self, root: NodeHash, time: int) -> None:
        anchor = Anchor(seq=len(self._world.anchors) + 1, size=self._size, root=root, time=time)
        self._world.anchors.append(anchor)
        self._world.anchor_words[anchor_slot(anchor.seq)] = anchor_digest(anchor.size, anchor.root, anchor.time)

    def snapshot(self) -> Snapshot:
        """The whole state under one block."""
        last = self._world.anchors[-1]
        word = encode_latest(Latest(seq=last.seq, size=last.size, time=last.time))
        self._world.anchor_words[plain_slot(AnchorSlot.LATEST)] = word
        return self._world.snapshot(NOW - 60)


def _world() -> World:
    world = World()
    for party, name in PARTIES.items():
        world.admit(party, name)
    for key, (party, purposes) in KEYS.items():
        world.register(key, party, purposes)
    world.grant(CERTIFIER, Purpose.CERTIFICATE, CATEGORY)
    world.grant(HOLDER, Purpose.FOOTPRINT)
    # Other people's withdrawals: that a lane is empty is then a proof of absence some nodes long.
    withdrawn = encode_lane_word((Transition(status=Status.WITHDRAWN, ordinal=1, time=CERTIFIED_AT),))
    for number in range(WITHDRAWN):
        world.statuses[lane_slot(REGULATORS, sha256(b"%d" % number))] = withdrawn
    return world


def _path_length(index: int, size: int) -> int:
    """Number of siblings on the way up (RFC 9162 2.1.3.1): at the right edge a node may rise without one."""
    length, last = 0, size - 1
    while last:
        length += index & 1 or index != last
        index, last = index >> 1, last >> 1
    return length


def _footprint(number: int, figures: Figures) -> Statement:
    """PACT members and three stages, as an imported catalogue has them, or an inventory of three lines as well."""
    made = body("footprint")
    made["id"] = f"7b3e2f10-6a4c-4d2e-9b1f-{number:012x}"
    made["pcf"]["pcfExcludingBiogenicUptake"] = f"{310 + number}.5"
    data = made["extensions"][0]["data"]
    data["stages"][0]["amount"] = data["inventory"][0]["emissions"] = f"{250 + number}.0"
    data["inventory"][0] |= {"amount": f"{250 + number}", "factor": "1.0"}
    del data["upstream"]
    if figures is Figures.STAGES:
        del data["inventory"]
    return signed("footprint", HOLDER, made, "holder", CERTIFIED_AT - 2 * DAY - HOUR)


def _certificate(number: int, footprint: bytes) -> Statement:
    made = body("certificate")
    del made["grade"]
    made |= {"number": f"TJ-2026-{number:06d}", "footprint": to_hex(footprint), "pcf": f"{310 + number}.5"}
    return signed("certificate", CERTIFIER, made, "certifier", CERTIFIED_AT - HOUR)
