"""Issuing: every label verifies, whatever interrupts the work."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.key_errors import SigningError
from ledger.keys.memory import MemorySigner
from ledger.labels import batch as files
from ledger.labels import making
from ledger.labels.batch import Batch, batches, open_batch, taken_locally
from ledger.labels.errors import (
    BatchDamagedError,
    BatchStateError,
    CountError,
    NotOurModelError,
    NotOurProductError,
    PinFileError,
    QuotaExceededError,
    ResolverError,
    WrongLabelKeyError,
)  # fmt: skip
from ledger.labels.issue import IssuePolicy, begin, body_of, make
from ledger.labels.leaves import LeafTable
from ledger.labels.pins import read_pins
from ledger.labels.plan import IndexRange, Order
from tests.reference import merkle as naive
from tests.support import bodies
from verifier.bodies import parse_certificate, parse_labels
from verifier.canonical import canonicalize
from verifier.crockford import parse_pin, serial_index
from verifier.hashing import sha256
from verifier.label import Granularity, label_digest, parse_label
from verifier.merkle import check_inclusion, leaf_hash
from verifier.signature import recover
from verifier.types import Address, Digest, StatementId

SEPARATOR = b"\x05" * 32
KEY = MemorySigner.from_bytes(b"\x21" * 32)
PASSPHRASE = "口令 pass".encode()
CERTIFICATE = StatementId(bytes(range(32)))
QUICK = IssuePolicy(scrypt_n=2)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four leaves a chunk and a block: many of them, few signatures."""
    monkeypatch.setattr("ledger.labels.making.CHUNK", 4)
    monkeypatch.setattr("ledger.labels.leaves.BLOCK", 4)


def order(count: int = 1, **changes: Any) -> Order:
    body = bodies.body("certificate") | {"granularity": "item", "quota": 30} | changes
    certificate = parse_certificate(body)
    return Order(certificate_id=CERTIFICATE, certificate=certificate, gtin=bodies.GTIN, batch="L-01", count=count)


def start(root: Path, wanted: Order, known: tuple[IndexRange, ...] = (), resolver: str = "t.example.cn") -> Batch:
    return begin(root, wanted, b"{}", known=known, label_key=KEY, separator=SEPARATOR, resolver=resolver)


def rows(batch: Batch) -> list[tuple[str, str, str, str]]:
    import csv

    with batch.rows.open(newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]  # type: ignore[misc]


def check_everything(batch: Batch) -> list[str]:
    """Every label of a finished batch, checked with the verifier's own parts; returns the signed serials."""
    plan, serials = batch.plan, []
    found = rows(batch)
    pins = list(read_pins(batch.pins, PASSPHRASE))
    assert len(found) == len(pins) == plan.count
    leaves = []
    with LeafTable.open(batch.leaves, root=batch.root()) as table:
        for at, ((gtin, serial, pin_hash, url), pin) in enumerate(zip(found, pins, strict=True)):
            label = parse_label(url)
            assert (label.gtin, label.signed_serial, label.certificate_prefix) == (gtin, serial, CERTIFICATE[:16])
            assert label.granularity is plan.granularity
            digest = label_digest(SEPARATOR, product=gtin, serial=serial, certificate_prefix=CERTIFICATE[:16])
            assert recover(digest, label.signature) == KEY.address
            parse_pin(pin, "")
            assert pin_hash == "0x" + sha256(b"\x04" + canonicalize({"gtin": gtin, "pin": pin, "serial": serial})).hex()
            leaf = canonicalize({"gtin": gtin, "pinHash": pin_hash, "serial": serial})
            leaves.append(naive.leaf(leaf))
            evidence = table.evidence(serial, plan.first + at)
            assert evidence is not None
            assert canonicalize(evidence.leaf) == leaf
            assert evidence.position == at
            check_inclusion(at, plan.count, leaf_hash(leaf), list(evidence.path), batch.root())
            serials.append(serial)
    assert batch.root() == naive.root(leaves)
    return serials


@pytest.mark.parametrize("count", [1, 3, 4, 5, 8, 13, 30])
def test_every_label_verifies(tmp_path: Path, count: int) -> None:
    batch = start(tmp_path, order(count))
    make(batch, KEY, PASSPHRASE, policy=QUICK)
    serials = check_everything(batch)
    assert [serial_index(serial) for serial in serials] == list(range(count))
    body = parse_labels(body_of(batch))
    assert (body.first, body.count, body.root, body.label_key) == (0, count, batch.root(), KEY.address)


