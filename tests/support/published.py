"""The genuine story on a real chain: a rule, a footprint and a certificate, signed, logged and anchored by transactions.

The log is a list of leaf hashes and the naive reference tree; the contract checks the consistency proofs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ledger.chain.anchor_log import encode_anchor
from ledger.domain.chain import BlockTag
from tests.reference import merkle
from tests.support.bodies import CERTIFIER, HOLDER, REGULATOR, body
from tests.support.chain import World
from verifier.eip712 import statement_digest
from verifier.evidence import Evidence, Item
from verifier.signature import to_checksum
from verifier.snapshot import Anchor
from verifier.statement import Statement, entry_bytes, parse_statement, statement_id
from verifier.summary import derive_summary, hash_summary
from verifier.types import NodeHash

DAY = 86_400


@dataclass
class RealLog:
    """Leaves appended so far and the anchors mined."""

    world: World
    leaves: list[bytes] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)

    def append(self, statement: Statement) -> int:
        summary = hash_summary(derive_summary(statement.kind, statement.body))
        self.leaves.append(merkle.leaf(entry_bytes(statement, summary)))
        return len(self.leaves) - 1

    def noise(self, count: int) -> None:
        self.leaves += [merkle.leaf(b"noise %d" % (len(self.leaves) + place)) for place in range(count)]

    def anchor(self) -> Anchor:
        """Anchor the leaves so far; the contract checks that nothing anchored before changes."""
        old = self.anchors[-1].size if self.anchors else 0
        root = merkle.root(self.leaves)
        proof = merkle.consistency(old, self.leaves) if old else []
        call = encode_anchor(
            old_root=merkle.root(self.leaves[:old]), new_size=len(self.leaves), new_root=root, proof=proof
        )
        self.world.sender("sequencer").send(self.world.deployment.anchor_log, call)
        head = self.world.chain.head(BlockTag.LATEST)
        if head is None:
            raise RuntimeError("the node has no block")
        anchor = Anchor(seq=len(self.anchors) + 1, size=len(self.leaves), root=NodeHash(root), time=head.time)
        self.anchors.append(anchor)
        return anchor

    def item(self, statement: Statement, index: int) -> Item:
        size = next(anchor.size for anchor in self.anchors if anchor.size > index)
        path = merkle.inclusion(index, self.leaves[:size])
        return Item(statement=statement, index=index, size=size, proof=tuple(NodeHash(node) for node in path))


@dataclass
class Published:
    """The genuine evidence, its log, and the ids."""

    world: World
    log: RealLog
    evidence: Evidence
    certificate: Statement
    footprint: Statement

    @property
    def certificate_id(self) -> bytes:
        return statement_id(self.certificate)


def sign(world: World, kind: str, issuer: str, key: str, document: dict[str, Any]) -> Statement:
    """A statement signed now (by the chain's clock) with the key of a role."""
    unsigned = {
        "v": 1,
        "kind": kind,
        "issuer": issuer,
        "body": document,
        "issuedAt": world.now(),
        "signer": to_checksum(world.keys[key].address),
        "signature": "0x",
    }
    plain = parse_statement(unsigned)
    digest = statement_digest(
        world.deployment.domain_separator,
        kind,
        issuer,
        derive_summary(kind, plain.body),
        plain.body_hash,
        plain.issued_at,
    )
    return parse_statement({**unsigned, "signature": "0x" + world.keys[key].sign_digest(digest).hex()})


def publish(world: World) -> Published:
    """Rule, footprint and certificate, each under an anchor of its own with strangers' entries around."""
    log = RealLog(world)
    log.noise(3)
    log.anchor()
    rule = sign(world, "rule", REGULATOR, "rule", body("rule"))
    footprint_body = body("footprint")
    del footprint_body["extensions"][0]["data"]["upstream"]
    footprint = sign(world, "footprint", HOLDER, "holder", footprint_body)
    indexes = [log.append(rule), log.append(footprint)]
    log.noise(2)
    log.anchor()
    now = world.now()
    certificate_body = body("certificate") | {
        "footprint": "0x" + statement_id(footprint).hex(),
        "grade": {"value": "B", "rule": "0x" + statement_id(rule).hex()},
        "validFrom": now - DAY,
        "validUntil": now + 300 * DAY,
    }
    certificate = sign(world, "certificate", CERTIFIER, "certifier", certificate_body)
    log.noise(1)
    indexes.append(log.append(certificate))
    log.anchor()
    log.noise(4)
    log.anchor()
    evidence = Evidence(
        origin=world.deployment.origin,
        rule=log.item(rule, indexes[0]),
        footprint=log.item(footprint, indexes[1]),
        certificate=log.item(certificate, indexes[2]),
    )
    return Published(world=world, log=log, evidence=evidence, certificate=certificate, footprint=footprint)
