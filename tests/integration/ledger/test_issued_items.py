"""Which items were issued, by the log and the leaf tables handed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.domain.scans import Item
from ledger.scans.pins import pin_hash
from ledger.services.host import LedgerHost
from ledger.services.issued_items import LoggedItems
from tests.support import bodies
from tests.support.labels import serial_of
from tests.support.leaf_tables import PIN, labels, table
from tests.support.ledger import (
    STRANGER_KEY,
    certificate,
    config,
    directory,
    footprint,
    key_word,
)  # fmt: skip
from verifier.contracts import Purpose
from verifier.encoding import parse_hex
from verifier.receipt import Receipt

STRANGER = "uscc:91110000MA0R0EXAMB"


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
