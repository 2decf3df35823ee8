"""The anchorer's journal, on SQLite and PostgreSQL."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from ledger.domain.anchoring import AnchorStep, JournaledTransaction
from ledger.domain.chain import Fees
from ledger.domain.store_errors import SchemaError
from ledger.store.anchor_journal import SqlAnchorJournal, StoredAnchors
from ledger.store.engines import parse_url, writing_engine
from ledger.store.schema import migrate
from verifier.snapshot import Anchor
from verifier.types import Address, Digest, NodeHash

SENDER = Address(b"\x51" * 20)
TRANSACTION = JournaledTransaction(
    sender=SENDER,
    nonce=4,
    hash=Digest(b"\x01" * 32),
    raw=b"\x02raw",
    fees=Fees(max_fee=2**62, priority=7),
    step=AnchorStep(old_size=0, old_root=NodeHash(b"\x0a" * 32), new_size=2**53, new_root=NodeHash(b"\x0b" * 32)),
    made_at=1_800_000_000,
)


@pytest.fixture
def journal(database_url: str) -> Iterator[SqlAnchorJournal]:
    engine = writing_engine(parse_url(database_url))
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()
    journal = SqlAnchorJournal.open(database_url)
    yield journal
    journal.close()


def anchor(seq: int) -> Anchor:
    return Anchor(seq=seq, size=10 * seq, root=NodeHash(bytes([seq]) * 32), time=1_800_000_000 + seq)


def test_a_transaction_reads_back_as_it_was_and_only_once(journal: SqlAnchorJournal) -> None:
    journal.record(TRANSACTION)
    journal.record(TRANSACTION)
    assert journal.transactions(SENDER, 0) == [TRANSACTION]


def test_transactions_come_by_nonce_then_in_the_order_recorded(journal: SqlAnchorJournal) -> None:
    def made(number: int, nonce: int) -> JournaledTransaction:
        return dataclasses.replace(TRANSACTION, hash=Digest(bytes([number]) * 32), nonce=nonce)

    rows = [made(1, 6), made(2, 5), made(3, 5), made(4, 7)]
    for row in rows:
        journal.record(row)
    journal.record(dataclasses.replace(TRANSACTION, hash=Digest(b"\x63" * 32), sender=Address(b"\x52" * 20)))
    assert journal.transactions(SENDER, 0) == [rows[1], rows[2], rows[0], rows[3]]
    assert journal.transactions(SENDER, 6) == [rows[0], rows[3]]


def test_anchors_are_replaced_from_a_number_on(journal: SqlAnchorJournal, database_url: str) -> None:
    journal.replace_anchors(1, [anchor(1), anchor(2), anchor(3)])
    moved = dataclasses.replace(anchor(3), time=5)
    journal.replace_anchors(3, [moved, anchor(4)])
    reader = StoredAnchors.open(database_url)
    assert reader.anchors() == [anchor(1), anchor(2), moved, anchor(4)]
    assert reader.anchors(3) == [moved, anchor(4)]
    journal.replace_anchors(2, [])
    assert reader.anchors() == [anchor(1)]
    reader.close()


def test_a_database_of_another_schema_is_refused(database_url: str) -> None:
    writing_engine(parse_url(database_url)).connect().close()
    with pytest.raises(SchemaError):
        SqlAnchorJournal.open(database_url)
