"""A label's verdict (docs/spec/08): what is the same for a whole batch is judged once, each label beside it in a moment.

ground = prepare(view, evidence, policy=…, now=…)      certificate, footprint, labels statement: signatures, places, words
ground.judge(label)                                    one recovery, and a few comparisons
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from verifier.bodies import Certificate, Labels
from verifier.checks.entry import Entries, derive_entries
from verifier.checks.inquiry import Inquiry
from verifier.checks.issuer import check_label_key
from verifier.checks.label import (
    CopySignal,
    Issue,
    check_copied,
    check_issued,
    check_label_signature,
    check_quota,
    index_twice,
)
from verifier.checks.statement import Examined, Role, examine, first_not_passed, folded
from verifier.checks.status import Use
from verifier.checks.view import check_view
from verifier.evidence import Evidence, IssuedLeaf
from verifier.label import Label, parse_label
from verifier.ladder import HOLDS, Climbed, climb_steps, open_inquiry, seen_block
from verifier.policy import Policy
from verifier.state import ChainView
from verifier.trust import EarlyWarning
from verifier.types import StatementId
from verifier.verdict import (
    Check,
    CheckId,
    CheckOutcome,
    Outcome,
    SeenBlock,
    Verdict,
    failed,
    not_checked,
    noted,
    passed,
)

_ISSUER: Final = CheckId.LABEL_ISSUER
_ROLE: Final = Role(
    kind="labels",
    use=Use.RELIED_ON,
    anchored=_ISSUER,
    logged=_ISSUER,
    signature=_ISSUER,
    issuer=_ISSUER,
    status=_ISSUER,
)
_FORMAT: Final = passed(CheckId.LABEL_FORMAT)
_LABEL_IDS: Final = (
    CheckId.LABEL_FORMAT,
    CheckId.LABEL_SIGNATURE,
    CheckId.LABEL_ISSUER,
    CheckId.LABEL_ISSUED,
    CheckId.LABEL_QUOTA,
    CheckId.LABEL_COPIED,
)


def verify_label(
    view: ChainView,
    label: str,
    evidence: Evidence,
    *,
    policy: Policy,
    now: int,
    at: int | None = None,
    early_warnings: Sequence[EarlyWarning] = (),
    signals: Sequence[CopySignal] | None = None,
) -> Verdict:
    """Judge a label's text by evidence of its certificate, footprint and labels statement.

    Args:
        view: an open view; it is the only thing trusted.
        label: the text as scanned or typed.
        evidence: its `label`, where it is this label, gives leaf and path; one of another label is not looked at.
        policy: which checks must pass; `label_required` adds those of the label.
        now: unix seconds, the one clock reading.
        at: the moment asked about; None for now.
        early_warnings: transitions seen at `latest`.
        signals: signs of copying; () where somebody was asked and knows none, None where nobody was asked.

    Raises:
        MalformedError: the text is no label (docs/spec/08).
        MomentError: `at` > `now`.
    """
    ground = prepare(view, evidence, policy=policy, now=now, at=at, early_warnings=early_warnings)
    return ground.judge(parse_label(label), leaf_for(evidence, label), signals=signals)


def verify_label_evidence(
    view: ChainView,
    evidence: Evidence,
    *,
    policy: Policy,
    now: int,
    at: int | None = None,
    early_warnings: Sequence[EarlyWarning] = (),
    signals: Sequence[CopySignal] | None = None,
) -> Verdict:
    """The same for evidence that names its label itself; a labels statement alone is judged without one."""
    ground = prepare(view, evidence, policy=policy, now=now, at=at, early_warnings=early_warnings)
    if evidence.label is None:
        return ground.judge_without_label()
    return ground.judge(evidence.label.label, evidence.label.issued, signals=signals)


def leaf_for(evidence: Evidence, text: str) -> IssuedLeaf | None:
    """Leaf and path that the evidence brings for this very label."""
    given = evidence.label
    return given.issued if given is not None and given.label == parse_label(text) else None


class LabelGround:
    """Everything about a label's verdict that does not depend on the label. Made by `prepare`; holds no evidence.

    `issue` is what labels are held against; `labels_time` the entry's time of the labels statement, None when not shown.
    """

    __slots__ = ("_after", "_at", "_before", "_block", "_failed", "_issuer", "_now", "_open", "_policy", "_product",
                 "_required", "_separator", "_suspect", "_view", "issue", "labels_time")  # fmt: skip

    def __init__(
        self, inquiry: Inquiry, climbed: Climbed, issuer: Check, issue: Issue, labels_time: int | None
    ) -> None:
        self.issue = issue
        self.labels_time = labels_time
        self._issuer = issuer
        self._view = check_view(inquiry, (issuer, *climbed.checks))
        place = next(n for n, check in enumerate(climbed.checks) if check.id is CheckId.CERTIFICATE_PRODUCT)
        self._before, self._after = climbed.checks[:place], climbed.checks[place + 1 :]
        self._product = climbed.checks[place]
        self._separator = inquiry.view.domain_separator
        self._policy, self._now, self._at = inquiry.policy, inquiry.now, inquiry.at
        self._block: SeenBlock | None = seen_block(inquiry)
        fixed = (self._view, issuer, *self._before, *self._after)
        self._required = frozenset(inquiry.policy.required | inquiry.policy.label_required)
        outcomes = {check.outcome for check in fixed}
        self._failed = CheckOutcome.FAILED in outcomes
        held = {check.id for check in fixed if check.outcome in HOLDS}
        there = {check.id for check in fixed}
        self._open = CheckOutcome.INCONCLUSIVE in outcomes or not self._required & there <= held
        self._suspect = CheckOutcome.SUSPECT in outcomes

    @property
    def label_issuer(self) -> Check:
        """How the labels statement came out."""
        return self._issuer

    def signed_by_its_key(self, label: Label) -> bool:
        """Whether the label key of this ground's labels statement signed the label."""
        return check_label_signature(self.issue, label, self._separator).outcome is CheckOutcome.PASSED

    def check_signature(self, label: Label) -> Check:
        """Whether the label key of this ground's labels statement signed the label. Never raises."""
        return check_label_signature(self.issue, label, self._separator)

    def judge(
        self,
        label: Label,
        issued: IssuedLeaf | None = None,
        *,
        signals: Sequence[CopySignal] | None = None,
        signature: Check | None = None,
    ) -> Verdict:
        """The verdict on one label. Never raises.

        Args:
            signature: what `check_signature` said of this very label, for who had to know it before.
        """
        issue = self.issue
        if signature is None:
            signature = self.check_signature(label)
        in_batch = check_issued(issue, label, issued)
        quota = check_quota(issue, label)
        copied = check_copied(label, signals)
        product = self._check_product(label)
        return self._conclude((_FORMAT, signature, in_batch, quota, copied, product))

    def judge_without_label(self) -> Verdict:
        """The verdict on a labels statement that comes without any label."""
        none = [not_checked(check, "not-given") for check in _LABEL_IDS if check is not _ISSUER]
        return self._conclude((none[0], none[1], none[2], none[3], none[4], self._product))

    def _check_product(self, label: Label) -> Check:
        """The label's own product is among the certificate's (F01)."""
        certificate = self.issue.certificate
        if certificate is None or self._product.outcome is CheckOutcome.FAILED:
            return self._product
        urn = f"urn:gtin:{label.gtin}" if label.gtin is not None else f"urn:gmn:{label.gmn}"
        for product in certificate.products:
            if product.urn == urn:
                return self._product
        return failed(CheckId.CERTIFICATE_PRODUCT, "not-the-labels", product=urn)

    def _conclude(self, own: tuple[Check, Check, Check, Check, Check, Check]) -> Verdict:
        form, signature, in_batch, quota, copied, product = own
        accused, open_, suspect = self._failed, self._open, self._suspect
        for check in own:
            outcome = check.outcome
            if outcome is CheckOutcome.PASSED:
                continue
            if outcome is CheckOutcome.FAILED:
                accused = True
            elif outcome is CheckOutcome.SUSPECT:
                suspect = True
            elif outcome is CheckOutcome.INCONCLUSIVE or (outcome not in HOLDS and check.id in self._required):
                open_ = True
        if accused:
            result = Outcome.REJECTED
        elif open_:
            result = Outcome.INCONCLUSIVE
        else:
            result = Outcome.SUSPECT if suspect else Outcome.AUTHENTIC
        return Verdict(
            outcome=result,
            policy=self._policy.name,
            checks=(self._view, form, signature, self._issuer, in_batch, quota, copied, *self._before, product,
                    *self._after),
            block=self._block,
            at=self._at,
            now=self._now,
        )  # fmt: skip


