"""fsck and the monitor find what was altered and name it; evidence built from the log verifies."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger.domain.findings import Finding, FindingCode
from ledger.log.files import TileDirectory, TileDirectoryWriter
from ledger.log.frontier import Frontier
from ledger.log.hashes import leaf_hash
from ledger.log.writer import grow
from ledger.services.evidence import (
    BodyUnavailableError,
    EvidenceBuilder,
    NotAnchoredError,
    StatementUnknownError,
)
from ledger.services.fsck import Fsck
from ledger.services.host import LedgerHost
from ledger.services.monitor import Monitor
from ledger.store.engines import parse_url, writing_engine
from ledger.store.reader import StoreReader
from tests.support.ledger import (
    DEPLOYMENT,
    LOG_SIGNER,
    NOW,
    MemoryBook,
    certificate,
    config,
    footprint,
    footprint_id,
)
from verifier.evidence import parse_evidence, serialize_evidence
from verifier.merkle import check_inclusion
from verifier.note import format_verifier_key, parse_verifier_key
from verifier.snapshot import Anchor
from verifier.types import NodeHash, StatementId

COUNT = 600
CODE = FindingCode


@dataclass
class Log:
    """A closed, anchored log."""

    url: str
    files: Path
    book: MemoryBook

    def fsck(self, **changes: object) -> list[Finding]:
        reader = StoreReader.open(self.url)
        fsck = Fsck(
            origin=DEPLOYMENT.origin,
            separator=DEPLOYMENT.domain_separator,
            reader=reader,
            files=TileDirectory(self.files),
            anchors=tuple(self.book.kept),
        )
        found = replace(fsck, **changes).inspect()  # type: ignore[arg-type]
        reader.close()
        return list(found.findings)

    def monitor(self) -> list[Finding]:
        key = parse_verifier_key(format_verifier_key(DEPLOYMENT.origin, LOG_SIGNER.public_key))
        monitor = Monitor(
            origin=DEPLOYMENT.origin,
            key=key,
            separator=DEPLOYMENT.domain_separator,
            files=TileDirectory(self.files),
            anchors=tuple(self.book.kept),
        )
        return list(monitor.inspect().findings)

    def execute(self, statement: str, **values: object) -> None:
        engine = writing_engine(parse_url(self.url))
        with engine.begin() as connection:
            connection.execute(sa.text(statement), values)
        engine.dispose()


def build(url: str, files: Path) -> Log:
    log = Log(url, files, MemoryBook())
    host = LedgerHost.open(config(url, files, anchors=log.book))
    statements = [footprint(0), certificate(0)] + [certificate(i) for i in range(1, COUNT - 1)]
    for upto, start in ((2, 0), (300, 2), (COUNT, 300)):
        assert len(list(host.ingest(statements[start:upto]))) == upto - start
        host.integrate()
        log.book.anchor(host, NOW + 60 + upto)
    host.close()
    return log


@pytest.fixture
def log(tmp_path: Path, database_url: str) -> Log:
    return build(database_url, tmp_path / "log")


@pytest.fixture(scope="module")
def sqlite_original(tmp_path_factory: pytest.TempPathFactory) -> Log:
    directory = tmp_path_factory.mktemp("original")
    return build(f"sqlite:///{directory / 'ledger.sqlite'}", directory / "log")


@pytest.fixture
def copied(sqlite_original: Log, tmp_path: Path) -> Log:
    shutil.copytree(sqlite_original.files.parent, tmp_path / "copy")
    url = f"sqlite:///{tmp_path / 'copy' / 'ledger.sqlite'}"
    return Log(url, tmp_path / "copy" / "log", MemoryBook(list(sqlite_original.book.kept)))


def test_a_sound_log_is_clean(log: Log) -> None:
    assert log.fsck() == []
    assert log.monitor() == []
    assert log.fsck(chain_time=NOW + 10_000) == []


def test_an_altered_entry_is_named_on_both_databases(log: Log) -> None:
    log.execute("UPDATE entries SET entry = (SELECT entry FROM entries WHERE leaf_index = 8) WHERE leaf_index = 7")
    findings = log.fsck()
    assert {f.index for f in findings if f.index is not None} == {7}
    assert CODE.ENTRY_ALTERED in {f.code for f in findings}
    assert {f.code for f in findings} >= {CODE.ANCHOR_ROOT, CODE.CHECKPOINT_ROOT}
    (anchor,) = [f for f in findings if f.code is CODE.ANCHOR_ROOT]
    assert anchor.place == "anchor 2"
    assert "2 entries agreed" in anchor.detail


def _swap_leaf(log: Log) -> None:
    """The operator alters an entry and its leaf hash: the receipt it once signed still names the old leaf."""
    reader = StoreReader.open(log.url)
    other = reader.entries(8, 9)[0]
    log.execute(
        "UPDATE entries SET entry = :e, leaf_hash = :h, statement_id = :i WHERE leaf_index = 7",
        e=other.entry, h=other.leaf_hash, i=other.statement_id,
    )  # fmt: skip


def _flip_tile(log: Log) -> None:
    path = log.files / "tile/0/001"
    data = bytearray(path.read_bytes())
    data[32 * 5] ^= 1
    path.write_bytes(data)


DAMAGE: dict[str, tuple[Callable[[Log], None], FindingCode, int | None]] = {
    "leaf-and-entry-altered": (_swap_leaf, CODE.RECEIPT_SIGNATURE, 7),
    "tile-hash-flipped": (_flip_tile, CODE.ENTRY_ALTERED, 256 + 5),
    "tile-removed": (lambda log: (log.files / "tile/0/000").unlink(), CODE.FILE_MISSING, None),
    "upper-tile-altered": (
        lambda log: (log.files / "tile/1/000.p/2").write_bytes(bytes(64)) and None,
        CODE.FILE_DIFFERS,
        None,
    ),
    "bundle-altered": (
        lambda log: (log.files / "tile/entries/002.p/88").write_bytes(b"\x00\x01a" * 88) and None,
        CODE.FILE_DIFFERS,
        None,
    ),
    "checkpoint-file-old": (
        lambda log: (log.files / "checkpoint").write_text("old") and None,
        CODE.CHECKPOINT_UNPUBLISHED,
        None,
    ),
    "checkpoint-note-altered": (
        lambda log: log.execute("UPDATE checkpoints SET note = replace(note, '— ', '— x') WHERE size = 300"),
        CODE.CHECKPOINT_NOTE,
        None,
    ),
    "checkpoint-root-altered": (
        lambda log: log.execute("UPDATE checkpoints SET root = :r WHERE size = 300", r=bytes(32)),
        CODE.CHECKPOINT_ROOT,
        None,
    ),
    "id-altered": (
        lambda log: log.execute("UPDATE entries SET statement_id = :i WHERE leaf_index = 9", i=bytes(32)),
        CODE.ENTRY_ID,
        9,
    ),
    "promise-moved": (
        lambda log: log.execute("UPDATE entries SET anchor_by = anchor_by + 1 WHERE leaf_index = 9"),
        CODE.RECEIPT_SIGNATURE,
        9,
    ),
    "dated-back": (
        lambda log: log.execute("UPDATE entries SET received_at = received_at - 9 WHERE leaf_index = 9"),
        CODE.RECEIPT_ORDER,
        9,
    ),
    "body-altered": (
        lambda log: log.execute("UPDATE bodies SET body = :b WHERE leaf_index = 0", b=b"{}"),
        CODE.BODY_ALTERED,
        0,
    ),
    "entry-removed": (
        lambda log: log.execute("DELETE FROM entries WHERE leaf_index = 400"),
        CODE.ENTRY_MISSING,
        None,
    ),
    "newest-entries-removed": (
        lambda log: log.execute("DELETE FROM entries WHERE leaf_index >= 500"),
        CODE.ANCHOR_BEYOND_LOG,
        None,
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_each_damage_is_found_and_placed(copied: Log, name: str) -> None:
    damage, code, index = DAMAGE[name]
    damage(copied)
    findings = copied.fsck()
    assert code in {finding.code for finding in findings}, findings
    assert index in {finding.index for finding in findings if finding.code is code}


def test_a_malformed_tree_anchored_by_the_sequencer_is_raised(copied: Log) -> None:
    """C10: whoever holds all keys anchors a root that is no tree of the entries; every reader sees it."""
    bad = copied.book.kept[2]
    copied.book.kept[2] = Anchor(seq=3, size=bad.size, root=NodeHash(b"\x66" * 32), time=bad.time)
    for findings in (copied.fsck(), copied.monitor()):
        (finding,) = findings
        assert (finding.code, finding.place) == (CODE.ANCHOR_ROOT, "anchor 3")
        assert "300 entries agreed" in finding.detail


def test_the_monitor_sees_a_rewritten_log(copied: Log) -> None:
    """The operator rewrites one entry and every file, and signs a new checkpoint: the anchors stay as they were."""
    reader = StoreReader.open(copied.url)
    entries = [entry.entry for entry in reader.entries(0, COUNT)]
    entries[7], entries[8] = entries[8], entries[7]
    growth = grow(Frontier(), [leaf_hash(e) for e in entries], [], entries)
    writer = TileDirectoryWriter(copied.files)
    writer.write(growth.files)
    from ledger.log.checkpoint import sign_checkpoint

    note = sign_checkpoint(DEPLOYMENT.origin, COUNT, growth.frontier.root(), LOG_SIGNER).note
    writer.write([("checkpoint", note.encode())])
    assert [(f.code, f.place) for f in copied.monitor()] == [(CODE.ANCHOR_ROOT, "anchor 2")]


@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        ("checkpoint", b"x", CODE.CHECKPOINT_NOTE),
        ("tile/entries/000", b"\xff\xff", CODE.FILE_DIFFERS),
        ("tile/entries/001", b"\x00\x01a", CODE.FILE_DIFFERS),
        ("tile/entries/002.p/88", b"\x00\x01a" * 88, CODE.ENTRY_MALFORMED),
    ],
)
def test_the_monitor_names_damaged_files(copied: Log, path: str, content: bytes, code: FindingCode) -> None:
    (copied.files / path).write_bytes(content)
    assert code in {finding.code for finding in copied.monitor()}
    (copied.files / path).unlink()
    assert FindingCode.FILE_MISSING in {finding.code for finding in copied.monitor()}


def test_a_broken_promise_is_found(copied: Log) -> None:
    del copied.book.kept[2]
    assert copied.fsck() == []
    findings = copied.fsck(chain_time=NOW + 3601)
    assert {f.code for f in findings} == {CODE.PROMISE_BROKEN}
    assert [f.index for f in findings] == list(range(300, COUNT))


def test_anchors_out_of_order_are_found(copied: Log) -> None:
    copied.book.kept[1], copied.book.kept[2] = copied.book.kept[2], copied.book.kept[1]
    assert CODE.ANCHOR_ORDER in {finding.code for finding in copied.fsck()}


def test_evidence_is_proven_under_the_first_covering_anchor(log: Log) -> None:
    host = LedgerHost.open(config(log.url, log.files, anchors=log.book))
    builder = EvidenceBuilder(origin=DEPLOYMENT.origin, reader=host.reader, tree=host.tree, admission=host.admission)
    stored = host.reader.entry(1)
    assert stored is not None
    evidence = parse_evidence(serialize_evidence(builder.of(stored.statement_id)))
    assert evidence.origin == DEPLOYMENT.origin
    assert evidence.certificate is not None
    assert evidence.footprint is not None
    for item, index in ((evidence.certificate, 1), (evidence.footprint, 0)):
        assert (item.index, item.size) == (index, 2)
        entry = host.reader.entry(index)
        assert entry is not None
        check_inclusion(index, 2, entry.leaf_hash, item.proof, log.book.kept[0].root)
    late = host.reader.entry(450)
    assert late is not None
    item = builder.item(late.statement_id)
    assert item.size == COUNT
    check_inclusion(450, COUNT, late.leaf_hash, item.proof, log.book.kept[2].root)
    alone = builder.of(StatementId(footprint_id(0)))
    assert alone.certificate is None
    assert alone.footprint == evidence.footprint
    host.close()


def test_what_cannot_be_shown_says_why(log: Log) -> None:
    host = LedgerHost.open(config(log.url, log.files, anchors=log.book))
    builder = EvidenceBuilder(origin=DEPLOYMENT.origin, reader=host.reader, tree=host.tree, admission=host.admission)
    with pytest.raises(StatementUnknownError):
        builder.of(StatementId(bytes(32)))
    list(host.ingest([footprint(77)]))
    host.integrate()
    with pytest.raises(NotAnchoredError) as caught:
        builder.of(StatementId(footprint_id(77)))
    assert (caught.value.index, caught.value.anchor_by) == (COUNT, NOW + 3600)
    host._writer.remove_body(0)
    with pytest.raises(BodyUnavailableError):
        builder.of(StatementId(footprint_id(0)))
    stored = host.reader.entry(1)
    assert stored is not None
    assert builder.of(stored.statement_id).footprint is None
    host.close()
    assert log.fsck() == [], "a body may be removed without a trace in the log"
