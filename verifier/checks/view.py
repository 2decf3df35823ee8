"""Step 1, `chain.view`: is the block trusted, of this chain, holding these contracts, and fresh (docs/spec/07)?"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from verifier.checks.inquiry import UNANSWERED, Inquiry
from verifier.verdict import Check, CheckId, inconclusive, passed

_VIEW = CheckId.CHAIN_VIEW
_REASON = attrgetter("reason")


def check_view(inquiry: Inquiry, others: Sequence[Check]) -> Check:
    """`others` are all further checks: what they asked and the view did not answer makes the view inconclusive too."""
    trouble = inquiry.view.trouble
    if trouble is not None:
        return inconclusive(_VIEW, trouble.reason, **trouble.fields)
    if inquiry.view_is_old:
        return inconclusive(_VIEW, "too-old", age=inquiry.age, limit=inquiry.policy.max_age)
    if inquiry.clock_is_behind:
        return inconclusive(_VIEW, "clock-behind", age=inquiry.age)
    if UNANSWERED in map(_REASON, others):
        asked = next(check for check in others if check.reason == UNANSWERED)
        return inconclusive(_VIEW, UNANSWERED, **{**asked.fields, "askedBy": str(asked.id)})
    return passed(_VIEW)
