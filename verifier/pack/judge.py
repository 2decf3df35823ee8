"""Labels judged by a pack: what a batch shares is judged when its first label comes, and kept (docs/spec/10)."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from verifier.bodies import Certificate, Footprint, UpstreamSupply, parse_body
from verifier.bodies.certificate import MAX_QUOTA
from verifier.checks.label import CopySignal
from verifier.errors import MalformedError
from verifier.evidence import Evidence, IssuedLeaf, Item, UpstreamEvidence
from verifier.label import Label, parse_label
from verifier.labelling import LabelGround, prepare
from verifier.pack.reader import BatchRow, Pack
from verifier.pack.records import describe_labels
from verifier.policy import Policy
from verifier.state import ChainView
from verifier.trust import EarlyWarning
from verifier.types import StatementId
from verifier.verdict import CheckOutcome, Verdict

KEPT: Final = 20_000
"""Batches whose judgement is kept, some 5 kB each; beyond, the one not asked for longest goes."""
_MAX_UPSTREAM: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The evidence a pack holds for labels of one batch: `rivals` share its certificate's first 16 bytes, `others` are further
    batches [first, end) whose ranges meet this one's, not judged yet.
    """

    evidence: Evidence
    rivals: tuple[StatementId, ...] = ()
    others: tuple[BatchRow, ...] = ()


class PackJudge:
    """Judges labels by one pack, under one view, policy and clock reading. Not for several threads at once."""

    def __init__(
        self,
        pack: Pack,
        view: ChainView,
        *,
        policy: Policy,
        now: int,
        at: int | None = None,
        early_warnings: Sequence[EarlyWarning] = (),
    ) -> None:
        self._pack = pack
        self._view = view
        self._policy = policy
        self._now = now
        self._at = at
        self._early_warnings = tuple(early_warnings)
        self._shelves: OrderedDict[tuple[bytes, str], _Shelf] = OrderedDict()

    def judge(
        self, text: str, issued: IssuedLeaf | None = None, *, signals: Sequence[CopySignal] | None = None
    ) -> Verdict:
        """The verdict on a label's text.

        Raises:
            MalformedError: the text is no label, or the pack is damaged where this label's evidence stands.
            MomentError: as `verify_label`.
        """
        return self.judge_label(parse_label(text), issued, signals=signals)

    def judge_label(
        self, label: Label, issued: IssuedLeaf | None = None, *, signals: Sequence[CopySignal] | None = None
    ) -> Verdict:
        """The same for a label that was read already."""
        key = (label.certificate_prefix, label.product)
        shelf = self._shelves.get(key)
        if shelf is None:
            shelf = self._shelves[key] = _Shelf(self._batches(label))
            if len(self._shelves) > KEPT:
                self._shelves.popitem(last=False)
        return self._ground(shelf, label).judge(label, issued, signals=signals)

    def evidence_for(self, label: Label) -> Chosen:
        """What the pack holds for this label. Raises MalformedError."""
        return self._choose(label.certificate_prefix, self._row_for(_Shelf(self._batches(label)), label))

    def confirmed(self, chosen: Chosen) -> tuple[tuple[int, int], ...]:
        """The ranges of further batches that count: those whose labels statement is in order by itself. Raises MalformedError."""
        return tuple(
            (other.first, other.end)
            for other in chosen.others
            if self._prepared(self._choose(other.certificate, other), ()).label_issuer.outcome is CheckOutcome.PASSED
        )

    def _batches(self, label: Label) -> tuple[_Batch, ...]:
        """By first index; of two with one first index the one with the smaller id comes last, where bisection ends."""
        prefix = label.certificate_prefix
        rows = [row for row in self._pack.batches_of(prefix) if label.gtin is None or row.gtin == label.gtin]
        holder = self._holder(prefix) if rows else None
        batches = []
        for row in rows:
            item = self._pack.batch(row)
            if item is not None:
                labels = describe_labels(item.statement.body)
                gmn = None if labels is None else labels.gmn
                batches.append(_Batch(row=row, foreign=item.statement.issuer != holder, gmn=gmn))
        batches = _of_the_model(batches, label) if label.gtin is None else batches
        return tuple(sorted(batches, key=lambda one: (one.row.first, _reversed(one.row.statement))))

    def _holder(self, prefix: bytes) -> str | None:
        found = self._pack.certificates_with(prefix)
        item = self._pack.item(found[0], "certificate") if found else None
        body = None if item is None else _body(item)
        return body.holder if isinstance(body, Certificate) else None

    def _row_for(self, shelf: _Shelf, label: Label) -> BatchRow | None:
        """The holder's batch. Where it has none, somebody else's only if it did sign this label: nobody can spoil another's
        labels with a labels statement of its own.
        """
        row = shelf.row_for(label)
        if row is not None or not shelf.foreign:
            return row
        for foreign in shelf.foreign:
            ground = shelf.of_others.get(foreign)
            if ground is None:
                ground = shelf.of_others[foreign] = self._prepare(label.certificate_prefix, foreign)
            if ground.signed_by_its_key(label):
                return foreign
        return None

    def _ground(self, shelf: _Shelf, label: Label) -> LabelGround:
        place = shelf.place_for(label)
        if place < 0 and shelf.foreign:
            row = self._row_for(shelf, label)
            if row is not None:
                return shelf.of_others[row]
        ground = shelf.grounds.get(place)
        if ground is None:
            row = shelf.rows[place] if place >= 0 else None
            ground = shelf.grounds[place] = self._prepare(label.certificate_prefix, row)
        return ground

    def _prepare(self, prefix: bytes, row: BatchRow | None) -> LabelGround:
        chosen = self._choose(prefix, row)
        return self._prepared(chosen, self.confirmed(chosen))

    def _prepared(self, chosen: Chosen, others: Sequence[tuple[int, int]]) -> LabelGround:
        return prepare(
            self._view,
            chosen.evidence,
            policy=self._policy,
            now=self._now,
            at=self._at,
            early_warnings=self._early_warnings,
            rivals=chosen.rivals,
            others=others,
        )

    def _choose(self, prefix: bytes, row: BatchRow | None) -> Chosen:
        pack, origin = self._pack, self._pack.head.origin
        found = pack.certificates_with(prefix)
        if not found:
            return Chosen(evidence=Evidence(origin=origin))
        evidence = evidence_of(pack, found[0], row)
        if row is None:
            return Chosen(evidence=evidence, rivals=found if len(found) > 1 else ())
        others = tuple(
            other
            for other in pack.batches_of(prefix)
            if other.statement != row.statement and other.first < row.end and row.first < other.end
        )
        return Chosen(evidence=evidence, rivals=found if len(found) > 1 else (), others=others)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """A labels statement for the certificate; `foreign`: of somebody who does not hold it. gmn: where it names one."""

    row: BatchRow
    foreign: bool
    gmn: str | None


