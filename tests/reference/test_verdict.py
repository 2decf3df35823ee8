"""The naive second verdict agrees with the verifier on the whole attack corpus, check by check."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.reference.label_verdict import LabelJudge
from tests.reference.verdict import Judge, View
from tests.support.attacks import ATTACKS, Attack
from tests.support.world import Case
from verifier.trust import Finality, NoTrustedBlock

JUDGED = [attack for attack in ATTACKS if attack.outcome != "malformed"]


def naive(case: Case, data: bytes) -> tuple[str, dict[str, str]]:
    deployment, trusted = case.deployment, case.trusted
    view = View(
        header=case.snapshot.header,
        nodes=list(case.snapshot.nodes),
        anchors=[(a.seq, a.size, a.root, a.time) for a in case.snapshot.anchors],
        chain_id=case.snapshot.chain_id,
        trusted=None
        if isinstance(trusted, NoTrustedBlock)
        else {
            "hash": trusted.hash,
            "final": trusted.finality is Finality.FINAL,
            "number": trusted.number,
            "oldest": trusted.oldest_acceptable,
        },
        deployment={
            "chainId": deployment.chain_id,
            "anchorLog": deployment.anchor_log,
            "trustRegistry": deployment.trust_registry,
            "statusRegistry": deployment.status_registry,
            "codeHashes": {
                "anchorLog": deployment.anchor_log_code_hash,
                "trustRegistry": deployment.trust_registry_code_hash,
                "statusRegistry": deployment.status_registry_code_hash,
            },
        },
    )
    policy: dict[str, Any] = {
        "maxAge": case.policy.max_age,
        "required": {str(check) for check in case.policy.required},
        "sealed": case.policy.sealed_values.value,
    }
    document = json.loads(data)
    kind = Judge
    if "label" in document or "labels" in document:
        kind = LabelJudge
        policy["required"] |= {str(check) for check in case.policy.label_required}
    judge = kind(view=view, policy=policy, now=case.now, at=case.at, warnings=list(case.warnings))
    return judge.verdict(document)


@pytest.mark.parametrize("attack", JUDGED, ids=lambda attack: attack.id)
def test_agrees(attack: Attack) -> None:
    case, data = attack.case()
    verdict = case.verdict(data)
    outcome, checks = naive(case, data)
    assert {str(check.id): str(check.outcome) for check in verdict.checks} == checks
    assert str(verdict.outcome) == outcome
