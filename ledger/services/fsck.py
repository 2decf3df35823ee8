"""fsck: derive everything again from the stored entries, and compare it with receipts, files, checkpoints and the chain.

Only reads, and trusts nothing it can compute. Memory stays flat: entries are read in steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.domain.entries import Sequenced, StoredCheckpoint
from ledger.domain.findings import Finding, FindingCode, Inspection
from ledger.log.checkpoint import checkpoint_text
from ledger.log.files import TileSource
from ledger.log.layout import CHECKPOINT_PATH, TILE_WIDTH
from ledger.ports.catalogue import CatalogueRows
from ledger.ports.store import LedgerReader
from ledger.services.audit import StatedRoot, TreeAudit, anchored_roots
from ledger.services.catalogue import compare_catalogue
from verifier.ed25519 import signature_holds
from verifier.errors import MalformedError, NoteError, RecoveryError
from verifier.hashing import sha256
from verifier.merkle import leaf_hash
from verifier.note import format_verifier_key, open_checkpoint, parse_verifier_key
from verifier.receipt import receipt_signing_bytes
from verifier.snapshot import Anchor
from verifier.statement import Entry, entry_signed, parse_entry, statement_id

STEP: Final = 8 * TILE_WIDTH
MAX_FINDINGS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fsck:
    """What is inspected.

    origin, separator: of the deployment. anchors: as the chain has them (`ledger.services.fsck_chain` checks that).
    chain_time: unix seconds of the newest final block, for promises; None leaves promises unjudged.
    catalogue: what lists are made from; None leaves it unlooked at.
    """

    origin: str
    separator: bytes
    reader: LedgerReader
    files: TileSource
    anchors: Sequence[Anchor]
    chain_time: int | None = None
    catalogue: CatalogueRows | None = None

    def inspect(self) -> Inspection:
        """Inspect the whole log as it stands. Raises StoreUnavailableError and the store's other errors."""
        return _Run(self).inspect()