def prepare(
    view: ChainView,
    evidence: Evidence,
    *,
    policy: Policy,
    now: int,
    at: int | None = None,
    early_warnings: Sequence[EarlyWarning] = (),
    rivals: Sequence[StatementId] = (),
    others: Sequence[tuple[int, int]] = (),
) -> LabelGround:
    """Judge all that labels of one labels statement share. The evidence's own `label` is left aside.

    Args: as `verify_label`; rivals: ids of certificates that share the first 16 bytes with this one (F15); others: see
        `Issue.others`.

    Raises:
        MomentError: `at` > `now`.
    """
    inquiry = open_inquiry(view, evidence, policy=policy, now=now, at=at, early_warnings=early_warnings)
    entries = derive_entries(evidence, view.domain_separator)
    climbed = climb_steps(inquiry, entries, Use.RELIED_ON)
    certificate = climbed.certificate
    certified = certificate.body if certificate is not None and isinstance(certificate.body, Certificate) else None
    labels = None if entries.labels is None else examine(inquiry, entries.labels, _ROLE)
    body = labels.body if labels is not None and isinstance(labels.body, Labels) else None
    issuer, stolen = _check_issuer(inquiry, entries, labels, body, certified)
    issue = Issue(
        certificate_id=None if certificate is None else certificate.entry.id,
        certificate=certified,
        labels=body,
        others=tuple(others),
        rivals=tuple(rivals),
        key_stolen=stolen,
    )
    time = None if labels is None else labels.time
    return LabelGround(inquiry, _superseded_before(climbed, time), issuer, issue, time)


