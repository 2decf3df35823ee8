"""Which items were issued, by the log and the leaf tables handed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.domain.scans import Item
from ledger.scans.pins import pin_hash
from ledger.services.host import LedgerHost
from ledger.services.issued_items import LoggedItems
from tests.reference import merkle as naive
from tests.support import bodies
from tests.support.labels import serial_of
from tests.support.ledger import (
    HOLDER_KEY,
    STRANGER_KEY,
    certificate,
    certificate_body,
    config,
    directory,
    footprint,
    key_word,
    sign,
)  # fmt: skip
from verifier.canonical import canonicalize
from verifier.contracts import Purpose
from verifier.encoding import parse_hex, to_hex
from verifier.hashing import sha256
from verifier.receipt import Receipt
from verifier.statement import statement_id_from

STRANGER = "uscc:91110000MA0R0EXAMB"
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


@pytest.fixture
def host(tmp_path: Path) -> Any:
    keys = directory()
    keys.keys[STRANGER_KEY.address] = key_word(STRANGER, Purpose.LABELS)
    opened = LedgerHost.open(config(f"sqlite:///{tmp_path / 'log.db'}", tmp_path / "log", directory=keys))
    yield opened
    opened.close()


def test_items_of_the_holders_tables_and_no_others(host: LedgerHost, tmp_path: Path) -> None:
    leaves = tmp_path / "leaves"
    leaves.mkdir()
    items = LoggedItems(host.reader, leaves)
    assert items.find(Item(gtin=bodies.GTIN, serial=serial_of(12))) is None
    data, root = table(10, 5)
    statement, name = labels(10, root)
    assert all(isinstance(one, Receipt) for one in host.ingest([footprint(), certificate(), statement]))
    assert items.find(Item(gtin=bodies.GTIN, serial=serial_of(12))) is None  # logged, and no table yet
    (leaves / f"{name}.leaves").write_bytes(data)
    found = items.find(Item(gtin=bodies.GTIN, serial=serial_of(12)))
    assert found is not None
    assert (found.issuer, found.batch) == (bodies.HOLDER, "L1")
    assert found.pin_hash == pin_hash(bodies.GTIN, serial_of(12), PIN)
    for serial in (serial_of(9), serial_of(15), serial_of(12, "x"), "lower", ""):
        assert items.find(Item(gtin=bodies.GTIN, serial=serial)) is None
    assert items.find(Item(gtin="06901234567908", serial=serial_of(12))) is None


def test_a_strangers_labels_and_a_damaged_table_are_as_if_not_here(host: LedgerHost, tmp_path: Path) -> None:
    data, root = table(10, 5)
    stranger, name = labels(10, root, issuer=STRANGER, key=STRANGER_KEY)
    own, own_name = labels(20, table(20, 5)[1])
    host_answers = list(host.ingest([stranger, footprint(), certificate(), own]))
    assert all(isinstance(one, Receipt) for one in host_answers)
    (tmp_path / f"{name}.leaves").write_bytes(data)
    (tmp_path / f"{own_name}.leaves").write_bytes(data)
    items = LoggedItems(host.reader, tmp_path)
    assert items.find(Item(gtin=bodies.GTIN, serial=serial_of(12))) is None
    assert items.find(Item(gtin=bodies.GTIN, serial=serial_of(22))) is None
    assert parse_hex("0x" + name, "", 32)
