"""Every row of the attack corpus gives the outcome, and says so in the check, that it must."""

from __future__ import annotations

import pytest

from tests.support.attacks import ATTACKS, Attack
from verifier.errors import MalformedError
from verifier.verdict import CheckOutcome

ROWS = {
    *(f"A{n:02}" for n in range(1, 13)),
    *(f"B{n:02}" for n in range(1, 15)),
    *(f"C{n:02}" for n in range(1, 8)),
    *("D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08", "D09", "D10", "D13", "D14", "D17", "D19"),
    *("F01", "F02", "F03", "F04", "F07", "F08", "F09", "F10", "F11", "F12", "F14", "F19", "F20"),
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_outcome(attack: Attack) -> None:
    case, data = attack.case()
    if attack.outcome == "malformed":
        with pytest.raises(MalformedError):
            case.verdict(data)
        return
    verdict = case.verdict(data)
    told = [(str(check.id), str(check.outcome), check.reason) for check in verdict.checks if check.outcome != "passed"]
    assert verdict.outcome == attack.outcome, told
    if not attack.check:
        return
    check = verdict.check(attack.check)
    assert check is not None
    if attack.outcome == "rejected":
        assert check.outcome is CheckOutcome.FAILED, told
    if attack.outcome == "inconclusive":
        assert check.outcome in (CheckOutcome.INCONCLUSIVE, CheckOutcome.NOT_CHECKED), told
    if attack.outcome == "authentic":
        assert check.outcome in (CheckOutcome.PASSED, CheckOutcome.NOT_APPLICABLE, CheckOutcome.NOT_CHECKED), told
    if attack.reason:
        assert check.reason == attack.reason, told


def test_every_row_of_the_corpus_that_a_verifier_decides_is_here() -> None:
    assert {attack.row for attack in ATTACKS} >= ROWS


def test_names_are_distinct() -> None:
    names = [attack.id for attack in ATTACKS]
    assert len(set(names)) == len(names)