def contradicted(verdict: Verdict, index: int, serials: Sequence[str]) -> Verdict:
    """The verdict on a signed label once another signed one with the same index was seen: `serials` are both (F13)."""
    checks = tuple(
        index_twice(index, serials) if check.id is CheckId.LABEL_QUOTA else check for check in verdict.checks
    )
    return replace(verdict, checks=checks, outcome=Outcome.REJECTED)


def _check_issuer(
    inquiry: Inquiry, entries: Entries, labels: Examined | None, body: Labels | None, certified: Certificate | None
) -> tuple[Check, bool]:
    """`label.issuer`, and whether the label key was stolen since."""
    if labels is None or entries.labels is None:
        return not_checked(_ISSUER, "labels-not-given"), False
    issuer = entries.labels.item.statement.issuer
    found = first_not_passed(labels.checks)
    if body is None:
        return folded(_ISSUER, *(found or ("signature", failed(_ISSUER, "body-form")))), False
    if certified is not None and certified.holder != issuer:
        return failed(_ISSUER, "not-the-holder", issuer=issuer, holder=certified.holder), False
    key = check_label_key(inquiry, body.label_key, issuer, labels.time, _ISSUER)
    stolen = key.reason == "key-compromised-later"
    if found is not None and (found[1].outcome is CheckOutcome.FAILED or key.outcome is not CheckOutcome.FAILED):
        return folded(_ISSUER, *found), stolen
    if key.outcome is not CheckOutcome.PASSED:
        return folded(_ISSUER, "labelKey", key), stolen
    notes = [check for check in (*labels.checks, key) if check.reason]
    return (noted(_ISSUER, notes[0].reason, **notes[0].fields) if notes else passed(_ISSUER)), stolen


def _superseded_before(climbed: Climbed, labels_time: int | None) -> Climbed:
    """Labels *printed already* stay good when a certificate is superseded; labels logged after that do not (docs/spec/08)."""

    def judged(check: Check) -> Check:
        since = check.fields.get("since")
        if check.id is not CheckId.CERTIFICATE_STATUS or check.reason != "superseded-later":
            return check
        if labels_time is not None and isinstance(since, int) and labels_time >= since:
            return failed(check.id, "superseded", **check.fields)
        return check

    return replace(climbed, checks=tuple(judged(check) for check in climbed.checks))
