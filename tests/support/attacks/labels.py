"""F (label and product), A12, B on label keys: single mutations of the genuine label (docs/spec/08)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.attacks.corpus import add, attack
from tests.support.bodies import CERTIFIER, GTIN, HOLDER
from tests.support.labels import (
    FIRST,
    INDEX,
    LABELLED_AT,
    PREFIX,
    Batch,
    changed_labels,
    genuine_label,
    label_text,
    pin_hash_of,
    serial_of,
)
from tests.support.world import CERTIFIED_AT, DAY, NOW, STEEL_GTIN, SUPPLIER, Case, Story, hx
from verifier.contracts import Purpose, Status, grant_slot, scope_of
from verifier.identifiers import party_id
from verifier.policy import INSPECTION
from verifier.policy import REGULATOR as REGULATOR_POLICY

_SIGNATURE, _ISSUER, _ISSUED, _QUOTA = "label.signature", "label.issuer", "label.issued", "label.quota"


def _body(**members: Any) -> Batch:
    batch = Batch()
    batch.body |= members
    return batch


def _text(change: Callable[[str], str]) -> Case:
    case = genuine_label()
    case.document["label"]["text"] = change(case.document["label"]["text"])
    return case


def _relabelled(serial: str, *, leaf: bool = True, gtin: str = GTIN, key: str = "label-key") -> Case:
    """Another label, properly signed by the key, in place of the genuine one; with the leaf its words would have."""
    case = genuine_label()
    label = case.document["label"]
    label["text"] = label_text(case.story.id("certificate"), serial, gtin=gtin, key=key)
    if leaf:
        label["leaf"] |= {"gtin": gtin, "serial": serial, "pinHash": hx(pin_hash_of(serial))}
    return case


def _without_leaf(case: Case) -> Case:
    del case.document["label"]["leaf"], case.document["label"]["path"]
    return case


# ---------------------------------------------------------------- F01


@attack("F01", "rejected", "certificate.product", "not-the-labels")
def label_of_another_product() -> Case:
    return _relabelled(serial_of(INDEX), gtin=STEEL_GTIN)


@attack("F01", "rejected", "label.signature", "another-product")
def label_moved_to_another_product_of_the_certificate() -> Case:
    def change(story: Story) -> None:
        story.bodies["certificate"]["products"].append({"gtin": STEEL_GTIN, "name": "冷轧钢板"})
        story.bodies["footprint"]["productIds"].append(f"urn:gtin:{STEEL_GTIN}")

    return changed_labels(
        change, text=lambda story: label_text(story.id("certificate"), serial_of(INDEX), gtin=STEEL_GTIN)
    )


@attack("F01", "rejected", "label.signature", "another-certificate")
def genuine_label_beside_another_certificate() -> Case:
    return changed_labels(text=lambda _: label_text(b"\x55" * 32, serial_of(INDEX)))


# ---------------------------------------------------------------- F02


@attack("F02", "rejected", _ISSUED, "another-leaf")
def serial_never_issued_signed_by_the_key() -> Case:
    return _relabelled(serial_of(INDEX, "never"), leaf=False)


@attack("F02", "rejected", _ISSUED, "not-in-batch")
def serial_never_issued_with_a_leaf_of_its_own() -> Case:
    return _relabelled(serial_of(INDEX, "never"))


@attack("F02", "rejected", _SIGNATURE, "another-signer")
def serial_with_one_character_changed() -> Case:
    serial = serial_of(INDEX)
    other = serial[:-1] + ("0" if serial[-1] != "0" else "1")
    return _text(lambda text: text.replace(serial, other))


@attack("F02", "rejected", _SIGNATURE, "another-signer")
def serial_moved_to_the_next_index() -> Case:
    return _text(lambda text: text.replace(serial_of(INDEX), serial_of(INDEX + 1)))


@attack("F02", "rejected", _SIGNATURE, "another-signer")
def serial_never_issued_and_signed_by_somebody_else() -> Case:
    return _relabelled(serial_of(INDEX, "never"), key="supplier")


@attack("F02", "inconclusive", _ISSUED, "no-leaf")
def leaf_left_out_for_a_consumer() -> Case:
    return _without_leaf(genuine_label())


@attack("F02", "inconclusive", _ISSUED, "no-leaf")
def leaf_left_out_for_a_regulator() -> Case:
    case = _without_leaf(genuine_label())
    case.policy = REGULATOR_POLICY
    return case


@attack("F02", "authentic", _ISSUED, "no-leaf")
def leaf_left_out_for_an_inspector() -> Case:
    case = _without_leaf(genuine_label())
    case.policy = INSPECTION
    return case


@attack("F02", "inconclusive", _ISSUED, "label-key-stolen")
def leaf_left_out_after_the_label_key_was_stolen() -> Case:
    case = changed_labels(after=lambda story: story.world.change_key("label-key", compromised_since=LABELLED_AT + DAY))
    case.policy = INSPECTION
    return _without_leaf(case)


@attack("F02", "authentic", _ISSUER, "key-compromised-later")
def label_key_stolen_later_but_the_label_is_in_the_tree() -> Case:
    return changed_labels(after=lambda story: story.world.change_key("label-key", compromised_since=LABELLED_AT + DAY))


@attack("F02", "rejected", _ISSUED, "not-in-batch")
def leaf_with_another_pin_hash() -> Case:
    case = genuine_label()
    case.document["label"]["leaf"]["pinHash"] = hx(b"\x77" * 32)
    return case


@attack("F02", "rejected", _ISSUED, "proof-form")
def path_too_short() -> Case:
    case = genuine_label()
    case.document["label"]["path"] = ""
    return case


# ---------------------------------------------------------------- F03


def _certificate_becomes(status: Status, since: int = LABELLED_AT + DAY) -> Callable[[Story], None]:
    def change(story: Story) -> None:
        successor = b"\7" * 32 if status >= Status.SUPERSEDED_LABELS_GOOD else None
        story.world.change_status("certifier-status", story.id("certificate"), status, since, successor)

    return change


@attack("F03", "rejected", "certificate.status", "withdrawn")
def label_of_a_withdrawn_certificate() -> Case:
    return changed_labels(after=_certificate_becomes(Status.WITHDRAWN))


@attack("F03", "authentic", "certificate.status", "superseded-later")
def label_of_a_superseded_certificate_whose_labels_stay_good() -> Case:
    return changed_labels(after=_certificate_becomes(Status.SUPERSEDED_LABELS_GOOD))


@attack("F03", "rejected", "certificate.status", "superseded")
def label_logged_after_its_certificate_was_superseded() -> Case:
    return changed_labels(after=_certificate_becomes(Status.SUPERSEDED_LABELS_GOOD, LABELLED_AT))


@attack("F03", "rejected", "certificate.status", "superseded-void")
def label_of_a_superseded_certificate_whose_labels_are_void() -> Case:
    return changed_labels(after=_certificate_becomes(Status.SUPERSEDED_LABELS_VOID))


@attack("F03", "rejected", "certificate.period", "expired")
def label_of_an_expired_certificate() -> Case:
    def late(story: Story) -> None:
        story.seen_at = story.bodies["certificate"]["validUntil"]

    case = changed_labels(after=late)
    case.now = case.story.seen_at
    return case


@attack("F03", "rejected", _ISSUER, "withdrawn")
def labels_statement_withdrawn() -> Case:
    return changed_labels(
        after=lambda story: story.world.change_status(
            "holder-status", story.id("labels"), Status.WITHDRAWN, LABELLED_AT + DAY
        )
    )


# ---------------------------------------------------------------- F04, F12


@attack("F04", "rejected", _QUOTA, "batch-beyond-quota")
def batch_beyond_the_quota() -> Case:
    return changed_labels(lambda story: story.bodies["certificate"].update(quota=FIRST + 39))


@attack("F12", "rejected", _QUOTA, "beyond-quota")
def index_beyond_the_quota() -> Case:
    case = _without_leaf(_relabelled(serial_of(10_000)))
    case.policy = INSPECTION
    return case


@attack("F12", "rejected", _ISSUED, "beyond-issued")
def index_beyond_the_batch() -> Case:
    case = _without_leaf(_relabelled(serial_of(FIRST + 40)))
    case.policy = INSPECTION
    return case


@attack("F12", "rejected", _ISSUED, "beyond-issued")
def index_before_the_batch() -> Case:
    return _relabelled(serial_of(FIRST - 1))


# ---------------------------------------------------------------- F11, keys


@attack("F11", "rejected", _ISSUER, "not-the-holder")
def labels_of_somebody_else() -> Case:
    batch = Batch(issuer=SUPPLIER, signer="supplier-labels")

    def change(story: Story) -> None:
        story.world.register("supplier-labels", SUPPLIER, Purpose.LABELS)
        story.world.grant(SUPPLIER, Purpose.LABELS, PREFIX)

    return changed_labels(change, batch)


@attack("F11", "rejected", _ISSUER, "not-the-holder")
def certifier_issues_labels_of_what_it_certified() -> Case:
    batch = Batch(issuer=CERTIFIER, signer="certifier-labels")

    def change(story: Story) -> None:
        story.world.register("certifier-labels", CERTIFIER, Purpose.LABELS)
        story.world.grant(CERTIFIER, Purpose.LABELS, PREFIX)

    return changed_labels(change, batch)


@attack("F11", "rejected", "certificate.product", "not-the-labels")
def labels_for_a_product_that_is_not_certified() -> Case:
    batch = Batch(words=lambda index, salt: (STEEL_GTIN, serial_of(index, salt)))
    batch.body["gtin"] = STEEL_GTIN
    return changed_labels(
        batch=batch, text=lambda story: label_text(story.id("certificate"), serial_of(INDEX), gtin=STEEL_GTIN)
    )


@attack("F11", "rejected", _SIGNATURE, "labels-of-another-certificate")
def labels_of_another_certificate() -> Case:
    return changed_labels(batch=_body(certificate="0x" + "2c" * 32))


@attack("F11", "rejected", _ISSUER, "out-of-scope")
def no_grant_for_the_products_prefix() -> Case:
    def other_prefix(story: Story) -> None:
        del story.world.trust[grant_slot(party_id(HOLDER), Purpose.LABELS, scope_of(PREFIX))]
        story.world.grant(HOLDER, Purpose.LABELS, "gs1:690999999")

    return changed_labels(other_prefix)


@attack("F11", "rejected", _ISSUER, "grant-not-in-force")
def grant_ended_before_the_labels_were_logged() -> Case:
    return changed_labels(
        lambda story: story.world.grant(HOLDER, Purpose.LABELS, PREFIX, (CERTIFIED_AT - 100 * DAY, LABELLED_AT))
    )


@attack("F11", "rejected", _ISSUER, "key-of-another-party")
def label_key_of_another_party() -> Case:
    return changed_labels(
        lambda story: story.world.register("stranger-labels", SUPPLIER, Purpose.LABELS),
        Batch(label_key="stranger-labels"),
        text=lambda story: label_text(story.id("certificate"), serial_of(INDEX), key="stranger-labels"),
    )


@attack("F11", "rejected", _ISSUER, "unknown-key")
def label_key_nobody_registered() -> Case:
    return changed_labels(
        batch=Batch(label_key="nobody"),
        text=lambda story: label_text(story.id("certificate"), serial_of(INDEX), key="nobody"),
    )


@attack("F11", "rejected", _ISSUER, "wrong-purpose")
def label_key_without_the_purpose() -> Case:
    return changed_labels(
        batch=Batch(label_key="holder"),
        text=lambda story: label_text(story.id("certificate"), serial_of(INDEX), key="holder"),
    )


@attack("F11", "rejected", _ISSUER, "key-compromised")
def label_key_stolen_before_the_labels_were_logged() -> Case:
    return changed_labels(after=lambda story: story.world.change_key("label-key", compromised_since=LABELLED_AT))


@attack("F11", "rejected", _ISSUER, "key-not-in-force")
def label_key_ended_before_the_labels_were_logged() -> Case:
    return changed_labels(after=lambda story: story.world.change_key("label-key", ends_at=LABELLED_AT))


@attack("F11", "rejected", _ISSUER, "not-included")
def labels_statement_altered_in_the_evidence() -> Case:
    case = genuine_label()
    case.document["labels"]["statement"]["issuedAt"] += 1
    return case


@attack("F11", "rejected", _ISSUER, "kind")
def certificate_in_the_place_of_the_labels() -> Case:
    case = genuine_label()
    case.document["labels"] = case.document["certificate"]
    return case


@attack("F11", "inconclusive", _ISSUER, "labels-not-given")
def labels_statement_left_out() -> Case:
    case = genuine_label()
    del case.document["labels"]
    return case


@attack("F11", "inconclusive", "label.format", "not-given")
def labels_statement_without_a_label() -> Case:
    case = genuine_label()
    del case.document["label"]
    return case


@attack("F11", "inconclusive", "label.quota", "no-certificate")
def certificate_left_out() -> Case:
    case = genuine_label()
    del case.document["certificate"]
    return case


@attack("F11", "rejected", _ISSUED, "another-granularity")
def item_label_under_a_certificate_for_models() -> Case:
    return changed_labels(lambda story: story.bodies["certificate"].update(granularity="model"))


# ---------------------------------------------------------------- F14: one spelling


def _malformed(name: str, change: Callable[[str], str]) -> None:
    add("F14", name, "malformed", "", "", lambda: _text(change))


def _last_of(parameter: str, text: str, character: str) -> str:
    head, _, tail = text.partition(f"{parameter}=")
    value, separator, rest = tail.partition("&")
    return f"{head}{parameter}={value[:-1]}{character}{separator}{rest}"


def _after(character: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(character) + 1]


def _spare_bits(parameter: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        value = text.partition(f"{parameter}=")[2].partition("&")[0]
        return _last_of(parameter, text, _after(value[-1]))

    return change


_malformed("spare_bits_of_c", _spare_bits("c"))
_malformed("spare_bits_of_s", _spare_bits("s"))
_malformed("signature_of_65_bytes", lambda text: text + "AA")
_malformed("signature_padded", lambda text: text + "==")
_malformed("serial_in_lower_case", lambda text: text.replace(serial_of(INDEX), serial_of(INDEX).lower()))
_malformed(
    "serial_with_a_hyphen",
    lambda text: text.replace(serial_of(INDEX), serial_of(INDEX)[:9] + "-" + serial_of(INDEX)[9:]),
)
_malformed("c_twice", lambda text: text + "&c=" + text.partition("c=")[2][:22])
_malformed("http", lambda text: text.replace("https://", "http://"))
_malformed("another_element", lambda text: text.replace("?", "/10/LOT?"))
_malformed("check_digit", lambda text: text.replace(GTIN, GTIN[:-1] + "3"))
_malformed("without_signature", lambda text: text.partition("&s=")[0])
_malformed("without_certificate", lambda text: text.replace(text[text.index("c=") : text.index("s=")], ""))
_malformed("not_a_link", lambda text: "label " + text)
_malformed("too_long", lambda text: text + "&x=" + "y" * 600)


def _changed_label(**members: Any) -> Case:
    case = genuine_label()
    for name, value in members.items():
        case.document["label"][name] = value
    return case


add("F14", "leaf_without_path", "malformed", "", "", lambda: _without("path"))
add("F14", "path_without_leaf", "malformed", "", "", lambda: _without("leaf"))
add("F14", "leaf_with_more_members", "malformed", "", "", lambda: _leaf(pin="0" * 12))
add("F14", "pin_hash_in_capitals", "malformed", "", "", lambda: _leaf(pinHash="0x" + "AB" * 32))
add("F14", "path_of_half_a_hash", "malformed", "", "", lambda: _changed_label(path="AAAA"))
add("F14", "label_says_its_verdict", "malformed", "", "", lambda: _changed_label(verdict="authentic"))


def _without(name: str) -> Case:
    case = genuine_label()
    del case.document["label"][name]
    return case


def _leaf(**members: Any) -> Case:
    case = genuine_label()
    case.document["label"]["leaf"] |= members
    return case


# ---------------------------------------------------------------- A12


@attack("A12", "authentic", "label.format")
def link_that_carries_a_verdict() -> Case:
    return _text(lambda text: text + "&verdict=authentic&at=0")


@attack("A12", "rejected", "certificate.status", "withdrawn")
def link_that_carries_a_verdict_for_a_withdrawn_certificate() -> Case:
    case = changed_labels(after=_certificate_becomes(Status.WITHDRAWN))
    case.document["label"]["text"] += "&verdict=authentic&at=1775600000"
    return case


@attack("A12", "authentic", "label.format")
def label_of_another_resolver() -> Case:
    return _text(lambda text: text.replace("https://id.tanji.example", "https://elsewhere.example:8443"))


@attack("D05", "inconclusive", "chain.view", "too-old")
def label_beside_an_old_view() -> Case:
    case = genuine_label()
    case.now = NOW + 2 * DAY
    return case
