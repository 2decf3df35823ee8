"""No more labels than the certificate allows, and no index twice, as far as the log knows (attacks F04, F13).

What a verifier would refuse as `label.quota` is refused at submission already. The log is read once, from its first entry to its last, when the
first labels statement comes, and after that only what is new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ledger.domain.entries import Received
from ledger.domain.errors import SubmissionRefusedError
from ledger.ports.store import LedgerReader
from ledger.services.references import Referenced
from verifier.bodies import Certificate, Labels, parse_labels
from verifier.errors import MalformedError
from verifier.statement import Entry, parse_entry, statement_id
from verifier.types import StatementId

_PAGE: Final = 5_000
# Canonical entries hold this text; what merely quotes it in a name has a backslash before its quotes.
_MARK: Final = b'"kind":"labels"'


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedRange:
    """Indexes [first, end) of a certificate, taken by one labels statement."""

    statement: StatementId
    first: int
    end: int


def read_labels_entry(data: bytes) -> tuple[Entry, Labels] | None:
    """A logged labels statement; None for any other, and for one logged below admission that nobody can read.

    The latter issues nothing and stops nothing: fsck and every monitor name it.
    """
    try:
        entry = parse_entry(data)
        if entry.kind != "labels" or entry.body is None:
            return None
        return entry, parse_labels(entry.body)
    except MalformedError:
        return None


class LabelRanges:
    """The index ranges of all labels statements in the log, by certificate and issuer."""

    def __init__(self, reader: LedgerReader) -> None:
        self._reader = reader
        self._ranges: dict[tuple[StatementId, str], dict[StatementId, IssuedRange]] = {}
        self._size = 0

    @property
    def size(self) -> int:
        """How many entries have been read."""
        return self._size

    def of(self, certificate: StatementId, issuer: str) -> tuple[IssuedRange, ...]:
        """What an issuer's statements take of a certificate. Raises StoreUnavailableError, StoreError."""
        self.catch_up()
        return tuple(self._ranges.get((certificate, issuer), {}).values())

    def catch_up(self) -> None:
        """Read what is new in the log."""
        size = self._reader.size()
        while self._size < size:
            upto = min(self._size + _PAGE, size)
            for _, entry in self._reader.leaves(self._size, upto):
                if _MARK in entry:
                    self._take(entry)
            self._size = upto

    def _take(self, data: bytes) -> None:
        read = read_labels_entry(data)
        if read is None:
            return
        entry, labels = read
        statement = statement_id(entry)
        taken = IssuedRange(statement=statement, first=labels.first, end=labels.first + labels.count)
        self._ranges.setdefault((labels.certificate, entry.issuer), {})[statement] = taken


class LabelQuota:
    """Implements `ledger.services.admission.AdmissionRule`. For the one thread of the sequencer."""

    def __init__(self, reader: LedgerReader) -> None:
        self._ranges = LabelRanges(reader)
        # Let in, and perhaps not stored yet: statements of one batch are all checked before any is written.
        self._pending: list[tuple[StatementId, str, IssuedRange]] = []
        self._pending_at = 0

    def check(self, received: Received, known: Mapping[StatementId, Referenced]) -> None:
        """Refuse labels whose indexes are taken, or that exceed the quota; the numbers are in the message.

        A statement of somebody else about the same certificate takes nothing away from its holder.
        """
        labels = received.stands_on
        if not isinstance(labels, Labels):
            return
        others = [one for one in self._taken(labels, received) if one.statement != received.statement_id]
        for one in others:
            if one.first < labels.first + labels.count and labels.first < one.end:
                raise SubmissionRefusedError(
                    "/body/first",
                    "index-taken",
                    f"{labels.first}..{labels.first + labels.count - 1} meets {one.first}..{one.end - 1} of 0x{one.statement.hex()}",
                )
        issued = sum(one.end - one.first for one in others)
        quota = _quota(known.get(labels.certificate))
        if quota is not None and issued + labels.count > quota:
            raise SubmissionRefusedError(
                "/body/count", "beyond-quota", f"quota {quota}, {issued} issued, {labels.count} asked"
            )
        taken = IssuedRange(statement=received.statement_id, first=labels.first, end=labels.first + labels.count)
        self._pending.append((labels.certificate, received.issuer, taken))

    def _taken(self, labels: Labels, received: Received) -> Iterator[IssuedRange]:
        yield from self._ranges.of(labels.certificate, received.issuer)
        if self._ranges.size != self._pending_at:
            # The log has grown since: what was let in before is stored, and read just now, or was never written.
            self._pending.clear()
            self._pending_at = self._ranges.size
        for certificate, issuer, one in self._pending:
            if certificate == labels.certificate and issuer == received.issuer:
                yield one


def _quota(found: Referenced | None) -> int | None:
    return found.content.quota if found is not None and isinstance(found.content, Certificate) else None
