"""The ladder of docs/spec/07: one function that reads like the spec's list, and what the checks add up to.

No I/O, one clock reading, nothing raised on bad evidence: documents that are none raise when they are parsed, before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Final

from verifier.bodies import Certificate, Footprint
from verifier.checks.certificate import check_holder, check_period, check_product
from verifier.checks.entry import Entries, derive_entries
from verifier.checks.footprint import check_figures, check_sums
from verifier.checks.grade import check_grade
from verifier.checks.inquiry import Inquiry
from verifier.checks.statement import Examined, Role, examine
from verifier.checks.status import Use
from verifier.checks.upstream import check_upstream
from verifier.checks.view import check_view
from verifier.deployment import Deployment
from verifier.errors import VerifierError
from verifier.evidence import Evidence
from verifier.policy import Policy
from verifier.snapshot import Snapshot
from verifier.state import ChainView, open_view
from verifier.trust import EarlyWarning, Trust
from verifier.verdict import Check, CheckId, CheckOutcome, Outcome, SeenBlock, Verdict, not_checked

CERTIFICATE_ROLE: Final = Role(
    kind="certificate",
    use=Use.SUBJECT,
    anchored=CheckId.CERTIFICATE_ANCHORED,
    logged=CheckId.CERTIFICATE_LOGGED,
    signature=CheckId.CERTIFICATE_SIGNATURE,
    issuer=CheckId.CERTIFICATE_ISSUER,
    status=CheckId.CERTIFICATE_STATUS,
)
FOOTPRINT_ROLE: Final = Role(
    kind="footprint",
    use=Use.RELIED_ON,
    anchored=CheckId.FOOTPRINT_ANCHORED,
    logged=CheckId.FOOTPRINT_LOGGED,
    signature=CheckId.FOOTPRINT_SIGNATURE,
    issuer=CheckId.FOOTPRINT_ISSUER,
    status=CheckId.FOOTPRINT_STATUS,
)
# A suspect check did run; what it says decides the outcome by itself.
HOLDS: Final = frozenset((CheckOutcome.PASSED, CheckOutcome.NOT_APPLICABLE, CheckOutcome.SUSPECT))
_OUTCOME: Final = attrgetter("outcome")
_ID: Final = attrgetter("id")


class MomentError(VerifierError):
    """A verdict was asked for a moment that is no time, or still to come: nobody knows what will be withdrawn by then."""

    code = "moment.not-past"

    def __init__(self, at: int, now: int) -> None:
        self.at = at
        self.now = now
        super().__init__(f"asked about {at}, but it is {now}")


def verify(
    evidence: Evidence,
    *,
    snapshot: Snapshot,
    trusted_block: Trust,
    deployment: Deployment,
    policy: Policy,
    now: int,
    at: int | None = None,
    early_warnings: Sequence[EarlyWarning] = (),
) -> Verdict:
    """Judge the evidence under one trusted block. `now`, `at`: unix seconds. Raises MomentError when `at` > `now`.

    For many verdicts under one block, open the view once and use `verify_in`.
    """
    view = open_view(snapshot, trusted_block, deployment)
    return verify_in(view, evidence, policy=policy, now=now, at=at, early_warnings=early_warnings)


def verify_in(
    view: ChainView,
    evidence: Evidence,
    *,
    policy: Policy,
    now: int,
    at: int | None = None,
    early_warnings: Sequence[EarlyWarning] = (),
) -> Verdict:
    """The same under a view that is open already. Raises MomentError when `at` > `now`.

    Evidence that brings a label or a labels statement gives the label's verdict (docs/spec/08).
    """
    if evidence.label is not None or evidence.labels is not None:
        from verifier.labelling import verify_label_evidence  # built on this module

        return verify_label_evidence(view, evidence, policy=policy, now=now, at=at, early_warnings=early_warnings)
    inquiry = open_inquiry(view, evidence, policy=policy, now=now, at=at, early_warnings=early_warnings)
    checks = climb(inquiry, evidence)
    return Verdict(
        outcome=conclude(checks, policy),
        policy=policy.name,
        checks=checks,
        block=seen_block(inquiry),
        at=at,
        now=now,
    )


def open_inquiry(
    view: ChainView,
    evidence: Evidence,
    *,
    policy: Policy,
    now: int,
    at: int | None,
    early_warnings: Sequence[EarlyWarning],
) -> Inquiry:
    """What every step is asked under. Raises MomentError when `at` > `now`."""
    if at is not None and not 0 <= at <= now:
        raise MomentError(at, now)
    return Inquiry(
        view=view,
        policy=policy,
        origin=evidence.origin,
        now=now,
        at=at,
        warnings={(warning.owner, warning.subject): warning for warning in early_warnings},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Climbed:
    """Steps 2 to 13: certificate and footprint as examined, and the checks in the ladder's order."""

    certificate: Examined | None
    footprint: Examined | None
    checks: tuple[Check, ...]


