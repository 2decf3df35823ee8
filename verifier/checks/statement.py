"""Steps 2 to 6 for one statement, whatever its role; and how those of a rule or an upstream become one check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from verifier.bodies import Body
from verifier.checks.entry import Entry
from verifier.checks.inquiry import Inquiry
from verifier.checks.issuer import check_issuer
from verifier.checks.log import check_anchored, check_logged, find_place
from verifier.checks.signature import check_signature
from verifier.checks.status import Use, check_status
from verifier.verdict import Check, CheckId, CheckOutcome, not_checked

STEPS: Final = ("anchored", "logged", "signature", "issuer", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a statement is in the evidence: the kind it must be of, and the ids its steps are reported under."""

    kind: str
    use: Use
    anchored: CheckId
    logged: CheckId
    signature: CheckId
    issuer: CheckId
    status: CheckId

    def absent(self) -> tuple[Check, ...]:
        """The five checks when the evidence holds no such statement."""
        ids = (self.anchored, self.logged, self.signature, self.issuer, self.status)
        return tuple(not_checked(check, "not-given") for check in ids)


class Examined(NamedTuple):
    """A statement that went through steps 2 to 6. `body` is None when there is none of the role's form to judge.

    `time` is the entry's time T, None when the view does not show it. `checks` are in the order of STEPS.
    """

    entry: Entry
    body: Body | None
    undisclosed: tuple[str, ...]
    time: int | None
    checks: tuple[Check, ...]


def examine(inquiry: Inquiry, entry: Entry, role: Role) -> Examined:
    """Steps 2 to 6 of docs/spec/07 for one statement."""
    item, view, origin = entry.item, inquiry.view, inquiry.origin
    place = find_place(view, item.index)
    time = place.time if origin == view.origin else None
    anchored = check_anchored(view, origin, place, inquiry.at, role.anchored)
    logged = check_logged(view, origin, entry, place, role.logged)
    signed = check_signature(entry, time, role.kind, role.signature)
    if signed.is_signed and entry.body is not None:
        issuer = check_issuer(inquiry, item.statement, entry.body, time, role.issuer)
    else:
        issuer = not_checked(role.issuer, "not-signed")
    status = check_status(inquiry, entry, role.use, role.status)
    return Examined(entry, signed.body, signed.undisclosed, time, (anchored, logged, signed.check, issuer, status))


def first_not_passed(checks: Sequence[Check]) -> tuple[str, Check] | None:
    """The step and check to report for all: a failed one before an open one; None when all passed."""
    named = tuple(zip(STEPS, checks, strict=False))
    for outcome in (CheckOutcome.FAILED, CheckOutcome.INCONCLUSIVE, CheckOutcome.NOT_CHECKED):
        for step, check in named:
            if check.outcome is outcome:
                return step, check
    return None


def folded(check: CheckId, step: str, found: Check) -> Check:
    """`found` of step `step` reported under `check`, its reason kept and the step named in the fields."""
    outcome = CheckOutcome.FAILED if found.outcome is CheckOutcome.FAILED else CheckOutcome.INCONCLUSIVE
    return Check(id=check, outcome=outcome, reason=found.reason, fields={**found.fields, "step": step})
