"""The anchorer against everything a chain does to it. One suite: the simulator and a real anvil; a part of it on Hardhat."""

from __future__ import annotations

import dataclasses
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.chain.localnode import anvil_command, hardhat_command, running_node
from ledger.domain.anchoring import AnchorOutcome, AnchorReport
from ledger.domain.chain import BlockTag, Fees
from ledger.domain.chain_errors import (
    ChainUnavailableError,
    LogBehindChainError,
    LogDivergesError,
    ReceiptContradictsError,
    WrongChainError,
    WrongCodeError,
)
from ledger.domain.store_errors import StoreFullError
from ledger.services.anchor_fees import FeePolicy
from ledger.services.anchorer import AnchorPolicy
from tests.support.anchoring import (
    ALWAYS,
    GWEI,
    AnvilStage,
    Bench,
    Faulty,
    HardhatStage,
    ReferenceLog,
    SimulatedStage,
    Stage,
    anchored,
    fresh_journal,
    next_nonce,
    receipts_in_another_block,
    send_foreign,
)
from tests.support.chain import World, deployed_world, require_node

pytestmark = pytest.mark.xdist_group("node-anchorer")


@pytest.fixture(scope="module")
def anvil_world() -> Iterator[World]:
    require_node()
    with running_node(anvil_command("--slots-in-an-epoch", "16", "--accounts", "1")) as node:
        yield deployed_world(node)


@pytest.fixture(scope="module")
def hardhat_world() -> Iterator[World]:
    require_node()
    with running_node(hardhat_command()) as node:
        yield deployed_world(node)


@pytest.fixture(params=["simulator", pytest.param("anvil", marks=pytest.mark.node)])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    if request.param == "simulator":
        yield SimulatedStage()
        return
    world: World = request.getfixturevalue("anvil_world")
    snapshot = world.chain.call("evm_snapshot")
    world.chain.call("evm_setAutomine", True)
    world.chain.call("anvil_setNextBlockBaseFeePerGas", hex(GWEI))  # a fee set by the test before outlives the revert
    yield AnvilStage(world)
    world.chain.call("anvil_dropAllTransactions")
    world.chain.call("evm_revert", snapshot)


@pytest.fixture
def bench(stage: Stage, tmp_path: Path) -> Bench:
    return Bench(stage=stage, log=ReferenceLog(5), url=fresh_journal(tmp_path))


@pytest.fixture
def hardhat_bench(hardhat_world: World, tmp_path: Path) -> Iterator[Bench]:
    snapshot = hardhat_world.chain.call("evm_snapshot")
    hardhat_world.chain.call("evm_setAutomine", True)
    yield Bench(stage=HardhatStage(hardhat_world), log=ReferenceLog(5), url=fresh_journal(tmp_path))
    hardhat_world.chain.call("evm_revert", snapshot)


# ---------------------------------------------------------------- the plain course


def test_a_growing_log_is_anchored_step_by_step(bench: Bench) -> None:
    for growth in (0, 1, 58, 7):
        bench.log.grow(growth)
        assert bench.step().outcome is AnchorOutcome.SENT
        assert bench.step().outcome is AnchorOutcome.IDLE
    latest = anchored(bench.stage)
    assert (latest.seq, latest.size) == (4, 71)
    assert bench.rows() == 4
    bench.check_book()


def test_nothing_is_sent_while_an_anchor_is_in_flight(bench: Bench) -> None:
    bench.stage.hold_mining()
    assert bench.step().outcome is AnchorOutcome.SENT
    bench.log.grow(3)
    assert bench.step().outcome is AnchorOutcome.WAITING
    assert bench.rows() == 1
    bench.stage.mine()
    assert bench.step().outcome is AnchorOutcome.SENT
    bench.stage.mine()
    bench.step()
    assert anchored(bench.stage).size == 8
    bench.check_book()


def test_finality_is_reported_only_once_the_final_block_holds_the_anchor(bench: Bench) -> None:
    bench.step()
    report = bench.step()
    assert (report.anchored.seq, report.final.seq) == (1, 0)
    bench.stage.mine(31)
    assert bench.step().final.seq == 0
    bench.stage.mine(2)
    assert bench.step().final.seq == 1
    bench.check_book()


