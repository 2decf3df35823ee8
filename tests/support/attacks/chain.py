"""D: chain, status, trust."""

from __future__ import annotations

from dataclasses import replace

from tests.support.attacks.corpus import attack, changed_chain, put
from tests.support.bodies import CATEGORY, CERTIFIER, HOLDER
from tests.support.world import (
    CERTIFIED_AT,
    DAY,
    DEPLOYMENT,
    HOUR,
    NOW,
    Case,
    Story,
    address_of,
    contract,
    genuine,
    published,
    trust_in,
)
from verifier.contracts import REGULATORS, Purpose, Status, grant_slot, key_slot, lane_slot, scope_of
from verifier.hashing import keccak256
from verifier.identifiers import party_id
from verifier.rlp import decode
from verifier.statement import subject_of_number
from verifier.trust import EarlyWarning, Finality, NoTrustedBlock, TrustedBlock
from verifier.types import BlockHash

_VIEW = "chain.view"
_STATUS = "certificate.status"


@attack("D01", "rejected", "certificate.anchored", "another-log")
def evidence_of_a_lookalike_contract() -> Case:
    other = replace(DEPLOYMENT, anchor_log=contract("look-alike"))
    return put(genuine(), "/origin", other.origin)


@attack("D01", "rejected", "certificate.anchored", "another-log")
def right_address_on_another_chain() -> Case:
    return put(genuine(), "/origin", replace(DEPLOYMENT, chain_id=1).origin)


@attack("D01", "inconclusive", _VIEW, "another-chain")
def snapshot_says_another_chain() -> Case:
    case = genuine()
    case.snapshot = replace(case.snapshot, chain_id=1)
    return case


@attack("D01", "inconclusive", _VIEW, "other-code")
def other_code_at_the_pinned_address() -> Case:
    case = genuine()
    case.deployment = replace(DEPLOYMENT, trust_registry_code_hash=keccak256(b"other code"))
    return case


@attack("D01", "inconclusive", _VIEW, "contract-absent")
def no_contract_at_the_pinned_address() -> Case:
    case = genuine()
    case.deployment = replace(DEPLOYMENT, status_registry=contract("nowhere"))
    return case


@attack("D02", "inconclusive", _VIEW, "unanswered")
def anchor_not_in_this_block() -> Case:
    story = Story().publish()
    case = story.case()
    unanchored = Story()
    unanchored.publish()
    world = unanchored.world
    world.anchors = world.anchors[:5]
    for seq in (6, 7):
        from verifier.contracts import anchor_slot

        world.anchor_words.pop(anchor_slot(seq), None)
    case.snapshot = world.snapshot(NOW - 60)
    case.trusted = trust_in(case.snapshot)
    return case


@attack("D02", "inconclusive", _VIEW, "block-not-final")
def block_not_final() -> Case:
    case = genuine()
    case.trusted = replace(trust_in(case.snapshot), finality=Finality.NOT_FINAL)
    return case


@attack("D02", "inconclusive", _VIEW, "header-not-trusted")
def orphaned_block() -> Case:
    case = genuine()
    other = published().world.snapshot(NOW - 60, number=20_000_001)
    case.trusted = trust_in(other)
    return case


def _without_word(contract_address: bytes, slot: bytes) -> Case:
    """The snapshot without the last node on the way to one word."""
    case = genuine()
    nodes = {keccak256(node): node for node in case.snapshot.nodes}
    walked = _walk(case, nodes, contract_address, slot)
    case.snapshot = replace(case.snapshot, nodes=tuple(n for n in case.snapshot.nodes if n != walked[-1]))
    return case


def _walk(case: Case, nodes: dict[bytes, bytes], contract_address: bytes, slot: bytes) -> list[bytes]:
    from verifier.account import account_at
    from verifier.header import parse_header
    from verifier.trie import NodeSet, lookup

    passed: list[bytes] = []

    class Watching(NodeSet):
        def node(self, node_hash: bytes):  # type: ignore[no-untyped-def]
            passed.append(nodes[node_hash])
            return super().node(node_hash)

    watching = Watching(case.snapshot.nodes)
    account = account_at(parse_header(case.snapshot.header).state_root, contract_address, watching)
    if account is None:
        raise ValueError("no such account")
    lookup(account.storage_root, keccak256(slot), watching)
    return passed


