"""What stops a bulk run. A bad line never does: it is reported beside the others."""

from __future__ import annotations

from typing import ClassVar


class BulkError(Exception):
    """Base. `code` is stable; `advice` says what to do; `exit_status` is the command's."""

    code: ClassVar[str] = "bulk"
    exit_status: ClassVar[int] = 4

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class InputKindError(BulkError):
    """The input is none of the kinds that are read. path: the input; reason: what it looks like."""

    code = "bulk.input-kind"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path}: {reason}",
            advice="give a .csv, .txt or .xlsx file, an image, a PDF or a folder of photos; "
            "evidence files go to `tanji verify FILE` without -o",
        )
        self.path = path
        self.reason = reason


class InputUnreadableError(BulkError):
    """The input is of a known kind and cannot be read as a whole."""

    code = "bulk.input-unreadable"

    def __init__(self, path: str, reason: str, advice: str = "") -> None:
        super().__init__(f"{path}: {reason}", advice=advice)
        self.path = path
        self.reason = reason


class ColumnError(BulkError):
    """No column holds labels, or the one named is not there. columns: what the first row says."""

    code = "bulk.column"

    def __init__(self, asked: str, columns: tuple[str, ...]) -> None:
        shown = ", ".join(f"{n}: {name[:30]!r}" for n, name in enumerate(columns[:12], 1))
        super().__init__(
            f"no column {asked[:60]!r} in the table" if asked else "no column of the table holds label texts",
            advice=f"name it: --column NUMBER or --column NAME; the first row is: {shown}",
        )
        self.asked = asked
        self.columns = columns


class ReportFolderError(BulkError):
    """The report folder holds something that this run must not touch."""

    code = "bulk.report-folder"


class ResumeError(BulkError):
    """The folder holds a run that cannot go on with these arguments. differs: what is not the same any more."""

    code = "bulk.resume"

    def __init__(self, differs: str, advice: str = "") -> None:
        super().__init__(
            f"the report folder holds an unfinished run with another {differs}",
            advice=advice or "give the same arguments to go on, --restart to begin anew, or another folder",
        )
        self.differs = differs


class WorkerLostError(BulkError):
    """A checking process ended without an answer, as when memory runs out; what is committed is kept."""

    code = "bulk.worker-lost"
