"""Workbooks (.xlsx): read in a process of their own, and written for templates. A cell is text, whatever it looks like."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Final
from xml.sax.saxutils import escape

MOST_UNPACKED: Final = 64 << 20
MOST_MEMBERS: Final = 500
SECONDS: Final = 20.0
_READER: Final = Path(__file__).with_name("sheet_reader.py")
_READING: Final = Lock()  # one workbook is unpacked at a time
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the same sheets give the same file


class WorkbookError(Exception):
    """Not a workbook that is read here. rule: `unpacked` (too large), `workbook` (damaged, or not one)."""

    code = "desk.workbook"

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule


def read_sheet(data: bytes, *, rows: int, columns: int) -> list[list[str]]:
    """The first sheet's first rows and columns as text; row 1 first, whatever is empty. Raises WorkbookError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, EOFError) as error:
        raise WorkbookError("workbook", "not a ZIP file") from error
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise WorkbookError("unpacked", "the workbook unpacks to too much")
    command = [sys.executable, "-I", str(_READER), str(rows), str(columns)]
    with _READING:
        try:
            done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise WorkbookError("unpacked", "reading the workbook takes too long") from error
    if done.returncode < 0:  # ended by a limit
        raise WorkbookError("unpacked", "the workbook unpacks to too much")
    if done.returncode:
        raise WorkbookError("workbook", "the workbook cannot be read")
    found: list[list[str]] = json.loads(done.stdout)
    return found


def write_workbook(sheets: Sequence[tuple[str, Sequence[Sequence[str]]]]) -> bytes:
    """A workbook of sheets by name. Every cell, empty ones too, has the format of text, so that codes and dates stay as they are typed."""
    numbers = range(1, len(sheets) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in numbers
    )
    named = "".join(
        f'<sheet name="{_quoted(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, (name, _) in enumerate(sheets, 1)
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_REL}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    styled = f'<Relationship Id="rId{len(sheets) + 1}" Type="{_REL}/styles" Target="styles.xml"/>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{related}{styled}</Relationships>',
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/sheet{n}.xml": _sheet(rows) for n, (_, rows) in enumerate(sheets, 1)},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), _XML + text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


# Format 49 is text; style 2 is a heading.
_STYLES: Final = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs></styleSheet>'
)


def _sheet(rows: Sequence[Sequence[str]]) -> str:
    width = max((len(row) for row in rows), default=1)
    body = "".join(
        f'<row r="{at}">' + "".join(_cell(column, at, text) for column, text in enumerate(row) if text) + "</row>"
        for at, row in enumerate(rows, 1)
    )
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<cols><col min="1" max="{width}" width="28" style="1" customWidth="1"/></cols><sheetData>{body}</sheetData></worksheet>'
    )


def _cell(column: int, row: int, text: str) -> str:
    style = 2 if row == 1 else 1
    return f'<c r="{_letters(column)}{row}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _letters(column: int) -> str:
    """A, B, …, Z, AA, …"""
    text, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        text = chr(65 + letter) + text
    return text


def _quoted(name: str) -> str:
    return escape(name, {'"': "&quot;"})
