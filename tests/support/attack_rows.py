"""The attack corpus as rows that any second verifier can be put through (docs/spec/README.md says what is in a row).

python -m tests.support.attack_rows > rows.jsonl
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from tests.support.attacks import ATTACKS, Attack
from tests.support.world import Case
from verifier.deployment import serialize_deployment
from verifier.encoding import to_hex
from verifier.errors import MalformedError
from verifier.policy import Policy, SealedValues
from verifier.snapshot import serialize_snapshot
from verifier.trust import Finality, NoTrustedBlock, Trust


def rows() -> Iterator[dict[str, Any]]:
    """Every row of the corpus, its answer as Python gives it."""
    for attack in ATTACKS:
        yield row(attack)


def row(attack: Attack) -> dict[str, Any]:
    case, data = attack.case()
    return {"id": attack.id, "question": question(case, data), "answer": answer(case, data)}


def question(case: Case, data: bytes) -> dict[str, Any]:
    """`evidence` is hex: some rows are not UTF-8. Everything else stands as the documents and part 7 have it."""
    return {
        "deployment": serialize_deployment(case.deployment).decode(),
        "snapshot": serialize_snapshot(case.snapshot).decode(),
        "evidence": to_hex(data),
        "trust": trust(case.trusted),
        "policy": policy(case.policy),
        "now": case.now,
        "at": case.at,
        "warnings": [
            {"owner": to_hex(w.owner), "subject": to_hex(w.subject), "status": int(w.status), "time": w.time}
            for w in case.warnings
        ],
    }


def trust(given: Trust) -> dict[str, Any]:
    if isinstance(given, NoTrustedBlock):
        return {"reason": given.reason}
    return {
        "hash": to_hex(given.hash),
        "final": given.finality is Finality.FINAL,
        "number": given.number,
        "time": given.time,
        "oldest": given.oldest_acceptable,
    }


def policy(given: Policy) -> dict[str, Any]:
    return {
        "name": given.name,
        "required": sorted(map(str, given.required)),
        "maxAge": given.max_age,
        "sealed": given.sealed_values is SealedValues.ACCEPTED,
        "label": sorted(map(str, given.label_required)),
    }


def answer(case: Case, data: bytes) -> dict[str, Any]:
    try:
        verdict = case.verdict(data)
    except MalformedError:
        return {"outcome": "malformed", "checks": []}
    return {
        "outcome": str(verdict.outcome),
        "checks": [[str(check.id), str(check.outcome), check.reason] for check in verdict.checks],
    }


def main() -> None:
    for each in rows():
        sys.stdout.write(json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
