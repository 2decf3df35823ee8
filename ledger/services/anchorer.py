"""The anchorer: brings the log's roots onto the chain, one anchor in flight at a time.

Each `step` looks at the chain anew and decides from what it sees; the journal only says what was signed. So every step may
be the first after a crash, a reorganisation, a week without a node, or somebody else's transaction with our nonce:

    nonce taken, anchored size ≥ ours   done; the anchor's word is checked and its preimage kept
    nonce taken, anchored size < ours   reverted, or a foreign transaction: plan anew from the chain
    nonce free, node has ours           wait; after some blocks replace it with higher fees
    nonce free, node lost ours          send the same bytes again, or plan anew when the chain has moved
    nonce free again                    a reorganisation undid an anchor: as above
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.chain.anchor_log import encode_anchor
from ledger.chain.transactions import Envelope, sign_transaction
from ledger.domain.anchoring import AnchorOutcome, AnchorReport, AnchorStep, JournaledTransaction
from ledger.domain.chain import Call, Fees
from ledger.domain.chain_errors import (
    AnchorLogRetiredError,
    AnchorSettingError,
    CallRevertedError,
    FeeTooLowError,
    NonceUsedError,
)
from ledger.ports.anchor_journal import AnchorJournal
from ledger.ports.chain import AnchorChain
from ledger.ports.clock import Clock
from ledger.ports.crash import NO_CRASH, CrashPoints
from ledger.ports.log_reader import LogReader, PromiseReader
from ledger.ports.signer import Signer
from ledger.services.anchor_book import AnchorBook
from ledger.services.anchor_fees import FeePolicy, quote, replacement
from ledger.services.anchor_planner import AnchorPlanner, AnchorRhythm
from ledger.services.anchor_view import ChainView, ChainWatcher
from verifier.deployment import Deployment
from verifier.types import Digest

GAS_MARGIN_PERCENT = 20
STALE = frozenset(("StaleRoot", "TreeShrinks", "SameSizeOtherRoot"))  # AnchorLog moved between looking and estimating


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorPolicy:
    """rhythm, fees: when and for how much. stuck_blocks: blocks after which a waiting transaction is replaced.

    finality_depth: see `ChainWatcher`. Raises AnchorSettingError for a value that would disarm what it sets.
    """

    rhythm: AnchorRhythm = field(default_factory=AnchorRhythm)
    fees: FeePolicy = field(default_factory=FeePolicy)
    stuck_blocks: int = 3
    finality_depth: int = 64

    def __post_init__(self) -> None:
        """Refuse zero and negative settings."""
        settings = (
            ("stuck_blocks", self.stuck_blocks, 1),
            ("finality_depth", self.finality_depth, 1),
            ("fees.cap", self.fees.cap, 1),
            ("fees.base_fee_multiple", self.fees.base_fee_multiple, 1),
            ("rhythm.interval", self.rhythm.interval, 0),
            ("rhythm.margin", self.rhythm.margin, 0),
        )
        for setting, given, least in settings:
            if given < least:
                raise AnchorSettingError(setting, given, least)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorParts:
    """What an anchorer is made of. One account (`signer`) anchors one log, and does nothing else."""

    chain: AnchorChain
    deployment: Deployment
    signer: Signer
    log: LogReader
    promises: PromiseReader
    journal: AnchorJournal
    clock: Clock
    policy: AnchorPolicy = field(default_factory=AnchorPolicy)
    crash: CrashPoints = NO_CRASH


class Anchorer:
    """See the module. Not safe for several threads; two processes with one key cannot harm the log, only waste fees."""

    def __init__(self, parts: AnchorParts) -> None:
        self._parts = parts
        self._watcher = ChainWatcher(
            chain=parts.chain,
            deployment=parts.deployment,
            account=parts.signer.address,
            finality_depth=parts.policy.finality_depth,
        )
        self._planner = AnchorPlanner(parts.log, parts.clock, parts.policy.rhythm)
        self._book = AnchorBook(watcher=self._watcher, log=parts.log, journal=parts.journal)
        self._waiting: tuple[Digest, int] | None = (
            None  # since which height we have seen a transaction wait: for pace only
        )

    def step(self) -> AnchorReport:
        """Look once and do at most one thing.

        Raises:
            ChainUnavailableError, BlockUnknownError: look again later.
            ChainLiesError, AnchoringError, CallRevertedError, FundsMissingError: a person has to look.
            StoreFullError, StoreUnavailableError: nothing was sent that is not in the journal.
        """
        view = self._watcher.look()
        self._parts.crash.reach("anchor.looked")
        ours = list(self._parts.journal.transactions(self._parts.signer.address, view.final_nonce))
        self._watcher.check_receipts([row for row in ours if row.nonce < view.nonce], view)
        if self._book.reconcile(view, ours):
            self._parts.crash.reach("anchor.booked")
        deadline = self._parts.promises.earliest_anchor_by(view.anchored.size)
        waiting = [row for row in ours if row.nonce == view.nonce]
        self._note_waiting(waiting[-1].hash if waiting else None, view)
        if waiting:
            outcome, transaction = self._tend(view, waiting[-1])
        else:
            outcome, transaction = self._begin(view, deadline)
        return AnchorReport(
            outcome=outcome,
            head=view.head,
            anchored=view.anchored,
            final=view.final_anchored,
            log_size=self._parts.log.size,
            deadline=deadline,
            transaction=transaction,
        )

    def _begin(self, view: ChainView, deadline: int | None) -> tuple[AnchorOutcome, Digest | None]:
        step = self._planner.next_step(view.anchored)
        if step is None or not self._planner.is_due(view.anchored, deadline):
            return AnchorOutcome.IDLE, None
        self._require_open(view)
        return self._send(view, step, AnchorOutcome.SENT, None)

    def _tend(self, view: ChainView, row: JournaledTransaction) -> tuple[AnchorOutcome, Digest | None]:
        """Look after our newest transaction with the next nonce."""
        step = self._planner.next_step(view.anchored)
        outdated = row.step.old_size != view.anchored.size or (step is not None and row.step.old_root != step.old_root)
        if outdated:
            if step is None:  # all is anchored already; the nonce is used when the log grows
                return AnchorOutcome.IDLE, row.hash
            return self._send(view, step, AnchorOutcome.REPLACED, row.fees)
        if not self._parts.chain.knows(row.hash):
            return self._send_again(view, row, step or row.step)
        if self._blocks_waited(view) < self._parts.policy.stuck_blocks:
            return AnchorOutcome.WAITING, row.hash
        return self._send(view, step or row.step, AnchorOutcome.REPLACED, row.fees)

    def _note_waiting(self, transaction: Digest | None, view: ChainView) -> None:
        if transaction is None:
            self._waiting = None
        elif self._waiting is None or self._waiting[0] != transaction:
            self._waiting = (transaction, view.head.number)

    def _blocks_waited(self, view: ChainView) -> int:
        """Blocks mined while we watched our transaction wait: no clock can jump them, and no clock is asked."""
        return view.head.number - self._waiting[1] if self._waiting else 0

    def _send_again(
        self, view: ChainView, row: JournaledTransaction, step: AnchorStep
    ) -> tuple[AnchorOutcome, Digest | None]:
        try:
            self._parts.chain.broadcast(row.raw)
        except FeeTooLowError:  # the market rose, or a stranger's transaction with our nonce is in the way
            return self._send(view, step, AnchorOutcome.REPLACED, row.fees)
        except NonceUsedError:
            return AnchorOutcome.OVERTAKEN, row.hash
        return AnchorOutcome.REBROADCAST, row.hash

    def _send(
        self, view: ChainView, step: AnchorStep, outcome: AnchorOutcome, present: Fees | None
    ) -> tuple[AnchorOutcome, Digest | None]:
        """Sign, write down, send. `present`: fees of the transaction with this nonce that it has to beat."""
        parts = self._parts
        market = parts.chain.fee_market()
        policy = parts.policy.fees
        fees = quote(market, policy) if present is None else replacement(present, market, policy)
        if fees is None:
            return AnchorOutcome.HELD, None
        call = self._call(step)
        try:
            gas = parts.chain.estimate_gas(call)
        except CallRevertedError as refusal:
            if refusal.name in STALE:
                return AnchorOutcome.OVERTAKEN, None
            raise
        envelope = Envelope(
            chain_id=parts.deployment.chain_id,
            nonce=view.nonce,
            gas_limit=gas + gas * GAS_MARGIN_PERCENT // 100,
            fees=fees,
        )
        row = self._signed(step, call, envelope)
        parts.crash.reach("anchor.signed")
        parts.journal.record(row)
        parts.crash.reach("anchor.journaled")
        try:
            parts.chain.broadcast(row.raw)
        except FeeTooLowError:  # the next step finds it unknown to the node, and offers more
            return AnchorOutcome.HELD, row.hash
        except NonceUsedError:
            return AnchorOutcome.OVERTAKEN, row.hash
        parts.crash.reach("anchor.sent")
        return outcome, row.hash

    def _call(self, step: AnchorStep) -> Call:
        proof = self._parts.log.consistency(step.old_size, step.new_size)
        data = encode_anchor(old_root=step.old_root, new_size=step.new_size, new_root=step.new_root, proof=proof)
        return Call(sender=self._parts.signer.address, to=self._parts.deployment.anchor_log, data=data)

    def _signed(self, step: AnchorStep, call: Call, envelope: Envelope) -> JournaledTransaction:
        signed = sign_transaction(call, envelope, self._parts.signer)
        return JournaledTransaction(
            sender=call.sender,
            nonce=signed.nonce,
            hash=signed.hash,
            raw=signed.raw,
            fees=signed.fees,
            step=step,
            made_at=self._parts.clock.now(),
        )

    def _require_open(self, view: ChainView) -> None:
        successor = self._watcher.anchor_log.successor(view.head)
        if successor is not None:
            raise AnchorLogRetiredError(successor)
