"""Tables as people have them: encodings, headers, quotes, spreadsheets; a bad line is a bad line and no more."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from api.bulk.encodings import look_at_text
from api.bulk.errors import ColumnError, InputKindError, InputUnreadableError
from api.bulk.inputs import open_input
from api.bulk.items import CHUNK_LINES, TextChunk
from tests.support.workbook import write_workbook

LABEL = "https://id.example/01/06901234567892/21/{}?c=x&s=y"
ONE, TWO, THREE = (LABEL.format(n) for n in (1, 2, 3))


def read(path: Path, **options: str) -> list[tuple[str, str, str]]:
    found = []
    for chunk in open_input(path, **options).chunks():  # type: ignore[arg-type]
        assert isinstance(chunk, TextChunk)
        found += list(zip(chunk.places, chunk.texts, chunk.rules, strict=True))
    return found


def made(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


TABLE = f"编号,商品名称,标签链接\r\n1,洗衣机,{ONE}\r\n2,“冰箱”,{TWO}\r\n"


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8 BOM"), ("gb18030", "gb18030"), ("gbk", "gb18030")],
)
def test_the_encodings_of_chinese_offices_are_told_apart(tmp_path: Path, encoding: str, named: str) -> None:
    path = made(tmp_path, "a.csv", TABLE.encode(encoding))
    assert read(path) == [("2", ONE, ""), ("3", TWO, "")]
    assert dict(open_input(path).about) == {
        "encoding": named,
        "delimiter": "','",
        "column": "3",
        "header": "标签链接",
    }


def test_one_damaged_line_does_not_change_the_encoding_of_the_file(tmp_path: Path) -> None:
    lines = TABLE.encode() + b"3,\xff\xfe\xff," + THREE.encode() + b"\r\n" + f"4,风扇,{ONE}\r\n".encode()
    assert read(made(tmp_path, "a.csv", lines))[2:] == [
        ("4", "3,\\xff\\xfe\\xff," + THREE, "encoding"),
        ("5", ONE, ""),
    ]


def test_a_character_cut_by_a_block_border_counts_once(tmp_path: Path) -> None:
    path = made(tmp_path, "a.txt", b"x" * ((1 << 20) - 1) + "碳\n迹".encode())
    assert look_at_text(path).encoding == "utf-8"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_utf_16_is_refused_with_advice(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(InputUnreadableError) as seen:
        open_input(made(tmp_path, "a.csv", TABLE.encode(encoding)))
    assert "CSV UTF-8" in seen.value.advice


def test_plain_lines(tmp_path: Path) -> None:
    assert read(made(tmp_path, "a.txt", f"\n  {ONE} \r\n\r\n乱写\n{TWO}".encode())) == [
        ("2", ONE, ""),
        ("4", "乱写", ""),
        ("5", TWO, ""),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_header_is_optional_and_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    rows = [["1", "a", ONE], ["2", "b", TWO]]
    data = "\n".join(delimiter.join(row) for row in rows).encode()
    assert read(made(tmp_path, "a.csv", data)) == [("1", ONE, ""), ("2", TWO, "")]


def test_a_single_column_with_and_without_header(tmp_path: Path) -> None:
    assert read(made(tmp_path, "a.csv", f"label\n{ONE}\n".encode())) == [("2", ONE, "")]
    assert read(made(tmp_path, "b.csv", f"{ONE}\n{TWO}\n".encode())) == [("1", ONE, ""), ("2", TWO, "")]


def test_quotes_line_breaks_and_a_quote_left_open(tmp_path: Path) -> None:
    rows = [
        "n,note,label",
        f'1,"two\nlines, ""quoted""",{ONE}',
        f'2,"never closed,{TWO}',
        f"3,plain,{THREE}",
        f'4,"x"y,{ONE}',
        "5,short",
        ",,",
        f"6,fine,{TWO}",
    ]
    assert read(made(tmp_path, "a.csv", "\n".join(rows).encode())) == [
        ("2", ONE, ""),
        ("4", f'2,"never closed,{TWO}', "quotes"),
        ("5", THREE, ""),
        ("6", f'4,"x"y,{ONE}', "quotes"),
        ("7", "", "no-label"),
        ("9", TWO, ""),
    ]


def test_an_endless_line_costs_no_memory_and_no_other_line(tmp_path: Path) -> None:
    data = ONE.encode() + b"\n" + b"A" * 3_000_000 + b"\n" + TWO.encode() + b"\n"
    assert read(made(tmp_path, "a.txt", data)) == [("1", ONE, ""), ("2", "", "line-too-long"), ("3", TWO, "")]


def test_a_column_by_name_by_number_and_one_that_is_not_there(tmp_path: Path) -> None:
    path = made(tmp_path, "a.csv", f"old,new\n{ONE},{TWO}\n".encode())
    assert read(path, column="new") == [("2", TWO, "")]
    assert read(path, column="2") == [("2", TWO, "")]
    with pytest.raises(ColumnError) as seen:
        open_input(path, column="newer")
    assert seen.value.columns == ("old", "new")


def test_a_table_without_labels_says_so(tmp_path: Path) -> None:
    with pytest.raises(ColumnError):
        open_input(made(tmp_path, "a.csv", b"a,b\n1,2\n"))


def test_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "标签.xlsx"
    write_workbook(
        path,
        {
            "说明": [["无标签"]],
            "隐藏": [[THREE]],
            "清单": [["序号", "标签"], [1, ONE], [2, "乱写"], [], [3, ""], [4, TWO]],
        },
        first_row=3,
        hidden="隐藏",
    )
    assert read(path) == [("4", ONE, ""), ("5", "乱写", ""), ("7", "", "no-label"), ("8", TWO, "")]


def test_what_only_calls_itself_a_workbook(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadableError):
        open_input(made(tmp_path, "a.xlsx", b"PK\x03\x04 nothing"))


def test_a_cell_in_the_last_corner_ends_nothing_but_its_own_reading(tmp_path: Path) -> None:
    """A kilobyte that asks the library for half a terabyte; it then aborts the process it runs in."""
    plain, bomb = tmp_path / "plain.xlsx", tmp_path / "bomb.xlsx"
    write_workbook(plain, {"清单": [["标签"], [ONE]]})
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(bomb, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"</sheetData>", corner))
    with pytest.raises(InputUnreadableError, match="unpacks to too much"):
        open_input(bomb)


@pytest.mark.parametrize("name", ["evidence.json", "labels", "a.docx"])
def test_other_kinds_are_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputKindError):
        open_input(made(tmp_path, name, b"{}"))


def test_an_empty_folder_and_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputKindError):
        open_input(tmp_path)
    with pytest.raises(InputUnreadableError):
        open_input(tmp_path / "none.csv")


def test_chunks_are_the_same_every_time_and_none_is_long(tmp_path: Path) -> None:
    source = open_input(made(tmp_path, "a.txt", (ONE + "\n").encode() * (2 * CHUNK_LINES + 5)))
    first, second = list(source.chunks()), list(source.chunks())
    assert first == second
    assert [len(chunk.texts) for chunk in first if isinstance(chunk, TextChunk)] == [CHUNK_LINES, CHUNK_LINES, 5]
