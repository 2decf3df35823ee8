"""Documents of docs/spec/06: round trips, and single mutations that are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.attacks.figures import _disclosed, _sealed
from tests.support.bodies import at, changed, without
from tests.support.world import DEPLOYMENT, NOW, address_of, genuine, sign_digest
from verifier.bulletin import Bulletin, bulletin_digest, parse_bulletin, serialize_bulletin, trust_bulletin
from verifier.deployment import Predecessor, parse_deployment, serialize_deployment
from verifier.errors import MalformedError
from verifier.evidence import parse_evidence, serialize_evidence
from verifier.hashing import keccak256
from verifier.snapshot import parse_snapshot, serialize_snapshot
from verifier.trust import NoTrustedBlock, TrustedBlock
from verifier.types import BlockHash


def _bulletin() -> Bulletin:
    snapshot = genuine().snapshot
    block = BlockHash(keccak256(snapshot.header))
    digest = bulletin_digest(
        chain_id=DEPLOYMENT.chain_id, number=20_000_000, block_hash=block, time=NOW - 60, deployment=DEPLOYMENT
    )
    return Bulletin(
        chain_id=DEPLOYMENT.chain_id, number=20_000_000, hash=block, time=NOW - 60,
        signature=sign_digest("bulletin", digest),
    )  # fmt: skip


def test_deployment_round_trip() -> None:
    old = Predecessor(chain_id=1, anchor_log=address_of("old"), last_size=7)
    deployment = replace(DEPLOYMENT, predecessors=(old,))
    assert parse_deployment(serialize_deployment(deployment)) == deployment


def test_snapshot_round_trip() -> None:
    snapshot = genuine().snapshot
    assert parse_snapshot(serialize_snapshot(snapshot)) == snapshot


def test_evidence_round_trip() -> None:
    for case in (genuine(), _disclosed(*_sealed())):
        evidence = parse_evidence(case.data())
        assert parse_evidence(serialize_evidence(evidence)) == evidence


def test_bulletin_round_trip() -> None:
    assert parse_bulletin(serialize_bulletin(_bulletin())) == _bulletin()


def test_bulletin_of_the_pinned_key_is_trusted() -> None:
    trusted = trust_bulletin(_bulletin(), DEPLOYMENT)
    assert isinstance(trusted, TrustedBlock)
    case = genuine()
    case.trusted = trusted
    assert case.verdict().outcome == "authentic"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"time": NOW - 61}, "bulletin-signature"),
        ({"number": 20_000_001}, "bulletin-signature"),
        ({"hash": BlockHash(bytes(32))}, "bulletin-signature"),
        ({"chain_id": 1}, "bulletin-of-another-chain"),
    ],
)
def test_changed_bulletin_vouches_for_nothing(change: dict[str, Any], reason: str) -> None:
    trusted = trust_bulletin(replace(_bulletin(), **change), DEPLOYMENT)
    assert trusted == NoTrustedBlock(reason=reason)
    case = genuine()
    case.trusted = trusted
    assert case.verdict().outcome == "inconclusive"


def test_bulletin_of_another_key_vouches_for_nothing() -> None:
    deployment = replace(DEPLOYMENT, bulletin_key=address_of("somebody else"))
    assert trust_bulletin(_bulletin(), deployment) == NoTrustedBlock(reason="bulletin-signature")


DOCUMENTS: dict[str, Any] = {
    "deployment": (lambda: serialize_deployment(DEPLOYMENT), parse_deployment),
    "snapshot": (lambda: serialize_snapshot(genuine().snapshot), parse_snapshot),
    "bulletin": (lambda: serialize_bulletin(_bulletin()), parse_bulletin),
    "evidence": (lambda: genuine().data(), parse_evidence),
}
_UPPER = "0x" + "AB" * 32
MUTATIONS = [
    *((name, "/v", value) for name in DOCUMENTS for value in (0, 2, True, "1", None)),
    *((name, "/extra", 1) for name in DOCUMENTS),
    *(("deployment", "/chainId", value) for value in (0, -1, "1", True)),
    ("deployment", "/anchorLog", "0x" + "00" * 19),
    ("deployment", "/anchorLog", "0x" + "ab" * 20),
    ("deployment", "/codeHashes/anchorLog", _UPPER),
    ("deployment", "/codeHashes/extra", _UPPER),
    ("deployment", "/name", "two\nlines"),
    ("deployment", "/predecessors", [{}]),
    ("snapshot", "/header", "0x0"),
    ("snapshot", "/header", "0x" + "00" * 4097),
    ("snapshot", "/nodes", {}),
    ("snapshot", "/nodes/0", "A"),
    ("snapshot", "/nodes/0", "AB"),
    ("snapshot", "/nodes/0", "AA=="),
    ("snapshot", "/anchors/0/seq", 0),
    ("snapshot", "/anchors/0/size", 0),
    ("snapshot", "/anchors/0/size", 10_000),
    ("snapshot", "/anchors/1/seq", 1),
    ("snapshot", "/anchors/0/root", "0x00"),
    ("snapshot", "/anchors/0/time", 2**40),
    ("snapshot", "/profiles/0/party", "uscc:1"),
    ("snapshot", "/profiles/0/name", ""),
    ("bulletin", "/hash", "0x00"),
    ("bulletin", "/signature", "0x"),
    ("bulletin", "/time", -1),
    ("evidence", "/origin", ""),
    ("evidence", "/upstream", []),
    ("evidence", "/upstream/0", {}),
    ("evidence", "/certificate", None),
    ("evidence", "/certificate/index", -1),
    ("evidence", "/certificate/size", 0),
    ("evidence", "/certificate/disclosures", []),
    ("evidence", "/certificate/proof", "A" * 43 * 70),
]


@pytest.mark.parametrize(("name", "pointer", "value"), MUTATIONS, ids=lambda value: str(value)[:40])
def test_mutation_refused(name: str, pointer: str, value: object) -> None:
    make, parse = DOCUMENTS[name]
    document = json.loads(make())
    parse(json.dumps(document).encode())
    with pytest.raises(MalformedError):
        parse(json.dumps(changed(document, pointer, value)).encode())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_member_left_out_refused(name: str) -> None:
    make, parse = DOCUMENTS[name]
    document = json.loads(make())
    for member in set(document) - {"certificate", "footprint", "rule", "upstream"}:
        with pytest.raises(MalformedError):
            parse(json.dumps(without(document, f"/{member}")).encode())


def test_the_same_node_or_profile_twice_refused() -> None:
    document = json.loads(serialize_snapshot(genuine().snapshot))
    for member in ("nodes", "profiles"):
        doubled = changed(document, f"/{member}/-", at(document, f"/{member}/0"))
        with pytest.raises(MalformedError):
            parse_snapshot(json.dumps(doubled).encode())


def test_two_contracts_at_one_address_refused() -> None:
    with pytest.raises(MalformedError):
        parse_deployment(serialize_deployment(replace(DEPLOYMENT, status_registry=DEPLOYMENT.trust_registry)))
