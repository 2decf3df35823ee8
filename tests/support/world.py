"""A whole chain in memory: three contracts' storage, a log with anchors, keys that sign. No node; milliseconds.

`World` has the raw means (words, log, snapshot). `Story` is the one genuine case that every attack changes in one place.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import coincurve

from tests.reference import merkle
from tests.support.bodies import CATEGORY, CERTIFIER, HOLDER, REGULATOR, body
from tests.support.trie_builder import BuiltTrie
from verifier.contracts import (
    FOREVER,
    REGULATORS,
    AnchorSlot,
    Purpose,
    Status,
    anchor_digest,
    anchor_slot,
    grant_slot,
    key_slot,
    lane_slot,
    log_key_slot,
    party_slot,
    plain_slot,
    scope_of,
    status_key_count_slot,
    status_key_slot,
    successor_slot,
)
from verifier.deployment import Deployment
from verifier.eip712 import statement_digest
from verifier.evidence import Evidence, Item, UpstreamEvidence, parse_evidence, serialize_evidence
from verifier.hashing import keccak256, sha256
from verifier.identifiers import party_id
from verifier.ladder import verify
from verifier.policy import CONSUMER, Policy
from verifier.rlp import encode
from verifier.snapshot import Anchor, Profile, Snapshot
from verifier.statement import Statement, entry_bytes, parse_statement, statement_id
from verifier.summary import derive_summary, hash_summary
from verifier.trust import EarlyWarning, Trust, TrustedBlock, TrustSource
from verifier.types import Address, BlockHash, NodeHash, PartyId
from verifier.verdict import Verdict
from verifier.words import (
    Interval,
    KeyWord,
    Latest,
    Transition,
    encode_grant_word,
    encode_key_word,
    encode_lane_word,
    encode_latest,
    encode_log_key_word,
    party_tag,
)

CHAIN_ID = 31_337
HOUR, DAY = 3600, 86_400
SUPPLIER = "uscc:91210100MA0S0EXAM4"
OTHER_CERTIFIER = "uscc:91110000MA0C0EXAM8"
STRANGER = "uscc:91110000MA0Z0EXAM7"
STEEL = "urn:pact:tanji.example:category:steel"
STEEL_GTIN = "06901234567908"

CERTIFIED_AT = 1_775_600_000  # block time of the anchor that first covers the certificate
ADMITTED_AT = CERTIFIED_AT - 200 * DAY
NOW = CERTIFIED_AT + 30 * DAY


@cache
def private_key(name: str) -> coincurve.PrivateKey:
    return coincurve.PrivateKey(sha256(b"test key " + name.encode()))


@cache
def address_of(name: str) -> Address:
    return Address(keccak256(private_key(name).public_key.format(compressed=False)[1:])[12:])


def sign_digest(name: str, digest: bytes) -> bytes:
    raw = private_key(name).sign_recoverable(digest, hasher=None)
    return raw[:64] + bytes([raw[64] + 27])


def contract(name: str) -> Address:
    return Address(keccak256(name.encode())[12:])


DEPLOYMENT = Deployment(
    name="example",
    chain_id=CHAIN_ID,
    anchor_log=contract("AnchorLog"),
    trust_registry=contract("TrustRegistry"),
    status_registry=contract("StatusRegistry"),
    anchor_log_code_hash=keccak256(b"AnchorLog code"),
    trust_registry_code_hash=keccak256(b"TrustRegistry code"),
    status_registry_code_hash=keccak256(b"StatusRegistry code"),
    bulletin_key=address_of("bulletin"),
)


def signed(
    kind: str, issuer: str, document: dict[str, Any], key: str, issued_at: int, *, digest: bytes | None = None
) -> Statement:
    """A statement signed by `key` over its proper digest, or over another one."""
    unsigned = {
        "v": 1, "kind": kind, "issuer": issuer, "body": document, "issuedAt": issued_at,
        "signer": _checksum(address_of(key)), "signature": "0x",
    }  # fmt: skip
    if digest is None:
        statement = parse_statement(unsigned)
        summary = derive_summary(kind, document)
        digest = statement_digest(DEPLOYMENT.domain_separator, kind, issuer, summary, statement.body_hash, issued_at)
    return parse_statement({**unsigned, "signature": "0x" + sign_digest(key, digest).hex()})


def _checksum(address: bytes) -> str:
    from verifier.signature import to_checksum

    return to_checksum(address)


class World:
    """Storage of the three contracts, and the log."""

    def __init__(self, deployment: Deployment = DEPLOYMENT) -> None:
        self.deployment = deployment
        self.trust: dict[bytes, bytes] = {}
        self.statuses: dict[bytes, bytes] = {}
        self.anchor_words: dict[bytes, bytes] = {}
        self.leaves: list[bytes] = []
        self.anchors: list[Anchor] = []
        self.profiles: list[Profile] = []
        self.keys: dict[str, tuple[KeyWord, str]] = {}
        self.grants: dict[tuple[str, int, str], tuple[Interval, ...]] = {}
        self.lanes: dict[tuple[PartyId, bytes], tuple[Transition, ...]] = {}
        self.ordinals: dict[PartyId, int] = {}

    # ------------------------------------------------------------ trust

    def admit(self, party: str, name: str) -> None:
        profile = Profile(party=party, name=name)
        self.profiles.append(profile)
        self.trust[party_slot(party_id(party))] = profile.digest()

    def register(
        self, key: str, party: str, purposes: int, starts_at: int = ADMITTED_AT, ends_at: int = FOREVER
    ) -> None:
        owner = self.lane_owner(party, purposes)
        ordinal = 0
        if owner is not None:
            ordinal = self.ordinals[owner] = self.ordinals.get(owner, 0) + 1
            self.trust[status_key_slot(owner, ordinal)] = bytes(12) + address_of(key)
            self.trust[status_key_count_slot(owner)] = ordinal.to_bytes(32, "big")
        self.set_key(
            key,
            party,
            KeyWord(
                starts_at=starts_at, ends_at=ends_at, compromised_since=0, status_ordinal=ordinal,
                purposes=purposes, party_tag=party_tag(party_id(party)),
            ),
        )  # fmt: skip

    def set_key(self, key: str, party: str, word: KeyWord) -> None:
        self.keys[key] = (word, party)
        self.trust[key_slot(address_of(key))] = encode_key_word(word)

    def change_key(self, key: str, **changes: Any) -> None:
        word, party = self.keys[key]
        self.set_key(key, party, replace(word, **changes))

    @staticmethod
    def lane_owner(party: str, purposes: int) -> PartyId | None:
        if purposes & Purpose.REGULATOR:
            return REGULATORS
        return party_id(party) if purposes & Purpose.STATUS else None

    def grant(self, party: str, purpose: int, scope: str = "", *intervals: tuple[int, int]) -> None:
        """Set the intervals, newest first; one that has been open since ADMITTED_AT when none is given."""
        made = tuple(Interval(starts_at=a, ends_at=b) for a, b in intervals or ((ADMITTED_AT, FOREVER),))
        self.trust[grant_slot(party_id(party), purpose, scope_of(scope))] = encode_grant_word(made)

    def log_key(self, key: bytes, starts_at: int = ADMITTED_AT, ends_at: int = FOREVER) -> None:
        self.trust[log_key_slot(key)] = encode_log_key_word(Interval(starts_at=starts_at, ends_at=ends_at))

    # ------------------------------------------------------------ status

    def change_status(
        self, key: str, subject: bytes, status: Status, time: int, successor: bytes | None = None
    ) -> None:
        """`key` writes into its own party's lane, as the contract lets it."""
        word, party = self.keys[key]
        owner = self.lane_owner(party, word.purposes)
        if owner is None:
            raise ValueError(f"{key} cannot write a status")
        lane = (
            Transition(status=status, ordinal=word.status_ordinal, time=time),
            *self.lanes.get((owner, subject), ()),
        )
        self.lanes[owner, subject] = lane
        self.statuses[lane_slot(owner, subject)] = encode_lane_word(lane)
        if successor is not None:
            self.statuses[successor_slot(owner, subject)] = successor

    # ------------------------------------------------------------ log

    def append(self, leaf: bytes) -> int:
        """A leaf hash; returns its index."""
        self.leaves.append(leaf)
        return len(self.leaves) - 1

    def append_noise(self, count: int) -> None:
        for _ in range(count):
            self.append(merkle.leaf(b"noise %d" % len(self.leaves)))

    def append_statement(self, statement: Statement) -> int:
        summary = hash_summary(derive_summary(statement.kind, statement.body))
        return self.append(merkle.leaf(entry_bytes(statement, summary)))

    def anchor(self, time: int) -> Anchor:
        anchor = Anchor(
            seq=len(self.anchors) + 1, size=len(self.leaves), root=NodeHash(merkle.root(self.leaves)), time=time
        )
        self.anchors.append(anchor)
        self.anchor_words[anchor_slot(anchor.seq)] = anchor_digest(anchor.size, anchor.root, anchor.time)
        latest = Latest(seq=anchor.seq, size=anchor.size, time=time)
        self.anchor_words[plain_slot(AnchorSlot.LATEST)] = encode_latest(latest)
        return anchor

    def first_cover(self, index: int) -> Anchor:
        return next(anchor for anchor in self.anchors if anchor.size > index)

    def item(self, statement: Statement, index: int, anchor: Anchor | None = None) -> Item:
        anchor = anchor or self.first_cover(index)
        proof = merkle.inclusion(index, self.leaves[: anchor.size])
        return Item(statement=statement, index=index, size=anchor.size, proof=tuple(NodeHash(node) for node in proof))

    # ------------------------------------------------------------ chain

    def snapshot(self, time: int, number: int = 20_000_000) -> Snapshot:
        deployment = self.deployment
        contracts = {
            deployment.trust_registry: (self.trust, deployment.trust_registry_code_hash),
            deployment.status_registry: (self.statuses, deployment.status_registry_code_hash),
            deployment.anchor_log: (self.anchor_words, deployment.anchor_log_code_hash),
        }
        nodes: dict[bytes, None] = {}
        accounts = {keccak256(b"somebody %d" % n)[:20]: _account(BuiltTrie({}).root, keccak256(b"")) for n in range(20)}
        for address, (words, code_hash) in contracts.items():
            trie = BuiltTrie({slot: encode(word.lstrip(b"\0")) for slot, word in words.items() if any(word)})
            nodes |= dict.fromkeys(trie.nodes)
            accounts[address] = _account(trie.root, code_hash)
        state = BuiltTrie(accounts)
        nodes |= dict.fromkeys(state.nodes)
        return Snapshot(
            chain_id=deployment.chain_id,
            header=header(state.root, number, time),
            nodes=tuple(nodes),
            anchors=tuple(self.anchors),
            profiles=tuple(self.profiles),
        )