class _Run:
    """One inspection."""

    def __init__(self, fsck: Fsck) -> None:
        self._fsck = fsck
        self._findings: list[Finding] = []
        self._last = (0, 0)
        self._anchored = max((anchor.size for anchor in fsck.anchors), default=0)

    def inspect(self) -> Inspection:
        checkpoints = list(self._fsck.reader.checkpoints())
        # Read before the entries: a log that is growing meanwhile only has more of them.
        newest = checkpoints[-1] if checkpoints else None
        self._check_anchor_order()
        audit = TreeAudit(
            [*map(_stated, checkpoints), *anchored_roots(self._fsck.anchors)],
            self._fsck.files,
            newest.size if newest is not None else 0,
            self._report,
        )
        entries = self._walk(audit)
        audit.finish()
        for checkpoint in checkpoints:
            self._check_note(checkpoint)
        if newest is not None:
            self._check_published(newest)
        if self._fsck.catalogue is not None:
            compare_catalogue(self._fsck.reader, self._fsck.catalogue, self._report)
        return Inspection(
            entries=entries,
            checkpoints=len(checkpoints),
            anchors=len(self._fsck.anchors),
            files=audit.files,
            findings=tuple(self._findings),
        )

    def _report(self, finding: Finding) -> None:
        if len(self._findings) < MAX_FINDINGS:
            self._findings.append(finding)

    def _entry_finding(self, code: FindingCode, entry: Sequenced, detail: str) -> None:
        self._report(Finding(code=code, place=f"entry {entry.index}", detail=detail, index=entry.index))

    def _walk(self, audit: TreeAudit) -> int:
        size, at = self._fsck.reader.size(), 0
        while at < size:
            entries = self._fsck.reader.entries(at, min(size, at + STEP))
            if [entry.index for entry in entries] != list(range(at, at + len(entries))) or not entries:
                # Indices after a gap stand in the wrong place of the tree: nothing further can be told from it.
                place = f"entries {at}..{min(size, at + STEP) - 1}"
                self._report(Finding(code=FindingCode.ENTRY_MISSING, place=place, detail="not all are stored"))
                return at
            bodies = self._fsck.reader.bodies(at, at + len(entries))
            for entry in entries:
                self._check_entry(entry, bodies.get(entry.index))
            audit.feed([entry.entry for entry in entries])
            at += len(entries)
        return at

    def _check_entry(self, entry: Sequenced, body: bytes | None) -> None:
        if leaf_hash(entry.entry) != entry.leaf_hash:
            self._entry_finding(FindingCode.ENTRY_ALTERED, entry, "its bytes do not give its leaf hash")
        self._check_receipt(entry)
        try:
            parsed = parse_entry(entry.entry)
        except MalformedError as error:
            self._entry_finding(FindingCode.ENTRY_MALFORMED, entry, str(error))
            return
        if statement_id(parsed) != entry.statement_id:
            self._entry_finding(FindingCode.ENTRY_ID, entry, "is filed under another id")
        if not self._signed(parsed):
            self._entry_finding(FindingCode.ENTRY_SIGNATURE, entry, "the signature does not recover to the signer")
        if body is not None and sha256(body) != parsed.body_hash:
            self._entry_finding(FindingCode.BODY_ALTERED, entry, "the body kept is not the one signed")

    def _signed(self, entry: Entry) -> bool:
        try:
            return entry_signed(entry, self._fsck.separator)
        except RecoveryError:
            return False

    def _check_receipt(self, entry: Sequenced) -> None:
        signed = receipt_signing_bytes(
            origin=self._fsck.origin,
            id=entry.statement_id,
            leaf_hash=entry.leaf_hash,
            index=entry.index,
            anchor_by=entry.anchor_by,
        )
        if not self._receipt_holds(entry, signed):
            self._entry_finding(FindingCode.RECEIPT_SIGNATURE, entry, "the receipt given is not for this entry")
        if (entry.received_at, entry.anchor_by) < self._last:
            self._entry_finding(FindingCode.RECEIPT_ORDER, entry, "dated before the entry in front of it")
        self._last = max(self._last, (entry.received_at, entry.anchor_by))
        late = self._fsck.chain_time is not None and self._fsck.chain_time > entry.anchor_by
        if late and entry.index >= self._anchored:
            self._entry_finding(FindingCode.PROMISE_BROKEN, entry, f"was to be anchored by {entry.anchor_by}")

    @staticmethod
    def _receipt_holds(entry: Sequenced, signed: bytes) -> bool:
        try:
            return signature_holds(entry.log_key, entry.receipt_signature, signed)
        except MalformedError:  # a key that is none
            return False

    def _check_anchor_order(self) -> None:
        before = Anchor(seq=0, size=0, root=self._fsck.anchors[0].root, time=0) if self._fsck.anchors else None
        for anchor in self._fsck.anchors:
            if before is not None and (
                anchor.seq != before.seq + 1 or anchor.size <= before.size or anchor.time < before.time
            ):
                detail = f"does not follow anchor {before.seq}"
                self._report(Finding(code=FindingCode.ANCHOR_ORDER, place=f"anchor {anchor.seq}", detail=detail))
            before = anchor

    def _check_note(self, checkpoint: StoredCheckpoint) -> None:
        place = f"size {checkpoint.size}"
        if not checkpoint.note.startswith(checkpoint_text(self._fsck.origin, checkpoint.size, checkpoint.root) + "\n"):
            self._report(
                Finding(code=FindingCode.CHECKPOINT_NOTE, place=place, detail="the note states something else")
            )
        elif not self._note_signed(checkpoint):
            self._report(
                Finding(code=FindingCode.CHECKPOINT_NOTE, place=place, detail="not signed by a key of this log")
            )

    def _note_signed(self, checkpoint: StoredCheckpoint) -> bool:
        for key in self._log_keys(checkpoint.size):
            try:
                open_checkpoint(checkpoint.note, parse_verifier_key(format_verifier_key(self._fsck.origin, key)))
            except (NoteError, MalformedError):
                continue
            return True
        return False

    def _log_keys(self, size: int) -> list[bytes]:
        """The keys in use around a checkpoint: those of the receipts on both sides of its size."""
        around = self._fsck.reader.entries(max(0, size - 1), size + 1)
        return list(dict.fromkeys(entry.log_key for entry in around))

    def _check_published(self, newest: StoredCheckpoint) -> None:
        published = self._fsck.files.read(CHECKPOINT_PATH)
        if published != newest.note.encode():
            detail = "the published checkpoint is not the newest one signed"
            self._report(Finding(code=FindingCode.CHECKPOINT_UNPUBLISHED, place=CHECKPOINT_PATH, detail=detail))


def _stated(checkpoint: StoredCheckpoint) -> StatedRoot:
    return StatedRoot(
        size=checkpoint.size,
        root=checkpoint.root,
        code=FindingCode.CHECKPOINT_ROOT,
        place=f"size {checkpoint.size}",
    )
