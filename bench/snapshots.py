"""The snapshot of a day's inspection: 10,000 certificates with their footprints, from a local node to a file and open again.

The three contracts are really deployed; their storage is then filled word by word (`anvil_setStorageAt`), which is how
five thousand status changes and a thousand keys fit into a few seconds. Statuses are present for half of the certificates.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.harness import Effort, Result
from ledger.chain.localnode import anvil_command, running_node
from tests.support.bodies import CATEGORY
from tests.support.chain import World, deployed_world
from verifier.contracts import (
    FOREVER,
    NO_SCOPE,
    AnchorSlot,
    Purpose,
    Status,
    anchor_digest,
    anchor_slot,
    grant_slot,
    key_slot,
    lane_slot,
    party_slot,
    plain_slot,
    scope_of,
    status_key_slot,
)
from verifier.evidence import Evidence, Item
from verifier.hashing import keccak256, sha256
from verifier.header import parse_header
from verifier.identifiers import party_id
from verifier.questions import Word, questions_of
from verifier.rpc.builder import BuiltSnapshot, build_snapshot
from verifier.rpc.client import Call, HttpRpcClient, Limits
from verifier.rpc.endpoints import Endpoint
from verifier.rpc.hints import KnownHints
from verifier.snapshot import Anchor, parse_snapshot, serialize_snapshot
from verifier.state import open_view
from verifier.statement import Statement, statement_id
from verifier.trust import trust_by_hand
from verifier.types import Address, BlockHash, BodyHash, NodeHash
from verifier.words import (
    Interval,
    KeyWord,
    Latest,
    Transition,
    encode_grant_word,
    encode_key_word,
    encode_lane_word,
    encode_latest,
    party_tag,
)

CERTIFIERS, ENTERPRISES, ANCHORS = 100, 1_000, 200
SINCE = 1_770_000_000
BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotFigures:
    """Seconds to build and to open, bytes of the nodes and of the file, words asked and nodes kept."""

    certificates: int
    build_seconds: float
    open_seconds: float
    node_bytes: int
    file_bytes: int
    words: int
    nodes: int


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `snapshot-build`, `snapshot-open` and `snapshot-nodes`."""
    seen = [measure_snapshot(effort.of(10_000)) for _ in range(effort.runs)]
    last = seen[-1]
    figures = {"certificates": last.certificates, "words": last.words}
    yield Result(row="snapshot-build", runs=tuple(run.build_seconds for run in seen), seen=figures)
    yield Result(
        row="snapshot-open", runs=tuple(run.open_seconds for run in seen), seen={"file_MB": last.file_bytes / 1e6}
    )
    yield Result(
        row="snapshot-nodes", runs=tuple(run.node_bytes / 1e6 for run in seen), seen={"nodes": float(last.nodes)}
    )


def measure_snapshot(certificates: int = 10_000) -> SnapshotFigures:
    """Start a node, fill it, build the snapshot over plain JSON-RPC, save it, open it and read every lane."""
    with running_node(anvil_command()) as node:
        world = deployed_world(node)
        evidences = [_evidence(number, world) for number in range(certificates)]
        _fill(world, evidences)
        world.mine(2)
        client = HttpRpcClient(Endpoint(operator="local", url=world.url), limits=Limits(seconds=60.0))
        started = time.perf_counter()
        built = _build(client, world, evidences)
        data = serialize_snapshot(built.snapshot)
        build_seconds = time.perf_counter() - started
        return SnapshotFigures(
            certificates=certificates,
            build_seconds=build_seconds,
            open_seconds=_open(data, world, evidences),
            node_bytes=sum(map(len, built.snapshot.nodes)),
            file_bytes=len(data),
            words=len(questions_of(evidences, world.deployment).words),
            nodes=len(built.snapshot.nodes),
        )


def _build(client: HttpRpcClient, world: World, evidences: list[Evidence]) -> BuiltSnapshot:
    block = client.call("eth_getBlockByNumber", "latest", False)
    if not isinstance(block, dict):
        raise TypeError("the node has no block")
    return build_snapshot(
        [client],
        number=int(block["number"], 16),
        block_hash=BlockHash(bytes.fromhex(block["hash"][2:])),
        deployment=world.deployment,
        questions=questions_of(evidences, world.deployment),
        hints=[KnownHints(anchors=_anchors(len(evidences)))],
    )


def _open(data: bytes, world: World, evidences: list[Evidence]) -> float:
    """Seconds from bytes to a view that answers; afterwards every certificate's lane and anchor must really be there."""
    started = time.perf_counter()
    snapshot = parse_snapshot(data)
    view = open_view(snapshot, trust_by_hand(parse_header(snapshot.header).hash), world.deployment)
    if view.trouble is not None:
        raise view.trouble
    seconds = time.perf_counter() - started
    for number, evidence in enumerate(evidences):
        certificate = evidence.certificate
        if certificate is None:
            raise RuntimeError("no certificate")
        lane = view.lane(party_id(certificate.statement.issuer), statement_id(certificate.statement))
        if len(lane) != number % 2 or not view.covering(certificate.index).is_first:
            raise RuntimeError(f"certificate {number} is not answered")
    return seconds


