"""What every chain must do, asked of the simulator, anvil and Hardhat alike: reads, refusals by type, AnchorLog's rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.chain.anchor_log import AnchorLogReader, encode_anchor
from ledger.chain.deploy import latest_block
from ledger.chain.localnode import anvil_command, hardhat_command, running_node
from ledger.chain.sending import Sender
from ledger.chain.transactions import Envelope, sign_transaction
from ledger.domain.chain import BlockTag, Call, Fees
from ledger.domain.chain_errors import (
    BlockUnknownError,
    CallRevertedError,
    FeeTooLowError,
    FundsMissingError,
    NonceUsedError,
    TransactionRefusedError,
)
from ledger.keys.memory import MemorySigner
from tests.support.anchoring import (
    GWEI,
    AnvilStage,
    HardhatStage,
    ReferenceLog,
    SimulatedStage,
    Stage,
    next_nonce,
    send_foreign,
)
from tests.support.chain import World, deployed_world, require_node, test_key
from verifier.contracts import anchor_digest
from verifier.hashing import keccak256
from verifier.merkle import EMPTY_ROOT
from verifier.types import Address, BlockHash

pytestmark = pytest.mark.xdist_group("node-behaviour")
KINDS = ["simulator", pytest.param("anvil", marks=pytest.mark.node), pytest.param("hardhat", marks=pytest.mark.node)]
PLENTY = Fees(max_fee=20 * GWEI, priority=GWEI)


@pytest.fixture(scope="module")
def anvil_world() -> Iterator[World]:
    require_node()
    with running_node(anvil_command("--accounts", "1")) as node:
        yield deployed_world(node)


@pytest.fixture(scope="module")
def hardhat_world() -> Iterator[World]:
    require_node()
    with running_node(hardhat_command()) as node:
        yield deployed_world(node)


@pytest.fixture(params=KINDS)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    if request.param == "simulator":
        yield SimulatedStage()
        return
    world: World = request.getfixturevalue(f"{request.param}_world")
    snapshot = world.chain.call("evm_snapshot")
    world.chain.call("evm_setAutomine", True)
    world.chain.call("hardhat_setNextBlockBaseFeePerGas", hex(GWEI))
    yield AnvilStage(world) if request.param == "anvil" else HardhatStage(world)
    world.chain.call("evm_revert", snapshot)


def sender(stage: Stage, signer: MemorySigner | None = None) -> Sender:
    return Sender(chain=stage.chain, chain_id=stage.deployment.chain_id, signer=signer or stage.signer)


def anchor(stage: Stage, log: ReferenceLog, old: int, new: int, **wrong: object) -> bytes:
    arguments: dict[str, object] = {
        "old_root": log.root(old) if old else EMPTY_ROOT,
        "new_size": new,
        "new_root": log.root(new) if new <= log.size else bytes(32),
        "proof": log.consistency(old, new) if new <= log.size else [],
    }
    return encode_anchor(**(arguments | wrong))  # type: ignore[arg-type]


def send(stage: Stage, data: bytes) -> None:
    sender(stage).send(stage.deployment.anchor_log, data)


def refused(stage: Stage, data: bytes) -> CallRevertedError:
    with pytest.raises(CallRevertedError) as found:
        send(stage, data)
    return found.value


# ---------------------------------------------------------------- reads


def test_blocks_are_chained_and_unknown_ones_are_none(stage: Stage) -> None:
    stage.mine(2)
    head = latest_block(stage.chain)
    before = stage.chain.block(head.number - 1)
    assert before is not None
    assert (before.hash, head.time > before.time) == (head.parent, True)
    assert stage.chain.block(head.number) == head
    assert stage.chain.block(head.number + 1000) is None
    assert stage.chain.head(BlockTag.FINALIZED) is not None


def test_state_under_an_unknown_block_is_a_typed_error(stage: Stage) -> None:
    nowhere = BlockHash(b"\x77" * 32)
    for ask in (
        lambda: stage.chain.storage(stage.deployment.anchor_log, bytes(32), nowhere),
        lambda: stage.chain.code_hash(stage.deployment.anchor_log, nowhere),
        lambda: stage.chain.nonce(stage.signer.address, nowhere),
    ):
        with pytest.raises(BlockUnknownError):
            ask()


def test_words_are_read_as_of_the_block_asked_for(stage: Stage) -> None:
    log, reader = ReferenceLog(9), AnchorLogReader(chain=stage.chain, address=stage.deployment.anchor_log)
    before = latest_block(stage.chain)
    send(stage, anchor(stage, log, 0, 4))
    between = latest_block(stage.chain)
    send(stage, anchor(stage, log, 4, 9))
    after = latest_block(stage.chain)
    assert [reader.head(block).size for block in (before, between, after)] == [0, 4, 9]
    assert reader.word(1, after) == anchor_digest(4, log.root(4), between.time)
    assert reader.word(2, after) == anchor_digest(9, log.root(9), after.time) == reader.head(after).word
    assert [(a.seq, a.size, a.time) for a in reader.events(0, after.number)] == [
        (1, 4, between.time),
        (2, 9, after.time),
    ]
    assert reader.successor(after) is None


def test_code_hash_of_an_account_without_code_is_that_of_nothing(stage: Stage) -> None:
    head = latest_block(stage.chain)
    assert stage.chain.code_hash(Address(b"\x55" * 20), head.hash) == keccak256(b"")
    assert stage.chain.code_hash(stage.deployment.anchor_log, head.hash) == stage.deployment.anchor_log_code_hash


def test_receipts_and_nonces_follow_a_transaction(stage: Stage) -> None:
    stage.hold_mining()
    nonce = next_nonce(stage)
    waiting = send_foreign(stage, PLENTY)
    assert stage.chain.knows(waiting)
    assert stage.chain.receipt(waiting) is None
    assert (next_nonce(stage), stage.chain.pending_nonce(stage.signer.address)) == (nonce, nonce + 1)
    stage.mine()
    receipt = stage.chain.receipt(waiting)
    assert receipt is not None
    assert receipt.succeeded
    block = stage.chain.block(receipt.block_number)
    assert block is not None
    assert block.hash == receipt.block_hash
    assert next_nonce(stage) == nonce + 1
    assert not stage.chain.knows(keccak256(b"another"))  # type: ignore[arg-type]


# ---------------------------------------------------------------- refusals of the pool


def test_sending_the_same_bytes_twice_is_fine_before_and_after_mining(stage: Stage) -> None:
    stage.hold_mining()
    call = Call(sender=stage.signer.address, to=stage.signer.address, data=b"")
    envelope = Envelope(chain_id=stage.deployment.chain_id, nonce=next_nonce(stage), gas_limit=50_000, fees=PLENTY)
    raw = sign_transaction(call, envelope, stage.signer).raw
    stage.chain.broadcast(raw)
    stage.chain.broadcast(raw)
    stage.mine()
    stage.chain.broadcast(raw)


def test_a_used_nonce_is_refused_by_type(stage: Stage) -> None:
    send_foreign(stage, PLENTY)
    with pytest.raises(NonceUsedError):
        send_foreign(stage, Fees(max_fee=21 * GWEI, priority=GWEI), nonce=next_nonce(stage) - 1)


def test_a_replacement_that_does_not_pay_more_is_refused_by_type(stage: Stage) -> None:
    stage.hold_mining()
    first = send_foreign(stage, PLENTY)
    with pytest.raises(FeeTooLowError):
        send_foreign(stage, Fees(max_fee=PLENTY.max_fee - 1, priority=PLENTY.priority - 1))
    if not isinstance(stage, AnvilStage) or isinstance(stage, HardhatStage):  # anvil takes one wei more
        with pytest.raises(FeeTooLowError):
            send_foreign(stage, Fees(max_fee=PLENTY.max_fee + 1, priority=PLENTY.priority + 1))
    second = send_foreign(stage, Fees(max_fee=PLENTY.max_fee * 2, priority=PLENTY.priority * 2))
    stage.mine()
    assert stage.chain.receipt(first) is None
    assert stage.chain.receipt(second) is not None


def test_an_account_that_cannot_pay_is_refused_by_type(stage: Stage) -> None:
    poor = test_key("poor")
    if isinstance(stage, SimulatedStage):
        stage.chain.balances[poor.address] = 0
    call = Call(sender=poor.address, to=poor.address, data=b"")
    envelope = Envelope(chain_id=stage.deployment.chain_id, nonce=0, gas_limit=50_000, fees=PLENTY)
    with pytest.raises(FundsMissingError):
        stage.chain.broadcast(sign_transaction(call, envelope, poor).raw)


def test_a_transaction_for_another_chain_is_refused(stage: Stage) -> None:
    call = Call(sender=stage.signer.address, to=stage.signer.address, data=b"")
    envelope = Envelope(chain_id=1, nonce=next_nonce(stage), gas_limit=50_000, fees=PLENTY)
    with pytest.raises(TransactionRefusedError):
        stage.chain.broadcast(sign_transaction(call, envelope, stage.signer).raw)


# ---------------------------------------------------------------- AnchorLog's rules (C08, C09, D12)


@pytest.fixture
def log(stage: Stage) -> ReferenceLog:
    log = ReferenceLog(12)
    send(stage, anchor(stage, log, 0, 7))
    return log


def test_c08_a_tree_that_changes_an_old_entry_is_refused_by_name(stage: Stage, log: ReferenceLog) -> None:
    forged = ReferenceLog(12, salt=b"forged")
    error = refused(stage, anchor(stage, forged, 7, 12, old_root=log.root(7)))
    assert error.name == "InconsistentTree"


def test_c09_growth_beyond_the_bound_is_refused_by_name_and_values(stage: Stage, log: ReferenceLog) -> None:
    error = refused(stage, anchor(stage, log, 7, 7 + 2**24 + 1))
    assert (error.name, error.arguments) == ("GrowthTooLarge", (7, 7 + 2**24 + 1, 2**24))


def test_c09_stale_old_state_is_refused_by_name(stage: Stage, log: ReferenceLog) -> None:
    error = refused(stage, anchor(stage, log, 5, 12))
    assert error.name == "StaleRoot"
    assert error.arguments[:2] == (1, 7)


def test_a_shrinking_tree_is_refused_by_name(stage: Stage, log: ReferenceLog) -> None:
    error = refused(stage, encode_anchor(old_root=log.root(7), new_size=6, new_root=log.root(6), proof=[]))
    assert (error.name, error.arguments) == ("TreeShrinks", (7, 6))


def test_d12_the_same_size_and_root_again_is_success_without_effect(stage: Stage, log: ReferenceLog) -> None:
    before = latest_block(stage.chain)
    send(stage, anchor(stage, log, 7, 7))
    reader = AnchorLogReader(chain=stage.chain, address=stage.deployment.anchor_log)
    assert reader.head(latest_block(stage.chain)) == reader.head(before)


def test_the_same_size_with_another_root_is_refused_by_name(stage: Stage, log: ReferenceLog) -> None:
    assert refused(stage, anchor(stage, log, 7, 7, new_root=b"\x09" * 32)).name == "SameSizeOtherRoot"


def test_a_stranger_never_anchors(stage: Stage, log: ReferenceLog) -> None:
    stranger = test_key("certifier")
    with pytest.raises(CallRevertedError) as found:
        sender(stage, stranger).send(stage.deployment.anchor_log, anchor(stage, log, 7, 12))
    assert found.value.name == "NotEntitled"
