"""B: signatures, keys, time."""

from __future__ import annotations

from dataclasses import replace

from tests.support.attacks.corpus import add, attack, changed_chain, changed_story, put
from tests.support.bodies import CATEGORY, CERTIFIER, at
from tests.support.world import (
    ADMITTED_AT,
    CERTIFIED_AT,
    DAY,
    DEPLOYMENT,
    HOUR,
    NOW,
    STRANGER,
    Case,
    Story,
    contract,
    genuine,
    signed,
)
from verifier.contracts import FOREVER, Purpose
from verifier.eip712 import domain_separator, statement_digest
from verifier.hashing import keccak256
from verifier.signature import ORDER
from verifier.statement import Statement, parse_statement, statement_document
from verifier.summary import derive_summary

_SIGNATURE = "/certificate/statement/signature"


def _with_signature(change) -> Case:  # type: ignore[no-untyped-def]
    case = genuine()
    raw = bytes.fromhex(at(case.document, _SIGNATURE)[2:])
    r, s, v = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), raw[64]
    r, s, v = change(r, s, v)
    return put(case, _SIGNATURE, f"0x{r:064x}{s:064x}{v:02x}")


for _row, _name, _change in (
    ("B01", "high_s_twin", lambda r, s, v: (r, ORDER - s, 55 - v)),
    ("B02", "v_29", lambda r, s, v: (r, s, 29)),
    ("B02", "v_0", lambda r, s, v: (r, s, v - 27)),
    ("B02", "r_0", lambda r, s, v: (0, s, v)),
    ("B02", "s_0", lambda r, s, v: (r, 0, v)),
    ("B02", "r_n", lambda r, s, v: (ORDER, s, v)),
):
    add(_row, _name, "malformed", "", "", lambda change=_change: _with_signature(change))  # type: ignore[misc]


@attack("B02", "malformed")
def sixty_four_bytes() -> Case:
    case = genuine()
    return put(case, _SIGNATURE, at(case.document, _SIGNATURE)[:-2])


def _signed_in(separator: bytes, wrap=None):  # type: ignore[no-untyped-def]
    def sign(story: Story, name: str) -> Statement:
        body, issuer, time = story.bodies[name], story.issuers[name], story.issued_at[name]
        plain = signed("certificate", issuer, body, "certifier", time)
        summary = derive_summary("certificate", body)
        digest = statement_digest(separator, "certificate", issuer, summary, plain.body_hash, time)
        return signed("certificate", issuer, body, "certifier", time, digest=digest if wrap is None else wrap(digest))

    return changed_story(lambda story: story.sign.update({"certificate": sign}))


_D = DEPLOYMENT
for _name, _separator in (
    ("another_chain", domain_separator(1, _D.anchor_log)),
    ("another_contract", domain_separator(_D.chain_id, contract("look-alike"))),
    ("another_domain_name", domain_separator(_D.chain_id, _D.anchor_log, "Tanjl")),
    ("another_domain_version", domain_separator(_D.chain_id, _D.anchor_log, "Tanji", "2")),
):
    add(
        "B03", _name, "rejected", "certificate.signature", "another-signer",
        lambda separator=_separator: _signed_in(separator),  # type: ignore[misc]
    )  # fmt: skip


@attack("B04", "rejected", "certificate.signature", "another-signer")
def signed_as_a_plain_message() -> Case:
    return _signed_in(_D.domain_separator, lambda digest: keccak256(b"\x19Ethereum Signed Message:\n32" + digest))


@attack("B05", "rejected", "certificate.signature", "body-form")
def footprint_signature_on_a_certificate_with_the_same_body() -> Case:
    case = genuine()
    case.document["certificate"]["statement"] = case.document["footprint"]["statement"] | {"kind": "certificate"}
    return case


@attack("B05", "rejected", "footprint.signature", "body-form")
def certificate_signature_on_a_footprint_with_the_same_body() -> Case:
    case = genuine()
    case.document["footprint"]["statement"] = case.document["certificate"]["statement"] | {"kind": "footprint"}
    return case


def _certifier_key(**word) -> Case:  # type: ignore[no-untyped-def]
    return changed_story(lambda story: story.world.change_key("certifier", **word))


@attack("B06", "rejected", "certificate.issuer", "wrong-purpose")
def label_key_of_the_certifier_signs_a_certificate() -> Case:
    return _certifier_key(purposes=int(Purpose.LABELS))