@pytest.mark.parametrize(("granularity", "serial"), [("batch", "10:L-01"), ("model", "")])
def test_batch_and_model_labels(tmp_path: Path, granularity: str, serial: str) -> None:
    batch = start(tmp_path, order(1, granularity=granularity))
    make(batch, KEY, PASSPHRASE, policy=QUICK)
    assert check_everything(batch) == [serial]
    with pytest.raises(CountError):
        start(tmp_path, order(2, granularity=granularity))


GMN = "1987654Ad4X4bL5ttr2310c2K"


@pytest.mark.parametrize("gtin", [bodies.GTIN, None], ids=["beside a GTIN", "no GTIN"])
def test_a_model_label_by_gmn(tmp_path: Path, gtin: str | None) -> None:
    products = [{"gmn": GMN, "name": "示例冰箱"}]
    if gtin is not None:
        products.append({"gtin": gtin, "name": "示例冰箱"})
    wanted = replace(order(1, granularity="model", products=products), gmn=GMN, gtin=gtin)
    batch = start(tmp_path, wanted)
    make(batch, KEY, PASSPHRASE, policy=QUICK)
    assert open_batch(batch.folder).plan == batch.plan
    ((product, serial, pin_hash, url),) = rows(batch)
    label = parse_label(url)
    assert (label.gmn, label.product, label.signed_serial) == (GMN, product, serial) == (GMN, f"8013:{GMN}", "")
    digest = label_digest(SEPARATOR, product=product, serial="", certificate_prefix=CERTIFICATE[:16])
    assert recover(digest, label.signature) == KEY.address
    leaf = canonicalize({"gtin": product, "pinHash": pin_hash, "serial": ""})
    assert batch.root() == leaf_hash(leaf)
    with LeafTable.open(batch.leaves, root=batch.root()) as table:
        evidence = table.evidence("", 0)
    assert evidence is not None
    assert canonicalize(evidence.leaf) == leaf
    body = parse_labels(body_of(batch))
    assert (body.gtin, body.gmn) == ((gtin, None) if gtin is not None else (None, GMN))


def test_a_gmn_belongs_on_model_labels_of_its_certificate(tmp_path: Path) -> None:
    products = [{"gtin": bodies.GTIN, "name": "示例冰箱"}, {"gmn": GMN, "name": "示例冰箱"}]
    for wanted in (order(1, products=products), order(1, granularity="model")):
        with pytest.raises(NotOurModelError):
            start(tmp_path, replace(wanted, gmn=GMN))


def test_a_lot_name_of_every_awkward_character(tmp_path: Path) -> None:
    wanted = replace(order(1, granularity="batch"), batch='a"b,c%/&?+<')
    batch = start(tmp_path, wanted)
    make(batch, KEY, PASSPHRASE, policy=QUICK)
    assert check_everything(batch) == ['10:a"b,c%/&?+<']


def test_two_processes_make_what_one_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the real size of a chunk: other processes know no other
    batch = start(tmp_path, order(4_200, quota=5_000))
    told: list[int] = []
    make(batch, KEY, PASSPHRASE, policy=replace(QUICK, processes=2), progress=told.append)
    assert told == [4_096, 104]
    assert [serial_index(row[1]) for row in rows(batch)] == list(range(4_200))
    label = parse_label(rows(batch)[4_150][3])
    with LeafTable.open(batch.leaves, root=batch.root()) as table:
        evidence = table.evidence(label.signed_serial, 4_150)
    assert evidence is not None
    check_inclusion(4_150, 4_200, leaf_hash(canonicalize(evidence.leaf)), list(evidence.path), batch.root())


KILLED_WORKER = """
import sys
from pathlib import Path
from ledger.keys.memory import MemorySigner
from ledger.labels.batch import open_batch
from ledger.labels.issue import IssuePolicy, make
if __name__ == "__main__":
    make(open_batch(Path(sys.argv[1])), MemorySigner.from_bytes(b"\\x21" * 32), "口令 pass".encode(), policy=IssuePolicy(scrypt_n=2),
         progress=lambda made: print(made, flush=True))
"""