def test_a_log_ahead_by_more_than_the_bound_is_anchored_in_bounded_pieces(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.services.anchor_planner.MAX_GROWTH", 4)
    bench.log.grow(5)
    for size in (4, 8, 10):
        assert bench.step().outcome is AnchorOutcome.SENT
        assert anchored(bench.stage).size == size
    assert bench.step().outcome is AnchorOutcome.IDLE
    bench.check_book()


# ---------------------------------------------------------------- fees


def wait_under_high_fees(bench: Bench) -> AnchorReport:
    """Blocks go by at 50 gwei until the anchorer replaces its transaction."""
    report = bench.step()
    for _ in range(8):
        bench.stage.set_base_fee(50 * GWEI)
        bench.stage.mine(1)
        bench.stage.set_base_fee(50 * GWEI)
        report = bench.step()
        if report.outcome is AnchorOutcome.REPLACED:
            break
    return report


def test_fault_transaction_stuck_at_too_low_a_fee_is_replaced(bench: Bench) -> None:
    bench.stage.hold_mining()
    first = bench.step()
    second = wait_under_high_fees(bench)
    assert second.outcome is AnchorOutcome.REPLACED
    assert second.transaction != first.transaction
    rows = bench.journal.transactions(bench.stage.signer.address, 0)
    assert rows[0].nonce == rows[1].nonce
    assert rows[1].fees.max_fee * 1000 >= rows[0].fees.max_fee * 1125
    assert rows[1].fees.priority * 1000 >= rows[0].fees.priority * 1125
    bench.stage.mine()
    assert bench.step().outcome is AnchorOutcome.IDLE
    assert anchored(bench.stage).size == 5
    bench.check_book()


def test_a_replacement_carries_what_the_log_has_become(bench: Bench) -> None:
    bench.stage.hold_mining()
    bench.step()
    bench.log.grow(4)
    assert wait_under_high_fees(bench).outcome is AnchorOutcome.REPLACED
    bench.stage.mine()
    bench.step()
    assert (anchored(bench.stage).seq, anchored(bench.stage).size) == (1, 9)
    bench.check_book()


def test_fees_are_never_offered_above_the_cap(bench: Bench) -> None:
    cap = 5 * GWEI
    bench.restart(policy=AnchorPolicy(rhythm=ALWAYS, fees=FeePolicy(cap=cap)))
    bench.stage.hold_mining()
    bench.stage.set_base_fee(50 * GWEI)
    bench.stage.mine()
    bench.stage.set_base_fee(50 * GWEI)
    assert bench.step().outcome is AnchorOutcome.HELD
    assert bench.rows() == 0
    bench.stage.set_base_fee(GWEI)
    assert bench.step().outcome is AnchorOutcome.SENT
    outcomes = set()
    for _ in range(20):
        bench.stage.set_base_fee(6 * GWEI)
        bench.stage.mine(1)
        bench.stage.set_base_fee(6 * GWEI)
        outcomes.add(bench.step().outcome)
    assert AnchorOutcome.HELD in outcomes
    assert all(row.fees.max_fee <= cap for row in bench.journal.transactions(bench.stage.signer.address, 0))


# ---------------------------------------------------------------- nonces


def test_fault_another_transaction_with_our_nonce_is_mined(bench: Bench) -> None:
    bench.stage.hold_mining()
    bench.step()
    nonce = next_nonce(bench.stage)
    send_foreign(bench.stage, Fees(max_fee=100 * GWEI, priority=50 * GWEI), nonce=nonce)
    bench.stage.mine()
    assert next_nonce(bench.stage) == nonce + 1
    assert anchored(bench.stage).seq == 0
    assert bench.step().outcome is AnchorOutcome.SENT
    bench.stage.mine()
    bench.step()
    assert anchored(bench.stage).size == 5
    bench.check_book()


def test_fault_another_transaction_with_our_nonce_waits_in_the_pool(bench: Bench) -> None:
    bench.stage.hold_mining()
    send_foreign(bench.stage, Fees(max_fee=9 * GWEI, priority=4 * GWEI))
    for _ in range(30):
        if bench.step().outcome is AnchorOutcome.REPLACED:
            break
    bench.stage.mine()
    bench.step()
    assert anchored(bench.stage).size == 5
    bench.check_book()


def test_somebody_else_with_the_key_anchors_first(bench: Bench, tmp_path: Path) -> None:
    """A second anchorer with the same key and log, and its own journal: the log is anchored once, and both know it."""
    (tmp_path / "other").mkdir()
    other = Bench(stage=bench.stage, log=bench.log, url=fresh_journal(tmp_path / "other"))
    bench.stage.hold_mining()
    bench.step()
    other.step()
    bench.stage.mine()
    assert bench.step().outcome is AnchorOutcome.IDLE
    assert other.step().outcome is AnchorOutcome.IDLE
    assert anchored(bench.stage).seq == 1
    bench.check_book()
    other.check_book()


def test_a_transaction_that_reverts_is_planned_anew(bench: Bench, tmp_path: Path) -> None:
    """Two sequencer keys during a change of keys: whose anchor comes second reverts, and goes on from the chain."""
    (tmp_path / "next").mkdir()
    following = Bench(
        stage=bench.stage, log=ReferenceLog(7), url=fresh_journal(tmp_path / "next"), role="next-sequencer"
    )
    bench.stage.hold_mining()
    assert bench.step().outcome is AnchorOutcome.SENT
    assert following.step().outcome is AnchorOutcome.SENT
    assert following.rows() == 1
    bench.stage.mine()
    assert anchored(bench.stage).seq == 1
    bench.log.grow(4)
    for _ in range(6):
        bench.step()
        bench.stage.mine()
    assert bench.step().outcome is AnchorOutcome.IDLE
    assert anchored(bench.stage).size == 9
    assert bench.rows() + following.rows() == 3, "two at first, of which one reverted, and one for the rest"
    bench.check_book()
    following.log.grow(2)
    assert following.step().outcome is AnchorOutcome.IDLE
    following.check_book()


def test_fault_the_node_lost_its_pool(bench: Bench) -> None:
    bench.stage.hold_mining()
    sent = bench.step()
    bench.stage.forget_pool()
    again = bench.step()
    assert (again.outcome, again.transaction) == (AnchorOutcome.REBROADCAST, sent.transaction)
    bench.stage.mine()
    bench.step()
    assert anchored(bench.stage).size == 5
    assert bench.rows() == 1
    bench.check_book()


def test_fault_full_disk_nothing_is_sent_that_is_not_in_the_journal(bench: Bench) -> None:
    nonce = next_nonce(bench.stage)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, hard))
    try:
        with pytest.raises(StoreFullError):
            bench.step()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (next_nonce(bench.stage), stage_pending(bench.stage)) == (nonce, nonce)
    assert bench.step().outcome is AnchorOutcome.SENT
    bench.step()
    assert (anchored(bench.stage).seq, bench.rows()) == (1, 1)
    bench.check_book()


