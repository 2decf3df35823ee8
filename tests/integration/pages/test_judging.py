"""What the labels of a batch share is made by one request, while the others are answered from what there is; nothing is older than promised."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from api.http.verdicts import Sight
from api.pages.judging import DUE_SECONDS, FRESH_SECONDS, LabelJudge
from tests.support.labels import genuine_label
from tests.support.ledger import OwnedClock
from verifier.evidence import Evidence, parse_evidence
from verifier.label import parse_label
from verifier.state import open_view
from verifier.verdict import Outcome


@dataclass
class Labels:
    """Counts how often the log is asked."""

    evidence_of: Evidence
    asked: list[str] = field(default_factory=list)

    def evidence(self, text: str) -> Evidence:
        self.asked.append(text)
        time.sleep(0.05)
        return self.evidence_of

    def table(self, _item: Any) -> Any:
        return self


@dataclass
class Made:
    judge: LabelJudge
    labels: Labels
    clock: OwnedClock
    text: str


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    case = genuine_label()
    evidence = parse_evidence(case.data())
    assert evidence.label is not None
    issued = evidence.label.issued
    monkeypatch.setattr("api.pages.judging.issued_leaf", lambda _table, _label: issued)
    labels, clock = Labels(evidence), OwnedClock()
    clock.jump(case.now - clock.now())
    view = open_view(case.snapshot, case.trusted, case.deployment)
    sight = Sight(trust=case.trusted, snapshot=case.snapshot, view=view)
    verdicts = SimpleNamespace(look=lambda _base: sight)
    service: Any = SimpleNamespace(labels=labels, clock=clock, verdicts=verdicts, deployment=case.deployment)
    signals: Any = SimpleNamespace(signals_for=lambda _label: ())
    return Made(judge=LabelJudge(service, signals), labels=labels, clock=clock, text=evidence.label.text)


def together(made: Made, count: int = 16) -> list[Outcome]:
    with ThreadPoolExecutor(count) as pool:
        return [found.judged.verdict.outcome for found in pool.map(made.judge.judge, [made.text] * count)]


def test_a_crowd_at_a_cold_batch_asks_the_log_once(made: Made) -> None:
    assert together(made) == [Outcome.AUTHENTIC] * 16
    assert len(made.labels.asked) == 1


def test_a_crowd_at_one_that_is_due_asks_once_and_nobody_else_waits(made: Made) -> None:
    together(made)
    made.clock.pass_time(int(DUE_SECONDS) + 1)
    assert int(DUE_SECONDS) + 1 <= FRESH_SECONDS
    assert together(made) == [Outcome.AUTHENTIC] * 16
    assert len(made.labels.asked) == 2


def test_warm_verdicts_are_none_once_something_has_to_be_asked(made: Made) -> None:
    label = parse_label(made.text)
    assert made.judge.judge_warm(made.text, label) is None
    together(made, 1)
    warm = made.judge.judge_warm(made.text, label)
    assert warm is not None
    assert warm.judged.verdict.outcome is Outcome.AUTHENTIC
    made.clock.pass_time(int(FRESH_SECONDS) + 1)
    assert made.judge.judge_warm(made.text, label) is None


def test_a_label_with_another_signature_is_not_signed_and_its_leaf_not_looked_at(made: Made) -> None:
    together(made, 1)
    text = made.text[:-86] + ("A" if made.text[-86] != "A" else "B") + made.text[-85:]
    found = made.judge.judge(text)
    assert not found.is_signed
    assert found.evidence.label is not None
    assert found.evidence.label.issued is None
    assert found.judged.verdict.outcome is Outcome.REJECTED
