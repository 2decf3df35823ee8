"""Lines of a text file and cells of a table, one record at a time: memory does not grow with the file, bad lines go on as such.

Records are RFC 4180's, taken apart line by line: a quote that is never closed costs its own line and not the rest of the file.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from api.bulk.encodings import TextFile
from api.bulk.errors import ColumnError
from api.bulk.items import LONGEST_TEXT, Item

LONGEST_LINE: Final = 1 << 16  # bytes
_MOST_LINES_IN_RECORD: Final = 64
_SAMPLE: Final = 100
_DELIMITERS: Final = (",", "\t", ";", "|")
# what a label's link has and hardly any other cell
_MARKS: Final = ("/01/", "/8013/")

# line number, text, rule ("" where it was read)
Line: TypeAlias = tuple[int, str, str]
# number of its first line, cells, rule
Record: TypeAlias = tuple[int, Sequence[str], str]


def read_lines(path: Path, text: TextFile) -> Iterator[Line]:
    """Decoded lines without their ends, numbered from 1. A line too long or not in the encoding has a rule instead."""
    with path.open("rb") as file:
        file.seek(text.start)
        number = 0
        while raw := file.readline(LONGEST_LINE):
            number += 1
            if not raw.endswith(b"\n") and len(raw) == LONGEST_LINE:
                while raw and not raw.endswith(b"\n"):
                    raw = file.readline(LONGEST_LINE)
                yield number, "", "line-too-long"
                continue
            try:
                yield number, raw.rstrip(b"\r\n").decode(text.encoding), ""
            except UnicodeDecodeError:
                yield number, raw[:LONGEST_TEXT].decode("ascii", "backslashreplace").rstrip(), "encoding"


def text_items(lines: Iterable[Line]) -> Iterator[Item]:
    """One label a line; empty lines are nothing."""
    for number, text, rule in lines:
        stripped = text.strip()
        if stripped or rule:
            yield str(number), stripped, rule


def read_records(lines: Iterable[Line], delimiter: str) -> Iterator[Record]:
    """The records of a delimited file."""
    waiting = iter(lines)
    again: list[Line] = []
    while True:
        line = again.pop() if again else next(waiting, None)
        if line is None:
            return
        number, text, rule = line
        if rule:
            yield number, (text,), rule
        elif '"' not in text:
            yield number, text.split(delimiter), ""
        else:
            yield _quoted(line, waiting, again, delimiter)


def _quoted(first: Line, waiting: Iterator[Line], again: list[Line], delimiter: str) -> Record:
    """A record with quotes; it may go on over several lines. Lines taken in vain are put back into `again` (last first)."""
    taken = [first]
    quotes = first[1].count('"')
    while quotes % 2:
        line = again.pop() if again else next(waiting, None)
        if line is not None:
            taken.append(line)
            quotes += line[1].count('"')
        if line is None or line[2] or len(taken) > _MOST_LINES_IN_RECORD:
            again.extend(reversed(taken[1:]))
            return first[0], (first[1],), "quotes"
    try:
        rows = list(csv.reader(["\n".join(text for _, text, _ in taken)], delimiter=delimiter, strict=True))
    except csv.Error:
        again.extend(reversed(taken[1:]))
        return first[0], (first[1],), "quotes"
    return first[0], rows[0], ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a table is to be read. column: from 0; header: the first record's cells where it is no data, else ()."""

    delimiter: str
    column: int
    header: tuple[str, ...]


def find_layout(lines: Iterable[Line], asked: str | None) -> Layout:
    """From the first lines: delimiter, column, header. `asked`: a number from 1, or a name in the first row.

    Raises ColumnError.
    """
    sample = [line for line, _ in zip(lines, range(_SAMPLE * 4), strict=False)]
    tried = [_layout(list(read_records(sample, delimiter)), delimiter, asked) for delimiter in _DELIMITERS]
    score, layout, first = max(tried, key=lambda one: one[0])
    if layout is None or (score <= 0 and asked is None):
        raise ColumnError(asked or "", first)
    return layout


def table_layout(records: Sequence[Record], asked: str | None) -> Layout:
    """The same for rows that are cells already. Raises ColumnError."""
    score, layout, first = _layout(records, "", asked)
    if layout is None or (score <= 0 and asked is None):
        raise ColumnError(asked or "", first)
    return layout


def _layout(records: Sequence[Record], delimiter: str, asked: str | None) -> tuple[int, Layout | None, tuple[str, ...]]:
    """How many cells of the column look like labels, the layout, and the first row."""
    rows = [cells for _, cells, rule in records if not rule and any(cell.strip() for cell in cells)]
    first = tuple(cell.strip() for cell in rows[0]) if rows else ()
    votes = Counter(column for cells in rows for column, cell in enumerate(cells) if _like_label(cell))
    # the most labels; of equal columns the first
    fullest = min(votes, key=lambda one: (-votes[one], one), default=None)
    column = fullest if asked is None else _named(asked, first)
    if column is None:
        return 0, None, first
    # with one column there is no delimiter to see: more columns than one breaks the tie
    score = 2 * votes[column] + (len(first) > 1)
    title = first[column] if column < len(first) else ""
    is_header = bool(title) and not _like_label(title) and (votes[column] > 0 or title == asked)
    return (
        score if votes[column] or asked else 0,
        Layout(delimiter=delimiter, column=column, header=first if is_header else ()),
        first,
    )


def _named(asked: str, first: tuple[str, ...]) -> int | None:
    if asked in first:
        return first.index(asked)
    if asked.isascii() and asked.isdigit() and 1 <= int(asked[:6]) <= 16_384:
        return int(asked) - 1
    return None


def _like_label(cell: str) -> bool:
    return "://" in cell and any(mark in cell for mark in _MARKS)


def column_items(records: Iterable[Record], layout: Layout) -> Iterator[Item]:
    """The label column; rows that are empty altogether are nothing, one without the cell is a bad line."""
    column, before_data = layout.column, bool(layout.header)
    for number, cells, rule in records:
        if rule:
            yield str(number), cells[0], rule
            continue
        text = cells[column].strip() if column < len(cells) else ""
        if before_data and (text or any(cell.strip() for cell in cells)):
            before_data = False
            continue
        if text:
            yield str(number), text, ""
        elif any(cell.strip() for cell in cells):
            yield str(number), "", "no-label"
