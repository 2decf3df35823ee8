"""What happened, and how far somebody has read.

cursor = <entries>-<anchors>-<block>[-<alerts>]     log entries, anchors (final ones), final blocks and copy alerts, each all that come before
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_CURSOR: Final = re.compile(
    r"(0|[1-9][0-9]{0,15})-(0|[1-9][0-9]{0,15})-(0|[1-9][0-9]{0,15})(?:-([1-9][0-9]{0,15}))?", re.ASCII
)


class EventKind(StrEnum):
    """What an event tells of."""

    STATEMENT = "statement"
    ANCHOR = "anchor"
    STATUS = "status"
    COPY_ALERT = "copy-alert"  # signs that an item's label was copied: told to its issuer alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far each source has been read: entries below `entries`, anchors up to `anchors`, blocks below `block`, alerts up to `alerts`."""

    entries: int = 0
    anchors: int = 0
    block: int = 0
    alerts: int = 0

    def __str__(self) -> str:
        public = f"{self.entries}-{self.anchors}-{self.block}"
        return f"{public}-{self.alerts}" if self.alerts else public

    def covers(self, other: Cursor) -> bool:
        """Whether everything before `other` has been read."""
        return (
            self.entries >= other.entries
            and self.anchors >= other.anchors
            and self.block >= other.block
            and self.alerts >= other.alerts
        )

    def ahead_of(self, other: Cursor) -> int:
        """How many entries, blocks and alerts lie between an earlier cursor and this one."""
        return self.entries - other.entries + self.block - other.block + self.alerts - other.alerts


def read_cursor(text: str) -> Cursor | None:
    """The cursor a text is; None when it is none."""
    match = _CURSOR.fullmatch(text)
    if match is None:
        return None
    entries, anchors, block, alerts = (int(part or 0) for part in match.groups())
    return Cursor(entries=entries, anchors=anchors, block=block, alerts=alerts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened: plain values of JSON. `cursor` is where to go on after it."""

    kind: EventKind
    data: dict[str, object]
    cursor: Cursor
