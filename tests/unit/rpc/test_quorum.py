"""N of M must agree on one final block; laggards, liars and dead endpoints neither move it nor stop it (D04, D18)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.support.rpc_simulator import SimulatedChain, SimulatedEndpoint
from verifier.rpc.errors import QuorumError
from verifier.rpc.quorum import AgreedBlock, agree_on_block, quantity


@pytest.fixture(scope="module")
def chain() -> SimulatedChain:
    chain = SimulatedChain()
    chain.grow(200)
    return chain


@pytest.fixture(scope="module")
def fork() -> SimulatedChain:
    chain = SimulatedChain(salt=b"fork")
    chain.grow(200)
    return chain


def agree(*endpoints: SimulatedEndpoint, quorum: int, depth: int = 64, seconds: float = 5.0) -> AgreedBlock:
    return agree_on_block(endpoints, chain_id=31337, quorum=quorum, depth=depth, seconds=seconds)


def test_the_height_is_the_nth_highest_final_one(chain: SimulatedChain) -> None:
    agreed = agree(
        SimulatedEndpoint("a", chain, finalized=100),
        SimulatedEndpoint("b", chain, finalized=98),
        SimulatedEndpoint("c", chain, finalized=50),
        quorum=2,
    )
    assert (agreed.number, agreed.block_hash) == (98, chain.blocks[98].hash)
    assert agreed.agreeing == ("a", "b", "c")


def test_a_liar_far_ahead_does_not_push_the_height(chain: SimulatedChain) -> None:
    def far(method: str, params: tuple[object, ...], honest: object) -> object:
        return {"number": "0xffffff", "hash": "0x" + "11" * 32} if params[:1] == ("finalized",) else honest

    liar = SimulatedEndpoint("liar", chain, finalized=1, lie=far)
    honest = [SimulatedEndpoint(name, chain, finalized=90) for name in ("a", "b")]
    assert agree(liar, *honest, quorum=2).number == 90


def test_one_that_names_another_block_is_outvoted_and_reported(chain: SimulatedChain, fork: SimulatedChain) -> None:
    agreed = agree(
        SimulatedEndpoint("a", chain, finalized=90),
        SimulatedEndpoint("b", chain, finalized=90),
        SimulatedEndpoint("forked", fork, finalized=90),
        quorum=2,
    )
    assert (agreed.block_hash, agreed.agreeing) == (chain.blocks[90].hash, ("a", "b"))
    assert f"forked: block 90 is 0x{fork.blocks[90].hash.hex()}" in [str(saying) for saying in agreed.sayings]


@pytest.mark.parametrize(("quorum", "camps"), [(1, (1, 1)), (2, (1, 1)), (2, (2, 2)), (3, (2, 2))])
def test_disagreement_believes_nobody(
    chain: SimulatedChain, fork: SimulatedChain, quorum: int, camps: tuple[int, int]
) -> None:
    endpoints = [
        SimulatedEndpoint(f"{camp}{place}", side, finalized=90)
        for camp, (side, count) in enumerate(zip((chain, fork), camps, strict=True))
        for place in range(count)
    ]
    with pytest.raises(QuorumError) as caught:
        agree(*endpoints, quorum=quorum)
    told = [str(saying) for saying in caught.value.sayings]
    assert all(any(block.hash.hex() in line for line in told) for block in (chain.blocks[90], fork.blocks[90]))


def test_a_laggard_without_the_block_lets_the_next_height_be_tried(chain: SimulatedChain) -> None:
    def refuses(method: str, params: tuple[object, ...], honest: object) -> object:
        return {"number": "0xff", "hash": "0x" + "22" * 32} if params[:1] == ("finalized",) else None

    agreed = agree(
        SimulatedEndpoint(
            "liar", chain, finalized=1, lie=lambda m, p, h: h if m == "eth_chainId" else refuses(m, p, h)
        ),
        SimulatedEndpoint("a", chain, finalized=100),
        SimulatedEndpoint("slow", chain, head=96, finalized=95),
        quorum=2,
    )
    assert (agreed.number, agreed.agreeing) == (95, ("a", "slow"))


def test_depth_stands_in_for_a_missing_tag(chain: SimulatedChain) -> None:
    endpoints = [SimulatedEndpoint("a", chain), SimulatedEndpoint("b", chain, head=190)]
    assert agree(*endpoints, quorum=2, depth=20).number == 170
    assert agree(*endpoints, quorum=1, depth=20).number == 179


def test_a_chain_not_yet_that_deep_has_no_final_block(chain: SimulatedChain) -> None:
    with pytest.raises(QuorumError) as caught:
        agree(SimulatedEndpoint("young", chain, head=10), quorum=1)
    assert "not yet 64 blocks deep" in str(caught.value.sayings[0])


def test_another_chain_does_not_count(chain: SimulatedChain) -> None:
    other = SimulatedChain(chain_id=1, salt=b"main")
    other.grow(100)
    with pytest.raises(QuorumError) as caught:
        agree(SimulatedEndpoint("a", chain, finalized=50), SimulatedEndpoint("b", other, finalized=50), quorum=2)
    assert "another chain" in str(caught.value.sayings[1])


def test_dead_endpoints_are_left_out_while_enough_answer(chain: SimulatedChain) -> None:
    dead = SimulatedEndpoint("dead", chain, reachable=False)
    good = [SimulatedEndpoint(name, chain, finalized=60) for name in ("a", "b")]
    agreed = agree(dead, *good, quorum=2)
    assert agreed.number == 60
    assert str(agreed.sayings[0]) == "dead: connection refused"
    with pytest.raises(QuorumError):
        agree(dead, good[0], quorum=2)


def test_one_that_never_answers_is_left_behind(chain: SimulatedChain) -> None:
    def sleeps(method: str, params: tuple[object, ...], honest: object) -> object:
        time.sleep(2)
        return honest

    before = time.monotonic()
    agreed = agree(
        SimulatedEndpoint("asleep", chain, finalized=60, lie=sleeps),
        SimulatedEndpoint("a", chain, finalized=60),
        SimulatedEndpoint("b", chain, finalized=60),
        quorum=2,
        seconds=0.3,
    )
    assert agreed.agreeing == ("a", "b")
    assert time.monotonic() - before < 1.5


GARBAGE: list[Any] = [None, 7, "0x", [], {}, {"number": None}, {"number": "0x"}, {"number": "0x1", "hash": 5},
           {"number": "0x" + "f" * 64, "hash": "0x" + "0" * 64}, {"number": "-0x1"}, {"number": "0x1_0"},
           {"number": "0x3c", "hash": "0x" + "zz" * 32}, {"number": "0x3c", "hash": "0x12"}]  # fmt: skip


@pytest.mark.parametrize("garbage", GARBAGE, ids=repr)
def test_garbage_never_agrees_with_anybody(chain: SimulatedChain, garbage: object) -> None:
    liar = SimulatedEndpoint("liar", chain, lie=lambda m, p, h: h if m == "eth_chainId" else garbage)
    with pytest.raises(QuorumError):
        agree(liar, SimulatedEndpoint("a", chain, finalized=60), quorum=2)


@pytest.mark.parametrize(
    ("value", "number"),
    [("0x0", 0), ("0xFf", 255), ("0x", None), ("ff", None), ("0x-1", None), ("0x" + "1" * 65, None), (3, None)],
)
def test_quantity(value: object, number: int | None) -> None:
    assert quantity(value) == number
