"""What speaks against an enterprise's labels, for that enterprise alone: what shoppers reported, and scans that look like copies.

Of a report its kind, place and verdict are told, not the note and not the photo: those are for the regulator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from api.desks.holding import held_by
from api.desks.parts import DeskParts
from ledger.domain.scans import Alert
from ledger.scans.regions import region_name
from verifier.errors import MalformedError
from verifier.label import PREFIX_LENGTH, Label, parse_label
from verifier.sentences import sentence
from verifier.types import StatementId

SHOWN: Final = 100
TAIL: Final = 4 << 20  # bytes of the newest reports that are looked through


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One report. outcome: of the label's verdict then; region: a name, "" where it was not said."""

    at: int
    reason: str
    outcome: str
    region: str
    label: Label
    certificate: StatementId


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """One sign of copying: says in Chinese and English."""

    alert: Alert
    says: tuple[str, str]


def copies_of(parts: DeskParts, party: str) -> tuple[Copied, ...]:
    """The newest signs of copying among a party's labels. Raises StoreUnavailableError, StoreError."""
    if parts.pages.scans is None:
        return ()
    return tuple(
        Copied(alert=one, says=sentence("label.copied", "suspect", one.reason, one.fields))
        for one in parts.pages.scans.newest_alerts(party, SHOWN)
    )


def reports_of(parts: DeskParts, party: str) -> tuple[Reported, ...]:
    """The newest reports of labels that name a certificate of the party's, newest first. Raises OSError."""
    book = parts.pages.reports
    if book is None:
        return ()
    certificates = {one.statement[:PREFIX_LENGTH]: one.statement for one in held_by(parts, party)}
    found: list[Reported] = []
    for line in _newest_lines(book.path):
        one = _reported(line, certificates)
        if one is not None:
            found.append(one)
        if len(found) == SHOWN:
            break
    return tuple(found)


def _newest_lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL))
            lines = file.read().splitlines()
    except FileNotFoundError:
        return
    yield from reversed(lines[1:] if size > TAIL else lines)  # the first may be cut in the middle


def _reported(line: bytes, certificates: Mapping[bytes, StatementId]) -> Reported | None:
    try:
        read: Any = orjson.loads(line)
        label = parse_label(str(read["label"]))
        certificate = certificates.get(label.certificate_prefix)
        if certificate is None:
            return None
        region = int(read.get("region") or 0)
        return Reported(
            at=int(read["at"]),
            reason=str(read["reason"]),
            outcome=str(read["outcome"]),
            region=region_name(region) if region else "",
            label=label,
            certificate=certificate,
        )
    except (ValueError, KeyError, TypeError, AttributeError, MalformedError):
        return None  # a line that a crash cut short, or somebody's hand
