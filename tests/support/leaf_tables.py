"""A small batch of item labels: its leaf table and its labels statement, under the genuine certificate of `tests.support.ledger`."""

from __future__ import annotations

from typing import Any

from ledger.scans.pins import pin_hash
from tests.reference import merkle as naive
from tests.support import bodies
from tests.support.labels import serial_of
from tests.support.ledger import HOLDER_KEY, certificate_body, sign
from verifier.canonical import canonicalize
from verifier.encoding import to_hex
from verifier.hashing import sha256
from verifier.statement import statement_id_from

PIN = "7K3M9QX2TVWZ"


def table(first: int, count: int) -> tuple[bytes, bytes]:
    """A leaf table's bytes and its root."""
    header = {"v": 1, "gtin": bodies.GTIN, "granularity": "item", "batch": "L1", "first": first, "count": count}
    records, leaves = b"", []
    for index in range(first, first + count):
        serial = serial_of(index)
        hashed = pin_hash(bodies.GTIN, serial, PIN)
        records += serial.encode() + hashed
        leaves.append(canonicalize({"gtin": bodies.GTIN, "pinHash": to_hex(hashed), "serial": serial}))
    return canonicalize(header) + b"\n" + records, naive.root([naive.leaf(data) for data in leaves])


def labels(first: int, root: bytes, *, issuer: str = bodies.HOLDER, key: Any = HOLDER_KEY) -> tuple[bytes, str]:
    """The statement, and its id in hex."""
    subject = statement_id_from(
        kind="certificate", issuer=bodies.CERTIFIER, body_hash=sha256(canonicalize(certificate_body()))
    )
    body = bodies.body("labels") | {
        "certificate": to_hex(subject), "first": first, "count": 5, "batch": "L1", "root": to_hex(root),
    }  # fmt: skip
    named = statement_id_from(kind="labels", issuer=issuer, body_hash=sha256(canonicalize(body)))
    return canonicalize(sign("labels", issuer, body, key)), named.hex()
