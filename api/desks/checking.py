"""Bulk verification of an upload: one at a time in a thread of its own, judged by a pack made for it, kept for less than an hour.

What the upload's labels name is gathered into an inspection pack under the newest block that this service's endpoints agree on, and judged as
`tanji verify` judges (api.bulk): one code path, the same report. The folder goes away with the job.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.bulk.errors import BulkError
from api.bulk.summary import Summary
from api.desks.gathering import Gathered, gather
from api.desks.unpacking import MOST_BYTES, UploadRefusedError, receive
from api.http.service import Service
from api.pages.words import Pair
from ledger.domain.errors import BackpressureError, LedgerError
from verifier.errors import VerifierError

if TYPE_CHECKING:
    from typing import BinaryIO

KEPT_SECONDS: Final = 3_000.0  # fifty minutes after it was handed in
MOST_WAITING: Final = 8
PREFIX: Final = "tanji-check-"
FILES: Final = ("index.html", "verdicts.csv", "summary.json", "duplicates.csv", "over-issue.csv")


class ChecksBusyError(BackpressureError):
    """As many uploads wait as may."""

    code = "desk.checks-busy"


@dataclass(slots=True, kw_only=True)
class Check:
    """One upload and what becomes of it. state: `waiting`, `running`, `done` or `failed`; done, of: lines; trouble: why it failed."""

    id: str
    party: str
    name: str
    folder: Path
    until: float
    state: str = "waiting"
    done: int = 0
    of: int = 0
    trouble: Pair | None = None
    summary: Summary | None = None
    timer: threading.Timer | None = field(default=None, repr=False)

    @property
    def minutes_left(self) -> int:
        """Until the result goes away."""
        return max(0, int((self.until - time.monotonic()) / 60))

    def file(self, name: str) -> Path | None:
        """A file of the finished report; None for any other."""
        path = self.folder / "report" / name
        return path if self.state == "done" and name in FILES and path.is_file() else None


class Checks:
    """Takes uploads and gives results. Safe for several threads; for one process: a result is where it was made."""

    def __init__(self, service: Service, *, kept: float = KEPT_SECONDS) -> None:
        self._service = service
        self._kept = kept
        self._lock = threading.Lock()
        self._found: dict[str, Check] = {}
        self._worker: ThreadPoolExecutor | None = None

    def begin(self, party: str, name: str, file: BinaryIO, size: int) -> Check:
        """Take an upload. name: as its sender calls it. Raises UploadRefusedError, ChecksBusyError, OSError."""
        with self._lock:
            if sum(one.state in ("waiting", "running") for one in self._found.values()) >= MOST_WAITING:
                raise ChecksBusyError("other uploads are being checked", 30.0)
        if size > MOST_BYTES:
            raise UploadRefusedError("size")
        _sweep(self._kept)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))  # 0700
        try:
            receive(name, file, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        check = Check(
            id=secrets.token_hex(16), party=party, name=name[:80], folder=folder, until=time.monotonic() + self._kept
        )
        check.timer = threading.Timer(self._kept, self._forget, (check.id,))
        check.timer.daemon = True
        check.timer.start()
        with self._lock:
            self._found[check.id] = check
            if self._worker is None:
                self._worker = ThreadPoolExecutor(1, thread_name_prefix="check")
            self._worker.submit(self._run, check)
        return check

    def of(self, party: str, wanted: str) -> Check | None:
        """A party's check by its id; None for another's, or one that has gone away."""
        with self._lock:
            found = self._found.get(wanted)
        return found if found is not None and found.party == party else None

    def all_of(self, party: str) -> list[Check]:
        """A party's checks, newest first."""
        with self._lock:
            return [one for one in reversed(self._found.values()) if one.party == party]

    def drop(self, party: str, wanted: str) -> bool:
        """Have a check go away now; False where the party has no such."""
        if self.of(party, wanted) is None:
            return False
        self._forget(wanted)
        return True

    def close(self) -> None:
        """Have everything go away."""
        for wanted in list(self._found):
            self._forget(wanted)
        if self._worker is not None:
            self._worker.shutdown(wait=True, cancel_futures=True)

    def _forget(self, wanted: str) -> None:
        with self._lock:
            found = self._found.pop(wanted, None)
        if found is not None:
            if found.timer is not None:
                found.timer.cancel()
            shutil.rmtree(found.folder, ignore_errors=True)

    def _run(self, check: Check) -> None:
        check.state = "running"
        try:
            check.summary = self._judge(check)
            check.state = "done"
        except UploadRefusedError as error:
            check.trouble, check.state = error.said, "failed"
        except (BulkError, LedgerError, VerifierError, OSError) as error:
            detail = str(error).replace(str(check.folder), "")[:300]
            check.trouble, check.state = (f"没有完成：{detail}", f"It did not finish: {detail}"), "failed"
        except BaseException:
            check.trouble, check.state = (
                ("没有完成：服务内部出错。", "It did not finish: something went wrong here."),
                "failed",
            )
            raise

    def _judge(self, check: Check) -> Summary:
        from api.bulk.run import Job, run_bulk

        gathered: Gathered = gather(
            self._service, check.folder, check.name, tell=lambda total: setattr(check, "of", total)
        )
        job = Job(
            source=gathered.source,
            report=check.folder / "report",
            make_judge=gathered.make_judge,
            ground=gathered.ground,
            asked={"check": check.id},
            processes=1,
        )

        def tell(count: int) -> None:
            check.done += count

        return run_bulk(job, None, tell)


def _sweep(kept: float) -> None:
    """Folders that a process left behind when it was killed."""
    for path in _left():
        try:
            if time.time() - path.stat().st_mtime > kept + 600:
                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            continue  # somebody else's, or gone


def _left() -> Iterator[Path]:
    yield from Path(tempfile.gettempdir()).glob(f"{PREFIX}*")