def test_killed_for_good_and_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGKILL while labels are being made, three times over; then the batch is completed and holds every index once."""
    monkeypatch.undo()
    count = 6 * 4_096
    batch = start(tmp_path, order(count, quota=count))
    root = Path(__file__).resolve().parents[4]
    for _ in range(3):
        command = [sys.executable, "-c", KILLED_WORKER, str(batch.folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as worker:
            assert worker.stdout is not None
            assert worker.stdout.readline() == b"4096\n"
            worker.kill()
    assert 3 <= batch.kept().chunks < 6
    make(batch, KEY, PASSPHRASE, policy=QUICK)
    serials = [row[1] for row in rows(batch)]
    assert [serial_index(serial) for serial in serials] == list(range(count))
    LeafTable.open(batch.leaves, root=batch.root()).close()
    assert sum(1 for _ in read_pins(batch.pins, PASSPHRASE)) == count


def test_indexes_go_on_after_local_batches_and_after_the_log(tmp_path: Path) -> None:
    assert start(tmp_path, order(5)).plan.first == 0
    assert start(tmp_path, order(5)).plan.first == 5
    assert start(tmp_path, order(5), known=(IndexRange(first=2, count=18),)).plan.first == 20
    assert [one.plan.first for one in batches(tmp_path)] == [0, 5, 20]
    assert max(one.end for one in taken_locally(tmp_path, CERTIFICATE)) == 25


def test_a_folder_without_a_plan_keeps_its_indexes(tmp_path: Path) -> None:
    batch = start(tmp_path, order(5))
    (batch.folder / files.PLAN).unlink()
    assert start(tmp_path, order(5)).plan.first == 5


def test_beyond_the_quota_with_the_numbers(tmp_path: Path) -> None:
    start(tmp_path, order(25))
    with pytest.raises(QuotaExceededError, match="30 allowed, 25 used or reserved, 5 left, 6 asked") as caught:
        start(tmp_path, order(6))
    assert (caught.value.quota, caught.value.first, caught.value.left, caught.value.asked) == (30, 25, 5, 6)
    assert start(tmp_path, order(5)).plan.first == 25


def test_what_cannot_be_planned(tmp_path: Path) -> None:
    with pytest.raises(NotOurProductError):
        start(tmp_path, replace(order(), gtin="06901234567908"))
    with pytest.raises(CountError):
        start(tmp_path, order(0))
    for resolver in ("a/b", "a b", "", "-a", "a?c=1", "例.cn"):
        with pytest.raises(ResolverError):
            start(tmp_path, order(), resolver=resolver)


class KilledError(Exception):
    """Stands for kill -9: nothing after it runs but the closing of files, which adds nothing durable."""


@dataclass
class KillAt:
    """Kills at the n-th step reached."""

    left: int

    def reach(self, point: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise KilledError(point)


@pytest.mark.parametrize("steps", range(21))
def test_interrupted_anywhere_it_resumes_and_committed_labels_stay(tmp_path: Path, steps: int) -> None:
    batch = start(tmp_path, order(15))
    with pytest.raises(KilledError):
        make(batch, KEY, PASSPHRASE, policy=replace(QUICK, crash=KillAt(left=steps % 20)))
    kept = batch.kept()
    before = rows(batch)[: 4 * kept.chunks] if batch.rows.exists() else []
    again = open_batch(batch.folder)
    assert again.plan == batch.plan
    make(again, KEY, PASSPHRASE, policy=QUICK)
    serials = check_everything(again)
    assert [serial_index(serial) for serial in serials] == list(range(15))
    assert rows(again)[: len(before)] == before


@pytest.mark.parametrize("cut", [1, 63, 64, 65, 100])
def test_a_torn_journal_is_cut_back_to_whole_chunks(tmp_path: Path, cut: int) -> None:
    batch = start(tmp_path, order(15))
    make(batch, KEY, PASSPHRASE, policy=QUICK)
    journal = batch.folder / files.CHUNKS
    journal.write_bytes(journal.read_bytes()[:-cut])
    assert not batch.is_made()
    with pytest.raises(BatchStateError):
        batch.root()
    make(batch, KEY, PASSPHRASE, policy=QUICK)
    check_everything(batch)


def test_resuming_needs_the_same_key_and_passphrase(tmp_path: Path) -> None:
    batch = start(tmp_path, order(9))
    with pytest.raises(KilledError):
        make(batch, KEY, PASSPHRASE, policy=replace(QUICK, crash=KillAt(left=6)))
    with pytest.raises(WrongLabelKeyError):
        make(batch, MemorySigner.generate(), PASSPHRASE, policy=QUICK)
    with pytest.raises(PinFileError):
        make(batch, KEY, b"another", policy=QUICK)
    make(batch, KEY, PASSPHRASE, policy=QUICK)


def test_a_final_batch_and_a_busy_one_take_no_more(tmp_path: Path) -> None:
    batch = start(tmp_path, order(9))
    busy = files.BatchWriter(batch, PASSPHRASE, scrypt_n=2)
    with pytest.raises(BatchStateError, match="another process"):
        make(batch, KEY, PASSPHRASE, policy=QUICK)
    busy.close()
    make(batch, KEY, PASSPHRASE, policy=QUICK)
    batch.finish(b"signed")
    batch.finish(b"signed")
    with pytest.raises(BatchStateError):
        batch.finish(b"another")
    with pytest.raises(BatchStateError):
        files.BatchWriter(batch, PASSPHRASE)


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-1], lambda data: data[:-1] + b"x", lambda data: b"{}\n" + data, lambda data: b""],
    ids=["cut", "changed", "header", "empty"],
)
def test_damaged_leaves_are_noticed(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    batch = start(tmp_path, order(9))
    make(batch, KEY, PASSPHRASE, policy=QUICK)
    batch.leaves.write_bytes(damage(batch.leaves.read_bytes()))
    with pytest.raises(BatchDamagedError):
        LeafTable.open(batch.leaves, root=batch.root())


def test_serials_never_issued_have_no_leaf(tmp_path: Path) -> None:
    batch = start(tmp_path, order(9))
    make(batch, KEY, PASSPHRASE, policy=QUICK)
    serial = rows(batch)[3][1]
    other = serial[:-1] + ("0" if serial[-1] != "0" else "1")
    with LeafTable.open(batch.leaves, root=batch.root()) as table:
        assert table.evidence(serial, 3) is not None
        assert table.evidence(other, 3) is None
        assert table.evidence(serial, 4) is None
        assert table.evidence(serial, -1) is None
        assert table.evidence(serial, 9) is None


def test_pins_moved_changed_or_cut_are_refused(tmp_path: Path) -> None:
    batch = start(tmp_path, order(9))
    make(batch, KEY, PASSPHRASE, policy=QUICK)
    data = batch.pins.read_bytes()
    header = data.index(b"\n") + 1
    length = 8 + 12 + 4 * 12 + 16
    first, second = data[header : header + length], data[header + length : header + 2 * length]
    for changed in (
        data[:-1], data[:-20], data[:header] + second + first + data[header + 2 * length :],
        data[:header] + first + first + data[header + 2 * length :], data[:header] + data[header + length :],
        data[:-1] + bytes([data[-1] ^ 1]), data.replace(b"scrypt", b"script"), b"", b"{}\n",
    ):  # fmt: skip
        batch.pins.write_bytes(changed)
        with pytest.raises(PinFileError):
            list(read_pins(batch.pins, PASSPHRASE))
    batch.pins.write_bytes(data)
    with pytest.raises(PinFileError):
        list(read_pins(batch.pins, b"other"))
    assert KEY.secret() not in data


def test_randomness_is_spread_over_the_alphabet() -> None:
    """60 random bits: every character of the alphabet turns up about equally often."""
    drawn = bytes(range(256)).translate(making._CROCKFORD).decode()
    assert {drawn.count(character) for character in drawn} == {8}
    assert len(set(drawn)) == 32


class Device:
    """A key that shows only its address and signs digests, as a hardware module does."""

    @property
    def address(self) -> Address:
        return KEY.address

    def sign_digest(self, digest: Digest) -> bytes:
        return KEY.sign_digest(digest)


def test_a_key_outside_memory_signs_too(tmp_path: Path) -> None:
    batch = start(tmp_path, order(9))
    with pytest.raises(SigningError):
        make(batch, Device(), PASSPHRASE, policy=replace(QUICK, processes=2))
    make(batch, Device(), PASSPHRASE, policy=QUICK)
    check_everything(batch)
    assert batch.plan.granularity is Granularity.ITEM
