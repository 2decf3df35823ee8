"""What an inspection of the log may find. Every finding has a stable `code` and names the place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FindingCode(StrEnum):
    """Public names of findings."""

    ENTRY_ALTERED = "entry.altered"  # leaf hash, tile or receipt say these are not the bytes that were logged
    ENTRY_MALFORMED = "entry.malformed"
    ENTRY_SIGNATURE = "entry.signature"
    ENTRY_ID = "entry.id"
    ENTRY_MISSING = "entry.missing"
    BODY_ALTERED = "body.altered"
    RECEIPT_SIGNATURE = "receipt.signature"
    RECEIPT_ORDER = "receipt.order"
    PROMISE_BROKEN = "promise.broken"
    FILE_MISSING = "file.missing"
    FILE_DIFFERS = "file.differs"
    CHECKPOINT_ROOT = "checkpoint.root"
    CHECKPOINT_NOTE = "checkpoint.note"
    CHECKPOINT_UNPUBLISHED = "checkpoint.unpublished"
    ANCHOR_ROOT = "anchor.root"
    ANCHOR_BEYOND_LOG = "anchor.beyond-log"
    ANCHOR_ORDER = "anchor.order"
    ANCHOR_NOT_ON_CHAIN = "anchor.not-on-chain"
    ANCHOR_UNKNOWN_HERE = "anchor.unknown-here"
    CATALOGUE_DIFFERS = "catalogue.differs"  # lists only: nothing that is proven


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it must be.

    index: the entry concerned, if it is one; place: a file path, `size N`, `anchor N`; detail: for people.
    """

    code: FindingCode
    place: str
    detail: str
    index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was looked at, and what was found. Clean means that findings is empty, and only that."""

    entries: int
    checkpoints: int
    anchors: int
    files: int
    findings: tuple[Finding, ...]
