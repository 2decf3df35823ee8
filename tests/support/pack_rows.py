"""The attack corpus as labels judged by packs: what each row's evidence gives as a pack, asked in Python, to be asked elsewhere too."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.attack_rows import policy, trust
from tests.support.attacks import ATTACKS
from tests.support.labels import INDEX, label_text, serial_of
from tests.support.world import Case
from verifier.canonical import canonicalize, parse
from verifier.deployment import serialize_deployment
from verifier.encoding import to_hex
from verifier.errors import MalformedError
from verifier.evidence import Evidence, parse_evidence
from verifier.pack.content import ContentBuilder
from verifier.pack.errors import UnpackableError
from verifier.pack.judge import PackJudge
from verifier.pack.reader import Pack
from verifier.pack.writer import serialize_pack
from verifier.state import open_view
from verifier.statement import statement_id

_MOST = 8 << 20


@dataclass(frozen=True)
class PackRow:
    """A pack, a label's text, and Python's answer: outcome and checks with reasons, or `malformed`."""

    id: str
    case: Case
    data: bytes
    text: str

    def question(self) -> dict[str, Any]:
        case = self.case
        return {
            "pack": base64.b64encode(self.data).decode(),
            "deployment": serialize_deployment(case.deployment).decode(),
            "trust": trust(case.trusted),
            "policy": policy(case.policy),
            "now": case.now,
            "at": case.at,
            "warnings": [
                {"owner": to_hex(w.owner), "subject": to_hex(w.subject), "status": int(w.status), "time": w.time}
                for w in case.warnings
            ],
            "text": self.text,
        }

    def answer(self) -> dict[str, Any]:
        case = self.case
        try:
            pack = Pack(self.data)
            judge = PackJudge(
                pack,
                open_view(pack.snapshot(), case.trusted, case.deployment),
                policy=case.policy,
                now=case.now,
                at=case.at,
                early_warnings=case.warnings,
            )
            verdict = judge.judge(self.text)
        except MalformedError:
            return {"outcome": "malformed", "checks": []}
        return {
            "outcome": str(verdict.outcome),
            "checks": [[str(check.id), str(check.outcome), check.reason] for check in verdict.checks],
        }


def packed_rows(*, every: int = 1) -> Iterator[PackRow]:
    """The corpus' rows about labels whose evidence a pack can hold, and each `every`th of the others with a label of its certificate."""
    for number, attack in enumerate(ATTACKS):
        case, data = attack.case()
        try:
            document = parse(data, _MOST)
            label = document.pop("label", None) if isinstance(document, dict) else None
            evidence = parse_evidence(canonicalize(document, _MOST))
        except MalformedError:
            continue
        if label is None and number % every:
            continue
        text = label["text"] if isinstance(label, dict) else _label_of(evidence)
        made = pack_of(case, evidence)
        if made is not None and isinstance(text, str):
            yield PackRow(id=attack.id, case=case, data=made, text=text)


def _label_of(evidence: Evidence) -> str | None:
    certificate = evidence.certificate
    return None if certificate is None else label_text(statement_id(certificate.statement), serial_of(INDEX))


def pack_of(case: Case, evidence: Evidence) -> bytes | None:
    """The pack of one evidence under the case's snapshot; None where its proofs have no form a pack could hold."""
    builder = ContentBuilder(evidence.origin)
    try:
        builder.add(evidence)
        return serialize_pack(builder.build(case.snapshot))
    except (UnpackableError, MalformedError):
        return None
