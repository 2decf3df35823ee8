"""The operator's side: an honest ledger, its anchors, and later a dishonest one that logs whatever it is paid for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from api.demo import cast
from api.demo.errors import UnexpectedError
from api.demo.output import Output
from api.demo.stage import Stage
from ledger.chain.directory import CachedKeyDirectory
from ledger.domain.anchoring import AnchorReport
from ledger.domain.entries import Sequenced
from ledger.log.files import TileDirectory, TileDirectoryWriter
from ledger.log.tree import TreeReader
from ledger.ports.anchor_journal import AnchorBookReader
from ledger.ports.clock import Clock
from ledger.ports.log_reader import LogReader, PromiseReader
from ledger.services.admission import Admission
from ledger.services.anchored import AnchorIndex
from ledger.services.anchorer import Anchorer, AnchorParts
from ledger.services.host import HostConfig, LedgerHost
from ledger.services.ingest import Refusal
from ledger.services.integrator import Integrator
from ledger.store.anchor_journal import SqlAnchorJournal, StoredAnchors
from ledger.store.reader import StoreReader
from ledger.store.writer import StoreWriter
from verifier.merkle import leaf_hash
from verifier.receipt import Receipt, receipt_signing_bytes
from verifier.statement import Statement, statement_id
from verifier.types import Digest, NodeHash

MOST_STEPS = 8
MOST_WAITS = 1_000
WAIT_SECONDS = 0.02
PROMISE_SECONDS = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorMade:
    """One anchor of the story: its number, entries covered, gas paid, block time (unix seconds)."""

    seq: int
    size: int
    gas: int
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What the log answered to a batch."""

    receipts: tuple[Receipt, ...]
    refusals: tuple[Refusal, ...]
    anchor: AnchorMade


def median_gas(anchors: Sequence[AnchorMade]) -> int:
    """Gas of a typical anchor."""
    return round(median(anchor.gas for anchor in anchors))


def submit(stage: Stage, output: Output, statements: Sequence[bytes]) -> Submitted:
    """Hand statements to the honest ledger and anchor what it took."""
    with honest_ledger(stage, output) as host:
        outcomes = list(host.ingest(statements))
        host.integrate()
        made = anchor(stage, output, host.tree, host.reader)
    return Submitted(
        receipts=tuple(outcome for outcome in outcomes if isinstance(outcome, Receipt)),
        refusals=tuple(outcome for outcome in outcomes if isinstance(outcome, Refusal)),
        anchor=made,
    )


@contextmanager
def honest_ledger(stage: Stage, output: Output, clock: Clock | None = None) -> Iterator[LedgerHost]:
    """The one writer of the demo's log, keeping every rule. clock: the story's without it."""
    clock = clock or stage.clock
    if not output.path("ledger.sqlite").exists():
        # The writer's opening makes the tables that the anchors are read from.
        StoreWriter.open(output.database, origin=stage.deployment.origin).close()
    anchors = StoredAnchors.open(output.database)
    host = LedgerHost.open(
        HostConfig(
            url=output.database,
            files=output.tiles,
            deployment=stage.deployment,
            signer=cast.log_key(),
            directory=CachedKeyDirectory(stage.chain, stage.deployment, clock),
            anchors=anchors,
            clock=clock,
        )
    )
    try:
        yield host
    finally:
        host.close()
        anchors.close()


def admission_of(stage: Stage, anchors: AnchorBookReader) -> Admission:
    """The rules an honest ledger admits by."""
    directory = CachedKeyDirectory(stage.chain, stage.deployment, stage.clock)
    return Admission(directory=directory, anchors=AnchorIndex(anchors, stage.clock))


def anchor(stage: Stage, output: Output, log: LogReader, promises: PromiseReader) -> AnchorMade:
    """Anchor the log as it is now, and measure what it cost."""
    journal = SqlAnchorJournal.open(output.database)
    try:
        anchorer = Anchorer(
            AnchorParts(
                chain=stage.chain,
                deployment=stage.deployment,
                signer=cast.key("sequencer"),
                log=log,
                promises=promises,
                journal=journal,
                clock=stage.clock,
            )
        )
        return _settle(stage, anchorer)
    finally:
        journal.close()


def _wait_until_mined(stage: Stage, transaction: Digest) -> None:
    """While anvil mines it answers from a state half written, as no block ever was: let it finish first."""
    for _ in range(MOST_WAITS):
        if stage.chain.receipt(transaction) is not None:
            return
        time.sleep(WAIT_SECONDS)
    raise UnexpectedError(f"the anchor was not mined within {MOST_WAITS * WAIT_SECONDS:.0f} s")


