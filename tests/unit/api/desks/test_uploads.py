"""Footprints from a file: every row judged by itself, nothing cut off in silence, and no file that ends the service."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from api.desks.columns import COLUMNS, example_csv, example_row, template_csv, template_workbook
from api.desks.uploads import MOST_ROWS, Row, Upload, UploadError, read_rows
from api.desks.workbooks import WorkbookError, read_sheet, write_workbook
from tests.support import workbook
from tests.support.footprints import changed, footprint, put
from tests.support.ledger import DEPLOYMENT, NOW

PARTY = "uscc:91350100M000100Y43"  # whose code the test footprint names
UPLOAD = Upload(party=PARTY, deployment=DEPLOYMENT, now=NOW)
NAMES = [column.name for column in COLUMNS]


def rows_of(data: bytes) -> list[Row]:
    return read_rows(data, UPLOAD)


def row(**cells: str) -> list[str]:
    given = dict(zip(NAMES, example_row(PARTY, NOW), strict=True)) | cells
    return [given[name] for name in NAMES]


def numbered(number: int) -> list[str]:
    return row(referencePeriodStart=f"2025-01-01T00:{number // 60:02d}:{number % 60:02d}+08:00")


def table(*rows: list[str], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([NAMES, *rows])
    return out.getvalue().encode(encoding)


def refused(data: bytes) -> UploadError:
    with pytest.raises(UploadError) as caught:
        rows_of(data)
    assert caught.value.zh
    assert str(caught.value)
    return caught.value


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", ","), ("utf-16", "\t")]
)
def test_a_table_as_spreadsheets_save_it(encoding: str, delimiter: str) -> None:
    (one,) = rows_of(table(row(productNameCompany="冰箱 𠮷 型"), encoding=encoding, delimiter=delimiter))
    assert (one.number, one.title, one.troubles, one.warnings) == (2, "冰箱 𠮷 型", (), ())
    assert one.prepared is not None
    assert one.prepared.summary.endswith("「冰箱 𠮷 型」")


def test_the_templates_example_can_be_signed_and_the_template_holds_no_row_that_could() -> None:
    (one,) = rows_of(example_csv(PARTY, NOW))
    assert one.prepared is not None
    assert (one.troubles, one.warnings) == ((), ())
    assert refused(template_csv()).rule == "empty"
    assert refused(template_workbook(PARTY, NOW)).rule == "empty"


def test_bad_rows_are_told_by_column_and_rule_and_keep_no_other_back() -> None:
    found = rows_of(
        table(
            row(),
            row(pcfExcludingBiogenicUptake="12,5", crossSectoralStandards="", declaredUnitOfMeasurement="stück"),
            numbered(1),
        )
    )
    assert [one.prepared is not None for one in found] == [True, False, True]
    told = {(one.field, one.rule) for one in found[1].troubles}
    assert ("pcfExcludingBiogenicUptake", "quantity") in told
    assert {field for field, _ in told} >= {"crossSectoralStandards", "declaredUnitOfMeasurement"}
    assert all(one.zh and one.en for one in found[1].troubles)


def test_what_can_be_signed_and_no_certifier_accepts_is_said_first() -> None:
    (one,) = rows_of(
        table(
            row(
                **{"stage:制造": "120"},
                productIds="urn:gtin:09520000000012",
                companyIds="urn:pact:gsxt.gov.cn:uscc:91210100MA0P0EXAM1",
            )
        )
    )
    assert one.prepared is not None
    assert {(warning.field, warning.rule) for warning in one.warnings} >= {
        ("companyIds", "company.other"),
        ("productIds", "gtin.check-digit"),
        ("stage:…", "sum.stages"),
    }


def test_a_row_that_stands_twice_is_signed_once() -> None:
    first, second = rows_of(table(row(), row()))
    assert first.prepared is not None
    assert [one.rule for one in second.troubles] == ["id.repeated"]


def test_rows_are_counted_as_a_spreadsheet_counts_and_empty_ones_passed_over() -> None:
    data = b"\n\n" + table([""] * len(NAMES), row())
    assert [one.number for one in rows_of(data)] == [5]


def test_titles_of_rows_that_nobody_checked_hold_nothing_that_turns_the_line_around() -> None:
    (one,) = rows_of(table(row(productNameCompany="\u202egnp.exe", declaredUnitAmount="x")))
    assert one.title == "\ufffdgnp.exe"
    assert one.prepared is None


@pytest.mark.parametrize("count", [MOST_ROWS, MOST_ROWS + 1])
def test_five_hundred_rows_and_no_more(count: int) -> None:
    data = table(*(numbered(number) for number in range(count)))
    if count <= MOST_ROWS:
        assert len(rows_of(data)) == count
    else:
        assert refused(data).rule == "rows"


def test_a_table_that_is_not_read_to_its_end_is_refused_whole() -> None:
    assert refused(table(row()) + b"\n" * 6_000 + table(row()).partition(b"\n")[2]).rule == "rows"


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"companyName,nonsense\na,b\n", "column.unknown"),
        (b"companyName,,productIds\na,b,c\n", "column.empty"),
        (b"companyName,companyName\na,b\n", "column.twice"),
        (b"companyName\na,b\n", "row.shape"),
        (b'companyName\n"open', "csv"),
        (b"\xff\xfe\x00", "encoding"),
        (b"companyName\n\x00\xff\x81", "encoding"),
        (b"x" * (2 << 20) + b"x", "size"),
        (b"{not json", "json"),
        (b'{"data": []}', "empty"),
        (b"PK\x03\x04 and nothing", "workbook"),
    ],
)
def test_files_that_are_no_table(data: bytes, rule: str) -> None:
    assert refused(data).rule == rule


# ---------------------------------------------------------------- PACT JSON


def test_pact_json_alone_in_a_list_and_as_a_host_answers() -> None:
    bodies = [changed(put("/id", f"1f2e3d4c-5b6a-4978-8a9b-0c1d2e3f4a{number:02x}")) for number in range(3)]
    for document in (bodies[0], bodies, {"data": bodies}):
        found = rows_of(json.dumps(document, ensure_ascii=False).encode())
        assert len(found) == (1 if document is bodies[0] else 3)
        assert all(one.prepared is not None for one in found)
    assert [one.number for one in found] == [1, 2, 3]


def test_items_of_a_list_that_are_no_footprints() -> None:
    found = rows_of(json.dumps([1, None, "x", [], {}, footprint()]).encode())
    assert [one.prepared is not None for one in found] == [False] * 5 + [True]
    assert all(one.troubles for one in found[:5])


def test_drafts_that_would_not_go_back_in_a_form_are_refused() -> None:
    bodies: list[dict[str, Any]] = []
    for number in range(95):
        body = changed(put("/comment", "长" * 7_000))
        bodies.append(body | {"id": f"1f2e3d4c-5b6a-4978-8a9b-0c1d2e3f4a{number:02x}"})
    data = json.dumps(bodies, ensure_ascii=False).encode()
    assert len(data) < 2 << 20 or refused(data).rule in ("size", "prepared-size")


# ---------------------------------------------------------------- workbooks


def xlsx(tmp_path: Path, *rows: list[str], first_row: int = 1) -> bytes:
    path = tmp_path / "table.xlsx"
    workbook.write_workbook(path, {"sheet": [NAMES, *rows]}, first_row=first_row)
    return path.read_bytes()


def altered(data: bytes, member: str, change: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name in read.namelist():
            written.writestr(name, change(read.read(name)) if name == member else read.read(name))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_a_workbook_is_the_same_as_the_table_in_it(tmp_path: Path) -> None:
    from_workbook, from_table = rows_of(xlsx(tmp_path, row())), rows_of(table(row()))
    assert from_workbook[0].prepared is not None
    assert from_table[0].prepared is not None
    assert from_workbook[0].prepared.id == from_table[0].prepared.id


def test_our_own_workbook_is_read_back_as_it_was_written() -> None:
    rows = [["a", "", "&<>\"'"], ["06901234567892", " 2025-01-01", "=1+1"], ["名"]]
    assert read_sheet(write_workbook((("足迹", rows), ("x", [["y"]]))), rows=9, columns=9) == [
        ["a", "", "&<>\"'"], ["06901234567892", "2025-01-01", "=1+1"], ["名", "", ""],
    ]  # fmt: skip


def test_numbers_and_days_in_cells_are_what_they_mean(tmp_path: Path) -> None:
    place = NAMES.index("declaredUnitAmount")
    data = altered(xlsx(tmp_path, row()), SHEET, lambda xml: xml)
    cell = read_sheet(data, rows=2, columns=40)[1][place]
    assert cell == "1"


def test_a_formula_is_the_value_that_was_saved_with_it(tmp_path: Path) -> None:
    def change(xml: bytes) -> bytes:
        before = xml.index(b"310.5</t>")
        start = xml.rindex(b"<c ", 0, before)
        end = xml.index(b"</c>", before)
        reference = xml[start:end].split(b'r="')[1].split(b'"')[0]
        return xml[:start] + b'<c r="' + reference + b'"><f>300+10.5</f><v>310.5</v></c>' + xml[end + 4 :]

    (one,) = rows_of(altered(xlsx(tmp_path, row()), SHEET, change))
    assert one.prepared is not None
    assert " 310.5 " in one.prepared.summary


def test_a_merged_header_is_told(tmp_path: Path) -> None:
    path = tmp_path / "merged.xlsx"
    workbook.write_workbook(path, {"sheet": [[NAMES[0], "", *NAMES[2:]], row()]})
    assert refused(path.read_bytes()).rule == "column.empty"


def test_a_header_further_down_is_found_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    assert [one.number for one in rows_of(xlsx(tmp_path, row(), first_row=4))] == [5]


def test_a_cell_in_the_last_corner_does_not_end_the_service(tmp_path: Path) -> None:
    """A kilobyte that asks the library for half a terabyte; it then aborts its process."""
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    data = altered(xlsx(tmp_path, row()), SHEET, lambda xml: xml.replace(b"</sheetData>", corner))
    assert refused(data).rule == "unpacked"


def test_a_sheet_that_unpacks_to_more_than_any_table(tmp_path: Path) -> None:
    data = altered(
        xlsx(tmp_path, row()), SHEET, lambda xml: xml.replace(b"</sheetData>", b" " * (66 << 20) + b"</sheetData>")
    )
    assert len(data) < 2 << 20
    assert refused(data).rule == "unpacked"


def test_members_that_say_they_are_small(tmp_path: Path) -> None:
    data = bytearray(
        altered(
            xlsx(tmp_path, row()), SHEET, lambda xml: xml.replace(b"</sheetData>", b" " * (66 << 20) + b"</sheetData>")
        )
    )
    place = data.rindex(SHEET.encode())  # the directory's entry; sizes stand 22 bytes before the name
    data[place - 22 : place - 18] = (5_000).to_bytes(4, "little")
    with pytest.raises(UploadError):
        rows_of(bytes(data))


def test_a_zip_that_is_no_workbook() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(WorkbookError) as caught:
        read_sheet(out.getvalue(), rows=5, columns=5)
    assert caught.value.rule == "workbook"


def test_more_members_than_any_workbook_has() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(600):
            archive.writestr(f"{number}", "")
    with pytest.raises(WorkbookError) as caught:
        read_sheet(out.getvalue(), rows=5, columns=5)
    assert caught.value.rule == "unpacked"
