"""The seam every importer of public data stands behind: an iterator of footprint bodies and named refusals, and their count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from ledger.domain.errors import LedgerError
from verifier.arithmetic import ArithmeticOutcome
from verifier.types import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFootprint:
    """One source row as a footprint body, ready to be signed.

    key: the source's own id of the row. row: its place among the data rows, from 1. body: PACT v3 ProductFootprint.
    stages: number of stage figures. arithmetic: the verifier's own re-computation (not checked without stages).
    notes: one code per change made to the source's text; the body's extension names them too.
    """

    key: str
    row: int
    body: dict[str, JsonValue]
    stages: int
    arithmetic: ArithmeticOutcome
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One source row that did not become a footprint. code: stable name; field: the source's column; detail: the offending text."""

    key: str
    row: int
    code: str
    field: str
    detail: str


class SourceError(LedgerError):
    """The source as a whole cannot be read: a file or a column is missing, or its tables contradict each other."""

    code: ClassVar[str] = "import.source"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class FootprintReader(Protocol):
    """Reads one kind of source. Every data row gives exactly one item. Raises SourceError."""

    def __call__(self, source: Path, /) -> Iterator[ImportedFootprint | Refusal]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """Counts over one import. rows = statements + refused."""

    rows: int
    statements: int
    refused: int
    with_stages: int
    arithmetic_failed: int
    refusals: dict[str, int]
    notes: dict[str, int]

    def to_json(self) -> dict[str, JsonValue]:
        """The line `tanji import … --json` ends with."""
        return {
            "rows": self.rows,
            "statements": self.statements,
            "refused": self.refused,
            "withStages": self.with_stages,
            "arithmeticFailed": self.arithmetic_failed,
        }


def summarize(items: Iterable[ImportedFootprint | Refusal]) -> ImportSummary:
    """Count what an importer gave."""
    rows = statements = with_stages = failed = 0
    refusals: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    for item in items:
        rows += 1
        if isinstance(item, Refusal):
            refusals[item.code] += 1
            continue
        statements += 1
        with_stages += item.stages > 0
        failed += item.arithmetic is ArithmeticOutcome.FAILED
        notes.update(item.notes)
    return ImportSummary(
        rows=rows,
        statements=statements,
        refused=rows - statements,
        with_stages=with_stages,
        arithmetic_failed=failed,
        refusals=dict(refusals),
        notes=dict(notes),
    )
