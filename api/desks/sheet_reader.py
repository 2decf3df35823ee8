"""The first sheet of a workbook as rows of text: a program of its own, because what comes from anybody is unpacked here.

python sheet_reader.py ROWS COLUMNS < workbook.xlsx > rows.json        one JSON array of arrays of text

A sheet of one kilobyte can ask for half a terabyte (a cell in the last row and column), and the library then ends the process it runs in. So it runs in
this one, with little memory and little time; `api.desks.workbooks` starts it and takes its end for an unreadable file.
"""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from io import BytesIO

from api.runtime.confine import confine

MEMORY = 768 << 20  # bytes of address space
SECONDS = 10  # of processor time


def main(arguments: list[str]) -> int:
    """Read standard input, write standard output."""
    most_rows, most_columns = int(arguments[0]), int(arguments[1])
    confine(memory=MEMORY, seconds=SECONDS)
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(0)
    rows = [[text_of(cell) for cell in row[:most_columns]] for row, _ in zip(sheet.iter_rows(), range(most_rows), strict=False)]  # fmt: skip
    sys.stdout.write(json.dumps(rows))
    return 0


def text_of(value: object) -> str:
    """A cell as it would stand in CSV: whole numbers without a point, days as the start of the day in Shanghai."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S+08:00")
    if isinstance(value, date):
        return value.strftime("%Y-%m-%dT00:00:00+08:00")
    return str(value).strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
