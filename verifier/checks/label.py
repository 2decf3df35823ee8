"""The label's own checks (docs/spec/08): each looks at one label beside what was found of its labels statement and certificate.

What is the same for every label of a batch (`label.issuer`, the certificate, the footprint) is in `verifier/labelling.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from verifier.bodies import Certificate, Labels
from verifier.encoding import to_hex
from verifier.errors import ProofError, RecoveryError
from verifier.evidence import IssuedLeaf
from verifier.label import PREFIX_LENGTH, Granularity, Label, label_digest
from verifier.merkle import leaf_hash, root_from_inclusion
from verifier.signature import recover, to_checksum
from verifier.types import Address, JsonValue, StatementId
from verifier.verdict import Check, CheckId, CheckOutcome, failed, inconclusive, not_applicable, not_checked, passed

_SIGNATURE, _ISSUED, _QUOTA, _COPIED = (
    CheckId.LABEL_SIGNATURE,
    CheckId.LABEL_ISSUED,
    CheckId.LABEL_QUOTA,
    CheckId.LABEL_COPIED,
)
# A label is one message of a few hundred; the passed ones are the same objects every time.
_SIGNED: Final = passed(_SIGNATURE)
_IN_BATCH: Final = passed(_ISSUED)
_WITHIN_QUOTA: Final = passed(_QUOTA)
_NO_LEAF: Final = not_checked(_ISSUED, "no-leaf")


@dataclass(frozen=True, slots=True, kw_only=True)
class CopySignal:
    """One reason to think that a label was copied, as who records scans knows it: testimony, never proof (P1).

    `reason` is a stable code, `fields` the values it rests on.
    """

    reason: str
    fields: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What a label is held against: the labels statement and the certificate as far as they are given and have form.

    `others`: index ranges [first, end) of further labels statements of the same holder for this certificate, each found in
    order by itself. `rivals`: ids of other certificates that share the label's `c`. `key_stolen`: the label key was reported
    stolen after these labels were logged.
    """

    certificate_id: StatementId | None
    certificate: Certificate | None
    labels: Labels | None
    others: tuple[tuple[int, int], ...] = ()
    rivals: tuple[StatementId, ...] = ()
    key_stolen: bool = False


def check_label_signature(issue: Issue, label: Label, separator: bytes) -> Check:
    """The label key of a labels statement for this certificate and GTIN signed these words. The signature is recovered first
    whatever else is wrong, so that time does not tell which serials exist (F02).
    """
    signer = _recover(label, separator)
    wrong = _check_named(issue, label)
    if wrong is not None:
        return wrong
    if issue.labels is None:
        return not_checked(_SIGNATURE, "labels-not-given")
    if signer is None:
        return failed(_SIGNATURE, "unrecoverable")
    key = issue.labels.label_key
    if signer != key:
        return failed(_SIGNATURE, "another-signer", recovered=to_checksum(signer), labelKey=to_checksum(key))
    return _SIGNED


def _check_named(issue: Issue, label: Label) -> Check | None:
    """The certificate that `c` means is the one given, and the batch is of it and of the label's GTIN."""
    labels, named = issue.labels, issue.certificate_id
    if issue.rivals:
        return failed(_SIGNATURE, "shared-prefix", certificates=[to_hex(one) for one in issue.rivals])
    if named is not None and named[:PREFIX_LENGTH] != label.certificate_prefix:
        return failed(
            _SIGNATURE, "another-certificate", certificate=to_hex(named), label=to_hex(label.certificate_prefix)
        )
    if labels is None:
        return None
    if labels.certificate[:PREFIX_LENGTH] != label.certificate_prefix or named not in (None, labels.certificate):
        return failed(_SIGNATURE, "labels-of-another-certificate", certificate=to_hex(labels.certificate))
    if label.product != labels.product and (label.gtin is not None or labels.gtin is None):
        return failed(_SIGNATURE, "another-product", gtin=label.product, labelsGtin=labels.product)
    return None


