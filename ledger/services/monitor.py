"""A monitor: whoever distrusts the operator recomputes the tree from the public files alone (C10).

It needs the log's directory (or a copy fetched over HTTP), the log's key and the anchors as its own node has them; no
database, no word of the operator's. What it cannot see is what hash-only entries say.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.findings import Finding, FindingCode, Inspection
from ledger.domain.store_errors import StoreError
from ledger.log.bundles import decode_bundle
from ledger.log.files import TileSource
from ledger.log.layout import CHECKPOINT_PATH, TILE_WIDTH, entries_path, tile_width
from ledger.services.audit import StatedRoot, TreeAudit, anchored_roots
from verifier.errors import MalformedError, NoteError, RecoveryError
from verifier.note import Checkpoint, VerifierKey, open_checkpoint
from verifier.snapshot import Anchor
from verifier.statement import entry_signed, parse_entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """What is watched. key: the log's; separator: the deployment's domain; anchors: from the monitor's own view."""

    origin: str
    key: VerifierKey
    separator: bytes
    files: TileSource
    anchors: tuple[Anchor, ...]

    def inspect(self) -> Inspection:
        """Recompute the published tree. Raises StoreError when the files cannot be read."""
        findings: list[Finding] = []
        checkpoint = self._checkpoint(findings)
        if checkpoint is None:
            return _inspection(0, len(self.anchors), 0, findings)
        stated = StatedRoot(
            size=checkpoint.size,
            root=checkpoint.root,
            code=FindingCode.CHECKPOINT_ROOT,
            place=f"size {checkpoint.size}",
        )
        audit = TreeAudit([stated, *anchored_roots(self.anchors)], self.files, checkpoint.size, findings.append)
        for number in range(-(-checkpoint.size // TILE_WIDTH)):
            entries = self._bundle(number, checkpoint.size, findings)
            if entries is None:
                break
            for index, entry in enumerate(entries, number * TILE_WIDTH):
                self._check_entry(index, entry, findings)
            audit.feed(entries)
        audit.finish()
        return _inspection(audit.size, len(self.anchors), audit.files, findings)

    def _checkpoint(self, findings: list[Finding]) -> Checkpoint | None:
        note = self.files.read(CHECKPOINT_PATH)
        if note is None:
            findings.append(Finding(code=FindingCode.FILE_MISSING, place=CHECKPOINT_PATH, detail="not there"))
            return None
        try:
            checkpoint = open_checkpoint(note.decode(), self.key)
        except (NoteError, MalformedError, UnicodeDecodeError) as error:
            findings.append(Finding(code=FindingCode.CHECKPOINT_NOTE, place=CHECKPOINT_PATH, detail=str(error)))
            return None
        if checkpoint.origin != self.origin:
            detail = f"is of the log {checkpoint.origin}"
            findings.append(Finding(code=FindingCode.CHECKPOINT_NOTE, place=CHECKPOINT_PATH, detail=detail))
            return None
        return checkpoint

    def _bundle(self, number: int, size: int, findings: list[Finding]) -> list[bytes] | None:
        width = tile_width(0, number, size)
        path = entries_path(number, width)
        bundle = self.files.read(path)
        if bundle is None and width < TILE_WIDTH:
            path = entries_path(number)
            bundle = self.files.read(path)
        if bundle is None:
            findings.append(Finding(code=FindingCode.FILE_MISSING, place=path, detail="not there"))
            return None
        try:
            entries = decode_bundle(bundle)[:width]
        except StoreError as error:
            findings.append(Finding(code=FindingCode.FILE_DIFFERS, place=path, detail=error.reason))
            return None
        if len(entries) < width:
            detail = f"{len(entries)} entries where {width} are due"
            findings.append(Finding(code=FindingCode.FILE_DIFFERS, place=path, detail=detail))
            return None
        return entries

    def _check_entry(self, index: int, data: bytes, findings: list[Finding]) -> None:
        place = f"entry {index}"
        try:
            if not entry_signed(parse_entry(data), self.separator):
                detail = "the signature does not recover to the signer"
                findings.append(Finding(code=FindingCode.ENTRY_SIGNATURE, place=place, detail=detail, index=index))
        except RecoveryError as error:
            findings.append(Finding(code=FindingCode.ENTRY_SIGNATURE, place=place, detail=str(error), index=index))
        except MalformedError as error:
            findings.append(Finding(code=FindingCode.ENTRY_MALFORMED, place=place, detail=str(error), index=index))


def _inspection(entries: int, anchors: int, files: int, findings: list[Finding]) -> Inspection:
    return Inspection(
        entries=entries, checkpoints=1 if entries else 0, anchors=anchors, files=files, findings=tuple(findings)
    )
