"""One behaviour suite for the store on SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
import threading
import time

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from ledger.domain.entries import Sequenced, StoredCheckpoint
from ledger.domain.store_errors import (
    FencedError,
    OutOfOrderError,
    SchemaError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    WriterBusyError,
    WrongLogError,
)
from ledger.store.engines import parse_url, reading_engine, translated, writing_engine
from ledger.store.reader import StoreReader
from ledger.store.schema import migrate
from ledger.store.writer import StoreWriter
from verifier.types import LeafHash, NodeHash, StatementId

ORIGIN = "tanji/31337/0x5FbDB2315678afecb367f032d93F642f64180aa3"
KEY = b"k" * 32


def entry(index: int, *, said: int | None = None, key: bytes = KEY) -> Sequenced:
    text = b"entry %d" % index
    return Sequenced(
        index=index,
        statement_id=StatementId(hashlib.sha256(b"%d" % (index if said is None else said)).digest()),
        leaf_hash=LeafHash(hashlib.sha256(b"\x00" + text).digest()),
        entry=text,
        received_at=1_700_000_000 + index,
        anchor_by=1_700_003_600 + index,
        log_key=key,
        receipt_signature=bytes([index % 256]) * 64,
    )


def batch(first: int, upto: int) -> list[Sequenced]:
    return [entry(index) for index in range(first, upto)]


def test_what_is_appended_is_read_back(database_url: str) -> None:
    writer = StoreWriter.open(database_url, origin=ORIGIN)
    reader = StoreReader.open(database_url)
    assert (reader.size(), reader.last_received_at(), reader.checkpoint(), reader.earliest_anchor_by(0)) == (
        0,
        0,
        None,
        None,
    )
    writer.append(batch(0, 1), [])
    writer.append(batch(1, 700), [(3, b"body of three"), (699, b"last")])
    assert reader.origin() == ORIGIN
    assert reader.size() == 700
    assert reader.entry(5) == entry(5)
    assert reader.entry(700) is None
    assert list(reader.entries(690, 900)) == batch(690, 700)
    assert list(reader.leaves(698, 700)) == [(entry(i).leaf_hash, entry(i).entry) for i in (698, 699)]
    assert reader.body(3) == b"body of three"
    assert reader.body(4) is None
    assert reader.last_received_at() == 1_700_000_699
    assert reader.earliest_anchor_by(10) == 1_700_003_610
    assert reader.earliest_anchor_by(700) is None
    writer.close()


def test_all_entries_of_an_id_in_order(database_url: str) -> None:
    writer = StoreWriter.open(database_url, origin=ORIGIN)
    writer.append([entry(0), entry(1, said=0), entry(2), entry(3, said=0, key=b"n" * 32)], [])
    reader = StoreReader.open(database_url)
    wanted = [entry(0).statement_id, entry(2).statement_id, StatementId(bytes(32))]
    found = reader.find(wanted + [StatementId(bytes([7]) * 32)] * 1200)
    assert [e.index for e in found[wanted[0]]] == [0, 1, 3]
    assert [e.index for e in found[wanted[1]]] == [2]
    assert found.keys() == set(wanted[:2])
    assert found[wanted[0]][2].log_key == b"n" * 32
    writer.close()


@pytest.mark.parametrize("first", [0, 1, 3])
def test_an_index_is_given_once_in_order(database_url: str, first: int) -> None:
    writer = StoreWriter.open(database_url, origin=ORIGIN)
    writer.append(batch(0, 2), [])
    with pytest.raises(OutOfOrderError) as caught:
        writer.append(batch(first, first + 2), [])
    assert (caught.value.size, caught.value.first) == (2, first)
    assert StoreReader.open(database_url).size() == 2
    writer.append(batch(2, 3), [])
    writer.close()


def test_a_gap_inside_a_batch_is_refused_whole(database_url: str) -> None:
    writer = StoreWriter.open(database_url, origin=ORIGIN)
    with pytest.raises(OutOfOrderError):
        writer.append([entry(0), entry(2)], [])
    with pytest.raises(StoreError):
        writer.append([entry(0)], [(0, b"a"), (9, b"of no entry")])
    assert StoreReader.open(database_url).size() == 0
    # The key's number was part of the transaction that failed: it must not be remembered.
    writer.append([entry(0)], [(0, b"a")])
    writer.close()


def test_checkpoints_by_size(database_url: str) -> None:
    writer = StoreWriter.open(database_url, origin=ORIGIN)
    points = [StoredCheckpoint(size=s, root=NodeHash(bytes([s]) * 32), note=f"n{s}\n", time=s) for s in (1, 5, 9)]
    for point in points:
        writer.save_checkpoint(point)
    reader = StoreReader.open(database_url)
    assert reader.checkpoint() == points[-1]
    assert list(reader.checkpoints()) == points
    with pytest.raises(StoreError):
        writer.save_checkpoint(points[0])
    writer.close()


def test_the_second_writer_waits_for_the_first(database_url: str) -> None:
    first = StoreWriter.open(database_url, origin=ORIGIN)
    with pytest.raises(WriterBusyError):
        StoreWriter.open(database_url, origin=ORIGIN)
    opened: list[StoreWriter] = []
    waiting = threading.Thread(target=lambda: opened.append(StoreWriter.open(database_url, origin=ORIGIN, wait=20)))
    waiting.start()
    time.sleep(0.3)
    assert opened == []
    first.append(batch(0, 1), [])
    first.close()
    waiting.join()
    assert opened[0].epoch == first.epoch + 1
    opened[0].append(batch(1, 2), [])
    opened[0].close()


def test_a_writer_that_lost_its_lock_is_fenced(database_url: str) -> None:
    old = StoreWriter.open(database_url, origin=ORIGIN)
    old._lock.release()
    new = StoreWriter.open(database_url, origin=ORIGIN)
    with pytest.raises(FencedError) as caught:
        old.append(batch(0, 1), [])
    assert (caught.value.epoch, caught.value.latest) == (old.epoch, new.epoch)
    with pytest.raises(FencedError):
        old.save_checkpoint(StoredCheckpoint(size=1, root=NodeHash(bytes(32)), note="n", time=0))
    new.append(batch(0, 1), [])
    new.close()


def test_a_store_belongs_to_one_log(database_url: str) -> None:
    StoreWriter.open(database_url, origin=ORIGIN).close()
    with pytest.raises(WrongLogError):
        StoreWriter.open(database_url, origin=ORIGIN.replace("31337", "1"))
    StoreWriter.open(database_url, origin=ORIGIN).close()


def test_the_reading_side_cannot_write(database_url: str) -> None:
    StoreWriter.open(database_url, origin=ORIGIN).close()
    reader = StoreReader.open(database_url)
    assert [name for name in dir(reader) if name.startswith(("append", "save", "remove", "write"))] == []
    engine = reading_engine(parse_url(database_url))
    with pytest.raises((StoreError, StoreUnavailableError)), translated("x"), engine.begin() as connection:
        connection.execute(sa.text("UPDATE ledger SET epoch = 99"))


def test_an_empty_database_is_named(database_url: str) -> None:
    with writing_engine(parse_url(database_url)).begin():
        pass
    with pytest.raises(SchemaError):
        StoreReader.open(database_url)


def test_migrations_build_the_tables_the_code_declares(database_url: str) -> None:
    engine = writing_engine(parse_url(database_url))
    with engine.begin() as connection:
        migrate(connection)
        migrate(connection)
    inspector = sa.inspect(engine)
    catalogue = ("state", "entries", "certificates", "products", "parties", "batches")
    for name in ("ledger", "log_keys", "entries", "bodies", "checkpoints", *(f"catalogue_{one}" for one in catalogue)):
        declared = SQLModel.metadata.tables[name]
        found = {column["name"]: column for column in inspector.get_columns(name)}
        assert found.keys() == {column.name for column in declared.columns}
        for column in declared.columns:
            assert found[column.name]["nullable"] == column.nullable
            expected = column.type.compile(dialect=engine.dialect)
            assert found[column.name]["type"].compile(dialect=engine.dialect) == expected
        assert inspector.get_pk_constraint(name)["constrained_columns"] == [c.name for c in declared.primary_key]
    indexed = {tuple(index["column_names"]) for index in inspector.get_indexes("entries")}
    assert ("statement_id",) in indexed


def test_readers_do_not_wait_for_the_writer(database_url: str) -> None:
    writer = StoreWriter.open(database_url, origin=ORIGIN, crash=(slow := _Slow()))
    reader = StoreReader.open(database_url)
    slow.armed.set()
    thread = threading.Thread(target=lambda: writer.append(batch(0, 3), []))
    thread.start()
    assert slow.inside.wait(10)
    assert reader.size() == 0
    slow.go.set()
    thread.join()
    assert reader.size() == 3
    writer.close()


class _Slow:
    """Holds the writer inside its transaction."""

    def __init__(self) -> None:
        self.armed, self.inside, self.go = threading.Event(), threading.Event(), threading.Event()

    def reach(self, point: str) -> None:
        if point == "batch.written" and self.armed.is_set():
            self.inside.set()
            self.go.wait(10)


def test_a_full_database_is_a_typed_error_and_recovers(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite with a page limit: what a full disk looks like to it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('full') / 'ledger.sqlite'}"
    writer = StoreWriter.open(url, origin=ORIGIN)
    limit_pages(writer, 60)
    done = fill(writer)
    reader = StoreReader.open(url)
    assert reader.size() == done
    assert [e.index for e in reader.entries(0, done + 10)] == list(range(done))
    limit_pages(writer, 100_000)
    writer.append(batch(done, done + 100), [])
    assert reader.size() == done + 100
    writer.close()


def limit_pages(writer: StoreWriter, pages: int) -> None:
    with writer._engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


def fill(writer: StoreWriter) -> int:
    for first in range(0, 100_000, 100):
        try:
            writer.append(batch(first, first + 100), [(index, b"x" * 200) for index in range(first, first + 100)])
        except StoreFullError:
            return first
    pytest.fail("the limit was never reached")


def test_a_writer_that_closed_is_not_waited_for(database_url: str) -> None:
    for _ in range(30):
        StoreWriter.open(database_url, origin=ORIGIN).close()
