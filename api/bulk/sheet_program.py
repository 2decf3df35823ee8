"""A workbook's sheets as lines of JSON: a program of its own, because what comes from anybody is unpacked here.

python -m api.bulk.sheet_program WORKBOOK          a JSON array: names of the visible worksheets, in order
python -m api.bulk.sheet_program WORKBOOK NAME     one JSON array of texts a row; row 1 first, whatever is empty

A sheet of one kilobyte can ask for half a terabyte (a cell in the last row and column), and the library then ends the process
it runs in: here that is only this one. `api.bulk.workbooks` starts it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import orjson

from api.runtime.confine import confine

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

MEMORY: Final = 4 << 30
SECONDS: Final = 600
UNREADABLE: Final = 3  # exit code; standard error then says why


def main(arguments: list[str]) -> int:
    """Write to standard output what was asked for."""
    confine(memory=MEMORY, seconds=SECONDS)
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_path(arguments[0])
        if len(arguments) > 1:
            _write_rows(book, arguments[1])
            return 0
        names = [
            about.name
            for about in book.sheets_metadata
            if about.typ is SheetTypeEnum.WorkSheet and about.visible is SheetVisibleEnum.Visible
        ]
    except (CalamineError, OSError, ValueError) as error:
        sys.stderr.write(str(error)[:300])
        return UNREADABLE
    sys.stdout.buffer.write(orjson.dumps(names))
    return 0


def _write_rows(book: CalamineWorkbook, name: str) -> None:
    for row in book.get_sheet_by_name(name).iter_rows():
        texts = [cell if isinstance(cell, str) else str(cell) for cell in row]
        sys.stdout.buffer.write(orjson.dumps(texts, option=orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
