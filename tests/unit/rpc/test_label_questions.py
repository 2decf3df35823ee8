"""A snapshot built from endpoints answers all that a label asks, whatever the chain holds about its statement and keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.bodies import HOLDER
from tests.support.labels import LABELLED_AT, PREFIX, label_case, label_story, publish_labels
from tests.support.packs import evidence_in
from tests.support.simulated_world import chain_of, endpoint_of
from tests.support.world import DAY, DEPLOYMENT, NOW, Story
from verifier.checks.inquiry import UNANSWERED
from verifier.contracts import Purpose, Status
from verifier.ladder import verify
from verifier.policy import AUDITOR
from verifier.rpc.online import look_online
from verifier.verdict import Verdict


def judged(change: Callable[[Story], object]) -> Verdict:
    story = label_story()
    batch = publish_labels(story)
    change(story)
    evidence = evidence_in(label_case(story, batch))
    endpoint = endpoint_of("a", chain_of(story.world), story.world)
    seen = look_online([endpoint], [evidence], DEPLOYMENT, quorum=1, depth=5)
    return verify(
        evidence, snapshot=seen.snapshot, trusted_block=seen.trust, deployment=DEPLOYMENT, policy=AUDITOR, now=NOW
    )


def _nothing(story: Story) -> None:
    """The genuine label."""


def _withdrawn(story: Story) -> None:
    story.world.change_status("holder-status", story.id("labels"), Status.WITHDRAWN, LABELLED_AT + DAY)


def _superseded(story: Story) -> None:
    story.world.change_status(
        "certifier-status", story.id("certificate"), Status.SUPERSEDED_LABELS_GOOD, LABELLED_AT + DAY, b"\7" * 32
    )


def _grant_for_a_longer_prefix(story: Story) -> None:
    story.world.grant(HOLDER, Purpose.LABELS, PREFIX, (1, 2))
    story.world.grant(HOLDER, Purpose.LABELS, "gs1:6901234567")


def _key_stolen(story: Story) -> None:
    story.world.change_key("label-key", compromised_since=LABELLED_AT)


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (_nothing, "authentic"),
        (_withdrawn, "rejected"),
        (_superseded, "authentic"),
        (_grant_for_a_longer_prefix, "authentic"),
        (_key_stolen, "rejected"),
    ],
)
def test_nothing_is_left_unanswered(change: Callable[[Story], object], outcome: str) -> None:
    verdict = judged(change)
    assert [check for check in verdict.checks if check.reason == UNANSWERED] == []
    assert verdict.outcome == outcome
