"""From endpoints to a verdict: genuine evidence is authentic, and no lie of an endpoint makes a verdict wrong (D03–D06, D19)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.lying_rpc import flip_hex
from tests.support.rpc_simulator import SimulatedChain, SimulatedEndpoint
from tests.support.simulated_world import FINAL, chain_of, endpoint_of, event_logs
from tests.support.world import DEPLOYMENT, NOW, Story, published
from verifier.contracts import Status
from verifier.ladder import verify
from verifier.policy import AUDITOR, CONSUMER, Policy
from verifier.rpc.hints import KnownHints
from verifier.rpc.online import OnlineView, look_online
from verifier.snapshot import Profile, parse_snapshot, serialize_snapshot
from verifier.trust import NoTrustedBlock
from verifier.verdict import CheckId, CheckOutcome, Outcome, Verdict


@pytest.fixture(scope="module")
def story() -> Story:
    return published()


@pytest.fixture(scope="module")
def chain(story: Story) -> SimulatedChain:
    return chain_of(story.world)


def look(story: Story, *endpoints: SimulatedEndpoint, quorum: int = 1, **settings: Any) -> OnlineView:
    return look_online(endpoints, [story.evidence()], DEPLOYMENT, quorum=quorum, depth=5, **settings)


def judge(story: Story, seen: OnlineView, policy: Policy = CONSUMER) -> Verdict:
    return verify(
        story.evidence(),
        snapshot=seen.snapshot,
        trusted_block=seen.trust,
        deployment=DEPLOYMENT,
        policy=policy,
        now=NOW,
        early_warnings=seen.warnings,
    )


@pytest.mark.parametrize("policy", [CONSUMER, AUDITOR], ids=lambda policy: policy.name)
def test_genuine_evidence_is_authentic_with_every_word_answered(
    story: Story, chain: SimulatedChain, policy: Policy
) -> None:
    seen = look(story, *(endpoint_of(name, chain, story.world) for name in "abc"), quorum=2)
    assert seen.unanchored == ()
    assert judge(story, seen, policy).outcome is Outcome.AUTHENTIC


def test_the_snapshot_survives_being_saved_and_holds_only_the_anchors_needed(
    story: Story, chain: SimulatedChain
) -> None:
    seen = look(story, endpoint_of("a", chain, story.world))
    again = replace(seen, snapshot=parse_snapshot(serialize_snapshot(seen.snapshot)))
    assert judge(story, again).outcome is Outcome.AUTHENTIC
    assert {anchor.seq for anchor in seen.snapshot.anchors} <= {anchor.seq for anchor in story.world.anchors}


def test_names_come_from_hints_and_only_with_the_registered_hash(story: Story, chain: SimulatedChain) -> None:
    forged = [Profile(party=profile.party, name="冒名公司") for profile in story.world.profiles]
    hints = [KnownHints(profiles=forged), KnownHints(profiles=story.world.profiles)]
    seen = look(story, endpoint_of("a", chain, story.world), hints=hints)
    names = {profile.name for profile in seen.snapshot.profiles}
    assert "示例认证有限公司" in names
    assert "冒名公司" not in names


def test_anchors_come_from_the_operators_list_where_events_are_pruned(story: Story, chain: SimulatedChain) -> None:
    endpoint = SimulatedEndpoint("pruned", chain, finalized=FINAL)
    assert judge(story, look(story, endpoint)).outcome is Outcome.INCONCLUSIVE
    seen = look(story, endpoint)
    assert seen.unanchored != ()
    assert "--hints" in seen.account[-1]
    seen = look(story, endpoint, hints=[KnownHints(anchors=story.world.anchors)])
    assert judge(story, seen).outcome is Outcome.AUTHENTIC


def test_an_entry_beyond_the_last_anchor_is_said_to_wait(story: Story, chain: SimulatedChain) -> None:
    evidence = story.evidence()
    if evidence.certificate is None:
        raise AssertionError
    later = replace(evidence, certificate=replace(evidence.certificate, index=10_000))
    seen = look_online([endpoint_of("a", chain, story.world)], [later], DEPLOYMENT, quorum=1, depth=5)
    assert seen.unanchored == (10_000,)
    assert "not anchored yet" in seen.account[-1]


def test_false_anchors_among_the_hints_change_nothing(story: Story, chain: SimulatedChain) -> None:
    true = story.world.anchors
    false = [replace(anchor, time=anchor.time - 1) for anchor in true]
    false += [replace(anchor, size=anchor.size + 1) for anchor in true]
    false += [replace(anchor, seq=anchor.seq + 1000, size=index + 1) for index, anchor in enumerate(true)]
    endpoint = SimulatedEndpoint("pruned", chain, finalized=FINAL)
    for hints in ([KnownHints(anchors=[*false, *true])], [KnownHints(anchors=false), KnownHints(anchors=true)]):
        assert judge(story, look(story, endpoint, hints=hints)).outcome is Outcome.AUTHENTIC
    assert judge(story, look(story, endpoint, hints=[KnownHints(anchors=false)])).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("missing", range(6))
def test_events_left_out_are_a_gap_and_never_another_verdict(story: Story, chain: SimulatedChain, missing: int) -> None:
    endpoint = endpoint_of("a", chain, story.world)
    del endpoint.logs[missing]
    assert judge(story, look(story, endpoint)).outcome in {Outcome.AUTHENTIC, Outcome.INCONCLUSIVE}


def withdrawn_story() -> Story:
    story = Story().publish()
    story.world.change_status("certifier-status", story.id("certificate"), Status.WITHDRAWN, NOW - 3600)
    return story


def test_a_withdrawal_is_seen() -> None:
    story = withdrawn_story()
    verdict = judge(story, look(story, endpoint_of("a", chain_of(story.world), story.world)))
    assert verdict.outcome is Outcome.REJECTED
    check = verdict.check(CheckId.CERTIFICATE_STATUS)
    assert check is not None
    assert check.reason == "withdrawn"


def test_a_withdrawal_not_final_yet_is_an_early_warning(story: Story) -> None:
    withdrawn = withdrawn_story()
    chain = chain_of(story.world, latest=withdrawn.world)
    endpoints = [endpoint_of(name, chain, story.world) for name in "ab"]
    verdict = judge(story, look(story, *endpoints, quorum=2))
    check = verdict.check(CheckId.CERTIFICATE_STATUS)
    assert check is not None
    assert (verdict.outcome, check.outcome, check.reason) == (
        Outcome.INCONCLUSIVE, CheckOutcome.INCONCLUSIVE, "early-warning",
    )  # fmt: skip


def test_one_endpoint_that_hides_it_does_not_silence_the_other(story: Story) -> None:
    chain = chain_of(story.world, latest=withdrawn_story().world)

    def hides(method: str, params: tuple[object, ...], honest: object) -> object:
        return "0x" + bytes(32).hex() if method == "eth_getStorageAt" else honest

    endpoints = [endpoint_of("hides", chain, story.world, lie=hides), endpoint_of("tells", chain, story.world)]
    assert judge(story, look(story, *endpoints, quorum=2)).outcome is Outcome.INCONCLUSIVE


def test_an_endpoint_without_storage_reads_takes_nothing_from_the_final_answer(
    story: Story, chain: SimulatedChain
) -> None:
    def garbage(method: str, params: tuple[object, ...], honest: object) -> object:
        return {"no": "word"} if method == "eth_getStorageAt" else honest

    assert judge(story, look(story, endpoint_of("a", chain, story.world, lie=garbage))).outcome is Outcome.AUTHENTIC


Lie = Callable[[str, tuple[Any, ...], Any], Any]


def of_method(name: str, change: Callable[[Any], Any]) -> Lie:
    def lie(method: str, params: tuple[Any, ...], honest: Any) -> Any:
        return change(copy.deepcopy(honest)) if method == name else honest

    return lie


def setting(key: str, value: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def change(answer: Any) -> Any:
        if isinstance(answer, dict) and key in answer:
            answer[key] = value(answer[key])
        return answer

    return change


def in_proofs(change: Callable[[list[str]], Any]) -> Lie:
    def every(answer: Any) -> Any:
        for proof in answer["storageProof"]:
            if proof["proof"]:
                change(proof["proof"])
        return answer

    return of_method("eth_getProof", every)


BLOCK, PROOF = "eth_getBlockByNumber", "eth_getProof"
LIES: dict[str, Lie] = {
    "wrong-header-state-root": of_method(BLOCK, setting("stateRoot", flip_hex)),
    "wrong-header-time": of_method(BLOCK, setting("timestamp", lambda _: hex(NOW))),
    "wrong-hash": of_method(BLOCK, setting("hash", flip_hex)),
    "no-hash": of_method(BLOCK, setting("hash", lambda _: None)),
    "another-chain-id": of_method("eth_chainId", lambda _: "0x1"),
    "garbage-chain-id": of_method("eth_chainId", lambda _: {"chain": 31337}),
    "stale-finalized": lambda m, p, h: h if m != BLOCK or p[0] != "finalized" else {"number": "0x0", "hash": "0x"},
    "finalized-far-ahead": lambda m, p, h: h if m != BLOCK or p[0] != "finalized" else {"number": "0xffffff"},
    "no-block": of_method(BLOCK, lambda _: None),
    "block-is-text": of_method(BLOCK, lambda _: "block"),
    "header-field-missing": of_method(BLOCK, lambda block: {k: v for k, v in block.items() if k != "mixHash"}),
    "leaf-flipped": in_proofs(lambda proof: proof.__setitem__(-1, flip_hex(proof[-1]))),
    "leaf-missing": in_proofs(lambda proof: proof.pop()),
    "root-missing": in_proofs(lambda proof: proof.pop(0)),
    "reordered": in_proofs(lambda proof: proof.reverse()),
    "junk": in_proofs(lambda proof: proof.append("0x" + "c0" * 33)),
    "emptied": in_proofs(lambda proof: proof.clear()),
    "account-of-another": of_method(PROOF, setting("accountProof", lambda path: path[:-1])),
    "proof-is-null": of_method(PROOF, lambda _: None),
    "proof-is-list": of_method(PROOF, lambda _: []),
    "logs-are-garbage": of_method("eth_getLogs", lambda _: [{"topics": ["0x"]}, 7, None, {"topics": [1, 2], "data": "0x"}]),
    "logs-are-text": of_method("eth_getLogs", lambda _: "logs"),
    "storage-overstated": of_method("eth_getStorageAt", lambda _: "0x" + "ff" * 32),
    "everything-null": lambda m, p, h: None,
    "everything-number": lambda m, p, h: 7,
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
@pytest.mark.parametrize("genuine", [True, False], ids=["genuine", "withdrawn"])
def test_no_lie_makes_a_verdict_wrong(lie: Lie, genuine: bool) -> None:
    story = published() if genuine else withdrawn_story()
    chain = chain_of(story.world)
    allowed = {Outcome.INCONCLUSIVE, Outcome.AUTHENTIC if genuine else Outcome.REJECTED}
    liar = endpoint_of("liar", chain, story.world, lie=lie)
    assert judge(story, look(story, liar)).outcome in allowed
    honest = [endpoint_of(name, chain, story.world) for name in "ab"]
    assert judge(story, look(story, liar, *honest, quorum=2)).outcome in allowed


def test_a_whole_forged_chain_from_one_endpoint_convinces_nobody_else(story: Story, chain: SimulatedChain) -> None:
    forged = chain_of(withdrawn_story().world, salt=b"forged")
    seen = look(story, endpoint_of("forger", forged, story.world), endpoint_of("a", chain, story.world), quorum=2)
    assert seen.trust == NoTrustedBlock(reason="no-quorum")
    assert {line.split(":")[0] for line in seen.account[1:]} == {"forger", "a"}
    assert judge(story, seen).outcome is Outcome.INCONCLUSIVE


def test_contracts_that_are_not_there(story: Story) -> None:
    empty = SimulatedChain(chain_id=31337)
    empty.grow(40)
    seen = look(story, SimulatedEndpoint("a", empty, finalized=30, logs=event_logs(story.world)))
    assert isinstance(seen.trust, NoTrustedBlock)
    assert judge(story, seen).outcome is Outcome.INCONCLUSIVE