@attack("B06", "rejected", "certificate.issuer", "key-of-another-party")
def key_of_another_certifier() -> Case:
    return changed_story(lambda story: story.signers.update(certificate="other-certifier"))


@attack("B07", "rejected", "certificate.issuer", "key-not-in-force")
def key_registered_after_the_anchor() -> Case:
    return _certifier_key(starts_at=CERTIFIED_AT + 1)


@attack("B07", "rejected", "certificate.issuer", "key-not-in-force")
def key_registered_in_the_anchors_block() -> Case:
    return _certifier_key(starts_at=CERTIFIED_AT)


@attack("B07", "authentic")
def key_registered_a_second_before_the_anchor() -> Case:
    return _certifier_key(starts_at=CERTIFIED_AT - 1)


@attack("B07", "rejected", "footprint.issuer", "key-not-in-force")
def footprint_key_registered_after_the_anchor() -> Case:
    return changed_story(lambda story: story.world.change_key("holder", starts_at=CERTIFIED_AT))


@attack("B08", "rejected", "certificate.issuer", "key-not-in-force")
def key_expired_before_the_anchor_and_back_dated() -> Case:
    def change(story: Story) -> None:
        story.world.change_key("certifier", ends_at=CERTIFIED_AT - DAY)
        story.issued_at["certificate"] = CERTIFIED_AT - 2 * DAY

    return changed_story(change)


@attack("B08", "rejected", "certificate.issuer", "key-not-in-force")
def key_expires_in_the_anchors_block() -> Case:
    return _certifier_key(ends_at=CERTIFIED_AT)


@attack("B09", "authentic", "certificate.issuer", "key-ended-later")
def key_rotated_out_after_the_anchor() -> Case:
    return _certifier_key(ends_at=CERTIFIED_AT + 1)


@attack("B10", "rejected", "certificate.issuer", "key-compromised")
def key_compromised_before_the_anchor() -> Case:
    return _certifier_key(compromised_since=CERTIFIED_AT - DAY)


@attack("B10", "rejected", "certificate.issuer", "key-compromised")
def key_compromised_in_the_anchors_block() -> Case:
    return _certifier_key(compromised_since=CERTIFIED_AT)


@attack("B10", "authentic", "certificate.issuer", "key-compromised-later")
def key_compromised_after_the_anchor() -> Case:
    return _certifier_key(compromised_since=CERTIFIED_AT + 1)


for _name, _offset, _outcome in (
    ("issued_121_s_after_the_anchor", 121, "rejected"),
    ("issued_120_s_after_the_anchor", 120, "authentic"),
    ("issued_7_days_before", -7 * DAY, "authentic"),
    ("issued_more_than_7_days_before", -7 * DAY - 1, "rejected"),
):
    add(
        "B11", _name, _outcome, "certificate.signature", "issued-at" if _outcome == "rejected" else "",
        lambda offset=_offset: changed_story(  # type: ignore[misc]
            lambda story: story.issued_at.update(certificate=CERTIFIED_AT + offset)
        ),
    )  # fmt: skip


def _moved_to_the_last_anchor(change) -> Case:  # type: ignore[no-untyped-def]
    story = Story()
    change(story)
    case = story.publish().case()
    world = story.world
    item = world.item(story.statements["certificate"], story.indexes["certificate"], world.anchors[-1])
    moved = replace(story.evidence(), certificate=item)
    import json

    from tests.support.world import serialize_evidence

    case.document = json.loads(serialize_evidence(moved))
    return case


@attack("B12", "rejected", "certificate.logged", "not-first-anchor")
def proof_moved_to_a_later_anchor_when_entitled_again() -> Case:
    later = CERTIFIED_AT + 5 * DAY
    return _moved_to_the_last_anchor(
        lambda story: story.world.grant(
            CERTIFIER, Purpose.CERTIFICATE, CATEGORY, (later, FOREVER), (ADMITTED_AT, CERTIFIED_AT - DAY)
        )
    )


@attack("B12", "rejected", "certificate.issuer", "key-not-in-force")
def proof_moved_to_an_anchor_after_the_key_was_registered() -> Case:
    return _moved_to_the_last_anchor(lambda story: story.world.change_key("certifier", starts_at=CERTIFIED_AT + DAY))