def stage_pending(stage: Stage) -> int:
    return stage.chain.pending_nonce(stage.signer.address)


# ---------------------------------------------------------------- reorganisations


@pytest.mark.parametrize("depth", [1, 2, 10])
@pytest.mark.parametrize("fate", ["forgotten", "kept"])
def test_fault_reorganisation_under_a_mined_anchor(bench: Bench, depth: int, fate: str) -> None:
    bench.stage.mine(12)
    bench.step()
    bench.log.grow(6)
    bench.step()
    bench.stage.mine(depth - 1)
    bench.step()
    assert anchored(bench.stage).seq == 2
    bench.stage.reorganise(depth, forget=fate == "forgotten")
    assert anchored(bench.stage).seq == 1
    for _ in range(4):
        bench.step()
        bench.stage.mine()
    assert bench.step().outcome is AnchorOutcome.IDLE
    assert (anchored(bench.stage).seq, anchored(bench.stage).size) == (2, 11)
    assert bench.rows() == 2, "the same bytes were good again; nothing new was signed"
    bench.check_book()


def test_fault_reorganisation_moves_an_anchor_to_another_block_before_anybody_looks(bench: Bench) -> None:
    bench.stage.mine(12)
    bench.step()
    bench.step()
    before = bench.journal.anchors()
    bench.stage.reorganise(3, forget=False)
    bench.stage.mine(3)
    assert anchored(bench.stage).seq == 1
    assert bench.step().outcome is AnchorOutcome.IDLE
    after = bench.journal.anchors()
    assert (after[0].size, after[0].root) == (before[0].size, before[0].root)
    assert after[0].time != before[0].time
    bench.check_book()


def test_fault_reorganisation_that_undoes_several_anchors(bench: Bench) -> None:
    bench.stage.mine(12)
    for _ in range(4):
        bench.step()
        bench.log.grow(3)
    assert anchored(bench.stage).seq == 4
    bench.stage.reorganise(4, forget=True)
    assert anchored(bench.stage).seq == 0
    for _ in range(12):
        bench.step()
        bench.stage.mine()
    assert bench.step().outcome is AnchorOutcome.IDLE
    assert anchored(bench.stage).size == bench.log.size
    bench.check_book()


def test_fault_restart_after_a_reorganisation_that_dropped_an_anchor(bench: Bench) -> None:
    bench.stage.mine(12)
    bench.step()
    bench.step()
    bench.check_book()
    bench.stage.reorganise(1, forget=True)
    bench.restart()
    assert bench.step().outcome is AnchorOutcome.REBROADCAST
    bench.stage.mine()
    bench.step()
    assert anchored(bench.stage).size == 5
    bench.check_book()


# ---------------------------------------------------------------- nodes that are away, or lie


def test_fault_node_gone_and_back(bench: Bench) -> None:
    node = Faulty(bench.stage.chain)
    bench.restart(chain=node)
    bench.step()
    bench.log.grow(2)
    node.gone = True
    for _ in range(3):
        with pytest.raises(ChainUnavailableError):
            bench.step()
    node.gone = False
    assert bench.step().outcome is AnchorOutcome.SENT
    bench.step()
    assert anchored(bench.stage).size == 7
    bench.check_book()


