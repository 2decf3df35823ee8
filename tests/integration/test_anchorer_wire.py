"""The anchorer on a wire that fails: a real anvil behind a proxy that lies, delays and loses answers, and an anvil that is restarted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ledger.chain.client import NodeChain, connect
from ledger.chain.localnode import anvil_command, running_node, start_node
from ledger.domain.anchoring import AnchorOutcome
from ledger.domain.chain_errors import ChainError, ChainUnavailableError, ReceiptContradictsError, WrongChainError
from tests.support.anchoring import AnvilStage, Bench, ReferenceLog, anchored, fresh_journal
from tests.support.chain import World, deployed_world, require_node
from tests.support.lying_rpc import LyingRpc, flip_hex, lying_rpc
from verifier.rpc.client import Limits

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("node-wire")]


OTHER_TYPES: list[object] = [None, 7, "", "0x", "0xzz", "7", [], {}, True, "0x" + "f" * 65, {"number": "0x1"}]
OTHER_TYPES.append("0x" + "00" * 31)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    require_node()
    with running_node() as node:
        yield deployed_world(node)


@pytest.fixture
def proxy(world: World) -> Iterator[LyingRpc]:
    snapshot = world.chain.call("evm_snapshot")
    with lying_rpc(world.url) as server:
        yield server
    world.chain.call("evm_revert", snapshot)


@pytest.fixture
def bench(world: World, proxy: LyingRpc, tmp_path: Path) -> Bench:
    chain: NodeChain = connect(proxy.url, limits=Limits(seconds=2.0, answer_bytes=1 << 20))
    return Bench(stage=AnvilStage(world), log=ReferenceLog(5), url=fresh_journal(tmp_path), chain=chain)


def test_fault_the_answer_to_a_transaction_is_lost_after_the_node_took_it(bench: Bench, proxy: LyingRpc) -> None:
    def lose(method: str, _params: list[Any], answer: dict[str, Any]) -> dict[str, Any]:
        return {} if method == "eth_sendRawTransaction" else answer

    proxy.lie = lose
    with pytest.raises(ChainUnavailableError):
        bench.step()
    proxy.lie = lambda _method, _params, answer: answer
    assert bench.step().outcome is AnchorOutcome.IDLE
    assert (anchored(bench.stage).seq, bench.rows()) == (1, 1)
    assert proxy.methods.count("eth_sendRawTransaction") == 1
    bench.check_book()


@pytest.mark.parametrize(
    "body", [b"", b"<html>busy</html>", b"[]", b"{}", b'{"jsonrpc":"2.0","id":1}', b"null", b"\xff\xfe"]
)
def test_fault_node_answers_garbage(bench: Bench, proxy: LyingRpc, body: bytes) -> None:
    proxy.raw = lambda _honest: body
    with pytest.raises(ChainUnavailableError):
        bench.step()
    proxy.raw = None
    assert bench.step().outcome is AnchorOutcome.SENT


@pytest.mark.parametrize(
    "method",
    [
        "eth_chainId",
        "eth_getBlockByNumber",
        "eth_getStorageAt",
        "eth_getTransactionCount",
        "eth_feeHistory",
        "eth_maxPriorityFeePerGas",
        "eth_estimateGas",
    ],
)
def test_fault_node_answers_another_type(bench: Bench, proxy: LyingRpc, method: str) -> None:
    for result in OTHER_TYPES:
        proxy.lie = lambda called, _, answer, told=result: {"result": told} if called == method else answer
        with pytest.raises(ChainError):
            bench.step()
    assert bench.rows() == 0


def test_fault_node_hangs(world: World, bench: Bench, proxy: LyingRpc) -> None:
    bench.restart(chain=connect(proxy.url, limits=Limits(seconds=0.3)))
    proxy.delay = 5.0
    with pytest.raises(ChainUnavailableError):
        bench.step()


def test_fault_node_lies_about_its_chain_on_the_wire(bench: Bench, proxy: LyingRpc) -> None:
    proxy.lie = lambda method, _params, answer: {"result": "0x1"} if method == "eth_chainId" else answer
    with pytest.raises(WrongChainError):
        bench.step()


def test_fault_node_claims_a_receipt_that_headers_do_not_bear_out(bench: Bench, proxy: LyingRpc) -> None:
    bench.step()

    def lie(method: str, _params: list[Any], answer: dict[str, Any]) -> dict[str, Any]:
        if method == "eth_getTransactionReceipt":
            answer["result"]["blockHash"] = flip_hex(answer["result"]["blockHash"])
        return answer

    proxy.lie = lie
    with pytest.raises(ReceiptContradictsError):
        bench.step()


def test_fault_node_stopped_and_started_again_between_steps(tmp_path: Path) -> None:
    """A real node that goes away with a transaction waiting, forgets its pool, and comes back on the same port."""
    require_node()
    state = str(tmp_path / "state.json")
    first = start_node(anvil_command("--state", state, "--preserve-historical-states"))
    try:
        world = deployed_world(first)
        bench = Bench(stage=AnvilStage(world), log=ReferenceLog(5), url=fresh_journal(tmp_path))
        bench.step()
        bench.log.grow(4)
        bench.stage.hold_mining()
        assert bench.step().outcome is AnchorOutcome.SENT
    finally:
        first.stop()
    for _ in range(3):
        with pytest.raises(ChainUnavailableError):
            bench.step()
    port = str(urlsplit(first.url).port)
    second = start_node(anvil_command("--state", state, "--preserve-historical-states", "--port", port))
    try:
        # Anvil goes on at the wall's time, which is behind blocks mined some seconds apart.
        world.chain.call("evm_setNextBlockTimestamp", hex(world.now() + 5))
        bench.stage.automines = True  # type: ignore[attr-defined]
        outcomes = [bench.step().outcome for _ in range(3)]
        assert AnchorOutcome.REBROADCAST in outcomes
        assert anchored(bench.stage).size == 9
        assert bench.rows() == 2
        bench.check_book()
    finally:
        second.stop()
