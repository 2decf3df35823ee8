"""Rows of an .xlsx file. python-calamine reads it: kept up, no dependencies, no macros or external links followed, no XML entities.

It holds one sheet in memory, which Excel itself limits to 1,048,576 rows; what the ZIP unpacks to is capped before (A09).
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.bulk.errors import ColumnError, InputUnreadableError
from api.bulk.tables import Layout, Record, table_layout

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

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


def open_sheet(path: Path, asked: str | None) -> tuple[CalamineSheet, Layout]:
    """The first visible sheet that has a column of labels. Raises ColumnError, InputUnreadableError."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    missing: ColumnError | None = None
    try:
        book = CalamineWorkbook.from_path(str(path))
        for about in book.sheets_metadata:
            if about.typ is not SheetTypeEnum.WorkSheet or about.visible is not SheetVisibleEnum.Visible:
                continue
            sheet = book.get_sheet_by_name(about.name)
            try:
                return sheet, table_layout(
                    [row for row, _ in zip(sheet_records(sheet), range(_SAMPLE), strict=False)], asked
                )
            except ColumnError as error:
                missing = missing or error
    except (CalamineError, OSError, ValueError) as error:
        raise InputUnreadableError(str(path), f"the workbook cannot be read: {error}"[:300]) from error
    raise missing or InputUnreadableError(str(path), "no visible sheet")


def sheet_records(sheet: CalamineSheet) -> Iterator[Record]:
    """Rows as text, numbered as Excel numbers them."""
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, [cell if isinstance(cell, str) else str(cell) for cell in row], ""
