"""A run's folder: rows and marks as they come, and how far they are certain. Killed anywhere, it goes on from the last commit.

report/.run/state.json   { v:1, run: {what the run was asked}, now, chunks, rows, marks (bytes certain), counts [rows of each chunk], tally }
report/.run/rows         rows of verdicts.csv, in order           report/.run/marks      marks of api/bulk/judging.py, in order
Bytes beyond what the state says are cut off before work goes on. Whole files appear at the end, and .run goes away.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import dataclass, field
from io import BufferedRandom
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from api.bulk.errors import ReportFolderError, ResumeError
from api.bulk.judging import Judged
from api.bulk.tally import Tally, tally_of
from api.runtime.files import write_whole

FOLDER: Final = ".run"
_SECONDS: Final = 2.0  # between commits
_VERSION: Final = 1


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a run is. run: its fixed questions, by name; now: the one clock reading, unix seconds; counts: rows per chunk."""

    run: dict[str, str]
    now: int
    rows: int = 0
    marks: int = 0
    counts: list[int] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0


def load_progress(folder: Path) -> Progress | None:
    """What an earlier run committed, None where there is none. Raises ReportFolderError."""
    path = folder / FOLDER / "state.json"
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_bytes())
        if found["v"] != _VERSION:
            raise ValueError(found["v"])  # noqa: TRY301 - one door for everything that is not ours
        return Progress(
            run={str(name): str(value) for name, value in found["run"].items()},
            now=int(found["now"]),
            rows=int(found["rows"]),
            marks=int(found["marks"]),
            counts=[int(count) for count in found["counts"]],
            tally=tally_of(found["tally"]),
            seconds=float(found["seconds"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReportFolderError(f"{path} cannot be read", advice="begin anew with --restart") from error


def check_same(progress: Progress, run: dict[str, str]) -> None:
    """Whether the folder's run asked the same. Raises ResumeError naming the first difference."""
    for name in sorted({*progress.run, *run}):
        if progress.run.get(name) != run.get(name):
            raise ResumeError(name)


def check_folder(folder: Path) -> None:
    """A new folder, an empty one, or one of ours: a folder with other people's files is never written into.

    Raises ReportFolderError.
    """
    ours = {FOLDER, "verdicts.csv", "summary.json", "index.html", "over-issue.csv", "duplicates.csv"}
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ReportFolderError(f"{folder} is a file", advice="name a folder with -o")
    other = sorted(path.name for path in folder.iterdir() if path.name not in ours and not path.name.endswith(".part"))
    if other:
        raise ReportFolderError(
            f"{folder} holds other files ({other[0]} …)", advice="name a new or empty folder with -o"
        )


def prepare_folder(folder: Path) -> None:
    """The folder with room for working files. Raises ReportFolderError, OSError."""
    check_folder(folder)
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)


def forget(folder: Path) -> None:
    """Throw away an unfinished run's working files."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)


class Journal:
    """Appends a run's results. One writer; chunks come in order."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self.progress = progress
        self._folder = folder / FOLDER
        self._rows = _at(self._folder / "rows", progress.rows)
        self._marks = _at(self._folder / "marks", progress.marks)
        self._started = time.monotonic() - progress.seconds
        self._committed = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.close()
        self._marks.close()

    def take(self, judged: Judged) -> None:
        """Append a chunk; commit when it is time."""
        progress = self.progress
        progress.rows += self._rows.write(judged.rows)
        progress.marks += self._marks.write(judged.marks)
        progress.counts.append(judged.count)
        progress.tally.add(judged.tally)
        if time.monotonic() - self._committed > _SECONDS:
            self.commit()

    def commit(self) -> None:
        """Make everything taken so far certain. Raises OSError."""
        for file in (self._rows, self._marks):
            file.flush()
            os.fsync(file.fileno())
        progress = self.progress
        progress.seconds = time.monotonic() - self._started
        document = {
            "v": _VERSION,
            "run": progress.run,
            "now": progress.now,
            "rows": progress.rows,
            "marks": progress.marks,
            "counts": progress.counts,
            "seconds": progress.seconds,
            "tally": progress.tally.document(),
        }
        write_whole(self._folder / "state.json", json.dumps(document, ensure_ascii=True).encode())
        self._committed = time.monotonic()


def _at(path: Path, size: int) -> BufferedRandom:
    """The file open at `size` with everything behind cut off. Raises ReportFolderError when it is shorter."""
    file = path.open("r+b" if path.exists() else "w+b")
    if file.seek(0, os.SEEK_END) < size:
        file.close()
        raise ReportFolderError(f"{path} is shorter than the state says", advice="begin anew with --restart")
    file.truncate(size)
    file.seek(size)
    return file