def _recover(label: Label, separator: bytes) -> Address | None:
    digest = label_digest(
        separator,
        product=label.product,
        serial=label.signed_serial,
        certificate_prefix=label.certificate_prefix,
    )
    try:
        return recover(digest, label.signature)
    except RecoveryError:
        return None


def check_issued(issue: Issue, label: Label, issued: IssuedLeaf | None) -> Check:
    """Within the range of its batch and, where leaf and path are given, in the batch's tree (F02, F12)."""
    certificate, labels = issue.certificate, issue.labels
    if certificate is not None and certificate.granularity != label.granularity.value:
        return failed(
            _ISSUED, "another-granularity", label=label.granularity.value, certificate=certificate.granularity
        )
    if labels is None:
        return not_checked(_ISSUED, "labels-not-given")
    own = label.index
    index = labels.first if own is None else own
    if not labels.first <= index < labels.first + labels.count:
        return failed(_ISSUED, "beyond-issued", index=index, first=labels.first, count=labels.count)
    if label.granularity is Granularity.BATCH and label.batch != labels.batch:
        return failed(_ISSUED, "another-batch")
    if issued is None:
        # without its leaf, only the key speaks for the label: a stolen one says nothing any more
        return inconclusive(_ISSUED, "label-key-stolen") if issue.key_stolen else _NO_LEAF
    return _check_leaf(labels, label, index - labels.first, issued)


def _check_leaf(labels: Labels, label: Label, position: int, issued: IssuedLeaf) -> Check:
    leaf = issued.leaf
    if (leaf.gtin, leaf.serial) != (label.product, label.signed_serial):
        return failed(_ISSUED, "another-leaf", gtin=leaf.gtin, serial=leaf.serial)
    try:
        root = root_from_inclusion(position, labels.count, leaf_hash(leaf.data()), issued.path)
    except ProofError as error:
        return failed(_ISSUED, "proof-form", rule=error.rule, index=position, size=labels.count)
    return _IN_BATCH if root == labels.root else failed(_ISSUED, "not-in-batch", index=position)


def check_quota(issue: Issue, label: Label) -> Check:
    """No more labels than certified, and no index twice (F04, F12, F13)."""
    certificate, labels, index = issue.certificate, issue.labels, label.index
    if certificate is None:
        return not_checked(_QUOTA, "no-certificate")
    if index is not None and index >= certificate.quota:
        return failed(_QUOTA, "beyond-quota", index=index, quota=certificate.quota)
    if labels is None:
        return not_checked(_QUOTA, "labels-not-given")
    if labels.first + labels.count > certificate.quota:
        return failed(_QUOTA, "batch-beyond-quota", end=labels.first + labels.count, quota=certificate.quota)
    at = labels.first if index is None else index
    for first, end in issue.others:
        if first <= at < end:
            return failed(_QUOTA, "ranges-overlap", index=at, first=first, end=end)
    return _WITHIN_QUOTA


def index_twice(index: int, serials: Sequence[str]) -> Check:
    """`label.quota` of a label beside which another signed one has the same index: proof of over-issue (F13)."""
    return failed(_QUOTA, "index-twice", index=index, serials=list(serials))


def check_copied(label: Label, signals: Sequence[CopySignal] | None) -> Check:
    """Signals of copying known to who verifies: suspect at most (F05, F17). None: nobody was asked."""
    if signals:
        first = signals[0]
        fields: dict[str, JsonValue] = {**first.fields, "signals": [signal.reason for signal in signals]}
        return Check(id=_COPIED, outcome=CheckOutcome.SUSPECT, reason=first.reason, fields=fields)
    if label.granularity is not Granularity.ITEM:
        return not_applicable(_COPIED, "no-serial")
    return not_applicable(_COPIED, "offline") if signals is None else passed(_COPIED)
