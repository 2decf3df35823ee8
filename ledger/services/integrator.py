"""The integrator: brings the log's files up to the store, one signed checkpoint at a time.

    tiles and bundles ─▶ checkpoint row ─▶ checkpoint file ─▶ needless partial tiles removed
    (durable)            (durable)         (published)

The database is the truth. Files are a pure function of the entries, so a step that was cut off is simply done again; a
checkpoint is kept before anyone sees it, so the log never signs two histories.
"""

from __future__ import annotations

from typing import Final

from ledger.domain.entries import StoredCheckpoint
from ledger.domain.store_errors import HistoryChangedError
from ledger.log.checkpoint import sign_checkpoint
from ledger.log.files import NodeSource, TileSink, TileSource
from ledger.log.frontier import Frontier
from ledger.log.layout import CHECKPOINT_PATH, HASH_BYTES, TILE_WIDTH, tile_width
from ledger.log.tree import TreeReader
from ledger.log.writer import Growth, grow, resume_paths
from ledger.ports.clock import Clock
from ledger.ports.crash import NO_CRASH, CrashPoints
from ledger.ports.signer import LogSigner
from ledger.ports.store import LedgerReader, LedgerWriter
from verifier.types import NodeHash

STEP: Final = 64 * TILE_WIDTH


class Integrator:
    """Grows the files and publishes checkpoints. For one thread of the writer's process."""

    def __init__(
        self,
        *,
        origin: str,
        writer: LedgerWriter,
        reader: LedgerReader,
        files: TileSink,
        source: NodeSource,
        signer: LogSigner,
        clock: Clock,
        crash: CrashPoints = NO_CRASH,
    ) -> None:
        self._origin = origin
        self._writer = writer
        self._reader = reader
        self._files = files
        self._source = source
        self._signer = signer
        self._clock = clock
        self._crash = crash
        self._frontier: Frontier | None = None
        self.tree = TreeReader(source, 0)

    def integrate(self) -> StoredCheckpoint | None:
        """Take in what has been sequenced since, and publish; None when there is nothing new.

        Many entries are taken in several steps, one checkpoint at the end. Raises StoreFullError, FencedError and the
        store's other errors; the next call continues.
        """
        frontier = self._resumed()
        size = self._reader.size()
        if size == frontier.size:
            return None
        needless: list[str] = []
        while frontier.size < size:
            growth = self._write(frontier, min(size, frontier.size + STEP))
            self._crash.reach("tiles.written")
            needless += growth.needless
            frontier = growth.frontier
        checkpoint = self._publish(frontier)
        # Only now: until the new checkpoint is out, clients follow the old one and its partial tiles.
        self._files.remove(needless)
        self._crash.reach("tiles.cleaned")
        return checkpoint

    def _write(self, frontier: Frontier, upto: int) -> Growth:
        growth = self._grow(frontier, upto)
        self._files.write(growth.files)
        # After the tiles, which a full disk may refuse: a middle row alone would be a file of no use.
        self._files.keep_middles(growth.full)
        return growth

    def _grow(self, frontier: Frontier, upto: int) -> Growth:
        first = frontier.size - frontier.size % TILE_WIDTH
        rows = self._reader.leaves(first, upto)
        entries = [entry for _, entry in rows]
        tail = frontier.size - first
        return grow(frontier, [leaf for leaf, _ in rows[tail:]], entries[:tail], entries[tail:])

    def _publish(self, frontier: Frontier) -> StoredCheckpoint:
        root = frontier.root()
        signed = sign_checkpoint(self._origin, frontier.size, root, self._signer)
        checkpoint = StoredCheckpoint(size=frontier.size, root=NodeHash(root), note=signed.note, time=self._clock.now())
        self._writer.save_checkpoint(checkpoint)
        self._frontier = frontier
        self._write_checkpoint(checkpoint)
        return checkpoint

    def _write_checkpoint(self, checkpoint: StoredCheckpoint) -> None:
        self._files.write([(CHECKPOINT_PATH, checkpoint.note.encode())])
        self.tree.grow(checkpoint.size)
        self._crash.reach("checkpoint.published")

    def _resumed(self) -> Frontier:
        if self._frontier is None:
            checkpoint = self._reader.checkpoint()
            if checkpoint is None:
                self._frontier = Frontier()
            else:
                self._frontier = resume(self._source, checkpoint) or self._rebuild(checkpoint)
                # The crash may have come between keeping the checkpoint and publishing it.
                self._write_checkpoint(checkpoint)
        return self._frontier

    def rebuild(self) -> None:
        """Write every file up to the newest checkpoint again, for an operator who lost some. Raises as `integrate`."""
        checkpoint = self._reader.checkpoint()
        if checkpoint is not None:
            self._frontier = self._rebuild(checkpoint)
            self._write_checkpoint(checkpoint)

    def _rebuild(self, checkpoint: StoredCheckpoint) -> Frontier:
        """Write every file again from the entries. Raises HistoryChangedError when they are not those once signed."""
        frontier = Frontier()
        while frontier.size < checkpoint.size:
            frontier = self._write(frontier, min(checkpoint.size, frontier.size + STEP)).frontier
        if frontier.root() != checkpoint.root:
            raise HistoryChangedError(checkpoint.size, checkpoint.root, frontier.root())
        return frontier


def resume(source: TileSource, checkpoint: StoredCheckpoint) -> Frontier | None:
    """The frontier at a checkpoint, read from its partial tiles; None when they are not there or not of its root."""
    pending: dict[int, bytes] = {}
    for level, path in resume_paths(checkpoint.size).items():
        hashes = source.read(path)
        count = checkpoint.size >> (8 * level)
        if hashes is None or len(hashes) != tile_width(level, count // TILE_WIDTH, checkpoint.size) * HASH_BYTES:
            return None
        pending[level] = hashes
    frontier = Frontier.resume(checkpoint.size, pending)
    return frontier if frontier.root() == checkpoint.root else None