@attack("B13", "rejected", "certificate.issuer", "out-of-scope")
def certifier_of_steel_certifies_a_refrigerator() -> Case:
    def change(story: Story) -> None:
        story.issuers["certificate"] = story.issuers["steel-certificate"]
        story.signers["certificate"] = "other-certifier"

    return changed_story(change)


@attack("B14", "rejected", "grade.rule", "unknown-key")
def self_made_regulator_signs_the_rule() -> Case:
    def change(story: Story) -> None:
        story.issuers["rule"] = "uscc:11210100MB0R0EXAMZ"
        story.signers["rule"] = "mallory"

    return changed_story(change)


@attack("B14", "rejected", "certificate.issuer", "out-of-scope")
def certifier_accredits_itself() -> Case:
    # it is a registered party with a certifying key, but only a regulator's key could have written the grant
    def change(story: Story) -> None:
        story.world.register("stranger", STRANGER, Purpose.CERTIFICATE)
        story.issuers["certificate"], story.signers["certificate"] = STRANGER, "stranger"

    return changed_story(change)


@attack("B14", "rejected", "grade.rule", "no-grant")
def rule_of_a_party_that_may_not_make_rules() -> Case:
    def change(story: Story) -> None:
        story.world.register("stranger", STRANGER, Purpose.RULE)
        story.issuers["rule"], story.signers["rule"] = STRANGER, "stranger"

    return changed_story(change)


@attack("D10", "authentic", "certificate.issuer", "grant-ended-later")
def accreditation_lost_after_the_anchor() -> Case:
    return changed_chain(
        lambda story: story.world.grant(CERTIFIER, Purpose.CERTIFICATE, CATEGORY, (ADMITTED_AT, CERTIFIED_AT + HOUR))
    )


@attack("D10", "rejected", "certificate.issuer", "grant-not-in-force")
def accreditation_lost_before_the_anchor() -> Case:
    return changed_chain(
        lambda story: story.world.grant(CERTIFIER, Purpose.CERTIFICATE, CATEGORY, (ADMITTED_AT, CERTIFIED_AT - HOUR))
    )


@attack("D10", "rejected", "certificate.issuer", "grant-not-in-force")
def certified_between_two_accreditations() -> Case:
    return changed_chain(
        lambda story: story.world.grant(
            CERTIFIER, Purpose.CERTIFICATE, CATEGORY,
            (CERTIFIED_AT + DAY, FOREVER), (ADMITTED_AT, CERTIFIED_AT - DAY),
        )
    )  # fmt: skip


def _at(case: Case, time: int) -> Case:
    case.at = time
    return case


@attack("AT", "authentic", "certificate.issuer", "")
def grant_that_ends_after_the_moment_asked_about() -> Case:
    case = changed_chain(
        lambda story: story.world.grant(CERTIFIER, Purpose.CERTIFICATE, CATEGORY, (ADMITTED_AT, CERTIFIED_AT + 9 * DAY))
    )
    return _at(case, CERTIFIED_AT + 8 * DAY)


@attack("AT", "inconclusive", "certificate.anchored", "anchored-after-at")
def asked_about_a_moment_before_the_anchor() -> Case:
    return _at(genuine(), CERTIFIED_AT - 1)


@attack("AT", "rejected", "certificate.issuer", "key-compromised")
def compromise_known_now_counts_for_earlier_moments() -> Case:
    return _at(_certifier_key(compromised_since=CERTIFIED_AT - 1), CERTIFIED_AT + 1)


def tampered(name: str, pointer: str, value: object) -> Case:
    """The genuine evidence with one member of a statement changed, the signature left as it was."""
    return put(genuine(), f"/{name}/statement/{pointer}", value)


for _name, _pointer, _value in (
    ("pcf_changed", "body/pcf", "9.9"),
    ("holder_changed", "body/holder", STRANGER),
    ("valid_until_changed", "body/validUntil", 1_838_000_001),
    ("issued_at_changed", "issuedAt", CERTIFIED_AT - HOUR + 1),
    ("issuer_changed", "issuer", STRANGER),
):
    add(
        "B00", _name, "rejected", "certificate.signature", "another-signer",
        lambda pointer=_pointer, value=_value: tampered("certificate", pointer, value),  # type: ignore[misc]
    )  # fmt: skip

__all__ = ["NOW", "parse_statement", "statement_document"]
