"""Receipts: what the log promises when it has given a submission its place, and the proof of a broken promise (spec 06, P5).

Receipt = { v:1, origin, id, leafHash, index, anchorBy, key, signature }
signed    utf8("tanji receipt v1\\n") ‖ canonical({anchorBy, id, index, leafHash, origin})      Ed25519 (RFC 8032)
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from verifier.ed25519 import check_public_key, signature_holds
from verifier.encoding import parse_hex, parse_integer, to_hex
from verifier.errors import MalformedError, VerifierError
from verifier.types import JsonValue, LeafHash, StatementId

CONTEXT: Final = b"tanji receipt v1\n"
_MEMBERS = frozenset({"v", "origin", "id", "leafHash", "index", "anchorBy", "key", "signature"})
_ORIGIN = re.compile(r"tanji/[1-9][0-9]{0,77}/0x[0-9a-fA-F]{40}", re.ASCII)


class Receipt(NamedTuple):
    """The log's promise: leaf `leaf_hash` (statement `id`) stands at `index` and is anchored by `anchor_by` (unix s).

    `key` is the log's 32-byte Ed25519 key: whose it is, only TrustRegistry says. `signature` has 64 bytes. A named tuple where the
    house has frozen dataclasses: the log makes one for every statement.
    """

    origin: str
    id: StatementId
    leaf_hash: LeafHash
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody asks a receipt for
    anchor_by: int
    key: bytes
    signature: bytes


class ReceiptSignatureError(VerifierError):
    """The key a receipt names did not sign it."""

    code = "receipt.signature"

    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt
        super().__init__(f"receipt for index {receipt.index}: not signed by key {to_hex(receipt.key)}")


class PromiseOutcome(StrEnum):
    """What is known of a receipt's promise. Only BROKEN accuses; OPEN says that the time is not over or not proven so."""

    KEPT = "kept"
    BROKEN = "broken"
    OPEN = "open"


def parse_receipt(value: JsonValue, place: str = "") -> Receipt:
    """A receipt from parsed JSON. Raises MalformedError; a low-order key is one of its forms."""
    if type(value) is not dict or value.keys() != _MEMBERS:
        raise MalformedError("receipt", place, f"not an object of {', '.join(sorted(_MEMBERS))}")
    parse_integer(value["v"], f"{place}/v", least=1, most=1)
    origin = value["origin"]
    if type(origin) is not str or _ORIGIN.fullmatch(origin) is None:
        raise MalformedError("origin", f"{place}/origin", "not tanji/<chainId>/<address>")
    key = parse_hex(value["key"], f"{place}/key", 32)
    check_public_key(key, f"{place}/key")
    return Receipt(
        origin=origin,
        id=StatementId(parse_hex(value["id"], f"{place}/id", 32)),
        leaf_hash=LeafHash(parse_hex(value["leafHash"], f"{place}/leafHash", 32)),
        index=parse_integer(value["index"], f"{place}/index", least=0, most=2**53 - 1),
        anchor_by=parse_integer(value["anchorBy"], f"{place}/anchorBy", least=0, most=2**40 - 1),
        key=key,
        signature=parse_hex(value["signature"], f"{place}/signature", 64),
    )


def receipt_document(receipt: Receipt) -> dict[str, JsonValue]:
    """The members `parse_receipt` reads."""
    return {
        "v": 1,
        "origin": receipt.origin,
        "id": to_hex(receipt.id),
        "leafHash": to_hex(receipt.leaf_hash),
        "index": receipt.index,
        "anchorBy": receipt.anchor_by,
        "key": to_hex(receipt.key),
        "signature": to_hex(receipt.signature),
    }


def receipt_signing_bytes(*, origin: str, id: StatementId, leaf_hash: LeafHash, index: int, anchor_by: int) -> bytes:  # noqa: A002
    """The bytes the log key signs."""
    # Written out: members in canonical order, every text of a form that JSON does not escape (hex, origin).
    text = f'{{"anchorBy":{anchor_by},"id":"{to_hex(id)}","index":{index},"leafHash":"{to_hex(leaf_hash)}","origin":"{origin}"}}'
    return CONTEXT + text.encode("ascii")


def check_receipt_signature(receipt: Receipt) -> None:
    """Raise ReceiptSignatureError unless the receipt's own key signed it.

    Says nothing about whose key it is: compare it with `logKeys` of TrustRegistry.
    """
    signed = receipt_signing_bytes(
        origin=receipt.origin,
        id=receipt.id,
        leaf_hash=receipt.leaf_hash,
        index=receipt.index,
        anchor_by=receipt.anchor_by,
    )
    if not signature_holds(receipt.key, receipt.signature, signed):
        raise ReceiptSignatureError(receipt)


def judge_promise(receipt: Receipt, *, anchored_size: int, header_time: int) -> PromiseOutcome:
    """What a trusted, final block says: its time (unix s) and AnchorLog's latest size in it.

    Broken when the block is later than `anchor_by` and the anchored log does not reach `index`. A log that does reach it
    keeps the promise as far as the size goes; whether the leaf is the promised one, `judge_leaf` says.
    """
    if anchored_size > receipt.index:
        return PromiseOutcome.KEPT
    return PromiseOutcome.BROKEN if header_time > receipt.anchor_by else PromiseOutcome.OPEN


def judge_leaf(receipt: Receipt, *, index: int, leaf_hash: LeafHash) -> PromiseOutcome:
    """What a leaf proven to stand at `index` of an anchored tree says about the promise; another index says nothing."""
    if index != receipt.index:
        return PromiseOutcome.OPEN
    return PromiseOutcome.KEPT if leaf_hash == receipt.leaf_hash else PromiseOutcome.BROKEN
