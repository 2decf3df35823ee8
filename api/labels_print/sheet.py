"""Pages of labels: the grid, the cut marks, and PDF files of a bounded number of pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final

from api.labels_print.design import Template
from api.labels_print.drawing import MM_PER_POINT
from api.labels_print.errors import SheetError
from api.labels_print.pdf import LabelPen, PdfFile
from api.labels_print.symbol import make_symbol

PAGES: Final = {"A4": (210.0, 297.0), "A5": (148.0, 210.0)}
PAGES_A_FILE: Final = 500
MARK: Final = 3.0  # length of a cut mark, mm
_K: Final = 1 / MM_PER_POINT


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedLabel:
    """One label's own data: the link in its code, and what a person reads."""

    url: str
    serial: str
    pin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page: its size, labels a row and a column, the gap between them. Millimetres."""

    page: tuple[float, float]
    columns: int
    rows: int
    gap: float = 0.0

    @property
    def labels(self) -> int:
        """Labels a page."""
        return self.columns * self.rows


def plan_sheet(
    page: tuple[float, float], label: tuple[float, float], *, columns: int | None = None, rows: int | None = None,
    margin: float = 8.0, gap: float = 0.0,
) -> Sheet:  # fmt: skip
    """The grid asked for, or as many labels as fit. `margin` holds the cut marks and what a printer cannot reach.

    Raises SheetError when the grid does not fit.
    """
    counts = []
    for axis, length, size, wanted in (("width", page[0], label[0], columns), ("height", page[1], label[1], rows)):
        room = length - 2 * margin
        count = int((room + gap + 1e-6) // (size + gap)) if wanted is None else wanted
        needed = max(count, 1) * (size + gap) - gap
        if count < 1 or needed > room + 1e-6:
            raise SheetError(axis=axis, wanted=needed, available=room)
        counts.append(count)
    return Sheet(page=page, columns=counts[0], rows=counts[1], gap=gap)


def write_pdf(path: Path, labels: Iterable[PrintedLabel], pen: LabelPen, sheet: Sheet) -> int:
    """Write one PDF; it appears whole or not at all. Returns how many labels it holds. Memory does not grow with them.

    Raises ModuleTooSmallError, SymbolError, GlyphMissingError, OSError.
    """
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as out:
        count = write_sheets(out, labels, pen, sheet)
    part.replace(path)
    return count


def write_sheets(out: IO[bytes], labels: Iterable[PrintedLabel], pen: LabelPen, sheet: Sheet) -> int:
    """The same into an open file, which holds no whole PDF until this returns.

    Raises ModuleTooSmallError, SymbolError, GlyphMissingError, OSError.
    """
    count = 0
    file = PdfFile(out, page=sheet.page, pen=pen)
    marks = _cut_marks(sheet, pen.template)
    places = list(_places(sheet, pen.template))
    source = iter(labels)
    while some := list(islice(source, sheet.labels)):
        parts = [marks]
        for label, (x, y) in zip(some, places, strict=False):
            drawn = pen.label(make_symbol(label.url), (label.serial, label.pin))
            parts.append(b"q 1 0 0 1 %.3f %.3f cm /L Do\n%bQ\n" % (x, y, drawn))
        file.page(b"".join(parts))
        count += len(some)
    file.finish()
    return count


def _origin(sheet: Sheet, template: Template) -> tuple[float, float]:
    """Left and top edge of the grid, centred on the page."""
    width = sheet.columns * (template.width + sheet.gap) - sheet.gap
    height = sheet.rows * (template.height + sheet.gap) - sheet.gap
    return (sheet.page[0] - width) / 2, (sheet.page[1] - height) / 2


def _places(sheet: Sheet, template: Template) -> Iterator[tuple[float, float]]:
    """Lower left corner of each label in points, row by row."""
    left, top = _origin(sheet, template)
    for row in range(sheet.rows):
        for column in range(sheet.columns):
            x = left + column * (template.width + sheet.gap)
            y = top + row * (template.height + sheet.gap) + template.height
            yield x * _K, (sheet.page[1] - y) * _K


def _cut_marks(sheet: Sheet, template: Template) -> bytes:
    """Short lines outside the grid where every cut goes."""
    left, top = _origin(sheet, template)
    right, bottom = sheet.page[0] - left, sheet.page[1] - top
    edges_x = {
        left + at * (template.width + sheet.gap) + side for at in range(sheet.columns) for side in (0.0, template.width)
    }
    edges_y = {
        top + at * (template.height + sheet.gap) + side for at in range(sheet.rows) for side in (0.0, template.height)
    }
    lines = []
    for x in sorted(edges_x):
        lines += [(x, top - 1, x, top - 1 - MARK), (x, bottom + 1, x, bottom + 1 + MARK)]
    for y in sorted(edges_y):
        lines += [(left - 1, y, left - 1 - MARK, y), (right + 1, y, right + 1 + MARK, y)]
    height = sheet.page[1]
    drawn = [
        b"%.3f %.3f m %.3f %.3f l\n" % (a * _K, (height - b) * _K, c * _K, (height - d) * _K) for a, b, c, d in lines
    ]
    return b"0 G 0.25 w [] 0 d\n" + b"".join(drawn) + b"S\n"
