"""How certificates stand, for lists and charts: words of the chain at the node's head, looked at again every few seconds.

Events only say which lanes were ever written; what a lane says is its word (traps 12, 23). A list is an overview: the page of a
certificate has its verdict, from a proven and final block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Final

from api.http.service import Service
from ledger.chain.deploy import latest_block
from ledger.chain.registry import RegistryView
from ledger.domain.catalogue import Listed
from ledger.domain.chain_errors import BlockUnknownError, ChainUnavailableError
from ledger.ports.chain import ChainReader
from ledger.services.evidence import BodyUnavailableError, NotAnchoredError, StatementUnknownError
from verifier.contracts import REGULATORS, Status
from verifier.hashing import keccak256
from verifier.identifiers import party_id
from verifier.ladder import HOLDS
from verifier.policy import CONSUMER
from verifier.types import PartyId, StatementId
from verifier.verdict import CheckId, CheckOutcome

FRESH_SECONDS: Final = 10.0
REVIEWED_SECONDS: Final = 3_600.0
BUDGET_SECONDS: Final = 0.5
SPAN: Final = 10_000
AGAIN: Final = 64
STATES: Final = ("active", "suspended", "withdrawn", "superseded", "expired", "unfounded", "pending")
_CHANGED: Final = keccak256(b"StatusChanged(bytes32,bytes32,address,uint8,bytes32,uint256)")
_SEVERITY: Final[Mapping[Status, tuple[int, str]]] = {
    Status.ACTIVE: (0, "active"),
    Status.SUPERSEDED_LABELS_GOOD: (1, "superseded"),
    Status.SUSPENDED: (2, "suspended"),
    Status.SUPERSEDED_LABELS_VOID: (3, "superseded"),
    Status.CANCELLED: (4, "withdrawn"),
    Status.WITHDRAWN: (5, "withdrawn"),
}
# What the certificate's lanes or the calendar say is looked at by itself, every time.
_PASSING: Final = frozenset(
    {
        (CheckId.CERTIFICATE_PERIOD, "expired"),
        (CheckId.CERTIFICATE_PERIOD, "not-yet"),
        *(
            (CheckId.CERTIFICATE_STATUS, why)
            for why in ("superseded", "superseded-void", "suspended", "cancelled", "withdrawn")
        ),
    }
)
_CHANGING: Final = frozenset(check for check, _ in _PASSING)
_Lane = tuple[PartyId, bytes]


_party_id = lru_cache(maxsize=4_096)(party_id)  # lists ask the same few certifiers' again and again


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The lanes that say something other than active, as of a block's time; `known` is False while the node is away."""

    lanes: Mapping[_Lane, Status]
    known: bool

    def of(self, card: Listed, anchored: int, now: int, is_sound: bool | None) -> str:
        """One of STATES, or "unknown". `is_sound`: what a review found, None without one."""
        if card.leaf_index >= anchored:
            return "pending"
        if is_sound is False:
            return "unfounded"
        issuer = _party_id(card.issuer)
        subjects = (card.statement, issuer, card.subject)
        found = [
            _SEVERITY[self.lanes[owner, subject]]
            for owner in (issuer, REGULATORS)
            for subject in subjects
            if (owner, subject) in self.lanes
        ]
        worst = max(found, default=(0, "active"))[1]
        if worst != "active":
            return worst
        if now >= card.valid_until:
            return "expired"
        if now < card.valid_from:
            return "pending"
        return "active" if self.known and is_sound else "unknown"