@attack("D03", "inconclusive", "certificate.issuer", "unanswered")
def node_of_the_key_word_left_out() -> Case:
    return _without_word(DEPLOYMENT.trust_registry, key_slot(address_of("certifier")))


@attack("D03", "inconclusive", _VIEW, "unanswered")
def node_of_the_grant_word_left_out() -> Case:
    return _without_word(
        DEPLOYMENT.trust_registry, grant_slot(party_id(CERTIFIER), Purpose.CERTIFICATE, scope_of(CATEGORY))
    )


@attack("D03", "inconclusive", _VIEW, "unanswered")
def node_changed_by_one_bit() -> Case:
    case = genuine()
    nodes = {keccak256(node): node for node in case.snapshot.nodes}
    wanted = _walk(case, nodes, DEPLOYMENT.trust_registry, key_slot(address_of("certifier")))[-1]
    twisted = wanted[:-1] + bytes([wanted[-1] ^ 1])
    case.snapshot = replace(
        case.snapshot, nodes=tuple(twisted if node == wanted else node for node in case.snapshot.nodes)
    )
    return case


@attack("D03", "inconclusive", _VIEW, "account-not-shown")
def no_nodes_at_all() -> Case:
    case = genuine()
    case.snapshot = replace(case.snapshot, nodes=())
    return case


@attack("D03", "inconclusive", _VIEW, "account-not-shown")
def nodes_of_another_block() -> Case:
    case = genuine()
    other = Story()
    other.world.append_noise(1)
    case.snapshot = replace(case.snapshot, nodes=other.publish().world.snapshot(NOW).nodes)
    return case


@attack("D03", "authentic", _VIEW)
def nodes_in_another_order_and_strangers_among_them() -> Case:
    # a snapshot is a set: nodes are found by hash, so order and additions change nothing
    case = genuine()
    other = Story()
    other.world.append_noise(1)
    strange = [node for node in other.publish().world.snapshot(NOW).nodes if node not in case.snapshot.nodes]
    case.snapshot = replace(case.snapshot, nodes=(*reversed(case.snapshot.nodes), *strange))
    return case


@attack("D03", "inconclusive", "certificate.anchored", "unanswered")
def anchor_preimage_invented() -> Case:
    case = genuine()
    anchors = tuple(replace(anchor, time=anchor.time - 1) for anchor in case.snapshot.anchors)
    case.snapshot = replace(case.snapshot, anchors=anchors)
    return case


@attack("D03", "inconclusive", "certificate.anchored", "unanswered")
def anchor_that_was_never_made() -> Case:
    # absence offered as presence: the word at this seq is proven zero
    case = genuine()
    last = case.snapshot.anchors[-1]
    index = last.size
    case.document["certificate"] |= {"index": index, "size": index + 1, "proof": ""}
    made_up = replace(last, seq=last.seq + 1, size=index + 1)
    case.snapshot = replace(case.snapshot, anchors=(*case.snapshot.anchors, made_up))
    from tests.reference import merkle
    from tests.support.attacks.log import _with

    leaves = [*published().world.leaves, b"\1" * 32]
    return _with(case, proof=merkle.inclusion(index, leaves))


@attack("D03", "inconclusive", "certificate.anchored", "unanswered")
def anchor_before_left_out() -> Case:
    # without the anchor before it, an earlier one might have covered the entry
    case = genuine()
    seq = published().world.first_cover(published().indexes["certificate"]).seq
    case.snapshot = replace(
        case.snapshot, anchors=tuple(anchor for anchor in case.snapshot.anchors if anchor.seq != seq - 1)
    )
    return case


@attack("D04", "inconclusive", _VIEW, "header-not-trusted")
def whole_state_forged() -> Case:
    forged = Story()
    forged.world.register("mallory", CERTIFIER, Purpose.CERTIFICATE)
    forged.signers["certificate"] = "mallory"
    case = forged.publish().case()
    case.trusted = genuine().trusted
    return case


@attack("D04", "inconclusive", _VIEW, "no-trusted-block")
def nobody_vouches_for_the_header() -> Case:
    case = genuine()
    case.trusted = NoTrustedBlock(reason="endpoints-disagree")
    return case