def _settle(stage: Stage, anchorer: Anchorer) -> AnchorMade:
    sent = None
    for _ in range(MOST_STEPS):
        report: AnchorReport = anchorer.step()
        if report.transaction is not None:
            sent = report.transaction
            _wait_until_mined(stage, sent)
        if report.anchored.size == report.log_size and report.transaction is None:
            break
    receipt = None if sent is None else stage.chain.receipt(sent)
    if receipt is None or report.anchored.size != report.log_size:
        raise UnexpectedError(f"anchored {report.anchored.size} of {report.log_size} entries")
    anchored = report.anchored
    return AnchorMade(seq=anchored.seq, size=anchored.size, gas=receipt.gas_used, time=anchored.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Smuggled:
    """A statement and the leaf data that the dishonest operator logs for it (usually its proper entry)."""

    statement: Statement
    entry: bytes


def smuggle(stage: Stage, output: Output, smuggled: Sequence[Smuggled]) -> AnchorMade:
    """What a dishonest operator can do: log statements that no rule would admit, and anchor them.

    It holds the log's key and the sequencer's, so nothing stops it below the verifier. It cannot choose the block's time,
    change what was anchored before, or make a signature that is not its own.
    """
    writer = StoreWriter.open(output.database, origin=stage.deployment.origin)
    try:
        reader = StoreReader.open(output.database)
        rows = [_row(stage, one, index) for index, one in enumerate(smuggled, reader.size())]
        hidden = [one.statement.kind not in ("certificate", "rule") for one in smuggled]
        bodies = [
            (row.index, one.statement.body_bytes) for row, one, keep in zip(rows, smuggled, hidden, strict=True) if keep
        ]
        writer.append(rows, bodies)
        files = TileDirectoryWriter(output.tiles)
        integrator = Integrator(
            origin=stage.deployment.origin,
            writer=writer,
            reader=reader,
            files=files,
            source=TileDirectory(output.tiles),
            signer=cast.log_key(),
            clock=stage.clock,
        )
        integrator.integrate()
        made = anchor(stage, output, integrator.tree, reader)
        files.close()
        reader.close()
    finally:
        writer.close()
    return made


def promise(stage: Stage, statement: Statement, entry: bytes, index: int) -> Receipt:
    """A receipt of the log for a place, signed whether or not it will be kept."""
    by = stage.clock.now() + PROMISE_SECONDS
    identity, leaf, origin = statement_id(statement), leaf_hash(entry), stage.deployment.origin
    signed = receipt_signing_bytes(origin=origin, id=identity, leaf_hash=leaf, index=index, anchor_by=by)
    signer = cast.log_key()
    return Receipt(
        origin=origin,
        id=identity,
        leaf_hash=leaf,
        index=index,
        anchor_by=by,
        key=signer.public_key,
        signature=signer.sign(signed),
    )


def _row(stage: Stage, one: Smuggled, index: int) -> Sequenced:
    receipt = promise(stage, one.statement, one.entry, index)
    return Sequenced(
        index=index,
        statement_id=receipt.id,
        leaf_hash=receipt.leaf_hash,
        entry=one.entry,
        received_at=receipt.anchor_by - PROMISE_SECONDS,
        anchor_by=receipt.anchor_by,
        log_key=receipt.key,
        receipt_signature=receipt.signature,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeLog:
    """Everything logged so far, and where: for putting evidence together, honest and not."""

    leaves: tuple[NodeHash, ...]
    places: dict[bytes, int]
    sizes: tuple[int, ...]
    tree: TreeReader


def whole_log(output: Output) -> WholeLog:
    """Read the log back from its files and store."""
    reader, anchors = StoreReader.open(output.database), StoredAnchors.open(output.database)
    try:
        leaves = tuple(NodeHash(leaf) for leaf, _ in reader.leaves(0, reader.size()))
        places: dict[bytes, int] = {}
        for index, leaf in enumerate(leaves):
            places.setdefault(leaf, index)
        sizes = tuple(one.size for one in anchors.anchors())
    finally:
        anchors.close()
        reader.close()
    return WholeLog(
        leaves=leaves, places=places, sizes=sizes, tree=TreeReader(TileDirectory(output.tiles), len(leaves))
    )
