from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from verifier.ed25519 import FIELD, LOW_ORDER_Y, check_public_key, signature_holds
from verifier.errors import MalformedError
from verifier.receipt import (
    PromiseOutcome,
    Receipt,
    ReceiptSignatureError,
    check_receipt_signature,
    judge_leaf,
    judge_promise,
    parse_receipt,
    receipt_document,
    receipt_signing_bytes,
)
from verifier.types import LeafHash, StatementId

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
PROMISE: dict[str, Any] = {
    "origin": "tanji/31337/0x5FbDB2315678afecb367f032d93F642f64180aa3",
    "id": StatementId(b"\x01" * 32),
    "leaf_hash": LeafHash(b"\x02" * 32),
    "index": 7,
    "anchor_by": 1_775_003_600,
}
RECEIPT = Receipt(**PROMISE, key=PUBLIC, signature=KEY.sign(receipt_signing_bytes(**PROMISE)))


def test_signing_bytes() -> None:
    assert receipt_signing_bytes(**PROMISE) == (
        b'tanji receipt v1\n{"anchorBy":1775003600,"id":"0x' + b"01" * 32 + b'","index":7,"leafHash":"0x' + b"02" * 32
        + b'","origin":"tanji/31337/0x5FbDB2315678afecb367f032d93F642f64180aa3"}'
    )  # fmt: skip


def test_round_trip_and_signature() -> None:
    assert parse_receipt(receipt_document(RECEIPT)) == RECEIPT
    check_receipt_signature(RECEIPT)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("origin", "tanji/31338/0x5FbDB2315678afecb367f032d93F642f64180aa3"),
        ("id", "0x" + "03" * 32),
        ("leafHash", "0x" + "03" * 32),
        ("index", 8),
        ("anchorBy", 1_775_003_601),
        ("key", "0x" + Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw().hex()),
        ("signature", "0x" + "00" * 64),
    ],
)
def test_single_change_is_not_what_the_log_signed(member: str, value: Any) -> None:
    changed = parse_receipt({**receipt_document(RECEIPT), member: value})
    with pytest.raises(ReceiptSignatureError) as caught:
        check_receipt_signature(changed)
    assert caught.value.receipt == changed


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("v", 2), ("v", True), ("origin", "tanji/031337/0x5FbDB2315678afecb367f032d93F642f64180aa3"), ("origin", "tanji/1/0x00\n"),
        ("origin", None), ("id", "0x01"), ("leafHash", "0x" + "03" * 33), ("index", -1), ("index", 2**53), ("index", "7"), ("anchorBy", 2**40),
        ("key", "0x" + "00" * 32), ("key", "0x01" + "00" * 31), ("signature", "0x" + "00" * 63), ("comment", "x"),
    ],
)  # fmt: skip
def test_malformed(member: str, value: Any) -> None:
    with pytest.raises(MalformedError):
        parse_receipt({**receipt_document(RECEIPT), member: value})


def test_missing_member() -> None:
    for member in receipt_document(RECEIPT):
        with pytest.raises(MalformedError):
            parse_receipt({name: value for name, value in receipt_document(RECEIPT).items() if name != member})


@pytest.mark.parametrize(
    ("size", "time", "expected"),
    [
        (8, 0, PromiseOutcome.KEPT),
        (8, 2_000_000_000, PromiseOutcome.KEPT),
        (7, 1_775_003_600, PromiseOutcome.OPEN),  # not past anchorBy
        (7, 1_775_003_601, PromiseOutcome.BROKEN),
        (0, 1_775_003_601, PromiseOutcome.BROKEN),
    ],
)
def test_c11_silence(size: int, time: int, expected: PromiseOutcome) -> None:
    assert judge_promise(RECEIPT, anchored_size=size, header_time=time) is expected


def test_c11_another_leaf_at_the_index() -> None:
    assert judge_leaf(RECEIPT, index=7, leaf_hash=LeafHash(b"\x02" * 32)) is PromiseOutcome.KEPT
    assert judge_leaf(RECEIPT, index=7, leaf_hash=LeafHash(b"\x03" * 32)) is PromiseOutcome.BROKEN
    assert judge_leaf(RECEIPT, index=6, leaf_hash=LeafHash(b"\x03" * 32)) is PromiseOutcome.OPEN


# Twisted Edwards arithmetic from RFC 8032 5.1.4, affine and slow, to confirm the table of low-order points.
D = -121665 * pow(121666, -1, FIELD) % FIELD


def add(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = left, right
    k = D * x1 * x2 * y1 * y2
    return (
        (x1 * y2 + x2 * y1) * pow(1 + k, -1, FIELD) % FIELD,
        (y1 * y2 + x1 * x2) * pow(1 - k, -1, FIELD) % FIELD,
    )


def x_of(y: int) -> int:
    square = (y * y - 1) * pow(D * y * y + 1, -1, FIELD) % FIELD
    root = pow(square, (FIELD + 3) // 8, FIELD)
    if root * root % FIELD != square:
        root = root * pow(2, (FIELD - 1) // 4, FIELD) % FIELD
    assert root * root % FIELD == square
    return root


def test_the_low_order_points_are_exactly_these() -> None:
    points = {(x, y) for y in LOW_ORDER_Y for x in (x_of(y), -x_of(y) % FIELD)}
    assert len(points) == 8, "the torsion subgroup has eight elements"
    for point in points:
        eightfold = point
        for _ in range(3):
            eightfold = add(eightfold, eightfold)
        assert eightfold == (0, 1)


@pytest.mark.parametrize("y", sorted(LOW_ORDER_Y))
@pytest.mark.parametrize("sign", [0, 1 << 255])
def test_low_order_keys_are_refused(y: int, sign: int) -> None:
    raw = (y | sign).to_bytes(32, "little")
    with pytest.raises(MalformedError, match="low-order-key"):
        check_public_key(raw, "/key")
    # under the neutral element anything goes: R = [s]B with s = 0
    with pytest.raises(MalformedError):
        signature_holds(raw, (1).to_bytes(32, "little") + bytes(32), b"anything")


def test_keys_in_another_encoding_or_no_point() -> None:
    with pytest.raises(MalformedError, match="key-encoding"):
        check_public_key((FIELD + 2).to_bytes(32, "little"), "/key")
    with pytest.raises(MalformedError, match="size"):
        check_public_key(bytes(31), "/key")
    assert not signature_holds((2).to_bytes(32, "little"), bytes(64), b"")
    assert not signature_holds(PUBLIC, b"short", b"message")