def _of_the_model(batches: Sequence[_Batch], label: Label) -> list[_Batch]:
    """For a GMN label: the holder's statements that name its GMN, else those that name a GTIN; of others', both."""
    own = [one for one in batches if not one.foreign]
    named = [one for one in own if one.gmn == label.gmn] or [one for one in own if one.gmn is None]
    return named + [one for one in batches if one.foreign and one.gmn in (None, label.gmn)]


class _Shelf:
    """The batches of one certificate and GTIN by first index, and what was found of each; -1 stands for none."""

    __slots__ = ("_firsts", "foreign", "grounds", "of_others", "rows")

    def __init__(self, batches: tuple[_Batch, ...]) -> None:
        self.rows = tuple(one.row for one in batches if not one.foreign)
        self.foreign = tuple(one.row for one in batches if one.foreign)
        self.grounds: dict[int, LabelGround] = {}
        self.of_others: dict[BatchRow, LabelGround] = {}
        self._firsts = [row.first for row in self.rows]

    def place_for(self, label: Label) -> int:
        """The batch with the largest first index not above the label's, else the first."""
        index = label.index
        if not self.rows:
            return -1
        return max(0, bisect_right(self._firsts, MAX_QUOTA if index is None else index) - 1)

    def row_for(self, label: Label) -> BatchRow | None:
        """The same as a row."""
        place = self.place_for(label)
        return None if place < 0 else self.rows[place]


def evidence_of(pack: Pack, certificate: StatementId, batch: BatchRow | None) -> Evidence:
    """Evidence of a certificate with its footprint, rule, upstream certificates and one labels statement, as far as the
    pack holds them. Raises MalformedError.
    """
    item = pack.item(certificate, "certificate")
    body = None if item is None else _body(item)
    footprint = rule = None
    if isinstance(body, Certificate):
        footprint = pack.item(body.footprint, "footprint")
        rule = None if body.grade is None or body.grade.rule is None else pack.item(body.grade.rule, "rule")
    return Evidence(
        origin=pack.head.origin,
        certificate=item,
        footprint=footprint,
        rule=rule,
        upstream=_upstream(pack, footprint),
        labels=None if batch is None else pack.batch(batch),
    )


def _upstream(pack: Pack, footprint: Item | None) -> tuple[UpstreamEvidence, ...]:
    body = None if footprint is None else _body(footprint)
    named = body.extension.upstream if isinstance(body, Footprint) and body.extension is not None else None
    if not isinstance(named, tuple):
        return ()
    wanted = [
        supply.statement
        for supply in named
        if isinstance(supply, UpstreamSupply) and isinstance(supply.statement, bytes)
    ]
    found: list[UpstreamEvidence] = []
    for statement in list(dict.fromkeys(wanted))[:_MAX_UPSTREAM]:
        item = pack.item(statement, "certificate")
        if item is not None:
            certificate = _body(item)
            behind = pack.item(certificate.footprint, "footprint") if isinstance(certificate, Certificate) else None
            found.append(UpstreamEvidence(certificate=item, footprint=behind))
    return tuple(found)


def _body(item: Item) -> object:
    try:
        return parse_body(item.statement.kind, item.statement.body)
    except MalformedError:
        return None  # the ladder says so


def _reversed(statement: bytes) -> bytes:
    """Sorts the larger id first, so that bisection ends on the smaller."""
    return bytes(255 - byte for byte in statement)
