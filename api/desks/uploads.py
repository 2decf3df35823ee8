"""Footprints from a file: CSV, XLSX or PACT JSON in, one draft or every broken rule a row out. Nothing is kept, and nothing is half done.

CSV, XLSX   one row is one footprint; columns as in `ledger.intake.importers.footprint_csv`, in UTF-8 or GB18030
JSON        one PACT v3 ProductFootprint, a list of them, or { data: [...] } as a PACT host answers
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from api.desks.preparing import PreparedStatement, prepare_statement
from api.desks.rules import sentence
from api.runtime.statements import make_draft
from ledger.intake.importers.footprint_csv import body_of_row, is_column
from ledger.intake.inventory import validate_inventory
from ledger.intake.pact import FootprintRefusedError, errors_of
from verifier.arithmetic import ArithmeticOutcome, check_arithmetic
from verifier.bodies import parse_footprint
from verifier.canonical import parse
from verifier.deployment import Deployment
from verifier.errors import MalformedError
from verifier.times import shanghai_date
from verifier.types import JsonValue

MOST_BYTES: Final = 2 << 20
MOST_ROWS: Final = 500
MOST_UNPACKED: Final = 64 << 20
MOST_COLUMNS: Final = 256
_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_MOST_FINDINGS: Final = 12  # of one row


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTrouble:
    """One broken rule of a row. field: the column where there is one, else a JSON pointer."""

    field: str
    rule: str
    zh: str
    en: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One footprint of a file. number: the row as a spreadsheet counts, or the place in the list; prepared: None where rules are broken."""

    number: int
    title: str
    prepared: PreparedStatement | None
    troubles: tuple[RowTrouble, ...] = ()
    warnings: tuple[RowTrouble, ...] = ()


