"""The attack corpus: each a single change to the genuine case, with the outcome and check that every verifier must give.

Used by tests/conformance (the verdicts themselves) and tests/reference (a second implementation must agree on all).
"""

from __future__ import annotations

from tests.support.attacks import chain, figures, labels, log, models, parsing, signatures
from tests.support.attacks.corpus import ATTACKS, Attack

__all__ = ["ATTACKS", "Attack", "chain", "figures", "labels", "log", "models", "parsing", "signatures"]
