"""Broken promises: portable proof that the log gave a receipt and did not keep it (P5, docs/spec/06 BrokenPromise; C11).

```
BrokenPromise { v:1, receipt: Receipt, item?: Item }        + a snapshot under a trusted block
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from verifier.bodies.fields import read_object
from verifier.canonical import canonicalize, parse
from verifier.checks.entry import derive_entry
from verifier.checks.log import check_anchored, check_logged, find_place
from verifier.documents import EVIDENCE_BYTES, read_version
from verifier.encoding import to_hex
from verifier.errors import CannotCheckError
from verifier.evidence import Item, item_document, parse_item
from verifier.receipt import (
    PromiseOutcome,
    Receipt,
    ReceiptSignatureError,
    check_receipt_signature,
    judge_leaf,
    judge_promise,
    parse_receipt,
    receipt_document,
)
from verifier.state import ChainView
from verifier.types import JsonValue
from verifier.verdict import CheckId, CheckOutcome

_REQUIRED: Final = frozenset(("v", "receipt"))
_OPTIONAL: Final = frozenset(("item",))


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenPromise:
    """A receipt and, where the accusation is that another statement stands in its place, that statement."""

    receipt: Receipt
    item: Item | None = None


class Finding(StrEnum):
    """BROKEN accuses and can be shown to anyone. KEPT clears. OPEN: not due yet. The other two say nothing of the log."""

    BROKEN = "broken"
    KEPT = "kept"
    OPEN = "open"
    NOT_A_RECEIPT = "not_a_receipt"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseFinding:
    """What was found, a stable reason code, and the values it rests on."""

    finding: Finding
    reason: str
    fields: Mapping[str, JsonValue]


def parse_broken_promise(data: bytes) -> BrokenPromise:
    """Read the document. Raises MalformedError."""
    document = read_object(parse(data, EVIDENCE_BYTES), "", _REQUIRED, _OPTIONAL)
    read_version(document["v"], "/v")
    return BrokenPromise(
        receipt=parse_receipt(document["receipt"], "/receipt"),
        item=parse_item(document["item"], "/item", "item") if "item" in document else None,
    )


def serialize_broken_promise(promise: BrokenPromise) -> bytes:
    """The canonical bytes `parse_broken_promise` reads."""
    document: dict[str, JsonValue] = {"v": 1, "receipt": receipt_document(promise.receipt)}
    if promise.item is not None:
        document["item"] = item_document(promise.item)
    return canonicalize(document)


def check_broken_promise(promise: BrokenPromise, view: ChainView) -> PromiseFinding:
    """Judge the accusation under one trusted, final block. Never raises."""
    receipt = promise.receipt
    if receipt.origin != view.origin:
        return _found(Finding.NOT_A_RECEIPT, "another-log", origin=receipt.origin)
    try:
        check_receipt_signature(receipt)
    except ReceiptSignatureError:
        return _found(Finding.NOT_A_RECEIPT, "signature", key=to_hex(receipt.key))
    if view.header is None or view.trouble is not None:
        return _found(Finding.INCONCLUSIVE, "no-view" if view.trouble is None else view.trouble.reason)
    try:
        return _judge(receipt, promise.item, view, view.header.time)
    except CannotCheckError as gap:
        return _found(Finding.INCONCLUSIVE, gap.code)


def _judge(receipt: Receipt, item: Item | None, view: ChainView, block_time: int) -> PromiseFinding:
    key = view.log_key(receipt.key)
    # A log key is ended only when every promise it gave has fallen due (docs/spec/06).
    if key is None or not key.in_force_at(receipt.anchor_by):
        return _found(Finding.NOT_A_RECEIPT, "not-a-log-key", key=to_hex(receipt.key))
    if item is not None:
        return _judge_item(receipt, item, view)
    size = view.latest().size
    outcome = judge_promise(receipt, anchored_size=size, header_time=block_time)
    return _found(
        Finding(outcome.value),
        "anchored-size",
        index=receipt.index,
        anchoredSize=size,
        anchorBy=receipt.anchor_by,
        blockTime=block_time,
    )


def _judge_item(receipt: Receipt, item: Item, view: ChainView) -> PromiseFinding:
    entry = derive_entry(item, view.domain_separator)
    place = find_place(view, item.index)
    anchored = check_anchored(view, view.origin, place, None, CheckId.CERTIFICATE_ANCHORED)
    logged = check_logged(view, view.origin, entry, place, CheckId.CERTIFICATE_LOGGED)
    if entry.leaf is None or logged.outcome is CheckOutcome.FAILED:
        return _found(Finding.NOT_A_RECEIPT, "item-not-logged", index=item.index)
    if anchored.outcome is not CheckOutcome.PASSED or logged.outcome is not CheckOutcome.PASSED:
        return _found(Finding.INCONCLUSIVE, "item-not-shown", index=item.index)
    outcome = judge_leaf(receipt, index=item.index, leaf_hash=entry.leaf)
    reason = "item-elsewhere" if outcome is PromiseOutcome.OPEN else "leaf"
    return _found(
        Finding(outcome.value),
        reason,
        index=item.index,
        promised=to_hex(receipt.leaf_hash),
        found=to_hex(entry.leaf),
    )


def _found(finding: Finding, reason: str, **fields: JsonValue) -> PromiseFinding:
    return PromiseFinding(finding=finding, reason=reason, fields=fields)