class Reviews:
    """Whether what a certificate rests on holds: its verdict but for what changes with time. Judged once an hour at most.

    A list waits for half a second of judging; certificates not come to yet are told as not known, and the next list goes on.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = Lock()
        self._found: dict[StatementId, tuple[float, bool | None]] = {}

    def of(self, cards: Sequence[Listed], until: float) -> dict[StatementId, bool | None]:
        """What is known of the cards once those not judged yet have been, or the monotonic clock has come to `until`."""
        clock = self._service.clock
        for card in cards:
            now = clock.monotonic()
            if now > until:
                break
            with self._lock:
                found = self._found.get(card.statement)
            if found is not None and now - found[0] <= (REVIEWED_SECONDS if found[1] is not None else FRESH_SECONDS):
                continue
            is_sound = self._judge(card.statement)
            with self._lock:
                self._found[card.statement] = (now, is_sound)
        with self._lock:
            return {card.statement: self._found.get(card.statement, (0.0, None))[1] for card in cards}

    def _judge(self, statement: StatementId) -> bool | None:
        try:
            evidence = self._service.evidence.of(statement).evidence
        except (StatementUnknownError, NotAnchoredError, BodyUnavailableError):
            return None
        verdict = self._service.verdicts.judge(evidence, policy=CONSUMER).verdict
        failed = {(check.id, check.reason) for check in verdict.with_outcome(CheckOutcome.FAILED)}
        if failed - _PASSING:
            return False
        held = {check.id for check in verdict.checks if check.outcome in HOLDS}
        return True if CONSUMER.required - held <= _CHANGING else None


class Statuses:
    """Reads lanes that were written. Safe for several threads."""

    def __init__(self, service: Service) -> None:
        self._chain = service.chain
        self._deployment = service.deployment
        self._shelf = service.shelf
        self._finality = service.finality
        self._clock = service.clock
        self._reviews = Reviews(service)
        self._lock = Lock()
        self._next = 0
        self._written: set[_Lane] = set()
        self._standing = Standing(lanes={}, known=False)
        self._read_at = float("-inf")

    def deadline(self) -> float:
        """Until when one page may judge certificates: for `states` in several calls."""
        return self._clock.monotonic() + BUDGET_SECONDS

    def states(self, cards: Sequence[Listed], until: float | None = None) -> dict[StatementId, str]:
        """The state of each card. until: a `deadline` shared with other calls."""
        standing, now, anchored = self.standing(), self._clock.now(), self._anchored()
        judged = [card for card in cards if card.leaf_index < anchored]  # the others are pending whatever they rest on
        sound = self._reviews.of(judged, self.deadline() if until is None else until)
        return {card.statement: standing.of(card, anchored, now, sound.get(card.statement)) for card in cards}

    def _anchored(self) -> int:
        """Entries under the newest final anchor; while the node is away, under the newest one known."""
        newest = self._shelf.newest()
        size = 0 if newest is None else newest.size
        if self._finality is None:
            return size
        try:
            return min(size, self._finality.sight().final_size)
        except (ChainUnavailableError, BlockUnknownError):
            return size

    def review(self, cards: Sequence[Listed]) -> None:
        """Judge what is not judged yet, however long that takes: for before the doors open."""
        self._reviews.of(cards, float("inf"))

    def standing(self) -> Standing:
        """The newest reading; an old one while the node is away, marked so."""
        with self._lock:
            now = self._clock.monotonic()
            if self._chain is None or now - self._read_at <= FRESH_SECONDS:
                return self._standing
            self._read_at = now
            try:
                self._standing = self._read(self._chain)
            except (ChainUnavailableError, BlockUnknownError):
                self._standing = Standing(lanes=self._standing.lanes, known=False)
            return self._standing

    def _read(self, chain: ChainReader) -> Standing:
        head = latest_block(chain)
        for start in range(max(0, self._next - AGAIN), head.number + 1, SPAN):
            last = min(head.number, start + SPAN - 1)
            for record in chain.logs(self._deployment.status_registry, _CHANGED, start, last):
                self._written.add((PartyId(record.topics[1]), record.topics[2]))
        self._next = head.number + 1
        registry = RegistryView(chain=chain, deployment=self._deployment, block=head)
        lanes: dict[_Lane, Status] = {}
        for owner, subject in self._written:
            status = self._lane(registry, owner, subject)
            if status is not Status.ACTIVE:
                lanes[owner, subject] = status
        return Standing(lanes=lanes, known=True)

    def _lane(self, registry: RegistryView, owner: PartyId, subject: bytes) -> Status:
        """What a lane says: its last transition by a key that was not stolen (docs/spec/07, 6)."""
        status = Status.ACTIVE
        for step in reversed(registry.lane(owner, subject)):
            address = registry.status_key(owner, step.ordinal)
            key = None if address is None else registry.key(address)
            if key is None or 0 < key.compromised_since <= step.time:
                continue
            status = step.status
            if status.is_terminal:
                break
        return status
