"""Rows of an .xlsx file. python-calamine reads it: kept up, no dependencies, no macros or external links followed, no XML entities.

It runs in a process of its own (`api.bulk.sheet_program`), with limits: a small file can ask for more memory than there is. What the ZIP
unpacks to is capped before (A09).
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

import orjson

from api.bulk.errors import ColumnError, InputUnreadableError
from api.bulk.sheet_program import UNREADABLE
from api.bulk.tables import Layout, Record, table_layout

MOST_BYTES: Final = 256 << 20
MOST_UNPACKED: Final = 2 << 30
_SAMPLE: Final = 400


def hash_workbook(path: Path) -> str:
    """SHA-256 of the file, after a look at its size and at what it unpacks to. Raises InputUnreadableError, OSError."""
    if path.stat().st_size > MOST_BYTES:
        raise InputUnreadableError(str(path), f"more than {MOST_BYTES >> 20} MB", "save it as CSV UTF-8")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise InputUnreadableError(str(path), "this is no .xlsx file", "save it as .xlsx or CSV UTF-8") from error
    if unpacked > MOST_UNPACKED:
        raise InputUnreadableError(str(path), f"unpacks to {unpacked >> 20} MB", "save it as CSV UTF-8")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A worksheet unpacked into a file that goes away with it: one JSON array of texts a row. height: rows."""

    name: str
    height: int
    rows: BinaryIO = field(repr=False)


def open_sheet(path: Path, asked: str | None) -> tuple[Sheet, Layout]:
    """The first visible sheet that has a column of labels. Raises ColumnError, InputUnreadableError, OSError."""
    missing: ColumnError | None = None
    for name in _visible_sheets(path):
        sheet = _unpack(path, name)
        try:
            return sheet, table_layout(list(islice(sheet_records(sheet), _SAMPLE)), asked)
        except ColumnError as error:
            missing = missing or error
    raise missing or InputUnreadableError(str(path), "no visible sheet")


def sheet_records(sheet: Sheet) -> Iterator[Record]:
    """Rows as text, numbered as Excel numbers them. One reader at a time."""
    sheet.rows.seek(0)
    for number, row in enumerate(sheet.rows, 1):
        yield number, orjson.loads(row), ""


def _visible_sheets(path: Path) -> list[str]:
    with tempfile.TemporaryFile() as listed:
        _read(path, listed)
        listed.seek(0)
        names: list[str] = orjson.loads(listed.read())
        return names


def _unpack(path: Path, name: str) -> Sheet:
    rows = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the sheet
    _read(path, rows, name)
    rows.seek(0)
    return Sheet(name=name, height=sum(1 for _ in rows), rows=rows)


def _read(path: Path, into: BinaryIO, *sheet: str) -> None:
    """Have the sheet program write into a file. Raises InputUnreadableError."""
    command = [sys.executable, "-I", "-m", "api.bulk.sheet_program", str(path.absolute()), *sheet]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=into, stderr=subprocess.PIPE, check=False)
    if done.returncode == UNREADABLE:
        reason = done.stderr.decode("utf-8", "replace")
        raise InputUnreadableError(str(path), f"the workbook cannot be read: {reason}")
    if done.returncode:
        raise InputUnreadableError(str(path), "the workbook unpacks to too much", "save it as CSV UTF-8")
