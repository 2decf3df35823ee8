"""Footprints from a file: CSV, XLSX or PACT JSON in, one draft or every broken rule a row out. Nothing is kept, and nothing is half done.

CSV, XLSX   one row is one footprint; columns as in `ledger.intake.importers.footprint_csv`, in UTF-8 or GB18030
JSON        one PACT v3 ProductFootprint, a list of them, or { data: [...] } as a PACT host answers
"""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.desks.preparing import PreparedStatement, prepare_statement
from api.desks.rules import sentence
from api.desks.workbooks import WorkbookError, read_sheet
from api.runtime.statements import Draft, make_draft
from ledger.intake.importers.footprint_csv import body_of_row, is_column
from ledger.intake.inventory import validate_inventory
from ledger.intake.pact import FootprintRefusedError, errors_of, validate_footprint
from verifier.arithmetic import ArithmeticOutcome, check_arithmetic
from verifier.bodies import parse_footprint
from verifier.canonical import parse
from verifier.deployment import Deployment
from verifier.errors import MalformedError
from verifier.times import shanghai_date
from verifier.types import JsonValue

MOST_BYTES: Final = 2 << 20
MOST_ROWS: Final = 500
MOST_LINES: Final = 5_000  # of a table, empty ones too
MOST_COLUMNS: Final = 256
MOST_PREPARED: Final = 2_000_000  # bytes of all drafts together: they go back and forth in a form
_MOST_FINDINGS: Final = 12  # of one row
_LOOKED_AT: Final = frozenset({"gtin.check-digit", "member.unknown"})  # warnings of PACT that a table's row can heed


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
    rows = [_judge(number, body, upload, seen) for number, body in bodies]
    if sum(len(row.prepared.file()) for row in rows if row.prepared is not None) > MOST_PREPARED:
        raise UploadError(
            "prepared-size",
            "这些足迹合起来太大，请分成几个文件上传",
            "Together these footprints are too large: split the file",
        )
    return rows


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
    text = _decoded(data)
    head = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",\t;", key=head.count)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return [row for row, _ in zip(rows, range(MOST_LINES + 1), strict=False)]
    except csv.Error as error:
        raise UploadError("csv", f"CSV 读不了：{error}", f"The CSV cannot be read: {error}") from error


def _decoded(data: bytes) -> str:
    """Text as spreadsheets write it: UTF-8, GB18030 (what a Chinese Excel saves as CSV), UTF-16 ("Unicode text")."""
    wide = data.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UploadError("encoding", "文件既不是 UTF-8 也不是 GB18030 文本", "The file is neither UTF-8 nor GB18030 text")


def _sheet(data: bytes) -> list[list[str]]:
    try:
        return read_sheet(data, rows=MOST_LINES + 1, columns=MOST_COLUMNS + 1)
    except WorkbookError as error:
        if error.rule == "unpacked":
            raise UploadError(
                "unpacked", "工作簿解开后过大，或第一张表太大", "The workbook, or its first sheet, unpacks to too much"
            ) from error
        raise UploadError("workbook", "这不是可读的 .xlsx 文件", "This is no .xlsx file that can be read") from error


def _of_table(rows: list[list[str]], now: int) -> Iterator[tuple[int, JsonValue]]:
    filled = [(number, cells) for number, cells in enumerate(rows, 1) if any(cell.strip() for cell in cells)]
    if not filled:
        return
    header = [name.strip() for name in filled[0][1]]
    while header and not header[-1]:
        header.pop()
    _check_header(header)
    data = filled[1:]
    # A table that was cut off while it was read is never taken for a whole one.
    _require_few(MOST_ROWS + 1 if len(rows) > MOST_LINES else len(data))
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
            if not name:
                raise UploadError(
                    "column.empty",
                    "表头里有空的或合并的单元格：每一列都要有模板里的列名",
                    "The header has an empty or merged cell: every column needs a name of the template's",
                )
            shown = name[:40]
            raise UploadError("column.unknown", f"不认识的列：{shown}（请用模板的列名）", f"Unknown column: {shown} (use the template's names)")  # fmt: skip
        if header.count(name) > 1:
            raise UploadError("column.twice", f"列出现两次：{name[:40]}", f"A column stands twice: {name[:40]}")


