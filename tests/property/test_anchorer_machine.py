"""Whatever a chain, an operator and a log do to each other, in any order: afterwards all is anchored and the book is right."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger.domain.anchoring import AnchorOutcome
from ledger.domain.chain import BlockTag, Fees
from ledger.domain.chain_errors import FeeTooLowError
from tests.support.anchoring import (
    GWEI,
    Bench,
    ReferenceLog,
    SimulatedStage,
    anchored,
    fresh_journal,
    next_nonce,
    send_foreign,
)
from verifier.contracts import anchor_slot

MOST_ENTRIES = 60


class AnchorerMachine(RuleBasedStateMachine):
    """The levers of the simulator, in any order."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tanji-machine-"))
        self.stage = SimulatedStage()
        self.stage.hold_mining()
        self.stage.mine(12)
        self.bench = Bench(stage=self.stage, log=ReferenceLog(1), url=fresh_journal(self.folder))

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            self.settle()
            self.bench.journal.close()
            shutil.rmtree(self.folder)

    @rule(count=st.integers(1, 5))
    def grow(self, count: int) -> None:
        self.bench.log.grow(min(count, MOST_ENTRIES - self.bench.log.size))

    @rule(times=st.integers(1, 3))
    def step(self, times: int) -> None:
        for _ in range(times):
            self.bench.step()

    @rule(blocks=st.integers(1, 4))
    def mine(self, blocks: int) -> None:
        self.stage.mine(blocks)

    @rule(depth=st.integers(1, 10), forget=st.booleans())
    def reorganise(self, depth: int, forget: bool) -> None:
        self.stage.reorganise(depth, forget=forget)

    @rule(count=st.integers(1, 5))
    def anchor_and_book(self, count: int) -> None:
        """The plain course, so that there is something for the other rules to spoil."""
        self.grow(count)
        self.bench.step()
        self.stage.mine()
        self.bench.step()

    @rule(depth=st.integers(1, 4))
    def move(self, depth: int) -> None:
        """What was mined is mined again in other blocks, before anybody looks."""
        self.stage.reorganise(depth, forget=False)
        self.stage.mine()

    @rule()
    def forget_pool(self) -> None:
        self.stage.forget_pool()

    @rule(base_fee=st.sampled_from([0, GWEI, 7 * GWEI, 60 * GWEI]))
    def market(self, base_fee: int) -> None:
        self.stage.set_base_fee(base_fee)

    @rule(fee=st.integers(1, 40))
    def stranger_with_our_key(self, fee: int) -> None:
        try:
            send_foreign(self.stage, Fees(max_fee=fee * GWEI, priority=fee * GWEI // 2))
        except FeeTooLowError:
            return

    @rule()
    def restart(self) -> None:
        self.bench.journal.close()
        self.bench.restart()

    @rule()
    def lose_the_journal(self) -> None:
        self.bench.journal.close()
        self.bench.restart(url=fresh_journal(self.folder))

    @invariant()
    def what_is_anchored_is_the_log(self) -> None:
        if not hasattr(self, "bench"):
            return
        latest = anchored(self.stage)
        head = self.stage.chain.head(BlockTag.LATEST)
        assert head is not None
        assert latest.size <= self.bench.log.size
        beyond = self.stage.chain.storage(self.stage.deployment.anchor_log, anchor_slot(latest.seq + 1), head.hash)
        assert beyond == bytes(32)

    def settle(self) -> None:
        """Calm weather: everything gets anchored in a bounded number of blocks, and only one transaction at a time waits."""
        self.stage.set_base_fee(5 * GWEI)  # more than was offered while gas was free
        for _ in range(60):
            outcome = self.bench.step().outcome
            self.stage.mine()
            waiting = [t for t in self.stage.chain.waiting() if t.envelope.nonce > next_nonce(self.stage)]
            assert len(waiting) <= 1
            if outcome is AnchorOutcome.IDLE and anchored(self.stage).size == self.bench.log.size:
                break
        assert anchored(self.stage).size == self.bench.log.size
        self.bench.step()
        self.bench.check_book()


TestAnchorerMachine = AnchorerMachine.TestCase
TestAnchorerMachine.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