class UploadError(Exception):
    """The file as a whole is not read: `rule` says why, in both languages."""

    code = "desk.upload"

    def __init__(self, rule: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.rule = rule
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Whose file, for which ledger, when (unix seconds)."""

    party: str
    deployment: Deployment
    now: int


def read_rows(data: bytes, upload: Upload) -> list[Row]:
    """Judge every row of a file. Raises UploadError."""
    if len(data) > MOST_BYTES:
        raise UploadError("size", f"文件超过 {MOST_BYTES >> 20} MiB", f"The file is larger than {MOST_BYTES >> 20} MiB")
    bodies = list(_bodies(data, upload.now))
    if not bodies:
        raise UploadError("empty", "文件里没有数据行", "The file has no rows")
    seen: set[str] = set()
    return [_judge(number, body, upload, seen) for number, body in bodies]


def _bodies(data: bytes, now: int) -> Iterator[tuple[int, JsonValue]]:
    if data.startswith(b"PK"):
        return _of_table(_sheet(data), now)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _of_json(data)
    return _of_table(_delimited(data), now)


# ---------------------------------------------------------------- JSON


def _of_json(data: bytes) -> Iterator[tuple[int, JsonValue]]:
    try:
        document = parse(data, MOST_BYTES)
    except MalformedError as error:
        raise UploadError("json", f"JSON 读不了：{error}", f"The JSON cannot be read: {error}") from error
    if isinstance(document, dict) and isinstance(document.get("data"), list):
        document = document["data"]
    items: Sequence[JsonValue] = document if isinstance(document, list) else [document]
    _require_few(len(items))
    return enumerate(items, 1)


# ---------------------------------------------------------------- tables


def _delimited(data: bytes) -> list[list[str]]:
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            head = text.partition("\n")[0]
            delimiter = max(",\t;", key=head.count)
            return [row for row, _ in zip(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True), range(MOST_ROWS + 2), strict=False)]  # fmt: skip
        except csv.Error as error:
            raise UploadError("csv", f"CSV 读不了：{error}", f"The CSV cannot be read: {error}") from error
    raise UploadError("encoding", "文件既不是 UTF-8 也不是 GB18030 文本", "The file is neither UTF-8 nor GB18030 text")


def _sheet(data: bytes) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise UploadError("unpacked", "工作簿解开后过大", "The workbook unpacks to too much")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        rows = zip(sheet.iter_rows(), range(MOST_ROWS + 2), strict=False)
        return [[_cell(cell) for cell in row[:MOST_COLUMNS]] for row, _ in rows]
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise UploadError("workbook", "这不是可读的 .xlsx 文件", "This is no .xlsx file that can be read") from error


def _cell(value: object) -> str:
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


def _of_table(rows: list[list[str]], now: int) -> Iterator[tuple[int, JsonValue]]:
    if not rows:
        return
    header = [name.strip() for name in rows[0]]
    while header and not header[-1]:
        header.pop()
    _check_header(header)
    data = [(number, cells) for number, cells in enumerate(rows[1:], 2) if any(cell.strip() for cell in cells)]
    _require_few(len(data))
    for number, cells in data:
        if any(cell.strip() for cell in cells[len(header) :]):
            raise UploadError(
                "row.shape", f"第 {number} 行比表头多出单元格", f"Row {number} has more cells than the header"
            )
        padded = [*cells, *[""] * len(header)][: len(header)]
        row = {name: cell.strip() for name, cell in zip(header, padded, strict=True)}
        yield number, body_of_row({"created": f"{shanghai_date(now)}T00:00:00+08:00", **_given(row, "created")})


def _given(row: dict[str, str], name: str) -> dict[str, str]:
    """The row, without the named member where its cell is empty."""
    return {key: value for key, value in row.items() if key != name or value}


def _check_header(header: list[str]) -> None:
    if not header or len(header) > MOST_COLUMNS:
        raise UploadError("header", "没有表头，或列太多", "There is no header, or too many columns")
    for name in header:
        if not is_column(name):
            shown = name[:40] or "∅"
            raise UploadError("column.unknown", f"不认识的列：{shown}（请用模板的列名）", f"Unknown column: {shown} (use the template's names)")  # fmt: skip
        if header.count(name) > 1:
            raise UploadError("column.twice", f"列出现两次：{name[:40]}", f"A column stands twice: {name[:40]}")


def _require_few(count: int) -> None:
    if count > MOST_ROWS:
        raise UploadError("rows", f"一次最多 {MOST_ROWS} 行，请分次上传", f"At most {MOST_ROWS} rows at once")


# ---------------------------------------------------------------- one footprint


def _judge(number: int, body: JsonValue, upload: Upload, seen: set[str]) -> Row:
    members: Mapping[str, JsonValue] = body if isinstance(body, dict) else {}
    title = str(members.get("productNameCompany") or members.get("id") or "–")[:80]
    try:
        draft = make_draft("footprint", upload.party, body)
    except FootprintRefusedError as error:
        broken = errors_of(error.findings)[:_MOST_FINDINGS]
        troubles = tuple(_trouble(one.field, one.rule, one.detail) for one in broken)
        return Row(number=number, title=title, prepared=None, troubles=troubles)
    except MalformedError as error:
        return Row(
            number=number, title=title, prepared=None, troubles=(_trouble(error.place, error.rule, error.detail),)
        )
    prepared = prepare_statement(draft, upload.deployment, now=upload.now)
    if prepared.id in seen or str(members.get("id")) in seen:
        return Row(number=number, title=title, prepared=None, troubles=(_trouble("/id", "id.repeated", title),))
    seen |= {prepared.id, str(members.get("id"))}
    return Row(number=number, title=title, prepared=prepared, warnings=tuple(_doubts(draft.body)))


def _doubts(body: dict[str, JsonValue]) -> Iterator[RowTrouble]:
    """What can be signed, and no certifier may accept."""
    footprint = parse_footprint(body)
    for one in errors_of(validate_inventory(footprint, body)):
        yield _trouble(one.field, one.rule, one.detail)
    result = check_arithmetic(footprint)
    for failure in result.failures:
        figures = failure.comparison
        yield _trouble("stages", f"sum.{failure.sum}", f"{figures.computed} ≠ {figures.stated}")
    if result.outcome is ArithmeticOutcome.NOT_CHECKED:
        yield _trouble("stages", "sum.open", "")


def _trouble(pointer: str, rule: str, detail: str) -> RowTrouble:
    zh, en = sentence(rule)
    return RowTrouble(field=column_of(pointer), rule=rule, zh=zh, en=en, detail=detail[:200])


def column_of(pointer: str) -> str:
    """The column that a place in the body comes from, by the pointer's last name; the pointer itself where there is none."""
    names = [one for one in pointer.split("/") if one and not one.isdigit()]
    if "stages" in names:
        return "stage:…"
    last = names[-1] if names else ""
    return last if last and is_column(last) else pointer
