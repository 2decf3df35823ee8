"""Verdicts from this service's own endpoints: one agreed final block at a time, everything seen under it kept until the next.

A verdict is the verifier's, asked as any other client would ask it; the service only remembers answers. What it says proves
nothing to whoever does not trust it, which is why the evidence and the snapshot can be had as well.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Final

from ledger.ports.clock import Clock
from verifier.bulletin import Bulletin, trust_bulletin
from verifier.contracts import StatusSlot, log_key_slot, plain_slot
from verifier.deployment import Deployment
from verifier.errors import CannotCheckError, VerifierError
from verifier.evidence import Evidence
from verifier.hashing import keccak256
from verifier.header import parse_header
from verifier.ladder import verify_in
from verifier.policy import Policy
from verifier.promise import BrokenPromise, PromiseFinding, check_broken_promise
from verifier.questions import Lane, Questions, ReadWord, Word, lane_word, latest_word, questions_of
from verifier.rpc.block import fetch_header
from verifier.rpc.builder import BuiltSnapshot, build_snapshot
from verifier.rpc.client import RpcClient
from verifier.rpc.early import early_warnings
from verifier.rpc.hints import EventHints, Hints
from verifier.rpc.online import NOTHING_SEEN
from verifier.rpc.quorum import AgreedBlock, agree_on_block
from verifier.snapshot import Snapshot, serialize_snapshot
from verifier.state import ChainView, open_view
from verifier.trust import EarlyWarning, NoTrustedBlock, Trust, TrustedBlock, TrustSource
from verifier.types import BlockHash
from verifier.verdict import Verdict

AGREED_SECONDS: Final = 2.0
WARNED_SECONDS: Final = 5.0
VERDICT_SECONDS: Final = 5.0
KEPT: Final = 512
_Clients = Sequence[RpcClient]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Everything some evidence asks, under one block."""

    trust: Trust
    snapshot: Snapshot
    view: ChainView
    warnings: tuple[EarlyWarning, ...] = ()
    account: tuple[str, ...] = ()
    lanes: tuple[Lane, ...] = ()
    read: ReadWord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict and what it was read from."""

    verdict: Verdict
    sight: Sight


@dataclass(slots=True, kw_only=True)
class _Kept:
    """What is remembered of one key under one block."""

    evidence: Evidence
    sight: Sight
    seen_at: float
    verdicts: dict[str, tuple[float, Verdict]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSettings:
    """quorum, depth: as `verifier.rpc.quorum`. `clients` opens one client per endpoint; it is asked again after trouble."""

    clients: Callable[[], _Clients]
    quorum: int
    depth: int


class VerdictDesk:
    """Judges evidence. Safe for several threads; without settings every verdict is inconclusive (no trusted block)."""

    def __init__(
        self, *, deployment: Deployment, settings: ViewSettings | None, hints: Callable[[], Hints], clock: Clock
    ) -> None:
        self._deployment = deployment
        self._settings = settings
        self._hints = hints
        self._clock = clock
        self._idle: SimpleQueue[_Clients] = SimpleQueue()
        self._lock = Lock()
        self._agreed: AgreedBlock | None = None
        self._agreed_at = float("-inf")
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()

    # ------------------------------------------------------------ verdicts

    def warm(self, key: Hashable, policy: Policy) -> Verdict | None:
        """A verdict in memory, at most five seconds old; None when it has to be made. Never waits for anything."""
        with self._lock:
            kept = self._kept.get(key)
            found = None if kept is None else kept.verdicts.get(policy.name)
        return found[1] if found is not None and self._clock.monotonic() - found[0] <= VERDICT_SECONDS else None

    def judge(self, evidence: Evidence, *, policy: Policy, at: int | None = None, key: Hashable = None) -> Judged:
        """Judge by this service's endpoints. With a `key` what was seen is kept for the next to ask.

        Raises MomentError when `at` is in the future.
        """
        kept = None if key is None else self._recall(key, evidence)
        sight = self.look(evidence) if kept is None else kept.sight
        verdict = verify_in(
            sight.view, evidence, policy=policy, now=self._clock.now(), at=at, early_warnings=sight.warnings
        )
        now = self._clock.monotonic()
        if key is not None:
            if kept is None:
                kept = _Kept(evidence=evidence, sight=sight, seen_at=now)
            if at is None:
                kept.verdicts[policy.name] = (now, verdict)
            self._remember(key, kept)
        return Judged(verdict=verdict, sight=sight)

    def judge_by(
        self,
        evidence: Evidence,
        snapshot: Snapshot,
        bulletin: Bulletin | None,
        *,
        policy: Policy,
        at: int | None = None,
    ) -> Judged:
        """Judge by a snapshot that was handed in: its block is vouched for by a bulletin, or by this service's endpoints."""
        trust = self.vouch(snapshot) if bulletin is None else trust_bulletin(bulletin, self._deployment)
        view = open_view(snapshot, trust, self._deployment)
        verdict = verify_in(view, evidence, policy=policy, now=self._clock.now(), at=at)
        return Judged(verdict=verdict, sight=Sight(trust=trust, snapshot=snapshot, view=view))

    def check_promise(self, promise: BrokenPromise) -> PromiseFinding:
        """Judge an accusation under the agreed block."""
        deployment = self._deployment
        key = Word(account=deployment.trust_registry, slot=log_key_slot(promise.receipt.key))
        # A view is opened under all three accounts, so the third must be shown too.
        status = Word(account=deployment.status_registry, slot=plain_slot(StatusSlot.LANES))
        indices = () if promise.item is None else (promise.item.index,)
        words = (latest_word(deployment), key, status)
        sight = self._sight(Questions(words=words, lanes=(), indices=indices, parties=()))
        return check_broken_promise(promise, sight.view)

    # ------------------------------------------------------------ sights

    def look(self, evidence: Evidence) -> Sight:
        """What the evidence asks, under the agreed block. Never raises for what endpoints do: the verdict says so."""
        return self._sight(questions_of([evidence], self._deployment))

    def look_at(self, found: Sequence[Evidence]) -> Sight:
        """The same of much evidence at once."""
        return self._sight(questions_of(found, self._deployment))

    def snapshot_bytes(self, evidence: Evidence) -> bytes:
        """The snapshot document for some evidence. Raises CannotCheckError when none can be made."""
        sight = self.look(evidence)
        if isinstance(sight.trust, NoTrustedBlock):
            raise CannotCheckError(f"{sight.trust.reason}: {'; '.join(sight.account)}")
        return serialize_snapshot(sight.snapshot)

    def vouch(self, snapshot: Snapshot) -> Trust:
        """Whether a quorum names this header's hash at its height, final. Never raises."""
        if self._settings is None:
            return NoTrustedBlock(reason="no-endpoints")
        try:
            number = parse_header(snapshot.header).number
            block_hash = BlockHash(keccak256(snapshot.header))
        except VerifierError:
            return NoTrustedBlock(reason="header-unreadable")
        try:
            with self._borrowed() as clients:
                agreed = self._agree(clients)
                if number > agreed.number:
                    return NoTrustedBlock(reason="block-not-final")
                names = tuple(client.operator for client in clients if _names(client, number, block_hash))
        except CannotCheckError as error:
            return NoTrustedBlock(reason=error.code)
        if len(names) < self._settings.quorum:
            return NoTrustedBlock(reason="no-quorum")
        return TrustedBlock(hash=block_hash, source=TrustSource.QUORUM, number=number, vouchers=names)

    def agreed(self) -> AgreedBlock | None:
        """The newest final block the endpoints agree on; None when they do not, or there are none."""
        try:
            with self._borrowed() as clients:
                return self._agree(clients)
        except CannotCheckError:
            return None

    def _sight(self, questions: Questions) -> Sight:
        if self._settings is None:
            return self._nothing("no-endpoints")
        told: tuple[str, ...] = ()
        try:
            with self._borrowed() as clients:
                agreed = self._agree(clients)
                told = tuple(map(str, agreed.sayings))
                agreeing = [client for client in clients if client.operator in agreed.agreeing]
                built = self._build(agreeing, agreed, questions)
                warnings = early_warnings(agreeing, questions.lanes, built.read, self._deployment)
        except CannotCheckError as error:
            return self._nothing(error.code, *told, str(error))
        trust = TrustedBlock(
            hash=agreed.block_hash, source=TrustSource.QUORUM, number=agreed.number, vouchers=agreed.agreeing
        )
        view = open_view(built.snapshot, trust, self._deployment)
        return Sight(
            trust=trust,
            snapshot=built.snapshot,
            view=view,
            warnings=warnings,
            account=told,
            lanes=questions.lanes,
            read=self._lanes_read(questions.lanes, built.read),
        )

    def _build(self, clients: _Clients, agreed: AgreedBlock, questions: Questions) -> BuiltSnapshot:
        log = self._deployment.anchor_log
        events = [EventHints(client, anchor_log=log, until_block=agreed.number) for client in clients]
        return build_snapshot(
            clients,
            number=agreed.number,
            block_hash=agreed.block_hash,
            deployment=self._deployment,
            questions=questions,
            hints=[self._hints(), *events],
        )

    def _lanes_read(self, lanes: Sequence[Lane], read: ReadWord) -> ReadWord:
        """The lanes' words by themselves: what reads everything holds all that was fetched, and a sight is kept for each of many keys."""
        return {word: read(word) for word in (lane_word(lane, self._deployment) for lane in lanes)}.__getitem__

    def _nothing(self, reason: str, *account: str) -> Sight:
        trust = NoTrustedBlock(reason=reason)
        view = open_view(NOTHING_SEEN, trust, self._deployment)
        return Sight(trust=trust, snapshot=NOTHING_SEEN, view=view, account=account)

    # ------------------------------------------------------------ inside

    def _agree(self, clients: _Clients) -> AgreedBlock:
        settings = self._settings
        now = self._clock.monotonic()
        with self._lock:
            if self._agreed is not None and now - self._agreed_at <= AGREED_SECONDS:
                return self._agreed
        if settings is None:
            raise CannotCheckError("no endpoints")
        agreed = agree_on_block(
            clients, chain_id=self._deployment.chain_id, quorum=settings.quorum, depth=settings.depth, seconds=10.0
        )
        with self._lock:
            self._agreed, self._agreed_at = agreed, now
        return agreed

    @contextmanager
    def _borrowed(self) -> Iterator[_Clients]:
        """A set of clients for one thread. After trouble it is not used again: somebody may still be reading from it."""
        if self._settings is None:
            raise CannotCheckError("no endpoints")
        try:
            clients = self._idle.get_nowait()
        except Empty:
            clients = self._settings.clients()
        yield clients
        agreed = self._agreed
        if agreed is None or all(saying.problem is None for saying in agreed.sayings):
            self._idle.put(clients)

    def _recall(self, key: Hashable, evidence: Evidence) -> _Kept | None:
        """What was seen of a key, while the same block is the agreed one; the glance at `latest` is repeated."""
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept.evidence != evidence or not isinstance(kept.sight.trust, TrustedBlock):
            return None
        try:
            with self._borrowed() as clients:
                agreed = self._agree(clients)
                if kept.sight.trust.hash != agreed.block_hash:
                    return None
                if self._clock.monotonic() - kept.seen_at > WARNED_SECONDS and kept.sight.read is not None:
                    agreeing = [client for client in clients if client.operator in agreed.agreeing]
                    warnings = early_warnings(agreeing, kept.sight.lanes, kept.sight.read, self._deployment)
                    kept.sight = replace(kept.sight, warnings=warnings)
                    kept.seen_at = self._clock.monotonic()
        except CannotCheckError:
            return None
        return kept

    def _remember(self, key: Hashable, kept: _Kept) -> None:
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def _names(client: RpcClient, number: int, block_hash: BlockHash) -> bool:
    try:
        fetch_header(client, number, block_hash)
    except CannotCheckError:
        return False
    return True