@pytest.mark.parametrize("answer", ["accepted", "lost"])
def test_fault_node_goes_away_while_it_takes_a_transaction(bench: Bench, answer: str) -> None:
    """The journal has it, nobody knows whether the node has."""

    def broadcast(raw: bytes) -> None:
        if answer == "accepted":
            bench.stage.chain.broadcast(raw)
        raise ChainUnavailableError("test node", "connection reset")

    node = Faulty(bench.stage.chain, broadcast=broadcast)
    bench.restart(chain=node)
    with pytest.raises(ChainUnavailableError):
        bench.step()
    node.replaced.clear()
    bench.step()
    assert bench.step().outcome is AnchorOutcome.IDLE
    assert (anchored(bench.stage).seq, bench.rows()) == (1, 1)
    bench.check_book()


def test_fault_node_lies_about_its_chain(bench: Bench) -> None:
    bench.restart(chain=Faulty(bench.stage.chain, chain_id=lambda: 1))
    with pytest.raises(WrongChainError):
        bench.step()
    assert bench.rows() == 0


def test_fault_node_shows_other_code(bench: Bench) -> None:
    bench.restart(chain=Faulty(bench.stage.chain, code_hash=lambda *_: b"\x01" * 32))
    with pytest.raises(WrongCodeError):
        bench.step()
    assert bench.rows() == 0


def test_fault_node_lies_in_a_receipt(bench: Bench) -> None:
    bench.step()
    bench.restart(chain=Faulty(bench.stage.chain, receipt=receipts_in_another_block(bench.stage.chain)))
    with pytest.raises(ReceiptContradictsError, match="another hash"):
        bench.step()


def test_fault_node_says_mined_but_storage_does_not_show_the_anchor(bench: Bench) -> None:
    bench.step()
    honest = bench.stage.chain
    bench.restart(chain=Faulty(honest, storage=lambda *_: bytes(32)))
    with pytest.raises(ReceiptContradictsError, match="not anchored there"):
        bench.step()


def test_fault_node_shows_an_anchor_that_our_log_does_not_reproduce(bench: Bench) -> None:
    bench.step()
    bench.restart(log=ReferenceLog(9, salt=b"another log"))
    with pytest.raises(LogDivergesError) as found:
        bench.step()
    assert (found.value.seq, found.value.size) == (1, 5)
    assert bench.rows() == 1


def test_fault_log_restored_from_an_old_backup_never_anchors(bench: Bench) -> None:
    bench.step()
    bench.restart(log=ReferenceLog(3))
    with pytest.raises(LogBehindChainError) as found:
        bench.step()
    assert (found.value.anchored, found.value.log_size) == (5, 3)


# ---------------------------------------------------------------- losses


def test_a_lost_journal_is_made_again_from_the_chain(bench: Bench, tmp_path: Path) -> None:
    for growth in (0, 3, 4):
        bench.log.grow(growth)
        bench.step()
    (tmp_path / "new").mkdir()
    bench.restart(url=fresh_journal(tmp_path / "new"))
    assert bench.step().outcome is AnchorOutcome.IDLE
    assert [anchor.size for anchor in bench.journal.anchors()] == [5, 8, 12]
    bench.check_book()


def test_a_lost_journal_is_made_again_without_events(bench: Bench, tmp_path: Path) -> None:
    for growth in (0, 3, 4):
        bench.log.grow(growth)
        bench.step()
    (tmp_path / "new").mkdir()
    bench.restart(url=fresh_journal(tmp_path / "new"), chain=Faulty(bench.stage.chain, logs=lambda *_: []))
    bench.step()
    bench.check_book()


def test_final_anchors_are_not_read_again(bench: Bench) -> None:
    for growth in (0, 3, 4):
        bench.log.grow(growth)
        bench.step()
    bench.stage.mine(34)
    bench.step()
    node = Faulty(bench.stage.chain)
    bench.restart(chain=node)
    assert bench.step().final.seq == 3
    assert node.calls <= 12
    assert dataclasses.asdict(bench.step().anchored)["seq"] == 3
    head = bench.stage.chain.head(BlockTag.LATEST)
    assert head is not None


# ---------------------------------------------------------------- the same on Hardhat, as far as it can be made to


@pytest.mark.node
@pytest.mark.parametrize(
    "case",
    [
        test_a_growing_log_is_anchored_step_by_step,
        test_nothing_is_sent_while_an_anchor_is_in_flight,
        test_fault_transaction_stuck_at_too_low_a_fee_is_replaced,
        test_fault_another_transaction_with_our_nonce_is_mined,
        test_fault_the_node_lost_its_pool,
        test_fault_node_gone_and_back,
    ],
)
def test_hardhat(case: Callable[[Bench], None], hardhat_bench: Bench) -> None:
    case(hardhat_bench)
