"""Putting the parts together: readers anywhere, one writer, one anchorer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from ledger.chain.client import NodeChain, connect
from ledger.chain.directory import CachedKeyDirectory
from ledger.domain.anchoring import AnchorReport
from ledger.log.files import TileDirectory
from ledger.log.tree import TreeReader
from ledger.services.admission import Admission
from ledger.services.anchor_fees import GWEI, FeePolicy
from ledger.services.anchor_planner import AnchorRhythm
from ledger.services.anchored import AnchorIndex
from ledger.services.anchorer import Anchorer, AnchorParts, AnchorPolicy
from ledger.services.clocks import SystemClock
from ledger.services.host import HostConfig, LedgerHost
from ledger.services.sequencer import SequencerPolicy
from ledger.store.anchor_journal import SqlAnchorJournal, StoredAnchors
from ledger.store.reader import StoreReader

if TYPE_CHECKING:
    from api.runtime.config import AnchoringSettings
    from api.runtime.home import Home
    from ledger.ports.log_reader import LogReader
    from ledger.ports.signer import Signer
    from ledger.services.evidence import EvidenceBuilder
    from verifier.deployment import Deployment
    from verifier.snapshot import Anchor

SETTLED: Final = frozenset({"idle"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingParts:
    """Everything that answers questions and changes nothing. `tree` covers the newest checkpoint."""

    deployment: Deployment
    store: StoreReader
    tree: TreeReader
    anchors: StoredAnchors


@contextmanager
def open_reader(home: Home) -> Iterator[ReadingParts]:
    """The reading side, for as many processes as like.

    Raises NotConfiguredError, StoreUnavailableError (nothing was ever written), SchemaError, StoreError.
    """
    deployment = home.deployment()
    store = StoreReader.open(home.database)
    try:
        anchors = StoredAnchors.open(home.database)
        try:
            yield ReadingParts(deployment=deployment, store=store, tree=open_tree(home.tiles, store), anchors=anchors)
        finally:
            anchors.close()
    finally:
        store.close()


def open_tree(tiles: Path, store: StoreReader) -> TreeReader:
    """Proofs over the newest checkpoint's tree."""
    checkpoint = store.checkpoint()
    return TreeReader(TileDirectory(tiles), 0 if checkpoint is None else checkpoint.size)


@contextmanager
def open_writer(home: Home, passphrase: bytes, *, node: str | None = None, wait: float = 0.0) -> Iterator[LedgerHost]:
    """The one writer: sequencer and integrator, its files brought up to date.

    Args:
        passphrase: opens the log key.
        node: URL of the node that knows the registered keys; the home's own without it.
        wait: seconds to wait for another writer to go.

    Raises WriterBusyError, KeystoreError, PassphraseWrongError, NotConfiguredError, and the store's errors.
    """
    from ledger.keys.logkey import open_log_key

    deployment = home.deployment()
    clock = SystemClock()
    anchors = _AnchorsOnceThere(home.database)
    host = LedgerHost.open(
        HostConfig(
            url=home.database,
            files=home.tiles,
            deployment=deployment,
            signer=open_log_key(home.log_key, passphrase),
            directory=CachedKeyDirectory(open_chain(node or home.node()), deployment, clock),
            anchors=anchors,
            clock=clock,
            sequencing=SequencerPolicy(
                anchor_within=home.settings.sequencing.anchor_within, batch=home.settings.sequencing.batch
            ),
            wait=wait,
        )
    )
    try:
        yield host
    finally:
        host.close()
        anchors.close()


@contextmanager
def open_anchorer(
    home: Home, signer: Signer, *, node: str | None = None, log: LogReader | None = None
) -> Iterator[Anchorer]:
    """The anchorer of this home's log, from the sequencer's account. Needs no writer lock.

    Args:
        log: what is anchored; the tree of the newest checkpoint without it. Raises as `open_reader`.
    """
    deployment = home.deployment()
    store = StoreReader.open(home.database)
    try:
        journal = SqlAnchorJournal.open(home.database)
        try:
            parts = AnchorParts(
                chain=open_chain(node or home.node()),
                deployment=deployment,
                signer=signer,
                log=log or open_tree(home.tiles, store),
                promises=store,
                journal=journal,
                clock=SystemClock(),
                policy=anchor_policy(home.settings.anchoring),
            )
            yield Anchorer(parts)
        finally:
            journal.close()
    finally:
        store.close()


def evidence_builder(parts: ReadingParts, node: str) -> EvidenceBuilder:
    """Builds evidence from the reading parts; `node` says which keys were in force, to choose among several entries."""
    from ledger.services.evidence import EvidenceBuilder

    clock = SystemClock()
    directory = CachedKeyDirectory(open_chain(node), parts.deployment, clock)
    admission = Admission(directory=directory, anchors=AnchorIndex(parts.anchors, clock))
    return EvidenceBuilder(origin=parts.deployment.origin, reader=parts.store, tree=parts.tree, admission=admission)


def open_chain(url: str) -> NodeChain:
    """A node; connected on first use."""
    return connect(url)


def anchor_policy(settings: AnchoringSettings) -> AnchorPolicy:
    """The anchorer's policy of the settings."""
    return AnchorPolicy(
        rhythm=AnchorRhythm(interval=settings.interval, margin=settings.margin),
        fees=FeePolicy(cap=settings.max_fee_gwei * GWEI),
        stuck_blocks=settings.stuck_blocks,
        finality_depth=settings.finality_depth,
    )


def is_settled(report: AnchorReport) -> bool:
    """Whether everything in the log is anchored at the head, and nothing is under way."""
    return report.outcome.value in SETTLED and report.anchored.size >= report.log_size


class _AnchorsOnceThere:
    """The stored anchors of a database that the writer may be about to create."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open: StoredAnchors | None = None
        self._lock = Lock()

    def anchors(self, first: int = 1) -> Sequence[Anchor]:
        """See `AnchorBookReader.anchors`."""
        with self._lock:
            if self._open is None:
                self._open = StoredAnchors.open(self._url)
        return self._open.anchors(first)

    def close(self) -> None:
        """Give the connections up."""
        if self._open is not None:
            self._open.close()
