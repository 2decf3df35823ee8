"""The anchorer's parts alone: fees, rhythm under clocks that jump, the runner's pauses, recovery on a pruned node."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.anchor_log import AnchorLogReader
from ledger.chain.deploy import latest_block
from ledger.domain.anchoring import AnchorOutcome, AnchorReport
from ledger.domain.chain import AnchorHead, BlockTag, FeeMarket, Fees
from ledger.domain.chain_errors import (
    AnchorSettingError,
    AnchorUnrecoverableError,
    BlockUnknownError,
    ChainUnavailableError,
    WrongChainError,
)
from ledger.domain.errors import LedgerError
from ledger.services.anchor_fees import FeePolicy, quote, replacement
from ledger.services.anchor_planner import AnchorPlanner, AnchorRhythm
from ledger.services.anchor_recovery import AnchorRecovery
from ledger.services.anchor_runner import RunnerPace, run_anchorer
from ledger.services.anchorer import AnchorPolicy
from tests.support.anchoring import Bench, Faulty, ManualClock, ReferenceLog, SimulatedStage, fresh_journal
from verifier import contracts
from verifier.errors import VerifierError

GWEI = 10**9
fees = st.integers(0, 10**13)


# ---------------------------------------------------------------- fees


@given(base=fees, priority=fees, cap=fees)
def test_a_quote_pays_the_next_block_and_never_more_than_the_cap(base: int, priority: int, cap: int) -> None:
    found = quote(FeeMarket(base_fee=base, priority=priority), FeePolicy(cap=cap))
    if base > cap:
        assert found is None
    else:
        assert found is not None
        assert base <= found.max_fee <= cap
        assert 0 <= found.priority <= found.max_fee


@given(base=fees, priority=fees, old_max=fees, old_priority=fees, cap=fees)
def test_a_replacement_beats_both_fees_by_an_eighth(
    base: int, priority: int, old_max: int, old_priority: int, cap: int
) -> None:
    old = Fees(max_fee=max(old_max, old_priority), priority=old_priority)
    found = replacement(old, FeeMarket(base_fee=base, priority=priority), FeePolicy(cap=cap))
    if found is not None:
        assert found.max_fee * 1000 >= old.max_fee * 1125
        assert found.priority * 1000 >= old.priority * 1125
        assert found.priority > old.priority
        assert base <= found.max_fee <= cap
        assert found.priority <= found.max_fee


@pytest.mark.parametrize(
    "settings",
    [
        {"finality_depth": 0},
        {"finality_depth": -1},
        {"stuck_blocks": 0},
        {"fees": FeePolicy(cap=0)},
        {"fees": FeePolicy(base_fee_multiple=0)},
        {"rhythm": AnchorRhythm(interval=-1)},
    ],
)
def test_d11_settings_that_disarm_are_refused_at_start(settings: dict[str, object]) -> None:
    with pytest.raises(AnchorSettingError):
        AnchorPolicy(**settings)  # type: ignore[arg-type]


# ---------------------------------------------------------------- rhythm


def head(size: int, time: int, seq: int = 1) -> AnchorHead:
    return AnchorHead(seq=seq, size=size, time=time, word=b"\1" * 32)


def planner(size: int) -> tuple[AnchorPlanner, ManualClock]:
    clock = ManualClock()
    return AnchorPlanner(ReferenceLog(size), clock, AnchorRhythm(interval=60, margin=300)), clock


def test_the_first_anchor_is_due_at_once() -> None:
    plan, _ = planner(3)
    assert plan.is_due(AnchorHead(seq=0, size=0, time=0, word=bytes(32)), None)


def test_the_next_anchor_waits_for_the_interval() -> None:
    plan, clock = planner(9)
    last = head(3, clock.wall)
    assert not plan.is_due(last, None)
    clock.pass_seconds(59)
    assert not plan.is_due(last, None)
    clock.pass_seconds(1)
    assert plan.is_due(last, None)


def test_a_promise_coming_due_does_not_wait() -> None:
    plan, clock = planner(9)
    assert not plan.is_due(head(3, clock.wall), clock.wall + 301)
    assert plan.is_due(head(3, clock.wall), clock.wall + 300)


@pytest.mark.parametrize("jump", [-86_400, -3600, 86_400])
def test_fault_clock_jumps_never_hold_an_anchor_back(jump: int) -> None:
    plan, clock = planner(9)
    last = head(3, clock.wall)
    assert not plan.is_due(last, None)
    clock.wall += jump
    clock.ticks += 60
    assert plan.is_due(last, None)


def test_a_log_that_keeps_growing_is_anchored_once_an_interval_not_at_every_look() -> None:
    plan, clock = planner(9)
    assert not plan.is_due(head(3, clock.wall, seq=1), None)
    clock.pass_seconds(60)
    assert plan.is_due(head(3, clock.wall - 60, seq=1), None)
    clock.pass_seconds(1)
    assert not plan.is_due(head(5, clock.wall, seq=2), None)


def test_a_step_starts_at_the_anchored_tree_and_a_log_not_ahead_has_none() -> None:
    plan, _ = planner(9)
    step = plan.next_step(head(4, 0))
    assert step is not None
    assert (step.old_size, step.old_root, step.new_size) == (4, ReferenceLog(4).root(4), 9)
    assert plan.next_step(head(9, 0)) is None


# ---------------------------------------------------------------- runner


class Script:
    """An anchorer that does what the script says."""

    def __init__(self, *acts: BaseException | AnchorReport) -> None:
        self._acts: Iterator[BaseException | AnchorReport] = iter(acts)

    def step(self) -> AnchorReport:
        act = next(self._acts)
        if isinstance(act, BaseException):
            raise act
        return act


class Stopwatch:
    """Stops after so many pauses, and keeps them; never sleeps."""

    def __init__(self, most: int) -> None:
        self.pauses: list[float] = []
        self._most = most

    def is_set(self) -> bool:
        return len(self.pauses) >= self._most

    def wait(self, timeout: float) -> bool:
        self.pauses.append(timeout)
        return self.is_set()


class Notes:
    def __init__(self) -> None:
        self.outcomes: list[AnchorOutcome] = []
        self.errors: list[str] = []

    def stepped(self, report: AnchorReport) -> None:
        self.outcomes.append(report.outcome)

    def troubled(self, error: LedgerError | VerifierError, failures: int, pause: float) -> None:
        self.errors.append(error.code)


@pytest.fixture
def report(tmp_path) -> AnchorReport:
    return Bench(stage=SimulatedStage(), log=ReferenceLog(), url=fresh_journal(tmp_path)).step()


def test_fault_node_gone_for_minutes_is_asked_ever_more_rarely_then_work_resumes(report: AnchorReport) -> None:
    gone = [ChainUnavailableError("node", "refused") for _ in range(8)]
    stop, notes = Stopwatch(10), Notes()
    run_anchorer(Script(*gone, report, report), stop, notes, RunnerPace(poll=2, longest=60))
    assert stop.pauses == [2, 4, 8, 16, 32, 60, 60, 60, 2, 2]
    assert all(later >= earlier for earlier, later in pairwise(stop.pauses[:8]))
    assert notes.errors == ["chain.unavailable"] * 8
    assert notes.outcomes == [AnchorOutcome.IDLE] * 2


def test_errors_for_a_person_are_reported_and_outlived(report: AnchorReport) -> None:
    stop, notes = Stopwatch(2), Notes()
    run_anchorer(Script(WrongChainError(1, 2), report), stop, notes)
    assert notes.errors == ["chain.wrong-chain"]
    assert notes.outcomes == [AnchorOutcome.IDLE]


def test_a_defect_of_ours_ends_the_loop() -> None:
    with pytest.raises(ZeroDivisionError):
        run_anchorer(Script(ZeroDivisionError()), Stopwatch(2), Notes())


# ---------------------------------------------------------------- recovery, promises, finality


def anchored_bench(tmp_path, *growths: int) -> Bench:
    bench = Bench(stage=SimulatedStage(), log=ReferenceLog(), url=fresh_journal(tmp_path))
    for growth in growths:
        bench.log.grow(growth)
        bench.step()
    return bench


def pruned(bench: Bench, **more: object) -> Faulty:
    """A node that keeps the state of its newest block only."""
    chain = bench.stage.chain
    newest = latest_block(chain)

    def storage(contract: object, slot: object, block: object) -> bytes:
        if block != newest.hash:
            raise BlockUnknownError("pruned")
        return chain.storage(contract, slot, block)  # type: ignore[arg-type]

    return Faulty(chain, storage=storage, **more)  # type: ignore[arg-type]


def recovery(bench: Bench, chain: Faulty) -> AnchorRecovery:
    reader = AnchorLogReader(chain=chain, address=bench.stage.deployment.anchor_log)  # type: ignore[arg-type]
    return AnchorRecovery(chain=chain, anchor_log=reader, log=bench.log)  # type: ignore[arg-type]


def test_on_a_pruned_node_events_are_enough(tmp_path) -> None:
    bench = anchored_bench(tmp_path, 3, 4, 5)
    found = recovery(bench, pruned(bench)).earlier(2, latest_block(bench.stage.chain), [])
    assert (found.seq, found.size, found.root) == (2, 7, bench.log.root(7))


def test_without_state_events_or_journal_an_anchor_is_named_as_lost(tmp_path) -> None:
    bench = anchored_bench(tmp_path, 3, 4, 5)
    chain = pruned(bench, logs=lambda *_: [])
    with pytest.raises(AnchorUnrecoverableError) as lost:
        recovery(bench, chain).earlier(2, latest_block(bench.stage.chain), [])
    assert lost.value.seq == 2


def test_an_anchor_missing_under_its_own_latest_means_look_again(tmp_path) -> None:
    """A node that answers while it mines may show `latest` of one state and the anchor of the state before."""
    bench = anchored_bench(tmp_path, 3)
    chain, deployment = bench.stage.chain, bench.stage.deployment
    missing = contracts.anchor_slot(1)

    def storage(contract: object, slot: bytes, block: object) -> bytes:
        return bytes(32) if slot == missing else chain.storage(contract, slot, block)  # type: ignore[arg-type]

    reader = AnchorLogReader(chain=Faulty(chain, storage=storage), address=deployment.anchor_log)  # type: ignore[arg-type]
    with pytest.raises(BlockUnknownError):
        reader.head(latest_block(chain))


def test_a_wrong_hint_is_passed_over(tmp_path) -> None:
    bench = anchored_bench(tmp_path, 3, 4, 5)
    first, second, _ = bench.journal.anchors() if bench.step() else ()
    found = recovery(bench, pruned(bench, logs=lambda *_: [])).earlier(
        2, latest_block(bench.stage.chain), [first, second]
    )
    assert found == second


def test_a_broken_promise_is_seen_in_the_report(tmp_path) -> None:
    bench = anchored_bench(tmp_path, 3)
    bench.log.grow(2)
    now = latest_block(bench.stage.chain).time
    bench.promises.anchor_by[4] = now + 5
    bench.stage.hold_mining()
    assert not bench.step().promise_broken
    bench.stage.set_base_fee(1000 * GWEI)
    bench.stage.mine(6)
    late = bench.step()
    assert late.deadline == now + 5
    assert late.promise_broken


def test_a_node_without_the_finalized_tag_counts_depth(tmp_path) -> None:
    stage = SimulatedStage()
    stage.chain.settings.finality_depth = None
    assert stage.chain.head(BlockTag.FINALIZED) is None
    bench = Bench(stage=stage, log=ReferenceLog(3), url=fresh_journal(tmp_path))
    bench.step()
    stage.mine(63)
    assert bench.step().final.seq == 0
    stage.mine(1)
    assert bench.step().final.seq == 1