@attack("D04", "inconclusive", _VIEW, "voucher-disagrees")
def voucher_names_another_height() -> Case:
    case = genuine()
    case.trusted = replace(trust_in(case.snapshot), number=1)
    return case


@attack("D04", "rejected", "certificate.signature", "another-signer")
def tampered_evidence_is_rejected_without_any_trust() -> Case:
    case = put(genuine(), "/certificate/statement/body/pcf", "9.9")
    case.trusted = NoTrustedBlock(reason="endpoints-disagree")
    return case


@attack("D05", "inconclusive", _VIEW, "too-old")
def snapshot_too_old() -> Case:
    case = genuine()
    case.now = NOW + 2 * DAY
    return case


@attack("D05", "inconclusive", _VIEW, "older-than-accepted")
def snapshot_older_than_one_accepted() -> Case:
    case = genuine()
    case.trusted = replace(trust_in(case.snapshot), oldest_acceptable=20_000_001)
    return case


@attack("D05", "inconclusive", _VIEW, "clock-behind")
def clock_behind_the_header() -> Case:
    case = genuine()
    case.now = NOW - 60 - 121
    return case


@attack("D05", "authentic", _VIEW)
def clock_behind_by_no_more_than_clocks_are() -> Case:
    case = genuine()
    case.now = NOW - 60 - 120
    return case


@attack("D05", "inconclusive", _STATUS, "suspended-when-seen")
def suspension_seen_in_a_snapshot_too_old() -> Case:
    case = changed_chain(_status("certifier-status", Status.SUSPENDED))
    case.now = NOW + 2 * DAY
    return case


def _status(key: str, status: Status, *, about: str = "id", time: int = CERTIFIED_AT + 2 * DAY):  # type: ignore[no-untyped-def]
    def change(story: Story) -> None:
        story.world.change_status(key, _subject(story, about), status, time)

    return change


def _subject(story: Story, about: str) -> bytes:
    if about == "number":
        return subject_of_number(CERTIFIER, story.bodies["certificate"]["number"])
    if about.startswith("uscc:"):
        return party_id(about)
    return story.id("certificate" if about == "id" else about)


@attack("D06", "rejected", _STATUS, "withdrawn")
def withdrawn() -> Case:
    return changed_chain(_status("certifier-status", Status.WITHDRAWN))


@attack("D06", "inconclusive", _VIEW, "too-old")
def pack_from_before_the_withdrawal() -> Case:
    case = genuine()
    case.now = NOW + 36 * HOUR
    return case


@attack("D06", "inconclusive", _STATUS, "unanswered")
def node_of_the_status_word_left_out() -> Case:
    story = Story().publish()
    _status("certifier-status", Status.WITHDRAWN)(story)
    for other in ("footprint", "rule"):
        story.world.change_status("regulator", story.id(other), Status.ACTIVE, CERTIFIED_AT + DAY)
    case = story.case()
    nodes = {keccak256(node): node for node in case.snapshot.nodes}
    slot = lane_slot(party_id(CERTIFIER), story.id("certificate"))
    leaf = _walk(case, nodes, DEPLOYMENT.status_registry, slot)[-1]
    if not isinstance(decode(leaf), list):
        raise TypeError("not a node")
    case.snapshot = replace(case.snapshot, nodes=tuple(node for node in case.snapshot.nodes if node != leaf))
    return case


@attack("D07", "authentic", _STATUS)
def stranger_withdraws_in_its_own_lane() -> Case:
    return changed_chain(_status("stranger-status", Status.WITHDRAWN))


@attack("D07", "authentic", _STATUS)
def holder_withdraws_in_its_own_lane() -> Case:
    return changed_chain(_status("holder-status", Status.WITHDRAWN))


@attack("D07", "rejected", _STATUS, "withdrawn")
def certifier_withdraws_after_a_stranger_did() -> Case:
    def change(story: Story) -> None:
        _status("stranger-status", Status.WITHDRAWN)(story)
        _status("certifier-status", Status.WITHDRAWN, time=CERTIFIED_AT + 3 * DAY)(story)

    return changed_chain(change)


@attack("D08", "rejected", _STATUS, "withdrawn")
def list_claims_a_reactivation() -> Case:
    def change(story: Story) -> None:
        _status("certifier-status", Status.WITHDRAWN)(story)
        _status("certifier-status", Status.ACTIVE, time=CERTIFIED_AT + 3 * DAY)(story)

    return changed_chain(change)