def _party(kind: str, number: int) -> str:
    return f"uscc:9121{kind}0MA{number:010d}"


def _address(name: str) -> Address:
    return Address(keccak256(name.encode())[12:])


def _statement(kind: str, issuer: str, body: dict[str, object]) -> Statement:
    text = repr((kind, issuer, body)).encode()
    return Statement(
        kind=kind,
        issuer=issuer,
        body=body,  # type: ignore[arg-type]
        issued_at=SINCE,
        signer=_address(issuer),
        signature=bytes(65),
        body_bytes=text,
        body_hash=BodyHash(sha256(text)),
    )


def _evidence(number: int, world: World) -> Evidence:
    certifier = _party("01", number % CERTIFIERS)
    enterprise = _party("02", number % ENTERPRISES)
    footprint = _statement("footprint", enterprise, {"n": number})
    certificate = _statement(
        "certificate", certifier, {"number": f"C-{number}", "category": CATEGORY, "holder": enterprise}
    )
    return Evidence(
        origin=world.deployment.origin,
        footprint=Item(statement=footprint, index=2 * number, size=1, proof=()),
        certificate=Item(statement=certificate, index=2 * number + 1, size=1, proof=()),
    )


def _anchors(certificates: int) -> list[Anchor]:
    step = -(-2 * certificates // ANCHORS)
    return [
        Anchor(seq=seq, size=seq * step, root=NodeHash(sha256(b"root %d" % seq)), time=SINCE + seq)
        for seq in range(1, ANCHORS + 1)
    ]


def _fill(world: World, evidences: list[Evidence]) -> None:
    client = HttpRpcClient(Endpoint(operator="local", url=world.url), limits=Limits(seconds=60.0))
    words = list(_words(world, evidences))
    for start in range(0, len(words), BATCH):
        client.batch(
            [
                Call(
                    method="anvil_setStorageAt",
                    params=("0x" + word.account.hex(), "0x" + word.slot.hex(), "0x" + content.hex()),
                )
                for word, content in words[start : start + BATCH]
            ]
        )


def _words(world: World, evidences: list[Evidence]) -> Iterator[tuple[Word, bytes]]:
    deployment = world.deployment
    trust, grant = deployment.trust_registry, encode_grant_word((Interval(starts_at=SINCE, ends_at=FOREVER),))
    for kind, count in (("01", CERTIFIERS), ("02", ENTERPRISES)):
        for number in range(count):
            party = _party(kind, number)
            owner = party_id(party)
            purpose, scope = (
                (Purpose.CERTIFICATE, scope_of(CATEGORY)) if kind == "01" else (Purpose.FOOTPRINT, NO_SCOPE)
            )
            yield Word(account=trust, slot=party_slot(owner)), sha256(party.encode())
            yield Word(account=trust, slot=grant_slot(owner, purpose, scope)), grant
            yield Word(account=trust, slot=key_slot(_address(party))), _key(party, int(purpose), 0)
            yield Word(account=trust, slot=key_slot(_address("status " + party))), _key(party, Purpose.STATUS, 1)
            yield Word(account=trust, slot=status_key_slot(owner, 1)), bytes(12) + _address("status " + party)
    for anchor in _anchors(len(evidences)):
        digest = anchor_digest(anchor.size, anchor.root, anchor.time)
        yield Word(account=deployment.anchor_log, slot=anchor_slot(anchor.seq)), digest
    latest = _anchors(len(evidences))[-1]
    word = encode_latest(Latest(seq=latest.seq, size=latest.size, time=latest.time))
    yield Word(account=deployment.anchor_log, slot=plain_slot(AnchorSlot.LATEST)), word
    suspended = encode_lane_word((Transition(status=Status.SUSPENDED, ordinal=1, time=SINCE + 9),))
    for number, evidence in enumerate(evidences):
        if number % 2 and evidence.certificate is not None:
            statement = evidence.certificate.statement
            slot = lane_slot(party_id(statement.issuer), statement_id(statement))
            yield Word(account=deployment.status_registry, slot=slot), suspended


def _key(party: str, purposes: int, ordinal: int) -> bytes:
    return encode_key_word(
        KeyWord(
            starts_at=SINCE,
            ends_at=FOREVER,
            compromised_since=0,
            status_ordinal=ordinal,
            purposes=purposes,
            party_tag=party_tag(party_id(party)),
        )
    )
