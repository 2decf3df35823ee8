"""Who looks at a page that is not for everybody: a session of a key that regulates, by the browser's cookie (docs/adr/0016).

Every reading is noted in `report-readings.ndjson` before anything is shown: { at, party, address, session, what, about }. What cannot be noted is not shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from starlette.requests import Request

from api.http.errors import RequestError
from api.http.sessions import Door
from api.pages.reports import append_line
from ledger.domain.errors import BackpressureError
from ledger.domain.payloads import Session
from ledger.domain.session_errors import SessionError
from verifier.encoding import to_hex
from verifier.signature import to_checksum

READINGS: Final = "report-readings.ndjson"
PURPOSE: Final = "regulator"
_TAIL: Final = 1 << 20  # bytes of the newest readings that are looked at


class NotRegulatorError(SessionError):
    """A session of a key that does not regulate."""

    code = "session.not-regulator"

    def __init__(self, party: str) -> None:
        super().__init__(f"{party}: 登录的密钥没有监管用途 the key that signed in is not registered for `{PURPOSE}`")
        self.party = party


class NoSessionsError(RequestError):
    """This service opens no sessions."""

    code = "session.none"
    status = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A regulator who is signed in. csrf: what forms of its pages carry."""

    session: Session
    csrf: str

    @property
    def address(self) -> str:
        """The key that signed in."""
        return to_checksum(self.session.signer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading. what: `list`, `report`, `photo`, `copies`, `check`; about: ids, or the filter."""

    at: int
    party: str
    address: str
    what: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingBook:
    """The file of readings; many processes may append to it at once."""

    path: Path

    def add(self, visitor: Visitor, what: str, about: str, now: int) -> None:
        """Note a reading, durable when this returns. Raises ReportsFullError, OSError."""
        document: dict[str, object] = {
            "at": now,
            "party": visitor.session.party,
            "address": visitor.address,
            "session": to_hex(visitor.session.id),
            "what": what,
            "about": about[:500],
        }
        append_line(self.path, document)

    def newest(self, limit: int) -> Sequence[Reading]:
        """The newest readings, newest first."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - _TAIL))
                lines = file.read().splitlines()
        except FileNotFoundError:
            return ()
        if size > _TAIL:
            lines = lines[1:]  # cut in the middle
        found = (orjson.loads(line) for line in reversed(lines[-limit:]))
        return [Reading(**{name: one[name] for name in ("at", "party", "address", "what", "about")}) for one in found]


def regulator_of(door: Door | None, request: Request, csrf: str = "") -> Visitor:
    """The regulator who asks. Blocks.

    Raises NoSessionsError, SessionRequiredError, SessionForbiddenError, NotRegulatorError, BackpressureError, StoreError.
    """
    if door is None:
        raise NoSessionsError("this service opens no sessions")
    session = door.enter_page(request, csrf)
    if PURPOSE not in door.sessions.purposes(session):
        raise NotRegulatorError(session.party)
    return Visitor(session=session, csrf=door.csrf(request) or "")


def maybe_regulator(door: Door | None, request: Request) -> Visitor | None:
    """The same for a page that everybody may see: None for everybody else."""
    try:
        return regulator_of(door, request)
    except (SessionError, NoSessionsError, BackpressureError):
        return None