def _suspended_and_restored(story: Story) -> None:
    _status("certifier-status", Status.SUSPENDED, time=CERTIFIED_AT + 2 * DAY)(story)
    _status("certifier-status", Status.ACTIVE, time=CERTIFIED_AT + 4 * DAY)(story)


def _asked(change, at: int | None) -> Case:  # type: ignore[no-untyped-def]
    case = changed_chain(change)
    case.at = at
    return case


@attack("D09", "authentic", _STATUS)
def suspended_then_restored_asked_now() -> Case:
    return _asked(_suspended_and_restored, None)


@attack("D09", "rejected", _STATUS, "suspended")
def suspended_then_restored_asked_inside() -> Case:
    return _asked(_suspended_and_restored, CERTIFIED_AT + 3 * DAY)


@attack("D09", "rejected", _STATUS, "suspended")
def suspended_then_restored_asked_at_its_first_second() -> Case:
    return _asked(_suspended_and_restored, CERTIFIED_AT + 2 * DAY)


@attack("D09", "authentic", _STATUS)
def suspended_then_restored_asked_before() -> Case:
    return _asked(_suspended_and_restored, CERTIFIED_AT + 2 * DAY - 1)


@attack("D09", "authentic", _STATUS)
def suspended_then_restored_asked_at_the_restoration() -> Case:
    return _asked(_suspended_and_restored, CERTIFIED_AT + 4 * DAY)


@attack("D13", "rejected", _STATUS, "suspended")
def certifier_lifts_the_regulators_suspension() -> Case:
    def change(story: Story) -> None:
        _status("regulator", Status.SUSPENDED)(story)
        _status("certifier-status", Status.SUSPENDED)(story)
        _status("certifier-status", Status.ACTIVE, time=CERTIFIED_AT + 3 * DAY)(story)

    return changed_chain(change)


@attack("D13", "rejected", _STATUS, "withdrawn")
def the_worse_of_two_lanes() -> Case:
    def change(story: Story) -> None:
        _status("regulator", Status.SUSPENDED)(story)
        _status("certifier-status", Status.WITHDRAWN)(story)

    return changed_chain(change)


@attack("D13", "rejected", _STATUS, "withdrawn")
def the_worse_of_two_lanes_the_other_way_round() -> Case:
    def change(story: Story) -> None:
        _status("certifier-status", Status.SUSPENDED)(story)
        _status("regulator", Status.WITHDRAWN)(story)

    return changed_chain(change)


@attack("D13", "rejected", "footprint.status", "withdrawn")
def superseded_by_its_owner_and_withdrawn_by_the_regulator() -> Case:
    def change(story: Story) -> None:
        _status("holder-status", Status.SUPERSEDED_LABELS_GOOD, about="footprint")(story)
        _status("regulator", Status.WITHDRAWN, about="footprint")(story)

    return changed_chain(change)


@attack("D06", "rejected", _STATUS, "withdrawn")
def withdrawn_in_a_block_a_little_ahead_of_this_clock() -> Case:
    story = Story().publish()
    _status("certifier-status", Status.WITHDRAWN, time=NOW + 90)(story)
    story.seen_at = NOW + 100
    return story.case()


@attack("D13", "rejected", _STATUS, "suspended")
def certificate_number_suspended() -> Case:
    return changed_chain(_status("certifier-status", Status.SUSPENDED, about="number"))


@attack("D13", "rejected", _STATUS, "suspended")
def certifier_suspended_as_a_party() -> Case:
    return changed_chain(_status("regulator", Status.SUSPENDED, about=CERTIFIER))


@attack("D13", "rejected", "footprint.status", "suspended")
def enterprise_suspended_as_a_party() -> Case:
    return changed_chain(_status("regulator", Status.SUSPENDED, about=HOLDER))


@attack("D13", "rejected", "footprint.status", "withdrawn")
def footprint_withdrawn_by_its_owner() -> Case:
    return changed_chain(_status("holder-status", Status.WITHDRAWN, about="footprint"))


@attack("D13", "rejected", "grade.rule", "withdrawn")
def rule_withdrawn() -> Case:
    return changed_chain(_status("regulator", Status.WITHDRAWN, about="rule"))