def _require_few(count: int) -> None:
    if count > MOST_ROWS:
        raise UploadError("rows", f"一次最多 {MOST_ROWS} 行，请分次上传", f"At most {MOST_ROWS} rows at once")


# ---------------------------------------------------------------- one footprint


def _judge(number: int, body: JsonValue, upload: Upload, seen: set[str]) -> Row:
    members: Mapping[str, JsonValue] = body if isinstance(body, dict) else {}
    title = _plain(str(members.get("productNameCompany") or members.get("id") or "–"), 80)
    try:
        draft = make_draft("footprint", upload.party, body)
    except FootprintRefusedError as error:
        broken = errors_of(error.findings)[:_MOST_FINDINGS]
        troubles = tuple(_trouble(one.field, one.rule, one.detail) for one in broken)
        return Row(number=number, title=title, prepared=None, troubles=troubles)
    except MalformedError as error:
        return Row(number=number, title=title, prepared=None, troubles=tuple(_all_troubles(error, body)))
    prepared = prepare_statement(draft, upload.deployment, now=upload.now)
    if prepared.id in seen or str(members.get("id")) in seen:
        return Row(number=number, title=title, prepared=None, troubles=(_trouble("/id", "id.repeated", title),))
    seen |= {prepared.id, str(members.get("id"))}
    return Row(number=number, title=title, prepared=prepared, warnings=tuple(_doubts(draft)))


def _all_troubles(error: MalformedError, body: JsonValue) -> Iterator[RowTrouble]:
    """What the body's form breaks first, and every rule of PACT that other members break."""
    first = _trouble(error.place.removeprefix("/body"), error.rule, error.detail)
    yield first
    if isinstance(body, dict):
        others = (_trouble(one.field, one.rule, one.detail) for one in errors_of(validate_footprint(body)))
        yield from [one for one in others if one.field != first.field][: _MOST_FINDINGS - 1]


def _doubts(draft: Draft) -> Iterator[RowTrouble]:
    """What can be signed, and should be looked at first: no certifier accepts some of it."""
    footprint, code = parse_footprint(draft.body), draft.issuer.partition(":")[2]
    if not any(one.endswith(f":{code}") for one in footprint.company_ids):
        yield _trouble("/companyIds", "company.other", ", ".join(footprint.company_ids))
    for one in validate_footprint(draft.body):
        if one.rule in _LOOKED_AT:
            yield _trouble(one.field, one.rule, one.detail)
    for one in errors_of(validate_inventory(footprint, draft.body)):
        yield _trouble(one.field, one.rule, one.detail)
    result = check_arithmetic(footprint)
    for failure in result.failures:
        figures = failure.comparison
        yield _trouble("stages", f"sum.{failure.sum}", f"{figures.computed} ≠ {figures.stated}")
    if result.outcome is ArithmeticOutcome.NOT_CHECKED:
        yield _trouble("stages", "sum.open", "")


def _trouble(pointer: str, rule: str, detail: str) -> RowTrouble:
    zh, en = sentence(rule)
    return RowTrouble(field=column_of(pointer), rule=rule, zh=zh, en=en, detail=_plain(detail, 200))


def _plain(text: str, most: int) -> str:
    """What a person is shown of a text that nobody has checked: nothing that turns the line around or cannot be seen."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text[:most])


def column_of(pointer: str) -> str:
    """The column that a place in the body comes from, by the pointer's last name; the pointer itself where there is none."""
    names = [one for one in pointer.split("/") if one and not one.isdigit()]
    if "stages" in names:
        return "stage:…"
    last = names[-1] if names else ""
    return last if last and is_column(last) else pointer
