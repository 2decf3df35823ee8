"""What a bulk run reads: which kind of input it is, its fingerprint, and its chunks in a fixed order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from api.bulk.encodings import look_at_text
from api.bulk.errors import InputKindError, InputUnreadableError
from api.bulk.items import CHUNK_LINES, Chunk, ImageChunk, Item, text_chunk
from api.bulk.tables import column_items, find_layout, read_lines, read_records, text_items
from verifier.images import is_image

Kind = Literal["csv", "txt", "xlsx", "photos"]
ENCODINGS: Final = ("utf-8", "gb18030")
_TABLES: Final = {".csv": "csv", ".tsv": "csv", ".txt": "txt", ".xlsx": "xlsx"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkInput:
    """An input, looked at but not yet read. sha256: of all its bytes (and names, of a folder); about: for the report.

    `chunks` gives all chunks from the start, the same every time; `size_hint` how many items to expect, for a progress bar.
    """

    path: Path
    kind: Kind
    sha256: str
    chunks: Callable[[], Iterator[Chunk]] = field(repr=False)
    about: tuple[tuple[str, str], ...] = ()
    size_hint: int | None = None


def open_input(path: Path, *, column: str | None = None, encoding: str | None = None) -> BulkInput:
    """Look at an input. Raises InputKindError, InputUnreadableError, ColumnError."""
    suffix = path.suffix.lower()
    try:
        if path.is_dir():
            return _photos(path, _pictures_in(path))
        if is_image(path.name):
            return _photos(path, [path])
        if suffix not in _TABLES:
            raise InputKindError(str(path), f"files named {suffix or 'without an extension'} are not read")
        if suffix == ".xlsx":
            return _workbook(path, column)
        return _text(path, column, encoding)
    except OSError as error:
        raise InputUnreadableError(str(path), error.strerror or "cannot be read") from error


def _text(path: Path, column: str | None, encoding: str | None) -> BulkInput:
    text = look_at_text(path, encoding)
    about = [("encoding", text.encoding + (" BOM" if text.start else ""))]
    if path.suffix.lower() == ".txt":
        return BulkInput(
            path=path,
            kind="txt",
            sha256=text.sha256,
            chunks=lambda: _chunked(text_items(read_lines(path, text))),
            about=tuple(about),
            size_hint=_lines_expected(path, text.size),
        )
    layout = find_layout(read_lines(path, text), column)
    about += [("delimiter", repr(layout.delimiter)), ("column", str(layout.column + 1))]
    if layout.header:
        about.append(("header", layout.header[layout.column]))
    return BulkInput(
        path=path,
        kind="csv",
        sha256=text.sha256,
        chunks=lambda: _chunked(column_items(read_records(read_lines(path, text), layout.delimiter), layout)),
        about=tuple(about),
        size_hint=_lines_expected(path, text.size),
    )


def _workbook(path: Path, column: str | None) -> BulkInput:
    from api.bulk.workbooks import hash_workbook, open_sheet, sheet_records

    digest = hash_workbook(path)
    sheet, layout = open_sheet(path, column)
    about = [("sheet", sheet.name), ("column", str(layout.column + 1))]
    if layout.header:
        about.append(("header", layout.header[layout.column]))
    return BulkInput(
        path=path,
        kind="xlsx",
        sha256=digest,
        chunks=lambda: _chunked(column_items(sheet_records(sheet), layout)),
        about=tuple(about),
        size_hint=sheet.height,
    )


def _lines_expected(path: Path, size: int) -> int | None:
    """Lines of the file, guessed from its first megabyte."""
    with path.open("rb") as file:
        head = file.read(1 << 20)
    lines = head.count(b"\n")
    return round(size * lines / len(head)) if lines else None


def _chunked(items: Iterable[Item]) -> Iterator[Chunk]:
    gathered: list[Item] = []
    number = 0
    for item in items:
        gathered.append(item)
        if len(gathered) == CHUNK_LINES:
            yield text_chunk(number, gathered)
            gathered = []
            number += 1
    if gathered:
        yield text_chunk(number, gathered)


def _pictures_in(folder: Path) -> list[Path]:
    """Pictures and PDFs of a folder and those below it, by name; links to elsewhere are not followed."""
    found = sorted(
        path for path in folder.rglob("*") if is_image(path.name) and path.is_file() and not path.is_symlink()
    )
    if not found:
        raise InputKindError(str(folder), "no pictures or PDFs in this folder")
    return found


def _photos(root: Path, files: list[Path]) -> BulkInput:
    digest = hashlib.sha256()
    chunks: list[ImageChunk] = []
    for path in files:
        name = path.name if root == path else path.relative_to(root).as_posix()
        with path.open("rb") as file:
            digest.update(name.encode("utf-8", "surrogateescape") + b"\x00")
            digest.update(hashlib.file_digest(file, "sha256").digest())
        chunks.append(ImageChunk(number=len(chunks), path=str(path), name=name))
    return BulkInput(
        path=root,
        kind="photos",
        sha256=digest.hexdigest(),
        chunks=lambda: iter(chunks),
        about=(("files", str(len(files))),),
        size_hint=len(chunks),
    )