def climb(inquiry: Inquiry, evidence: Evidence) -> tuple[Check, ...]:
    """The numbered steps of docs/spec/07. Step 1 comes first in the result, but needs to know what the others asked."""
    others = climb_steps(inquiry, derive_entries(evidence, inquiry.view.domain_separator), Use.SUBJECT).checks
    return (check_view(inquiry, others), *others)  # 1


def climb_steps(inquiry: Inquiry, entries: Entries, use: Use) -> Climbed:
    """Steps 2 to 13. `use` is what the certificate is to the question: the subject itself, or what a label relies on."""
    # 2-6
    role = CERTIFICATE_ROLE if use is Use.SUBJECT else replace(CERTIFICATE_ROLE, use=use)
    certificate = None if entries.certificate is None else examine(inquiry, entries.certificate, role)
    footprint = None if entries.footprint is None else examine(inquiry, entries.footprint, FOOTPRINT_ROLE)
    certified, figures = _certificate_of(certificate), _footprint_of(footprint)
    checks = (
        *(CERTIFICATE_ROLE.absent() if certificate is None else certificate.checks),
        *_certificate_checks(inquiry, certificate, footprint),  # 7-9
        *(FOOTPRINT_ROLE.absent() if footprint is None else footprint.checks),
        _figures(certified, figures, footprint),  # 10
        _sums(inquiry, figures, footprint),  # 11
        check_grade(inquiry, certified, None if certificate is None else certificate.time, entries.rule),  # 12
        *check_upstream(inquiry, figures, entries.upstream),  # 13
    )
    return Climbed(certificate=certificate, footprint=footprint, checks=checks)


def conclude(checks: Sequence[Check], policy: Policy) -> Outcome:
    """rejected > inconclusive > suspect > authentic. A required check that did not run is inconclusive, never authentic."""
    outcomes = set(map(_OUTCOME, checks))
    if CheckOutcome.FAILED in outcomes:
        return Outcome.REJECTED
    held = set(map(_ID, checks)) if outcomes <= HOLDS else {check.id for check in checks if check.outcome in HOLDS}
    if CheckOutcome.INCONCLUSIVE in outcomes or not policy.required <= held:
        return Outcome.INCONCLUSIVE
    return Outcome.SUSPECT if CheckOutcome.SUSPECT in outcomes else Outcome.AUTHENTIC


def _certificate_of(examined: Examined | None) -> Certificate | None:
    return examined.body if examined is not None and isinstance(examined.body, Certificate) else None


def _footprint_of(examined: Examined | None) -> Footprint | None:
    return examined.body if examined is not None and isinstance(examined.body, Footprint) else None


def _certificate_checks(
    inquiry: Inquiry, certificate: Examined | None, footprint: Examined | None
) -> tuple[Check, ...]:
    body = _certificate_of(certificate)
    if certificate is None or body is None:
        reason = "not-given" if certificate is None else "no-certificate"
        ids = (CheckId.CERTIFICATE_PERIOD, CheckId.CERTIFICATE_HOLDER, CheckId.CERTIFICATE_PRODUCT)
        return tuple(not_checked(check, reason) for check in ids)
    figures = _footprint_of(footprint)
    holder = None if footprint is None else footprint.entry.item.statement
    return (
        check_period(inquiry, body, figures, certificate.time),
        check_holder(certificate.entry.item.statement.issuer, body, holder),
        check_product(body, figures),
    )


def _figures(certified: Certificate | None, figures: Footprint | None, footprint: Examined | None) -> Check:
    if certified is None or figures is None or footprint is None:
        reason = "no-certificate" if certified is None else "footprint-not-given"
        return not_checked(CheckId.FOOTPRINT_FIGURES, reason)
    return check_figures(certified, figures, footprint.entry.id)


def _sums(inquiry: Inquiry, figures: Footprint | None, footprint: Examined | None) -> Check:
    if figures is None or footprint is None:
        return not_checked(CheckId.FOOTPRINT_ARITHMETIC, "footprint-not-given")
    return check_sums(inquiry.policy, figures, footprint.undisclosed)


def seen_block(inquiry: Inquiry) -> SeenBlock | None:
    """The block a verdict was read from; None where the header is not trusted."""
    header = inquiry.view.header
    if header is None:
        return None
    return SeenBlock(header.number, header.hash, header.time, inquiry.now - header.time)
