"""Tanji 碳迹 verifier: the protocol's bytes, its proofs and the verdict. Installs alone; no I/O in its core.

    view = open_view(parse_snapshot(snapshot), trusted_block, parse_deployment(deployment))
    verdict = verify_in(view, parse_evidence(evidence), policy=CONSUMER, now=int(time.time()))
    require_authentic(verdict)

Importing this package does nothing: a name is loaded from its module when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from verifier.bulletin import parse_bulletin, trust_bulletin
    from verifier.deployment import Deployment, parse_deployment
    from verifier.errors import CannotCheckError, MalformedError, VerifierError
    from verifier.evidence import Evidence, parse_evidence
    from verifier.ladder import verify, verify_in
    from verifier.policy import AUDITOR, CONSUMER, INSPECTION, REGULATOR, Policy, policy_named
    from verifier.promise import check_broken_promise, parse_broken_promise
    from verifier.snapshot import Snapshot, parse_snapshot
    from verifier.state import ChainView, open_view
    from verifier.trust import EarlyWarning, NoTrustedBlock, TrustedBlock, trust_by_hand
    from verifier.verdict import Check, CheckId, CheckOutcome, Outcome, Verdict, require_authentic

_MODULES: Final = {
    "bulletin": ("parse_bulletin", "trust_bulletin"),
    "deployment": ("Deployment", "parse_deployment"),
    "errors": ("CannotCheckError", "MalformedError", "VerifierError"),
    "evidence": ("Evidence", "parse_evidence"),
    "ladder": ("verify", "verify_in"),
    "policy": ("AUDITOR", "CONSUMER", "INSPECTION", "REGULATOR", "Policy", "policy_named"),
    "promise": ("check_broken_promise", "parse_broken_promise"),
    "snapshot": ("Snapshot", "parse_snapshot"),
    "state": ("ChainView", "open_view"),
    "trust": ("EarlyWarning", "NoTrustedBlock", "TrustedBlock", "trust_by_hand"),
    "verdict": ("Check", "CheckId", "CheckOutcome", "Outcome", "Verdict", "require_authentic"),
}
_HOMES: Final = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "AUDITOR",
    "CONSUMER",
    "INSPECTION",
    "REGULATOR",
    "CannotCheckError",
    "ChainView",
    "Check",
    "CheckId",
    "CheckOutcome",
    "Deployment",
    "EarlyWarning",
    "Evidence",
    "MalformedError",
    "NoTrustedBlock",
    "Outcome",
    "Policy",
    "Snapshot",
    "TrustedBlock",
    "Verdict",
    "VerifierError",
    "check_broken_promise",
    "open_view",
    "parse_broken_promise",
    "parse_bulletin",
    "parse_deployment",
    "parse_evidence",
    "parse_snapshot",
    "policy_named",
    "require_authentic",
    "trust_bulletin",
    "trust_by_hand",
    "verify",
    "verify_in",
]


def __getattr__(name: str) -> object:
    """Load a public name from its module (PEP 562). Raises AttributeError."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
