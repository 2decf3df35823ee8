"""The queue of reports: what shoppers sent (api.pages.reports), filtered, and what became of each.

report-handling.ndjson   { at, report, state, note, party, address, session }       state: open, seen or settled; the newest word of a report counts

A report's id is the hash of its line, and of how many equal lines came before. Of every report only what it is filtered by is held in memory; what
people wrote is read from the file when it is shown. Safe for several threads; many processes may append to both files at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Final, NamedTuple

import orjson

from api.desks.entry import Visitor
from api.pages.reports import ReportBook, append_line
from ledger.domain.errors import LedgerError
from verifier.encoding import to_hex
from verifier.errors import MalformedError
from verifier.label import parse_label

HANDLING: Final = "report-handling.ndjson"
STATES: Final = ("open", "seen", "settled")
LONGEST_NOTE: Final = 1_000
_ID_BYTES: Final = 16


class ReportUnknownError(LedgerError):
    """No report has this id."""

    code = "reports.unknown"


class Filed(NamedTuple):
    """Where a report stands in the file, and what it is filtered by. product, certificate: as its label names them, "" for none."""

    id: str
    offset: int
    length: int
    at: int
    reason: str
    outcome: str
    region: int
    product: str
    certificate: str


class Named(NamedTuple):
    """How many reports there are of labels that name a certificate, and how many of those labels were rejected at the time."""

    reported: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """The newest word about a report."""

    state: str
    note: str
    at: int
    party: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A filter; "" and 0 are anything. product: its beginning; region: a province."""

    state: str = ""
    reason: str = ""
    outcome: str = ""
    region: int = 0
    product: str = ""

    def fits(self, filed: Filed, state: str) -> bool:
        """Whether a report in this state is wanted."""
        return (
            self.state in ("", state)
            and self.reason in ("", filed.reason)
            and self.outcome in ("", filed.outcome)
            and (not self.region or filed.region // 100 == self.region // 100)
            and filed.product.removeprefix("0").startswith(self.product.removeprefix("0"))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report as it was sent, and all that was noted about it, newest first."""

    filed: Filed
    label: str
    note: str
    photo: str | None
    handled: tuple[Handled, ...]

    @property
    def state(self) -> str:
        """Where it stands."""
        return self.handled[0].state if self.handled else "open"


class _Lines:
    """The lines of a file that grows: each read gives what has come since. A file that is shorter, or another one, is begun anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._file = (0, 0)

    def new(self) -> tuple[bool, list[tuple[int, bytes]]]:
        """Whether what was read before is void, and (offset, line) of the whole lines since."""
        try:
            with self._path.open("rb") as file:
                return self._since(file)
        except FileNotFoundError:
            was, self._at = self._at, 0
            return was > 0, []

    def _since(self, file: BinaryIO) -> tuple[bool, list[tuple[int, bytes]]]:
        import os

        found = os.fstat(file.fileno())
        is_other = (found.st_dev, found.st_ino) != self._file or found.st_size < self._at
        was, self._file = self._at, (found.st_dev, found.st_ino)
        if is_other:
            self._at = 0
        file.seek(self._at)
        data = file.read()
        lines: list[tuple[int, bytes]] = []
        for line in data[: data.rfind(b"\n") + 1].splitlines(keepends=True):
            lines.append((self._at, line.rstrip(b"\r\n")))
            self._at += len(line)
        return is_other and was > 0, lines


class ReportQueue:
    """Over the book of a home. Every method raises OSError."""

    def __init__(self, book: ReportBook) -> None:
        self.book = book
        self._handling = book.path.with_name(HANDLING)
        self._lock = Lock()
        self._reports, self._words = _Lines(book.path), _Lines(self._handling)
        self._filed: list[Filed] = []
        self._places: dict[str, int] = {}
        self._equal: Counter[bytes] = Counter()
        self._handled: dict[str, list[Handled]] = {}

    def page(self, wanted: Wanted, *, before: int | None, limit: int) -> tuple[Sequence[Report], int | None]:
        """Reports newest first, those filed before number `before`; and the number to go on before, None at the end."""
        with self._lock:
            self._catch_up()
            found: list[tuple[int, Filed]] = []
            start = len(self._filed) if before is None else min(before, len(self._filed))
            for number in range(start - 1, -1, -1):
                if wanted.fits(self._filed[number], self._state(self._filed[number].id)):
                    found.append((number, self._filed[number]))
                    if len(found) > limit:
                        break
            shown = [(one, tuple(reversed(self._handled.get(one.id, ())))) for _, one in found[:limit]]
        following = found[limit - 1][0] if len(found) > limit else None
        return self._read(shown), following

    def report(self, wanted: str) -> Report:
        """A report by its id. Raises ReportUnknownError."""
        with self._lock:
            self._catch_up()
            place = self._places.get(wanted)
            if place is None:
                raise ReportUnknownError("no report has this id")
            filed, handled = self._filed[place], tuple(reversed(self._handled.get(wanted, ())))
        return self._read([(filed, handled)])[0]

    def counts(self) -> Mapping[str, int]:
        """How many reports are in each state."""
        with self._lock:
            self._catch_up()
            found = Counter(self._state(one.id) for one in self._filed)
        return {state: found[state] for state in STATES}

    def by_certificate(self) -> Mapping[str, Named]:
        """How many reports name a certificate, by the first 16 bytes of its id in hex."""
        with self._lock:
            self._catch_up()
            all_of = Counter(one.certificate for one in self._filed if one.certificate)
            refused = Counter(one.certificate for one in self._filed if one.outcome == "rejected")
        return {prefix: Named(count, refused[prefix]) for prefix, count in all_of.items()}

    def handle(self, wanted: str, state: str, note: str, visitor: Visitor, now: int) -> None:
        """Note what becomes of a report, durable when this returns. Raises ReportUnknownError, ReportsFullError."""
        with self._lock:
            self._catch_up()
            if wanted not in self._places:
                raise ReportUnknownError("no report has this id")
        document: dict[str, object] = {
            "at": now,
            "report": wanted,
            "state": state,
            "note": note,
            "party": visitor.session.party,
            "address": visitor.address,
            "session": to_hex(visitor.session.id),
        }
        append_line(self._handling, document)

    def _state(self, report: str) -> str:
        words = self._handled.get(report)
        return words[-1].state if words else "open"

    def _catch_up(self) -> None:
        void, lines = self._reports.new()
        if void:
            self._filed.clear()
            self._places.clear()
            self._equal.clear()
        for offset, line in lines:
            filed = self._file(offset, line)
            if filed is not None:
                self._places[filed.id] = len(self._filed)
                self._filed.append(filed)
        void, lines = self._words.new()
        if void:
            self._handled.clear()
        for report, handled in _words(lines):
            self._handled.setdefault(report, []).append(handled)

    def _file(self, offset: int, line: bytes) -> Filed | None:
        one = _object(line)
        if one is None:
            return None  # a line that a crash cut short, or somebody's hand
        digest = sha256(line).digest()
        self._equal[digest[:_ID_BYTES]] += 1
        count = self._equal[digest[:_ID_BYTES]]
        product, certificate = _named(str(one.get("label", "")))
        return Filed(
            id=sha256(digest + count.to_bytes(4, "big")).hexdigest()[: 2 * _ID_BYTES],
            offset=offset,
            length=len(line),
            at=int(one.get("at", 0)),
            reason=str(one.get("reason", "")),
            outcome=str(one.get("outcome", "")),
            region=int(one.get("region") or 0),
            product=product,
            certificate=certificate,
        )

    def _read(self, wanted: Sequence[tuple[Filed, tuple[Handled, ...]]]) -> list[Report]:
        found: list[Report] = []
        if not wanted:
            return found
        with self.book.path.open("rb") as file:
            for filed, handled in wanted:
                file.seek(filed.offset)
                one = _object(file.read(filed.length)) or {}
                photo = one.get("photo")
                found.append(
                    Report(
                        filed=filed,
                        label=str(one.get("label", "")),
                        note=str(one.get("note", "")),
                        photo=photo if isinstance(photo, str) else None,
                        handled=handled,
                    )
                )
        return found


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _words(lines: Sequence[tuple[int, bytes]]) -> Iterator[tuple[str, Handled]]:
    for _, line in lines:
        one = _object(line)
        if one is not None and one.get("state") in STATES:
            yield (
                str(one.get("report")),
                Handled(
                    state=one["state"],
                    note=str(one.get("note", "")),
                    at=int(one.get("at", 0)),
                    party=str(one.get("party", "")),
                    address=str(one.get("address", "")),
                ),
            )


def _named(text: str) -> tuple[str, str]:
    """Product and certificate (first half of its id, hex) that a label names."""
    try:
        label = parse_label(text)
    except MalformedError:
        return "", ""
    return label.product, label.certificate_prefix.hex()
