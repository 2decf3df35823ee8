"""A label's verdict for its page: what a batch shares is judged once and kept for seconds, each label beside it in a moment.

Whoever guesses serials learns nothing: while the label's signature does not hold its leaf is not looked at, so that a serial that was
issued and one that was not give the same checks (F02).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Final, Protocol

from api.http.labels import issued_leaf
from api.http.scans import SignedLabel
from api.http.service import Service
from api.http.verdicts import Judged, Sight
from api.pages.mould import Mould
from ledger.labels.leaves import LeafTable
from verifier.checks.label import CopySignal
from verifier.evidence import Evidence, LabelEvidence
from verifier.label import PREFIX_LENGTH, Label, parse_label
from verifier.labelling import LabelGround, prepare
from verifier.policy import CONSUMER
from verifier.statement import statement_id
from verifier.types import StatementId
from verifier.verdict import CheckOutcome

FRESH_SECONDS: Final = 5.0
DUE_SECONDS: Final = 4.0  # from then on one request makes the ground anew, while the others are answered
MAKING: Final = 64
KEPT: Final = 512
_Key = tuple[StatementId | None, StatementId | None]


class CopySignals(Protocol):
    """Who records scans: see `ledger.services.scanning`."""

    def signals_for(self, label: Label, at: int | None = None) -> tuple[CopySignal, ...]:
        """Reasons to suspect that a label was copied."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the labels of a batch share, for seconds; `moulds` are pages rendered for it, by what they depend on besides."""

    made_at: float
    base: Evidence
    ground: LabelGround
    sight: Sight
    table: LeafTable | None
    moulds: dict[Hashable, Mould] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLabel:
    """A label's verdict, its evidence, what it shares with its batch, and whether the label key signed these words."""

    judged: Judged
    evidence: Evidence
    ground: Ground
    is_signed: bool


class LabelJudge:
    """Judges labels under the consumer's policy. Safe for several threads; blocks (database, endpoints)."""

    def __init__(self, service: Service, signals: CopySignals | None) -> None:
        self._service = service
        self._signals = signals
        self._lock = Lock()
        self._making = tuple(Lock() for _ in range(MAKING))
        self._kept: OrderedDict[_Key, Ground] = OrderedDict()

    def judge(self, text: str) -> JudgedLabel:
        """Judge a label's text. A label of no certificate here is judged without one, and is inconclusive.

        Raises MalformedError: the text is no label. BackpressureError, StoreError.
        """
        label = parse_label(text)
        kept = self._warm(label)
        if kept is not None and not self._is_due(kept):
            return self._on(kept, text, label)
        making = self._making[hash((label.certificate_prefix, label.product)) % MAKING]
        # One makes it anew; whoever has a ground that is still good goes on with it, others wait for the one.
        if not making.acquire(blocking=kept is None) and kept is not None:
            return self._on(kept, text, label)
        try:
            newer = self._warm(label)
            if newer is not None and not self._is_due(newer):
                return self._on(newer, text, label)
            found = self._service.labels.evidence(text) or Evidence(origin=self._service.deployment.origin)
            made = self._ground(replace(found, label=None))
        finally:
            making.release()
        return self._on(made, text, label)

    def judge_warm(self, text: str, label: Label) -> JudgedLabel | None:
        """The same where nothing has to be asked of the log or of endpoints; None where it has. label: as read from the text."""
        kept = self._warm(label)
        return None if kept is None or self._is_due(kept) else self._on(kept, text, label)

    def _on(self, base: Ground, text: str, label: Label) -> JudgedLabel:
        signature = base.ground.check_signature(label)
        is_signed = signature.outcome is CheckOutcome.PASSED
        issued = issued_leaf(base.table, label) if is_signed and base.table is not None else None
        given = LabelEvidence(text=text, label=label, issued=issued)
        verdict = base.ground.judge(label, issued, signals=self._signals_of(label, is_signed), signature=signature)
        return JudgedLabel(
            judged=Judged(verdict=verdict, sight=base.sight),
            evidence=replace(base.base, label=given),
            ground=base,
            is_signed=is_signed,
        )

    def _is_due(self, ground: Ground) -> bool:
        """Whether a ground is to be made anew before it is too old."""
        return self._service.clock.monotonic() - ground.made_at > DUE_SECONDS

    def signed(self, text: str) -> SignedLabel | None:
        """The label and whose it is, if its label key signed these words. Raises as `judge`."""
        found = self.judge(text)
        label, labels = found.evidence.label, found.evidence.labels
        if not found.is_signed or label is None:
            return None
        return SignedLabel(label=label.label, issuer=None if labels is None else labels.statement.issuer)

    def _warm(self, label: Label) -> Ground | None:
        """The ground of a labels statement judged a moment ago whose range holds the label; None has the log asked."""
        now = self._service.clock.monotonic()
        with self._lock:
            for kept in reversed(self._kept.values()):
                labels = kept.ground.issue.labels
                if labels is None or label.index is None or now - kept.made_at > FRESH_SECONDS:
                    continue
                is_named = labels.certificate[:PREFIX_LENGTH] == label.certificate_prefix and labels.gtin == label.gtin
                if is_named and labels.first <= label.index < labels.first + labels.count:
                    return kept
        return None

    def _signals_of(self, label: Label, is_signed: bool) -> Sequence[CopySignal] | None:
        if self._signals is None:
            return None
        return self._signals.signals_for(label) if is_signed else ()

    def _ground(self, base: Evidence) -> Ground:
        clock = self._service.clock
        key = (
            None if base.certificate is None else statement_id(base.certificate.statement),
            None if base.labels is None else statement_id(base.labels.statement),
        )
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and not self._is_due(kept) and kept.base == base:
            return kept
        sight = self._service.verdicts.look(base)
        ground = prepare(sight.view, base, policy=CONSUMER, now=clock.now(), early_warnings=sight.warnings)
        made = Ground(
            made_at=clock.monotonic(),
            base=base,
            ground=ground,
            sight=sight,
            table=None if base.labels is None else self._service.labels.table(base.labels),
        )
        with self._lock:
            self._kept[key] = made
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made
