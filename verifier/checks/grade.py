"""Step 12, `grade.rule`: the grade is the one a regulator's rule gives to the certified figure (docs/spec/07; F07)."""

from __future__ import annotations

from typing import Final

from verifier.bodies import Body, Certificate, Rule, grade_for
from verifier.checks.entry import Entry
from verifier.checks.inquiry import Inquiry
from verifier.checks.statement import Role, examine, first_not_passed, folded
from verifier.checks.status import Use
from verifier.encoding import to_hex
from verifier.verdict import Check, CheckId, CheckOutcome, failed, inconclusive, not_applicable, not_checked, passed

_GRADE: Final = CheckId.GRADE_RULE
_ROLE: Final = Role(
    kind="rule",
    use=Use.RELIED_ON,
    anchored=_GRADE,
    logged=_GRADE,
    signature=_GRADE,
    issuer=_GRADE,
    status=_GRADE,
)


def check_grade(inquiry: Inquiry, certificate: Certificate | None, time: int | None, rule: Entry | None) -> Check:
    """`time` is the certificate's entry time: the rule must be in effect then. `rule` is what the evidence brings."""
    if certificate is None:
        return not_checked(_GRADE, "no-certificate")
    if certificate.grade is None or certificate.grade.rule is None:
        return _no_rule(certificate, rule)
    if rule is None:
        return inconclusive(_GRADE, "rule-not-given", rule=to_hex(certificate.grade.rule))
    return _check_rule(inquiry, certificate, certificate.grade.value, time, rule)


def _no_rule(certificate: Certificate, rule: Entry | None) -> Check:
    if rule is not None:
        return failed(_GRADE, "rule-not-named")
    if certificate.grade is None:
        return not_applicable(_GRADE, "no-grade")
    return inconclusive(_GRADE, "no-rule-named", grade=certificate.grade.value)


def _check_rule(inquiry: Inquiry, certificate: Certificate, claimed: str, time: int | None, rule: Entry) -> Check:
    named = None if certificate.grade is None else certificate.grade.rule
    examined = examine(inquiry, rule, _ROLE)
    if examined.entry.id != named:
        return failed(_GRADE, "another-rule", rule=to_hex(examined.entry.id))
    found = first_not_passed(examined.checks)
    if found is not None and found[1].outcome is CheckOutcome.FAILED:
        return folded(_GRADE, *found)
    derived = _derive(certificate, claimed, examined.body, time)
    return folded(_GRADE, *found) if found is not None and derived.outcome is CheckOutcome.PASSED else derived


def _derive(certificate: Certificate, claimed: str, rule: Body | None, time: int | None) -> Check:
    if not isinstance(rule, Rule):
        return failed(_GRADE, "body-form")
    if time is None:
        return inconclusive(_GRADE, "entry-time-unknown")
    if not rule.in_effect(time):
        return failed(_GRADE, "rule-not-in-effect", rule=rule.code, time=time)
    result = grade_for(
        rule,
        category=certificate.category,
        unit=certificate.unit,
        amount=certificate.unit_amount,
        pcf=certificate.pcf,
    )
    if result.grade is None:
        return failed(_GRADE, "no-table", rule=rule.code, category=certificate.category, unit=str(certificate.unit))
    if result.grade != claimed:
        return failed(_GRADE, "grade", rule=rule.code, claimed=claimed, derived=result.grade)
    return passed(_GRADE)