@attack("D14", "authentic", _STATUS)
def withdrawal_by_a_stolen_key_does_not_count() -> Case:
    def change(story: Story) -> None:
        _status("certifier-status", Status.WITHDRAWN)(story)
        story.world.change_key("certifier-status", compromised_since=CERTIFIED_AT + DAY)

    return changed_chain(change)


@attack("D14", "rejected", _STATUS, "withdrawn")
def withdrawal_before_the_key_was_stolen_counts() -> Case:
    def change(story: Story) -> None:
        _status("certifier-status", Status.WITHDRAWN)(story)
        story.world.change_key("certifier-status", compromised_since=CERTIFIED_AT + 2 * DAY + 1)

    return changed_chain(change)


@attack("D14", "rejected", _STATUS, "withdrawn")
def withdrawal_by_a_stolen_key_confirmed_by_the_regulator() -> Case:
    def change(story: Story) -> None:
        _status("certifier-status", Status.WITHDRAWN)(story)
        story.world.change_key("certifier-status", compromised_since=CERTIFIED_AT + DAY)
        _status("regulator-2", Status.WITHDRAWN, time=CERTIFIED_AT + 3 * DAY)(story)

    return changed_chain(change)


@attack("D14", "rejected", _STATUS, "suspended")
def suspension_stands_where_a_stolen_key_lifted_it() -> Case:
    def change(story: Story) -> None:
        _status("certifier-status-2", Status.SUSPENDED)(story)
        _status("certifier-status", Status.ACTIVE, time=CERTIFIED_AT + 3 * DAY)(story)
        story.world.change_key("certifier-status", compromised_since=CERTIFIED_AT + 3 * DAY)

    return changed_chain(change)


@attack("D19", "inconclusive", _STATUS, "early-warning")
def withdrawal_mined_but_not_final() -> Case:
    case = genuine()
    case.warnings = (
        EarlyWarning(
            owner=party_id(CERTIFIER), subject=published().id("certificate"), status=Status.WITHDRAWN, time=NOW - 10
        ),
    )
    return case


@attack("D19", "inconclusive", _STATUS, "early-warning")
def regulator_suspends_the_certifier_just_now() -> Case:
    case = genuine()
    case.warnings = (
        EarlyWarning(owner=REGULATORS, subject=party_id(CERTIFIER), status=Status.SUSPENDED, time=NOW - 10),
    )
    return case


@attack("D19", "authentic", _STATUS)
def strangers_early_withdrawal_is_ignored() -> Case:
    case = genuine()
    case.warnings = (
        EarlyWarning(
            owner=party_id(HOLDER), subject=published().id("certificate"), status=Status.WITHDRAWN, time=NOW - 10
        ),
    )
    return case


@attack("F03", "rejected", _STATUS, "superseded")
def superseded_with_a_successor() -> Case:
    def change(story: Story) -> None:
        story.world.change_status(
            "certifier-status", story.id("certificate"), Status.SUPERSEDED_LABELS_GOOD, CERTIFIED_AT + DAY, b"\7" * 32
        )

    return changed_chain(change)


@attack("F03", "rejected", _STATUS, "superseded-void")
def superseded_labels_void() -> Case:
    def change(story: Story) -> None:
        story.world.change_status(
            "certifier-status", story.id("certificate"), Status.SUPERSEDED_LABELS_VOID, CERTIFIED_AT + DAY, b"\7" * 32
        )

    return changed_chain(change)


@attack("F03", "rejected", _STATUS, "cancelled")
def cancelled() -> Case:
    return changed_chain(_status("certifier-status", Status.CANCELLED))


@attack("F03", "authentic", "footprint.status", "superseded-later")
def footprint_superseded_later() -> Case:
    return changed_chain(_status("holder-status", Status.SUPERSEDED_LABELS_GOOD, about="footprint"))


@attack("F03", "rejected", "certificate.period", "expired")
def expired() -> Case:
    story = Story().publish()
    story.seen_at = story.bodies["certificate"]["validUntil"]
    case = story.case()
    case.now = story.seen_at
    return case


@attack("F03", "authentic", "certificate.period")
def last_second_of_the_period() -> Case:
    story = Story().publish()
    story.seen_at = story.bodies["certificate"]["validUntil"] - 1
    case = story.case()
    case.now = story.seen_at
    return case


__all__ = ["BlockHash", "TrustedBlock"]
