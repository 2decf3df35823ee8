"""Every word the ladder asks is among the questions: whatever the chain holds, a built snapshot leaves nothing unanswered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.simulated_world import chain_of, endpoint_of
from tests.support.world import DEPLOYMENT, NOW, Story
from verifier.checks.inquiry import UNANSWERED
from verifier.contracts import Status
from verifier.identifiers import party_id
from verifier.ladder import verify
from verifier.policy import AUDITOR
from verifier.questions import lanes_of, questions_of
from verifier.rpc.online import look_online
from verifier.statement import subject_of_number
from verifier.verdict import Verdict


def judged(story: Story) -> Verdict:
    endpoint = endpoint_of("a", chain_of(story.world), story.world)
    seen = look_online([endpoint], [story.evidence()], DEPLOYMENT, quorum=1, depth=5)
    return verify(
        story.evidence(),
        snapshot=seen.snapshot,
        trusted_block=seen.trust,
        deployment=DEPLOYMENT,
        policy=AUDITOR,
        now=NOW,
    )


def nothing(story: Story) -> None:
    """The genuine case as it is."""


def withdrawn_by_number(story: Story) -> None:
    issuer = story.issuers["certificate"]
    subject = subject_of_number(issuer, story.bodies["certificate"]["number"])
    story.world.change_status("certifier-status", subject, Status.WITHDRAWN, NOW - 900)


def party_suspended_by_regulators(story: Story) -> None:
    subject = party_id(story.issuers["certificate"])
    story.world.change_status("regulator-2", subject, Status.SUSPENDED, NOW - 900)
    story.world.change_status("regulator", subject, Status.ACTIVE, NOW - 800)


def superseded(story: Story) -> None:
    story.world.change_status(
        "certifier-status", story.id("certificate"), Status.SUPERSEDED_LABELS_VOID, NOW - 900, successor=b"\x07" * 32
    )


def withdrawn_by_a_stolen_key(story: Story) -> None:
    story.world.change_status("certifier-status-2", story.id("certificate"), Status.WITHDRAWN, NOW - 900)
    story.world.change_key("certifier-status-2", compromised_since=NOW - 1000)


def footprint_suspended(story: Story) -> None:
    story.world.change_status("holder-status", story.id("footprint"), Status.SUSPENDED, NOW - 900)


def upstream_withdrawn(story: Story) -> None:
    story.world.change_status("other-certifier-status", story.id("steel-certificate"), Status.WITHDRAWN, NOW - 900)


CASES: dict[str, tuple[Callable[[Story], None], str]] = {
    "genuine": (nothing, "authentic"),
    "withdrawn by number": (withdrawn_by_number, "rejected"),
    "party suspended and restored": (party_suspended_by_regulators, "authentic"),
    "superseded": (superseded, "rejected"),
    "withdrawn by a stolen key": (withdrawn_by_a_stolen_key, "authentic"),
    "footprint suspended": (footprint_suspended, "rejected"),
    "upstream withdrawn": (upstream_withdrawn, "rejected"),
}


@pytest.mark.parametrize(("change", "outcome"), CASES.values(), ids=CASES.keys())
def test_nothing_is_left_unanswered(change: Callable[[Story], None], outcome: str) -> None:
    story = Story().publish()
    change(story)
    verdict = judged(story)
    assert [check.id for check in verdict.checks if check.reason == UNANSWERED] == []
    assert verdict.outcome == outcome


def test_a_successor_is_shown_for_the_link() -> None:
    story = Story().publish()
    superseded(story)
    fields = [dict(check.fields) for check in judged(story).checks if check.id == "certificate.status"]
    assert fields[0]["successor"] == "0x" + "07" * 32


def test_each_word_is_asked_once_however_many_files() -> None:
    story = Story().publish()
    once = questions_of([story.evidence()], DEPLOYMENT)
    thrice = questions_of([story.evidence()] * 3, DEPLOYMENT)
    assert once == thrice
    assert len(set(once.words)) == len(once.words)


def test_a_certificate_raises_six_lanes_and_a_footprint_four() -> None:
    story = Story().publish()
    assert len(set(lanes_of(story.statements["certificate"]))) == 6
    assert len(set(lanes_of(story.statements["footprint"]))) == 4