def _account(storage_root: bytes, code_hash: bytes) -> bytes:
    return encode([b"\x01", b"", storage_root, code_hash])


def header(state_root: bytes, number: int, time: int) -> bytes:
    def quantity(value: int) -> bytes:
        return value.to_bytes((value.bit_length() + 7) // 8, "big")

    some = keccak256(b"parent %d" % number)
    return encode([
        some, some, bytes(20), state_root, some, some, bytes(256), b"", quantity(number), quantity(30_000_000),
        quantity(21_000), quantity(time), b"tanji", some, bytes(8), quantity(7), some, b"", b"", some,
    ])  # fmt: skip


def trust_in(snapshot: Snapshot) -> TrustedBlock:
    return TrustedBlock(hash=BlockHash(keccak256(snapshot.header)), source=TrustSource.BY_HAND)


def hx(data: bytes) -> str:
    return "0x" + data.hex()


@dataclass
class Story:
    """The genuine case, in three phases: change what is said before `publish`, the chain after it, then take `case`.

    kinds: "rule", "steel-footprint", "steel-certificate", "footprint", "certificate"
    """

    world: World = field(default_factory=World)
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    issuers: dict[str, str] = field(default_factory=dict)
    signers: dict[str, str] = field(default_factory=dict)
    issued_at: dict[str, int] = field(default_factory=dict)
    anchored_at: dict[str, int] = field(default_factory=dict)
    # replaces the leaf of an entry, or the whole statement, as somebody dishonest would
    leaf_of: dict[str, Callable[[Statement], bytes]] = field(default_factory=dict)
    sign: dict[str, Callable[[Story, str], Statement]] = field(default_factory=dict)
    statements: dict[str, Statement] = field(default_factory=dict)
    indexes: dict[str, int] = field(default_factory=dict)
    seen_at: int = NOW - 60

    def __post_init__(self) -> None:
        world = self.world
        for party, name in PARTIES.items():
            world.admit(party, name)
        for key, (party, purposes) in KEYS.items():
            world.register(key, party, purposes)
        world.grant(REGULATOR, Purpose.RULE)
        world.grant(CERTIFIER, Purpose.CERTIFICATE, CATEGORY)
        world.grant(OTHER_CERTIFIER, Purpose.CERTIFICATE, STEEL)
        world.grant(HOLDER, Purpose.FOOTPRINT)
        world.grant(SUPPLIER, Purpose.FOOTPRINT)
        self.bodies = {
            "rule": body("rule"),
            "steel-footprint": _steel_footprint(),
            "steel-certificate": _steel_certificate(),
            "footprint": body("footprint"),
            "certificate": body("certificate"),
        }
        self.issuers = {
            "rule": REGULATOR, "steel-footprint": SUPPLIER, "steel-certificate": OTHER_CERTIFIER,
            "footprint": HOLDER, "certificate": CERTIFIER,
        }  # fmt: skip
        self.signers = {
            "rule": "rule", "steel-footprint": "supplier", "steel-certificate": "other-certifier",
            "footprint": "holder", "certificate": "certifier",
        }  # fmt: skip
        self.anchored_at = {
            "rule": CERTIFIED_AT - 40 * DAY, "steel-footprint": CERTIFIED_AT - 20 * DAY,
            "steel-certificate": CERTIFIED_AT - 15 * DAY, "footprint": CERTIFIED_AT - 2 * DAY,
            "certificate": CERTIFIED_AT,
        }  # fmt: skip
        self.issued_at = {name: time - HOUR for name, time in self.anchored_at.items()}

    def publish(self) -> Story:
        """Sign, log and anchor everything, each statement under an anchor of its own with strangers' entries around."""
        world = self.world
        world.append_noise(3)
        world.anchor(ADMITTED_AT + DAY)
        for name in ("rule", "steel-footprint", "steel-certificate", "footprint", "certificate"):
            self._refer(name)
            statement = self.sign.get(name, _sign)(self, name)
            self.statements[name] = statement
            world.append_noise(2)
            leaf_of = self.leaf_of.get(name)
            self.indexes[name] = (
                world.append_statement(statement) if leaf_of is None else world.append(leaf_of(statement))
            )
            world.append_noise(3)
            world.anchor(self.anchored_at[name])
        world.append_noise(5)
        world.anchor(CERTIFIED_AT + 10 * DAY)
        return self

    def _refer(self, name: str) -> None:
        """Fill in the ids of what was published before, where the body still holds the sample's."""
        bodies, ids = self.bodies, {name: hx(statement_id(said)) for name, said in self.statements.items()}
        if name == "steel-certificate":
            bodies[name].setdefault("footprint", ids["steel-footprint"])
        if name == "footprint":
            for extension in bodies[name]["extensions"]:
                for supply in extension["data"].get("upstream", []):
                    if isinstance(supply, dict) and supply.get("statement") == SAMPLE_UPSTREAM:
                        supply["statement"] = ids["steel-certificate"]
        if name == "certificate":
            if bodies[name]["footprint"] == SAMPLE_FOOTPRINT:
                bodies[name]["footprint"] = ids["footprint"]
            if bodies[name].get("grade", {}).get("rule") == SAMPLE_RULE:
                bodies[name]["grade"]["rule"] = ids["rule"]

    def id(self, name: str) -> bytes:
        return statement_id(self.statements[name])

    def item(self, name: str) -> Item:
        return self.world.item(self.statements[name], self.indexes[name])

    def evidence(self) -> Evidence:
        return Evidence(
            origin=self.world.deployment.origin,
            certificate=self.item("certificate"),
            footprint=self.item("footprint"),
            rule=self.item("rule"),
            upstream=(
                UpstreamEvidence(certificate=self.item("steel-certificate"), footprint=self.item("steel-footprint")),
            ),
        )

    def case(self) -> Case:
        snapshot = self.world.snapshot(self.seen_at)
        return Case(
            story=self,
            document=json.loads(serialize_evidence(self.evidence())),
            snapshot=snapshot,
            trusted=trust_in(snapshot),
        )


@dataclass
class Case:
    """Evidence as a JSON document that a test may change, and everything else the verdict rests on."""

    story: Story
    document: dict[str, Any]
    snapshot: Snapshot
    trusted: Trust
    deployment: Deployment = DEPLOYMENT
    policy: Policy = CONSUMER
    now: int = NOW
    at: int | None = None
    warnings: tuple[EarlyWarning, ...] = ()

    def data(self) -> bytes:
        return json.dumps(self.document, ensure_ascii=False, separators=(",", ":")).encode()

    def verdict(self, data: bytes | None = None) -> Verdict:
        """Parse the evidence (MalformedError gets out) and judge it."""
        return verify(
            parse_evidence(self.data() if data is None else data),
            snapshot=self.snapshot,
            trusted_block=self.trusted,
            deployment=self.deployment,
            policy=self.policy,
            now=self.now,
            at=self.at,
            early_warnings=self.warnings,
        )

    def retake(self, *, time: int | None = None) -> None:
        """Take the snapshot again, after the chain was changed."""
        self.snapshot = self.story.world.snapshot(self.story.seen_at if time is None else time)
        self.trusted = trust_in(self.snapshot)


SAMPLE_UPSTREAM = body("labels")["certificate"]
SAMPLE_FOOTPRINT = body("certificate")["footprint"]
SAMPLE_RULE = body("certificate")["grade"]["rule"]

PARTIES = {
    REGULATOR: "示例市市场监督管理局",
    CERTIFIER: "示例认证有限公司",
    OTHER_CERTIFIER: "另一认证有限公司",
    HOLDER: "沈阳示例电器有限公司",
    SUPPLIER: "示例钢铁有限公司",
    STRANGER: "路人有限公司",
}

KEYS: dict[str, tuple[str, int]] = {
    "regulator": (REGULATOR, Purpose.REGULATOR),
    "regulator-2": (REGULATOR, Purpose.REGULATOR),
    "rule": (REGULATOR, Purpose.RULE),
    "certifier": (CERTIFIER, Purpose.CERTIFICATE),
    "certifier-2": (CERTIFIER, Purpose.CERTIFICATE),
    "certifier-status": (CERTIFIER, Purpose.STATUS),
    "certifier-status-2": (CERTIFIER, Purpose.STATUS),
    "other-certifier": (OTHER_CERTIFIER, Purpose.CERTIFICATE),
    "other-certifier-status": (OTHER_CERTIFIER, Purpose.STATUS),
    "holder": (HOLDER, Purpose.FOOTPRINT),
    "holder-labels": (HOLDER, Purpose.LABELS),
    "holder-status": (HOLDER, Purpose.STATUS),
    "supplier": (SUPPLIER, Purpose.FOOTPRINT),
    "supplier-status": (SUPPLIER, Purpose.STATUS),
    "stranger-status": (STRANGER, Purpose.STATUS),
}


def _sign(story: Story, name: str) -> Statement:
    kind = name.removeprefix("steel-")
    return signed(kind, story.issuers[name], story.bodies[name], story.signers[name], story.issued_at[name])


def _steel_footprint() -> dict[str, Any]:
    made = copy.deepcopy(body("footprint"))
    made["productIds"] = [f"urn:gtin:{STEEL_GTIN}"]
    made["productClassifications"] = [STEEL]
    made["productNameCompany"] = "冷轧钢板"
    made["companyName"] = "示例钢铁有限公司"
    made["pcf"] |= {"declaredUnitOfMeasurement": "kilogram", "pcfExcludingBiogenicUptake": "2.5"}
    made["extensions"][0]["data"] = {
        "boundary": "cradle-to-gate",
        "stages": [{"stage": "炼铁", "amount": "1.9"}, {"stage": "轧制", "amount": "0.6"}],
    }
    return made


def _steel_certificate() -> dict[str, Any]:
    made = copy.deepcopy(body("certificate"))
    del made["grade"], made["footprint"]
    return made | {
        "number": "ST-2026-000007",
        "holder": SUPPLIER,
        "products": [{"gtin": STEEL_GTIN, "name": "冷轧钢板"}],
        "category": STEEL,
        "pcf": "2.5",
        "declaredUnit": {"amount": "1", "unit": "kilogram"},
        "quota": 1000,
    }


@cache
def published() -> Story:
    """The genuine story, published once; do not change it."""
    return Story().publish()


def genuine() -> Case:
    """A fresh copy of the genuine case. Its story is shared: to change the chain, begin with `Story()`."""
    case = _genuine()
    return replace(case, document=copy.deepcopy(case.document))


@cache
def _genuine() -> Case:
    return published().case()
