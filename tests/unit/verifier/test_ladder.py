"""The ladder as a whole: its order, its policies, its output, and the values that have no truth."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace

import pytest

from tests.support.attacks import ATTACKS
from tests.support.world import CERTIFIED_AT, NOW, Story, genuine, trust_in
from verifier.contracts import Status
from verifier.evidence import parse_evidence
from verifier.ladder import MomentError, conclude, verify_in
from verifier.policy import CONSUMER, POLICIES, Policy, PolicyError, SealedValues, policy_named
from verifier.sentences import _template, sentence
from verifier.state import ViewGapError, open_view
from verifier.verdict import (
    Check,
    CheckId,
    CheckOutcome,
    NotAuthenticError,
    Outcome,
    failed,
    inconclusive,
    passed,
    require_authentic,
)

LADDER = [check for check in CheckId if not check.startswith("label.")]


def test_every_id_of_part_7_exactly_once_and_the_view_first() -> None:
    ids = [check.id for check in genuine().verdict().checks]
    assert ids[0] is CheckId.CHAIN_VIEW
    assert sorted(ids) == sorted(LADDER)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=lambda policy: policy.name)
def test_genuine_is_authentic_under_every_policy(policy: Policy) -> None:
    case = genuine()
    case.policy = policy
    assert case.verdict().outcome is Outcome.AUTHENTIC


def test_a_verdict_has_no_truth_value() -> None:
    verdict = genuine().verdict()
    with pytest.raises(TypeError):
        bool(verdict)
    with pytest.raises(TypeError):
        bool(verdict.checks[0])
    with pytest.raises(FrozenInstanceError):
        verdict.outcome = Outcome.REJECTED  # type: ignore[misc]


def test_require_authentic() -> None:
    verdict = genuine().verdict()
    assert require_authentic(verdict) is verdict
    case = genuine()
    del case.document["footprint"], case.document["upstream"]
    with pytest.raises(NotAuthenticError) as caught:
        require_authentic(case.verdict())
    assert caught.value.verdict.outcome is Outcome.INCONCLUSIVE
    assert "footprint.signature not_checked not-given" in str(caught.value)


@pytest.mark.parametrize(
    ("checks", "outcome"),
    [
        ([failed(CheckId.GRADE_RULE, "x"), inconclusive(CheckId.CHAIN_VIEW, "x")], Outcome.REJECTED),
        ([inconclusive(CheckId.GRADE_RULE, "x"), Check(id=CheckId.LABEL_COPIED, outcome=CheckOutcome.SUSPECT)],
         Outcome.INCONCLUSIVE),
        ([passed(CheckId.CHAIN_VIEW), Check(id=CheckId.LABEL_COPIED, outcome=CheckOutcome.SUSPECT)], Outcome.SUSPECT),
        ([passed(CheckId.CHAIN_VIEW)], Outcome.AUTHENTIC),
        ([], Outcome.INCONCLUSIVE),
    ],
)  # fmt: skip
def test_precedence(checks: list[Check], outcome: Outcome) -> None:
    policy = replace(CONSUMER, required=frozenset((CheckId.CHAIN_VIEW,)))
    assert conclude(checks, policy) is outcome


@pytest.mark.parametrize("missing", sorted(CONSUMER.required))
def test_a_required_check_that_did_not_run_is_inconclusive(missing: CheckId) -> None:
    checks = [passed(check) for check in CheckId if check is not missing]
    assert conclude(checks, CONSUMER) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    "change",
    [{"required": frozenset()}, {"required": frozenset((CheckId.GRADE_RULE,))}, {"max_age": 0}, {"max_age": -1}],
)
def test_a_policy_that_checks_nothing_is_an_error(change: dict[str, object]) -> None:
    with pytest.raises(PolicyError):
        Policy(**{"name": "x", "required": frozenset(LADDER), "max_age": 1,
                  "sealed_values": SealedValues.ACCEPTED, **change})  # type: ignore[arg-type]  # fmt: skip


def test_policy_by_name() -> None:
    assert policy_named("consumer") is CONSUMER
    with pytest.raises(PolicyError):
        policy_named("lenient")


def test_the_future_cannot_be_asked_about() -> None:
    case = genuine()
    case.at = NOW + 1
    with pytest.raises(MomentError):
        case.verdict()


def test_output_is_json_in_both_languages() -> None:
    case = genuine()
    document = json.loads(json.dumps(case.verdict().to_json(), ensure_ascii=False))
    assert set(document) == {"outcome", "policy", "checks", "block", "at", "now"}
    assert document["block"]["age"] == 60
    for check in document["checks"]:
        assert set(check) == {"id", "outcome", "reason", "fields", "zh", "en"}


def test_every_reason_has_sentences_of_its_own() -> None:
    for attack in ATTACKS:
        if attack.outcome == "malformed":
            continue
        case, data = attack.case()
        for check in case.verdict(data).checks:
            chinese, english = check.sentences()
            assert "{" not in chinese + english
            if check.reason:
                assert _template(check.id, check.reason, check.fields) is not None, (check.id, check.reason)


@pytest.mark.parametrize("check", CheckId)
@pytest.mark.parametrize("outcome", CheckOutcome)
def test_every_id_and_outcome_has_sentences(check: CheckId, outcome: CheckOutcome) -> None:
    chinese, english = sentence(check, outcome, "a reason nobody wrote yet", {})
    assert chinese
    assert english
    assert chinese != english


def test_withdrawn_names_the_successor() -> None:
    story = Story().publish()
    story.world.change_status(
        "certifier-status", story.id("certificate"), Status.SUPERSEDED_LABELS_GOOD, CERTIFIED_AT + 1, b"\x07" * 32
    )
    check = story.case().verdict().check("certificate.status")
    assert check is not None
    assert check.fields["successor"] == "0x" + "07" * 32


def test_one_view_serves_many_verdicts() -> None:
    case = genuine()
    view = open_view(case.snapshot, case.trusted, case.deployment)
    evidence = parse_evidence(case.data())
    first = verify_in(view, evidence, policy=CONSUMER, now=NOW)
    assert verify_in(view, evidence, policy=CONSUMER, now=NOW) == first
    assert verify_in(view, evidence, policy=CONSUMER, now=NOW).to_json() == case.verdict().to_json()


def test_registered_names_are_shown_not_self_given_ones() -> None:
    case = genuine()
    view = open_view(case.snapshot, case.trusted, case.deployment)
    profile = view.profile(case.document["certificate"]["statement"]["issuer"])
    assert profile is not None
    assert profile.name == "示例认证有限公司"
    forged = replace(
        case.snapshot, profiles=tuple(replace(profile, name="国家认证中心") for profile in case.snapshot.profiles)
    )
    with pytest.raises(ViewGapError):
        open_view(forged, trust_in(forged), case.deployment).profile(profile.party)
    assert view.profile("uscc:91110000MA0C0EXAMZ") is None
