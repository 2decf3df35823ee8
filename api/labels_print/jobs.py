"""Printing a batch on all cores: PDF files of so many pages each, or one ZIP of SVG files. Memory does not grow with the batch."""

from __future__ import annotations

import csv
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from api.labels_print.archive import Deflated, SharedHead, ZipStream
from api.labels_print.design import Template
from api.labels_print.errors import BatchRowsError
from api.labels_print.pdf import LabelPen
from api.labels_print.png import render_png
from api.labels_print.sheet import PAGES_A_FILE, PrintedLabel, Sheet, write_pdf
from api.labels_print.svg import SvgLabels
from api.labels_print.symbol import make_symbol

A = TypeVar("A")
T = TypeVar("T")
_SVG_CHUNK: Final = 256
_HEADER: Final = ["gtin", "serial", "pinHash", "url"]
# This process's own, set by the crew's start.
_pens: list[LabelPen] = []
_svgs: list[tuple[SvgLabels, SharedHead]] = []


def read_labels(rows: Path, pins: Iterable[str] | None, *, count: int) -> Iterator[PrintedLabel]:
    """The labels of a batch in order; without PINs the scratch area stays empty.

    Raises BatchRowsError: another header, a row too few or too many, or PINs and rows that do not go together.
    """
    pin_source = None if pins is None else iter(pins)
    done = 0
    with rows.open(newline="", encoding="ascii") as file:
        reader = csv.reader(file)
        if next(reader, None) != _HEADER:
            raise BatchRowsError(str(rows), "not a batch's file of labels")
        for row in reader:
            if len(row) != len(_HEADER):
                raise BatchRowsError(str(rows), f"row {done + 1} has {len(row)} fields")
            pin = "" if pin_source is None else next(pin_source, None)
            if pin is None:
                raise BatchRowsError(str(rows), f"{done} PINs for more labels")
            yield PrintedLabel(url=row[3], serial=row[1], pin=pin)
            done += 1
    if done != count:
        raise BatchRowsError(str(rows), f"{done} labels where {count} are due: resume the batch first")


def print_pdf(
    folder: Path, labels: Iterable[PrintedLabel], template: Template, sheet: Sheet, *, processes: int = 0,
    pages: int = PAGES_A_FILE, progress: Callable[[int], None] = lambda _done: None,
) -> list[Path]:  # fmt: skip
    """Write `labels-0001.pdf`, … of at most `pages` pages each. A file that is there already is kept, so an interrupted run goes on.

    Raises ModuleTooSmallError, SymbolError, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names: list[Path] = []

    def tasks() -> Iterator[tuple[Path, Sequence[PrintedLabel], Sheet]]:
        for some in _chunks(labels, pages * sheet.labels):
            path = folder / f"labels-{len(names) + 1:04d}.pdf"
            names.append(path)
            if path.exists():
                progress(len(some))
            else:
                yield path, some, sheet

    with _crew(_start_pdf, template, processes) as crew:
        for done in crew.over(_print_pdf, tasks()):
            progress(done)
    return names


def print_svg_zip(
    path: Path, labels: Iterable[PrintedLabel], template: Template, *, processes: int = 0,
    progress: Callable[[int], None] = lambda _done: None,
) -> int:  # fmt: skip
    """Write one ZIP of SVG files named by serial (or by number where labels have none). Returns how many.

    Raises ModuleTooSmallError, SymbolError, OSError.
    """
    count = 0
    archive = ZipStream(path, SharedHead(SvgLabels(template).head))
    try:
        with _crew(_start_svg, template, processes) as crew:
            for entries in crew.over(_print_svg, enumerate(_chunks(labels, _SVG_CHUNK))):
                for entry in entries:
                    archive.add(entry)
                count += len(entries)
                progress(len(entries))
        archive.finish()
    finally:
        archive.close()
    return count


def print_png(
    folder: Path, labels: Iterable[PrintedLabel], template: Template, *, dpi: int, progress: Callable[[int], None] = lambda _done: None
) -> list[Path]:  # fmt: skip
    """Write one PNG a label; a file that is there already is kept. Raises ModuleTooSmallError, SymbolError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    pen = LabelPen(template)
    names: list[Path] = []
    for number, label in enumerate(labels, 1):
        path = folder / f"{_stem(label, number)}.png"
        names.append(path)
        if not path.exists():
            part = path.with_name(f".{path.name}.part")
            part.write_bytes(render_png(label, pen, dpi=dpi))
            part.replace(path)
        progress(1)
    return names


def _chunks(labels: Iterable[PrintedLabel], size: int) -> Iterator[list[PrintedLabel]]:
    source = iter(labels)
    while some := list(islice(source, size)):
        yield some


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crew:
    """Applies a function to tasks in their order: here, or in other processes with a few tasks under way."""

    pool: ProcessPoolExecutor | None
    ahead: int

    def over(self, function: Callable[[A], T], tasks: Iterable[A]) -> Iterator[T]:
        if self.pool is None:
            yield from map(function, tasks)
            return
        waiting: deque[Future[T]] = deque()
        try:
            for task in tasks:
                waiting.append(self.pool.submit(function, task))
                if len(waiting) > self.ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


@contextmanager
def _crew(start: Callable[[Template], None], template: Template, processes: int) -> Iterator[_Crew]:
    if not processes:
        start(template)
        yield _Crew(pool=None, ahead=0)
        return
    # spawn: nothing that this process holds open is shared with the printers.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=start, initargs=(template,)) as pool:
        yield _Crew(pool=pool, ahead=2 * processes)


def _start_pdf(template: Template) -> None:
    _pens[:] = [LabelPen(template)]


def _print_pdf(task: tuple[Path, Sequence[PrintedLabel], Sheet]) -> int:
    path, labels, sheet = task
    return write_pdf(path, labels, _pens[0], sheet)


def _start_svg(template: Template) -> None:
    svg = SvgLabels(template)
    _svgs[:] = [(svg, SharedHead(svg.head))]


def _print_svg(task: tuple[int, Sequence[PrintedLabel]]) -> list[Deflated]:
    number, labels = task
    svg, head = _svgs[0]
    return [
        head.entry(
            _stem(label, number * _SVG_CHUNK + place + 1) + ".svg",
            svg.tail(make_symbol(label.url), label.serial, label.pin),
        )
        for place, label in enumerate(labels)
    ]


def _stem(label: PrintedLabel, number: int) -> str:
    """An item's serial; batch and model labels are numbered, for a lot's name may hold anything."""
    return label.serial if label.serial.isalnum() else f"label-{number}"
