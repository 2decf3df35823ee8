"""The sequencer on both databases: receipts, order, repetition, refusals, checkpoints."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.errors import BackpressureError, QueueFullError, SubmissionRefusedError, WriterStoppedError
from ledger.domain.store_errors import FencedError, HistoryChangedError, WriterBusyError
from ledger.services.clocks import SETTLING_SECONDS
from ledger.services.front import FrontPolicy, SubmissionFront
from ledger.services.host import LedgerHost
from ledger.services.ingest import CheckingPool, Refusal
from ledger.store.reader import StoreReader
from ledger.store.writer import StoreWriter
from tests.support import bodies
from tests.support.ledger import (
    CERTIFIER_KEY,
    DEPLOYMENT,
    HOLDER_KEY,
    LOG_SIGNER,
    NOW,
    STRANGER_KEY,
    MemoryBook,
    OwnedClock,
    certificate,
    certificate_body,
    config,
    directory,
    footprint,
    footprint_id,
    key_word,
    sign,
)
from tests.support.tlog_tiles import NaiveReader
from verifier.canonical import canonicalize
from verifier.contracts import Purpose
from verifier.merkle import check_inclusion
from verifier.note import format_verifier_key, open_checkpoint, parse_verifier_key
from verifier.receipt import Receipt, check_receipt_signature
from verifier.types import StatementId


@pytest.fixture
def parts(tmp_path: Path, database_url: str) -> dict[str, Any]:
    return {"url": database_url, "files": tmp_path / "log"}


def run(host: LedgerHost, *statements: bytes) -> list[Receipt | Refusal]:
    return list(host.ingest(statements))


def receipts(host: LedgerHost, *statements: bytes) -> list[Receipt]:
    outcomes = run(host, *statements)
    assert all(isinstance(outcome, Receipt) for outcome in outcomes), outcomes
    return outcomes  # type: ignore[return-value]


def refusal(host: LedgerHost, statement: bytes) -> tuple[str, str]:
    (outcome,) = run(host, statement)
    assert isinstance(outcome, Refusal), outcome
    assert isinstance(outcome.error, SubmissionRefusedError), outcome.error
    return outcome.error.field, outcome.error.rule


def test_receipts_promise_place_and_time_and_are_signed(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))
    got = receipts(host, footprint(0), certificate(0), footprint(1))
    assert [receipt.index for receipt in got] == [0, 1, 2]
    assert {receipt.anchor_by for receipt in got} == {NOW + 3600}
    assert {receipt.origin for receipt in got} == {DEPLOYMENT.origin}
    assert got[0].id == footprint_id(0)
    for receipt in got:
        check_receipt_signature(receipt)
        assert receipt.key == LOG_SIGNER.public_key
        stored = host.reader.entry(receipt.index)
        assert stored is not None
        assert stored.leaf_hash == receipt.leaf_hash
    assert host.reader.body(0) is not None, "a footprint's body is kept beside its entry"
    assert host.reader.body(1) is None, "a certificate's is in the entry"
    host.close()


def test_the_checkpoint_covers_what_was_receipted(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))
    got = receipts(host, *[certificate(i) for i in range(300)])
    made = host.integrate()
    assert made is not None
    assert host.integrate() is None
    note = (parts["files"] / "checkpoint").read_text()
    opened = open_checkpoint(note, parse_verifier_key(format_verifier_key(DEPLOYMENT.origin, LOG_SIGNER.public_key)))
    assert (opened.origin, opened.size, opened.root) == (DEPLOYMENT.origin, 300, made.root)
    for receipt in (got[0], got[255], got[256], got[299]):
        check_inclusion(receipt.index, 300, receipt.leaf_hash, host.tree.inclusion(receipt.index, 300), made.root)
    entries = NaiveReader(lambda path: (parts["files"] / path).read_bytes()).read_all()
    assert entries == [entry.entry for entry in host.reader.entries(0, 300)]
    host.close()


def test_asking_again_gives_the_same_receipt(parts: dict[str, Any]) -> None:
    clock = OwnedClock()
    host = LedgerHost.open(config(**parts, clock=clock))
    first = receipts(host, footprint(0), footprint(0), footprint(1))
    assert first[0] == first[1]
    assert first[2].index == 1
    clock.pass_time(50)
    again = receipts(host, footprint(1), footprint(0, issued_at=NOW + 20))
    assert again == [first[2], first[0]], "signed anew, it says the same thing"
    host.close()
    host = LedgerHost.open(config(**parts, clock=clock))
    assert receipts(host, footprint(0)) == [first[0]], "also after a restart"
    assert host.reader.size() == 2
    host.close()


def test_an_anchored_entry_that_does_not_pass_may_be_repeated(parts: dict[str, Any]) -> None:
    clock, book, keys = OwnedClock(), MemoryBook(), directory()
    host = LedgerHost.open(config(**parts, clock=clock, anchors=book, directory=keys))
    (first,) = receipts(host, footprint(0))
    host.integrate()
    book.anchor(host, NOW + 60)
    clock.pass_time(120)
    assert receipts(host, footprint(0)) == [first], "anchored and passing"
    keys.keys[HOLDER_KEY.address] = key_word(bodies.HOLDER, Purpose.FOOTPRINT, compromised_since=NOW + 30)
    assert refusal(host, footprint(0, issued_at=NOW + 100)) == ("/signer", "compromised")
    keys.keys[CERTIFIER_KEY.address] = key_word(bodies.HOLDER, Purpose.FOOTPRINT)
    from tests.support.ledger import footprint_body

    repeated = canonicalize(sign("footprint", bodies.HOLDER, footprint_body(0), CERTIFIER_KEY, issued_at=NOW + 100))
    (second,) = receipts(host, repeated)
    assert (second.index, second.id) == (1, first.id)
    assert second.leaf_hash != first.leaf_hash
    assert receipts(host, repeated) == [second]
    host.close()


def test_a_late_anchor_makes_the_entry_worthless_and_repeatable(parts: dict[str, Any]) -> None:
    clock, book = OwnedClock(), MemoryBook()
    host = LedgerHost.open(config(**parts, clock=clock, anchors=book))
    (first,) = receipts(host, footprint(0))
    host.integrate()
    book.anchor(host, NOW + 8 * 86_400)
    clock.pass_time(8 * 86_400)
    (second,) = receipts(host, footprint(0, issued_at=clock.now()))
    assert (second.index, second.id) == (1, first.id)
    host.close()


def test_what_no_verifier_would_accept_is_refused_by_name(parts: dict[str, Any]) -> None:
    keys = directory()
    host = LedgerHost.open(config(**parts, directory=keys))
    receipts(host, footprint(0))
    other = bodies.CERTIFIER

    def cert(key: Any = CERTIFIER_KEY, issuer: str = bodies.CERTIFIER, **changes: Any) -> bytes:
        return canonicalize(sign("certificate", issuer, certificate_body(7, **changes), key))

    from dataclasses import replace

    elsewhere = replace(DEPLOYMENT, chain_id=1)
    cases = {
        footprint(3, deployment=elsewhere): ("/signature", "wrong-signer"),
        footprint(3, summary="another line"): ("/signature", "wrong-signer"),
        footprint(3, issued_at=NOW - 8 * 86_400): ("/issuedAt", "too-old"),
        footprint(3, issued_at=NOW + 121): ("/issuedAt", "in-the-future"),
        cert(STRANGER_KEY): ("/signer", "unknown"),
        cert(HOLDER_KEY): ("/issuer", "not-the-key's-party"),
        cert(HOLDER_KEY, bodies.HOLDER): ("/signer", "wrong-purpose"),
        cert(holder=other): ("/body/holder", "self-certified"),
        cert(pcf="310.50"): ("/body/pcf", "differs"),
        cert(declaredUnit={"amount": "1.0", "unit": "piece"}): ("/body/declaredUnit/amount", "differs"),
        cert(category="urn:pact:tanji.example:category:steel"): ("/body/category", "differs"),
        cert(holder="uscc:91350100M000100Y43"): ("/body/holder", "differs"),
        cert(products=[{"gmn": "1987654Ad4X4bL5ttr2310c2K", "name": "x"}]): ("/body/products/0", "differs"),
        b"{}": ("/body", "missing-member"),
        b"\xef\xbb\xbf{}": ("character 0", "byte-order-mark"),
    }
    for statement, expected in cases.items():
        assert refusal(host, statement) == expected
    assert host.reader.size() == 1, "nothing refused is stored"
    host.close()


def test_a_certificate_before_its_footprint_is_let_in(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))
    assert [receipt.index for receipt in receipts(host, certificate(0), footprint(0))] == [0, 1]
    bad = canonicalize(sign("certificate", bodies.CERTIFIER, certificate_body(9, 5, pcf="1"), CERTIFIER_KEY))
    outcomes = run(host, footprint(5), bad)
    assert isinstance(outcomes[0], Receipt)
    assert isinstance(outcomes[1], Refusal), "its footprint came in the same batch"
    assert outcomes[1].position == 1
    host.close()


def test_unknown_kinds_are_logged_and_not_interpreted(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))
    said = sign("greeting", bodies.HOLDER, {"hello": ["x"]}, HOLDER_KEY, summary="Unknown statement kind greeting")
    (receipt,) = receipts(host, canonicalize(said))
    assert host.reader.body(receipt.index) == b'{"hello":["x"]}'
    host.close()


def test_parallel_checking_gives_the_same_answers_in_order(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))
    pool = CheckingPool(2)
    statements = [certificate(i) if i % 7 else b"{" for i in range(1200)]
    try:
        outcomes = list(host.ingest(iter(statements), pool=pool))
    finally:
        pool.close()
    assert [o.position for o in outcomes if isinstance(o, Refusal)] == list(range(0, 1200, 7))
    made = [o for o in outcomes if isinstance(o, Receipt)]
    assert [r.index for r in made] == list(range(len(made)))
    assert receipts(host, statements[1199]) == [made[-1]]
    host.close()


def test_times_never_go_backwards_along_the_log(parts: dict[str, Any]) -> None:
    clock = OwnedClock()
    host = LedgerHost.open(config(**parts, clock=clock))
    receipts(host, footprint(0))
    clock.jump(-100)
    receipts(host, footprint(1, issued_at=NOW - 100))
    clock.jump(-900)
    with pytest.raises(BackpressureError) as caught:
        run(host, footprint(2, issued_at=NOW - 1000))
    assert caught.value.code == "ledger.clock-jumped"
    assert host.reader.size() == 2
    clock.pass_time(int(SETTLING_SECONDS) + 1)
    receipts(host, footprint(2, issued_at=NOW - 1000))
    clock.jump(+10_000)
    with pytest.raises(BackpressureError):
        run(host, footprint(3))
    times = [entry.received_at for entry in host.reader.entries(0, 10)]
    assert times == sorted(times) == [NOW] * 3
    host.close()
    host = LedgerHost.open(config(**parts, clock=OwnedClock(wall=NOW - 50)))
    (receipt,) = receipts(host, footprint(4, issued_at=NOW - 50))
    assert receipt.anchor_by == NOW + 3600, "also after a restart with a clock that is behind"
    host.close()


def test_of_two_sequencers_one_waits(parts: dict[str, Any]) -> None:
    first = LedgerHost.open(config(**parts))
    with pytest.raises(WriterBusyError):
        LedgerHost.open(config(**parts))
    opened: list[LedgerHost] = []
    waiting = threading.Thread(target=lambda: opened.append(LedgerHost.open(config(**parts, wait=30.0))))
    waiting.start()
    (receipt,) = receipts(first, footprint(0))
    first.close()
    waiting.join()
    assert receipts(opened[0], footprint(0)) == [receipt]
    assert receipts(opened[0], footprint(1))[0].index == 1
    opened[0].close()


def test_a_replaced_writer_stops_and_says_so(parts: dict[str, Any]) -> None:
    old = LedgerHost.open(config(**parts))
    old._writer._lock.release()
    new = LedgerHost.open(config(**parts))
    receipts(new, footprint(0))
    with pytest.raises(FencedError):
        run(old, footprint(1))
    assert new.reader.size() == 1
    new.close()


def test_history_that_changed_under_a_signed_checkpoint_stops_the_log(parts: dict[str, Any]) -> None:
    import sqlalchemy as sa

    from ledger.store.engines import parse_url, writing_engine

    host = LedgerHost.open(config(**parts))
    receipts(host, footprint(0), footprint(1), footprint(2))
    host.integrate()
    host.close()
    with writing_engine(parse_url(parts["url"])).begin() as connection:
        connection.execute(sa.text("UPDATE entries SET leaf_hash = :h WHERE leaf_index = 1"), {"h": bytes(32)})
    LedgerHost.open(config(**parts)).close()  # the files still agree with the checkpoint: fsck finds it
    for path in (parts["files"] / "tile").rglob("*.p/*"):
        path.unlink()
    with pytest.raises(HistoryChangedError):
        LedgerHost.open(config(**parts))
    StoreWriter.open(parts["url"], origin=DEPLOYMENT.origin).close()  # and the lock is free again


@pytest.mark.parametrize("lost", ["all", "partials", "full", "checkpoint"])
def test_lost_files_are_written_again(parts: dict[str, Any], lost: str) -> None:
    host = LedgerHost.open(config(**parts))
    receipts(host, *[certificate(i) for i in range(600)])
    host.integrate()
    host.close()
    files: Path = parts["files"]
    if lost == "full":
        (files / "tile/0/000").unlink()
        host = LedgerHost.open(config(**parts))
        host.integrator.rebuild()
    else:
        for path in list(files.rglob("*")):
            inside = ".p/" in path.as_posix() if lost == "partials" else lost == "all" or path.name == "checkpoint"
            if path.is_file() and inside:
                path.unlink()
        host = LedgerHost.open(config(**parts))
    assert len(NaiveReader(lambda path: (files / path).read_bytes()).read_all()) == 600
    receipts(host, *[certificate(i) for i in range(600, 800)])
    host.integrate()
    assert len(NaiveReader(lambda path: (files / path).read_bytes()).read_all()) == 800
    host.close()


def test_single_submissions_commit_in_groups(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))

    async def story() -> list[Receipt | BaseException]:
        front, stop = host.front(), asyncio.Event()
        keeping = asyncio.create_task(host.keep_integrating(stop, 0.05))
        jobs = [front.submit(certificate(i)) for i in range(200)]
        jobs += [front.submit(b"{}"), front.submit(certificate(0))]
        answers = await asyncio.gather(*jobs, return_exceptions=True)
        await front.close()
        with pytest.raises(WriterStoppedError):
            await front.submit(certificate(1))
        stop.set()
        await keeping
        return answers

    answers = asyncio.run(story())
    made = [a for a in answers[:200] if isinstance(a, Receipt)]
    assert sorted(r.index for r in made) == list(range(200))
    assert isinstance(answers[200], SubmissionRefusedError)
    assert answers[201] == made[0]
    assert host.tree.size == 200
    host.close()


def test_more_than_can_wait_are_turned_away_at_once(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))

    async def story() -> list[Receipt | BaseException]:
        front = SubmissionFront(host.sequencer, host.separator, FrontPolicy(batch=4, waiting=8))
        answers = await asyncio.gather(*[front.submit(certificate(i)) for i in range(20)], return_exceptions=True)
        await front.close()
        return answers

    answers = asyncio.run(story())
    turned = [a for a in answers if isinstance(a, QueueFullError)]
    assert len(turned) == 12
    assert all(error.retry_after > 0 for error in turned)
    assert host.reader.size() == 8
    host.close()


def test_a_reader_elsewhere_sees_the_same(parts: dict[str, Any]) -> None:
    host = LedgerHost.open(config(**parts))
    (receipt,) = receipts(host, footprint(0))
    reader = StoreReader.open(parts["url"])
    assert reader.find([StatementId(receipt.id)])[receipt.id][0].receipt_signature == receipt.signature
    host.close()
