"""A running ledger: the writer's process, put together from its parts and kept going."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ledger.domain.entries import StoredCheckpoint
from ledger.domain.errors import BackpressureError
from ledger.log.files import TileDirectory, TileDirectoryWriter
from ledger.log.tree import TreeReader
from ledger.ports.anchor_journal import AnchorBookReader
from ledger.ports.clock import Clock
from ledger.ports.crash import NO_CRASH, CrashPoints
from ledger.ports.directory import KeyDirectory
from ledger.ports.signer import LogSigner
from ledger.services.admission import Admission, AdmissionRule
from ledger.services.anchored import AnchorIndex
from ledger.services.catalogue import CatalogueKeeper
from ledger.services.catalogue_follower import CatalogueFollower
from ledger.services.clocks import SteadyClock
from ledger.services.front import FrontPolicy, SubmissionFront
from ledger.services.ingest import CheckingPool, Refusal, ingest
from ledger.services.integrator import Integrator
from ledger.services.label_quota import LabelQuota
from ledger.services.sequencer import Sequencer, SequencerPolicy
from ledger.store.catalogue_writer import CatalogueStore
from ledger.store.reader import StoreReader
from ledger.store.writer import StoreWriter
from verifier.deployment import Deployment
from verifier.receipt import Receipt

# A receipt's entry is under a checkpoint within a second (docs/spec/04): half of it is left for the work.
CHECKPOINT_SECONDS: Final = 0.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostConfig:
    """What a ledger is made of.

    url: database; files: directory of tiles and checkpoint; wait: seconds to wait for another writer to go.
    """

    url: str
    files: Path
    deployment: Deployment
    signer: LogSigner
    directory: KeyDirectory
    anchors: AnchorBookReader
    clock: Clock
    sequencing: SequencerPolicy = field(default_factory=SequencerPolicy)
    fronting: FrontPolicy = field(default_factory=FrontPolicy)
    rules: tuple[AdmissionRule, ...] = ()
    wait: float = 0.0
    crash: CrashPoints = NO_CRASH


class LedgerHost:
    """The one writing process of a log: sequencer, integrator, and what they stand on."""

    def __init__(self, config: HostConfig, writer: StoreWriter) -> None:
        self._config = config
        self._writer = writer
        self._tiles = TileDirectoryWriter(config.files)
        self.reader = StoreReader.open(config.url)
        source = TileDirectory(config.files)
        origin = config.deployment.origin
        self.separator = config.deployment.domain_separator
        self.admission = Admission(
            directory=config.directory,
            anchors=AnchorIndex(config.anchors, config.clock),
            rules=(LabelQuota(self.reader), *config.rules),
        )
        self._catalogue = CatalogueStore.open(config.url)
        self.catalogue = CatalogueFollower(CatalogueKeeper(reader=self.reader, writer=self._catalogue), config.clock)
        self.sequencer = Sequencer(
            origin=origin,
            writer=writer,
            reader=self.reader,
            signer=config.signer,
            admission=self.admission,
            clock=SteadyClock(config.clock),
            policy=config.sequencing,
            crash=config.crash,
        )
        self.integrator = Integrator(
            origin=origin,
            writer=writer,
            reader=self.reader,
            files=self._tiles,
            source=source,
            signer=config.signer,
            clock=config.clock,
            crash=config.crash,
        )

    @classmethod
    def open(cls, config: HostConfig) -> LedgerHost:
        """Become the writer, and bring files and checkpoint up to what is stored, lists a piece of the way.

        Raises:
            WriterBusyError: another process is the writer.
            WrongLogError, HistoryChangedError: the store is not this log's, or not what it signed.
            StoreFullError, StoreUnavailableError, StoreError.
        """
        writer = StoreWriter.open(config.url, origin=config.deployment.origin, wait=config.wait, crash=config.crash)
        try:
            host = cls(config, writer)
            host.integrate()
        except BaseException:
            writer.close()
            raise
        return host

    @property
    def tree(self) -> TreeReader:
        """Proofs over the newest checkpoint's tree."""
        return self.integrator.tree

    def publish(self) -> StoredCheckpoint | None:
        """Put what was sequenced into the tree and publish a checkpoint; None when there is nothing new. Raises as `Integrator.integrate`."""
        return self.integrator.integrate()

    def integrate(self) -> StoredCheckpoint | None:
        """`publish`, and then let lists follow, so many entries at once. A process that goes on should `publish`, and
        `catalogue.keep` on a thread of its own."""
        checkpoint = self.publish()
        self.catalogue.follow()
        return checkpoint

    def ingest(self, statements: Iterable[bytes], *, pool: CheckingPool | None = None) -> Iterator[Receipt | Refusal]:
        """See `ledger.services.ingest.ingest`. The caller integrates when it likes."""
        return ingest(statements, self.sequencer, self.separator, pool=pool)

    def front(self) -> SubmissionFront:
        """The front for single submissions; on an event loop."""
        return SubmissionFront(self.sequencer, self.separator, self._config.fronting)

    async def keep_integrating(self, stop: asyncio.Event, every: float = CHECKPOINT_SECONDS) -> None:
        """Publish a checkpoint every `every` seconds while there is something new, until `stop` is set; lists follow beside it.

        What passes (a full disk, a busy database) is logged and tried again; anything else ends it.
        """
        ended = threading.Event()
        lists = threading.Thread(target=self.catalogue.keep, args=(ended,), name="catalogue")
        lists.start()
        loop = asyncio.get_running_loop()
        try:
            with ThreadPoolExecutor(1, thread_name_prefix="integrator") as worker:
                while not stop.is_set():
                    try:
                        await loop.run_in_executor(worker, self.publish)
                        pause = every
                    except BackpressureError as error:
                        _log.warning("no checkpoint now: %s", error)
                        pause = error.retry_after
                    try:
                        await asyncio.wait_for(stop.wait(), pause)
                    except TimeoutError:
                        continue
                await loop.run_in_executor(worker, self.publish)
        finally:
            ended.set()
            await asyncio.to_thread(lists.join)

    def close(self) -> None:
        """Stop writing and let another process take over."""
        self._catalogue.close()
        self.reader.close()
        self._tiles.close()
        self._writer.close()  # last: who waits for the lock finds everything closed
