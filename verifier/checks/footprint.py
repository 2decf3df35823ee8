"""Steps 10 and 11: the certificate states this footprint's figures, and the footprint's figures add up (docs/spec/07)."""

from __future__ import annotations

from verifier.arithmetic import ArithmeticOutcome, ArithmeticResult, check_arithmetic
from verifier.bodies import Certificate, Footprint
from verifier.encoding import to_hex
from verifier.policy import Policy, SealedValues
from verifier.types import JsonValue, StatementId
from verifier.verdict import Check, CheckId, failed, inconclusive, not_checked, noted, passed

_FIGURES, _ARITHMETIC = CheckId.FOOTPRINT_FIGURES, CheckId.FOOTPRINT_ARITHMETIC


def check_figures(certificate: Certificate, footprint: Footprint, footprint_id: StatementId) -> Check:
    """The footprint is the one certified; pcf and declared unit are equal as text (F07)."""
    if certificate.footprint != footprint_id:
        return failed(
            _FIGURES, "another-footprint", footprint=to_hex(footprint_id), certified=to_hex(certificate.footprint)
        )
    if certificate.pcf.text != footprint.pcf.text:
        return failed(_FIGURES, "pcf", certificate=certificate.pcf.text, footprint=footprint.pcf.text)
    if (certificate.unit_amount.text, certificate.unit) != (footprint.unit_amount.text, footprint.unit):
        return failed(
            _FIGURES,
            "declared-unit",
            certificate=f"{certificate.unit_amount.text} {certificate.unit}",
            footprint=f"{footprint.unit_amount.text} {footprint.unit}",
        )
    return passed(_FIGURES)


def check_sums(policy: Policy, footprint: Footprint, undisclosed: tuple[str, ...]) -> Check:
    """Stages and inventory re-computed; sealed terms leave sums not checked, never passed (F08)."""
    result = check_arithmetic(footprint)
    if result.outcome is ArithmeticOutcome.FAILED:
        first = result.failures[0]
        return failed(
            _ARITHMETIC,
            "sum",
            sum=first.sum,
            computed=first.comparison.computed,
            stated=first.comparison.stated,
            difference=first.comparison.difference,
            allowed=first.comparison.allowed,
            failures=len(result.failures),
        )
    if undisclosed and policy.sealed_values is SealedValues.REFUSED:
        return inconclusive(_ARITHMETIC, "undisclosed", paths=list(undisclosed))
    if result.outcome is ArithmeticOutcome.NOT_CHECKED:
        return not_checked(_ARITHMETIC, "open-sums", open=list(result.open), **_co2(result))
    if result.co2_only:
        return noted(_ARITHMETIC, "co2-only-factors", **_co2(result))
    return passed(_ARITHMETIC)


def _co2(result: ArithmeticResult) -> dict[str, JsonValue]:
    return {"lines": list(result.co2_only)} if result.co2_only else {}
