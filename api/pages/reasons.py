"""Why statuses were changed, as whoever brought the change said it: one JSON object a line, read again when the file has grown.

{ at, owner, subject, position, status, signer, code, note }
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Final

import orjson

from api.http.changes import Reason
from api.pages.reports import append_line
from api.runtime.requests import STATUS_NAMES, ChangeRequest
from verifier.encoding import to_hex

FILE: Final = "reasons.ndjson"


class ReasonBook:
    """The file. Safe for several threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._read = 0
        self._known: dict[tuple[str, str, int], Reason] = {}

    def add(self, change: ChangeRequest, signer: str, reason: Reason, now: int) -> None:
        """Keep a reason, durable when this returns. Raises ReportsFullError, OSError."""
        append_line(
            self._path,
            {
                "at": now,
                "owner": to_hex(change.owner_id),
                "subject": to_hex(change.subject),
                "position": change.nonce,
                "status": STATUS_NAMES[change.status],
                "signer": signer,
                "code": reason.code,
                "note": reason.note,
            },
        )

    def of(self, owner: bytes, subject: bytes, position: int) -> Reason | None:
        """The reason given for the transition at a position of a lane (oldest = 0)."""
        with self._lock:
            self._catch_up()
            return self._known.get((to_hex(owner), to_hex(subject), position))

    def _catch_up(self) -> None:
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                data = file.read()
        except FileNotFoundError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            one = orjson.loads(line)
            key = (one["owner"], one["subject"], one["position"])
            self._known.setdefault(key, Reason(code=one["code"], note=one["note"]))
