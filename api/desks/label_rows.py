"""A batch's public table, uploaded to be printed: labels and their signatures, never PINs.

gtin,serial,pinHash,url     what `tanji enterprise labels issue` writes (labels.csv); only `url` is needed, the rest is compared with it
serial,signature            the least there is: the links are put together from the batch that was chosen

A PIN proves who holds a label because nobody else has seen it. A table with PINs is refused whole, whatever else is in it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from api.desks.book import LoggedBatch
from api.pages.words import Pair
from verifier.bodies import Certificate
from verifier.checks.label import Issue, check_issued, check_label_signature, check_quota
from verifier.crockford import ALPHABET
from verifier.encoding import to_base64url
from verifier.errors import MalformedError
from verifier.label import PREFIX_LENGTH, Granularity, Label, parse_label
from verifier.sentences import sentence
from verifier.verdict import CheckOutcome

MOST_BYTES: Final = 4 << 20
MOST_LABELS: Final = 500  # of one printing
MOST_TOLD: Final = 20  # wrong rows that are named
_COLUMNS: Final = frozenset({"gtin", "serial", "pinhash", "url", "signature"})
_PIN_NAME: Final = re.compile(r"pins?|.*(?:\bpin\b|pin码|验证码|刮|scratch|secret).*", re.IGNORECASE)
_PIN: Final = re.compile(rf"[{ALPHABET}]{{12}}", re.IGNORECASE)
_HASH: Final = re.compile(r"0x[0-9a-f]{64}")
_PIN_FILE: Final = b'{"cipher":"aes-256-gcm"'  # how the encrypted file of PINs begins (ledger.labels.pins)


class LabelRowsError(Exception):
    """The table is not printed. rule: `pins` where it holds PINs; rows: what is wrong with which, where single rows are."""

    code = "desk.labels"

    def __init__(self, rule: str, zh: str, en: str, rows: tuple[WrongRow, ...] = ()) -> None:
        super().__init__(en)
        self.rule = rule
        self.zh = zh
        self.en = en
        self.rows = rows


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongRow:
    """One row that is not printed, as a spreadsheet counts."""

    number: int
    rule: str
    says: Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLabel:
    """A label whose signature holds. url: the link its code holds."""

    number: int
    url: str
    label: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What labels are held against. separator: EIP-712 domain of statements; resolver: host of links that are put together here."""

    batch: LoggedBatch
    certificate: Certificate
    separator: bytes
    resolver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Which labels of a table: from the `first`-th (from 1) on, `count` of them."""

    first: int = 1
    count: int = MOST_LABELS


def check_rows(data: bytes, ground: Ground, excerpt: Excerpt) -> tuple[CheckedLabel, ...]:
    """The labels asked for, each one's signature, range and quota checked. Raises LabelRowsError; nothing is printed in part."""
    table = _table(data)
    header, rows = table[0], table[1:]
    _check_header(header, rows)
    _refuse_pins(header, rows)
    chosen = list(enumerate(rows, 2))[excerpt.first - 1 : excerpt.first - 1 + min(excerpt.count, MOST_LABELS)]
    if not chosen:
        raise LabelRowsError("rows", f"表里只有 {len(rows)} 枚标签", f"The table has only {len(rows)} labels")
    found: list[CheckedLabel] = []
    wrong: list[WrongRow] = []
    seen: set[str] = set()
    for number, cells in chosen:
        one = _checked(number, dict(zip(header, cells, strict=False)), ground, seen)
        if isinstance(one, WrongRow):
            wrong.append(one)
        else:
            found.append(one)
    if wrong:
        raise LabelRowsError(
            "label.signature",
            f"{len(wrong)} 枚标签通不过核对，一枚也没有打印",
            f"{len(wrong)} labels do not pass; none was printed",
            tuple(wrong[:MOST_TOLD]),
        )
    return tuple(found)


def _table(data: bytes) -> list[list[str]]:
    if data.startswith(_PIN_FILE):
        raise _pins()
    if len(data) > MOST_BYTES:
        raise LabelRowsError(
            "size",
            f"文件超过 {MOST_BYTES >> 20} MiB，请用命令行打印",
            f"The file is larger than {MOST_BYTES >> 20} MiB: print it with the command",
        )
    try:
        text = data.decode("utf-8-sig")
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise LabelRowsError(
            "csv", "这不是 labels.csv：读不出表格", "This is no labels.csv: no table can be read"
        ) from error
    rows = [row for row in rows if any(row)]
    if not rows:
        raise LabelRowsError("empty", "文件是空的", "The file is empty")
    rows[0] = [name.lower() for name in rows[0]]
    return rows


