"""A label's verdict beyond the attack corpus: signals, contradictions, policies, evidence of another label."""

from __future__ import annotations

import pytest

from tests.support.labels import FIRST, INDEX, genuine_label, label_text, serial_of
from tests.support.packs import evidence_in
from tests.support.world import NOW
from verifier.checks.label import CopySignal
from verifier.errors import MalformedError
from verifier.evidence import parse_evidence, serialize_evidence
from verifier.label import parse_label
from verifier.labelling import contradicted, prepare, verify_label
from verifier.policy import AUDITOR, CONSUMER, INSPECTION, REGULATOR, Policy
from verifier.sentences import sentence
from verifier.signals import CopyReason
from verifier.state import open_view
from verifier.types import StatementId
from verifier.verdict import Check, CheckId, CheckOutcome, Outcome, Verdict


def judged(policy: Policy = CONSUMER, text: str = "", **more: object) -> Verdict:
    case = genuine_label()
    view = open_view(case.snapshot, case.trusted, case.deployment)
    label = text or case.document["label"]["text"]
    return verify_label(view, label, evidence_in(case), policy=policy, now=NOW, **more)  # type: ignore[arg-type]


def check_of(verdict: Verdict, check: str) -> Check:
    found = verdict.check(check)
    assert found is not None
    return found


def test_every_check_once_in_its_order() -> None:
    ids = [check.id for check in judged().checks]
    assert ids == list(CheckId)


@pytest.mark.parametrize("policy", [CONSUMER, INSPECTION, REGULATOR, AUDITOR])
def test_the_genuine_label_is_authentic(policy: Policy) -> None:
    assert judged(policy).outcome is Outcome.AUTHENTIC


def test_offline_nobody_was_asked_about_copies() -> None:
    assert check_of(judged(), "label.copied").reason == "offline"
    assert check_of(judged(signals=()), "label.copied").outcome is CheckOutcome.PASSED


@pytest.mark.parametrize("reason", CopyReason)
def test_signals_make_it_suspect_and_no_more(reason: str) -> None:
    verdict = judged(signals=(CopySignal(reason=str(reason), fields={"scans": 50}), CopySignal(reason="scan-burst")))
    assert verdict.outcome is Outcome.SUSPECT
    copied = check_of(verdict, "label.copied")
    assert (copied.reason, copied.fields["signals"]) == (str(reason), [str(reason), "scan-burst"])
    assert "{" not in "".join(copied.sentences())


def test_signals_do_not_hide_a_rejection() -> None:
    case = genuine_label()
    other = label_text(case.story.id("certificate"), serial_of(INDEX), key="supplier")
    assert judged(text=other, signals=(CopySignal(reason="scan-burst"),)).outcome is Outcome.REJECTED


def test_leaf_of_another_label_is_not_looked_at() -> None:
    case = genuine_label()
    other = label_text(case.story.id("certificate"), serial_of(INDEX + 1))
    assert check_of(judged(text=other), "label.issued").reason == "no-leaf"
    assert judged(text=other).outcome is Outcome.INCONCLUSIVE


def test_two_certificates_that_share_c() -> None:
    case = genuine_label()
    view = open_view(case.snapshot, case.trusted, case.deployment)
    twin = StatementId(case.story.id("certificate")[:16] + bytes(16))
    ground = prepare(view, evidence_in(case), policy=INSPECTION, now=NOW, rivals=(twin, twin))
    verdict = ground.judge(parse_label(case.document["label"]["text"]))
    assert verdict.outcome is Outcome.REJECTED
    assert check_of(verdict, "label.signature").reason == "shared-prefix"


def test_an_index_in_two_batches() -> None:
    case = genuine_label()
    view = open_view(case.snapshot, case.trusted, case.deployment)
    label = parse_label(case.document["label"]["text"])
    for others, outcome in (
        ((INDEX, INDEX + 1), "rejected"),
        ((INDEX + 1, 100), "authentic"),
        ((0, INDEX), "authentic"),
    ):
        ground = prepare(view, evidence_in(case), policy=INSPECTION, now=NOW, others=(others,))
        assert ground.judge(label).outcome == outcome


def test_two_serials_with_one_index_reject_both() -> None:
    case = genuine_label()
    serials = [serial_of(INDEX), serial_of(INDEX, "again")]
    for serial in serials:
        verdict = judged(INSPECTION, label_text(case.story.id("certificate"), serial))
        assert check_of(verdict, "label.signature").outcome is CheckOutcome.PASSED
        told = contradicted(verdict, INDEX, serials)
        assert told.outcome is Outcome.REJECTED
        assert check_of(told, "label.quota").reason == "index-twice"


def test_documents_round_trip() -> None:
    evidence = evidence_in(genuine_label())
    assert parse_evidence(serialize_evidence(evidence)) == evidence


def test_no_label_at_all_is_malformed() -> None:
    with pytest.raises(MalformedError):
        judged(text="https://id.tanji.example/01/06901234567892")


def test_unknown_signals_still_have_sentences() -> None:
    assert sentence("label.copied", "suspect", "something-new", {})


def test_first_and_last_of_the_batch() -> None:
    case = genuine_label()
    for index, outcome in ((FIRST, "authentic"), (FIRST + 39, "authentic"), (FIRST + 40, "rejected")):
        assert judged(INSPECTION, label_text(case.story.id("certificate"), serial_of(index))).outcome == outcome
