"""A bulletin signed here is believed by the verifier that pins its key, and by nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.keys.memory import MemorySigner
from ledger.services.bulletin import BulletinKeyError, sign_agreed_block, sign_bulletin
from tests.support.rpc_simulator import SimulatedChain, SimulatedEndpoint
from verifier.bulletin import Bulletin, parse_bulletin, serialize_bulletin, trust_bulletin
from verifier.deployment import Deployment
from verifier.rpc.errors import EndpointError
from verifier.rpc.quorum import agree_on_block
from verifier.trust import NoTrustedBlock, TrustedBlock
from verifier.types import Address, BlockHash

KEY = MemorySigner.from_bytes(bytes(31) + b"\x07")
DEPLOYMENT = Deployment(
    name="测试",
    chain_id=31337,
    anchor_log=Address(b"\x01" * 20),
    trust_registry=Address(b"\x02" * 20),
    status_registry=Address(b"\x03" * 20),
    anchor_log_code_hash=bytes(32),
    trust_registry_code_hash=bytes(32),
    status_registry_code_hash=bytes(32),
    bulletin_key=KEY.address,
)
HASH = BlockHash(b"\xab" * 32)


def test_the_pinned_key_is_believed_after_a_round_trip() -> None:
    bulletin = sign_bulletin(KEY, deployment=DEPLOYMENT, number=7, block_hash=HASH, time=1_790_000_000)
    trust = trust_bulletin(parse_bulletin(serialize_bulletin(bulletin)), DEPLOYMENT)
    assert isinstance(trust, TrustedBlock)
    assert (trust.hash, trust.number, trust.time) == (HASH, 7, 1_790_000_000)


@pytest.mark.parametrize("change", [{"number": 8}, {"time": 1}, {"hash": BlockHash(bytes(32))}, {"chain_id": 1}])
def test_a_changed_bulletin_is_not(change: dict[str, object]) -> None:
    bulletin = sign_bulletin(KEY, deployment=DEPLOYMENT, number=7, block_hash=HASH, time=1_790_000_000)
    assert isinstance(trust_bulletin(replace(bulletin, **change), DEPLOYMENT), NoTrustedBlock)  # type: ignore[arg-type]


def test_nor_is_it_on_another_deployment() -> None:
    bulletin = sign_bulletin(KEY, deployment=DEPLOYMENT, number=7, block_hash=HASH, time=1_790_000_000)
    other = replace(DEPLOYMENT, anchor_log=Address(b"\x09" * 20))
    assert isinstance(trust_bulletin(bulletin, other), NoTrustedBlock)


def test_another_key_is_refused_before_it_signs() -> None:
    stranger = MemorySigner.from_bytes(bytes(31) + b"\x08")
    with pytest.raises(BulletinKeyError) as caught:
        sign_bulletin(stranger, deployment=DEPLOYMENT, number=7, block_hash=HASH, time=1)
    assert (caught.value.signer, caught.value.pinned) == (stranger.address, KEY.address)


@pytest.fixture
def chain() -> SimulatedChain:
    chain = SimulatedChain()
    chain.grow(80)
    return chain


def issued(*endpoints: SimulatedEndpoint, quorum: int) -> Bulletin:
    agreed = agree_on_block(endpoints, chain_id=31337, quorum=quorum, depth=10)
    return sign_agreed_block(KEY, endpoints, agreed, deployment=DEPLOYMENT)


def test_the_block_named_is_the_one_endpoints_agree_on(chain: SimulatedChain) -> None:
    endpoints = [SimulatedEndpoint(name, chain, finalized=number) for name, number in (("a", 50), ("b", 47), ("c", 3))]
    bulletin = issued(*endpoints, quorum=2)
    assert (bulletin.number, bulletin.hash, bulletin.time) == (47, chain.blocks[47].hash, 1_790_000_000 + 12 * 47)


def test_no_bulletin_with_a_time_that_an_endpoint_made_up(chain: SimulatedChain) -> None:
    def later(method: str, params: tuple[object, ...], honest: object) -> object:
        return {**honest, "timestamp": "0xffffffff"} if isinstance(honest, dict) else honest

    liar = SimulatedEndpoint("liar", chain, finalized=50, lie=later)
    with pytest.raises(EndpointError, match="do not hash"):
        issued(liar, quorum=1)
    honest = SimulatedEndpoint("a", chain, finalized=50)
    assert issued(liar, honest, quorum=2).time == 1_790_000_000 + 12 * 50
