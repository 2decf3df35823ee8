"""How tanji-verify judges one question: by the evidence in hand, or by a pack; and how the verdict is saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from verifier.evidence import Evidence
from verifier.inputs import Question
from verifier.ladder import verify_in
from verifier.verdict import Verdict

if TYPE_CHECKING:
    from verifier.command import Session
    from verifier.types import StatementId


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict with the evidence it was reached by; rivals and others are what a pack adds to it (docs/spec/10)."""

    verdict: Verdict
    evidence: Evidence
    text: str | None
    rivals: tuple[StatementId, ...] = ()
    others: tuple[tuple[int, int], ...] = ()


class Judge:
    """Judges the questions of one run."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._by_pack = None
        if session.source.pack is not None:
            from verifier.pack.judge import PackJudge

            self._by_pack = PackJudge(
                session.source.pack,
                session.view,
                policy=session.policy,
                now=session.request.now,
                at=session.request.at,
            )

    def judge(self, question: Question) -> Judged:
        """The verdict. Raises MalformedError where a pack is damaged."""
        session = self._session
        request = session.request
        if question.label is not None and question.evidence is None and self._by_pack is not None:
            chosen = self._by_pack.evidence_for(question.label)
            return Judged(
                verdict=self._by_pack.judge_label(question.label),
                evidence=chosen.evidence,
                text=question.text,
                rivals=chosen.rivals,
                others=self._by_pack.confirmed(chosen),
            )
        evidence = question.evidence or Evidence(origin=session.view.origin)
        if question.label is not None and question.text is not None:
            from verifier.labelling import verify_label  # most verdicts have no label

            verdict = verify_label(
                session.view,
                question.text,
                evidence,
                policy=session.policy,
                now=request.now,
                at=request.at,
                early_warnings=session.source.warnings,
            )
            return Judged(verdict=verdict, evidence=evidence, text=question.text)
        verdict = verify_in(
            session.view,
            evidence,
            policy=session.policy,
            now=request.now,
            at=request.at,
            early_warnings=session.source.warnings,
        )
        return Judged(verdict=verdict, evidence=evidence, text=None)

    def saved(self, judged: Judged) -> bytes:
        """The verdict with all it rests on, as a document (docs/spec/10)."""
        from verifier.questions import questions_of
        from verifier.saved import SavedVerdict, serialize_saved

        session = self._session
        source = session.source
        parties = questions_of([judged.evidence], session.view.deployment).parties
        return serialize_saved(
            SavedVerdict(
                deployment=session.view.deployment,
                policy=session.policy.name,
                now=session.request.now,
                at=session.request.at,
                text=judged.text,
                trust=source.trust,
                evidence=judged.evidence,
                snapshot=session.view.used(source.snapshot, parties),
                verdict=judged.verdict.to_json(),
                warnings=source.warnings,
                rivals=judged.rivals,
                others=judged.others,
            )
        )