def _pins() -> LabelRowsError:
    return LabelRowsError(
        "pins",
        "文件里有 PIN：没有打印，也没有保存。PIN 只能留在您自己手里，请上传批次文件夹里的 labels.csv；要印 PIN 请在自己的机器上用命令行",
        "The file holds PINs: nothing was printed and nothing kept. PINs stay with you alone. Upload the batch's labels.csv; "
        "to print PINs, use the command on your own machine",
    )


def _check_header(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if any(_PIN_NAME.fullmatch(name) and name != "pinhash" for name in header):
        raise _pins()
    unknown = [name for name in header if name not in _COLUMNS]
    if unknown:
        if any(_PIN.fullmatch(cell) for row in (header, *rows[:50]) for cell in row):
            raise _pins()
        raise LabelRowsError(
            "column.unknown",
            f"不认识的列：{unknown[0][:40]}。只收 gtin、serial、pinHash、url，或 serial、signature",
            f"Unknown column: {unknown[0][:40]}. Only gtin, serial, pinHash, url are taken, or serial and signature",
        )
    if len(set(header)) != len(header) or not ({"url"} <= set(header) or {"serial", "signature"} <= set(header)):
        raise LabelRowsError(
            "header", "表头应有 url，或 serial 与 signature", "The header names url, or serial and signature, once"
        )


def _refuse_pins(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Cells that are no part of a label: a PIN in a column of another name, or beyond the header."""
    places = {name: place for place, name in enumerate(header)}
    for row in rows:
        hashed = places.get("pinhash")
        if len(row) > len(header) or (
            hashed is not None and hashed < len(row) and row[hashed] and not _HASH.fullmatch(row[hashed])
        ):
            raise _pins()


def _checked(number: int, row: dict[str, str], ground: Ground, seen: set[str]) -> CheckedLabel | WrongRow:
    url = row.get("url") or _link(row, ground)
    try:
        label = parse_label(url)
    except MalformedError as error:
        return WrongRow(number=number, rule=error.rule, says=("不是标签链接", "Not a label's link"))
    if not _is_plain(url) or _differs(row, label):
        return WrongRow(
            number=number,
            rule="row",
            says=(
                "链接带有多余的内容，或与同一行的其他格不符",
                "The link carries more than a label's, or differs from its row",
            ),
        )
    if url in seen:
        return WrongRow(number=number, rule="repeated", says=("与前面一枚重复", "Stands twice"))
    seen.add(url)
    for rule, says in _failures(label, ground):
        return WrongRow(number=number, rule=rule, says=says)
    return CheckedLabel(number=number, url=url, label=label)


def _failures(label: Label, ground: Ground) -> Iterator[tuple[str, Pair]]:
    """Checks of the ladder that need nothing but label, batch and certificate (docs/spec/08)."""
    labels = ground.batch.labels
    issue = Issue(certificate_id=labels.certificate, certificate=ground.certificate, labels=labels)
    for check in (
        check_label_signature(issue, label, ground.separator),
        check_issued(issue, label, None),
        check_quota(issue, label),
    ):
        if check.outcome is CheckOutcome.FAILED:
            yield check.id.value, sentence(check.id.value, check.outcome.value, check.reason, check.fields)


def _link(row: dict[str, str], ground: Ground) -> str:
    """The link of a serial and a signature in this batch (docs/spec/08)."""
    labels, serial = ground.batch.labels, row.get("serial", "")
    product = f"01/{labels.gtin}" if labels.gtin is not None else f"8013/{labels.product.partition(':')[2]}"
    kind = Granularity(ground.certificate.granularity)
    tail = {
        Granularity.ITEM: f"/21/{quote(serial, safe='')}",
        Granularity.BATCH: f"/10/{quote(labels.batch, safe='')}",
        Granularity.MODEL: "",
    }[kind]
    prefix = to_base64url(labels.certificate[:PREFIX_LENGTH])
    return f"https://{ground.resolver}/{product}{tail}?c={prefix}&s={quote(row.get('signature', ''), safe='')}"


def _is_plain(url: str) -> bool:
    names = [part.partition("=")[0] for part in urlsplit(url).query.split("&")]
    return names == ["c", "s"] and "#" not in url


def _differs(row: dict[str, str], label: Label) -> bool:
    """Whether cells beside the link say something else than it does."""
    gtin, serial = row.get("gtin", ""), row.get("serial", "")
    return (gtin not in ("", label.product)) or (serial not in ("", label.signed_serial, label.serial))
