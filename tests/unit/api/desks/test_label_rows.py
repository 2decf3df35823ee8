"""A batch's public table at the desk: PINs refused whole, every label checked, and what is printed can be scanned."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from api.desks.book import LoggedBatch
from api.desks.fields import Trouble
from api.desks.label_rows import MOST_BYTES, CheckedLabel, Excerpt, Ground, LabelRowsError, check_rows
from api.desks.printing import Job, draw, plan_job, read_layout
from ledger.labels.issue import IssuePolicy, begin, body_of, make
from ledger.labels.pins import read_pins
from ledger.labels.plan import Order
from tests.support import bodies
from tests.support.ledger import DEPLOYMENT, HOLDER_KEY, certificate_body
from verifier.bodies import parse_certificate, parse_labels
from verifier.types import StatementId

PASSPHRASE = b"of the test"
HOST = "id.tanji.example"


@dataclass(frozen=True)
class Made:
    """A batch on disk and what its labels are held against."""

    ground: Ground
    rows: list[dict[str, str]]
    table: bytes
    pins: list[str]
    pin_file: bytes

    def with_column(self, name: str, cell: Callable[[int], str]) -> bytes:
        head, *lines = self.table.decode().splitlines()
        return "\n".join([f"{head},{name}", *(f"{line},{cell(at)}" for at, line in enumerate(lines))]).encode()


@cache
def made(granularity: str = "item", count: int = 30, seed: int = 0) -> Made:
    identity = StatementId(bytes([seed + 1]) * 32)
    body = certificate_body(granularity=granularity, quota=max(count, 1))
    certificate = parse_certificate(body)
    order = Order(certificate_id=identity, certificate=certificate, gtin=bodies.GTIN, batch="L2026", count=count)
    batch = begin(
        Path(mkdtemp()),
        order,
        b"{}",
        known=(),
        label_key=HOLDER_KEY,
        separator=DEPLOYMENT.domain_separator,
        resolver=HOST,
    )
    make(batch, HOLDER_KEY, PASSPHRASE, policy=IssuePolicy(scrypt_n=1 << 10))
    logged = LoggedBatch(statement=identity, index=0, issuer=bodies.HOLDER, labels=parse_labels(body_of(batch)))
    ground = Ground(batch=logged, certificate=certificate, separator=DEPLOYMENT.domain_separator, resolver=HOST)
    table = batch.rows.read_bytes()
    return Made(
        ground=ground,
        rows=list(csv.DictReader(table.decode().splitlines())),
        table=table,
        pins=list(read_pins(batch.pins, PASSPHRASE)),
        pin_file=batch.pins.read_bytes(),
    )


def refused(data: bytes, ground: Ground, excerpt: Excerpt | None = None) -> LabelRowsError:
    with pytest.raises(LabelRowsError) as caught:
        check_rows(data, ground, excerpt or Excerpt())
    return caught.value


def test_the_batches_own_table_passes_and_an_excerpt_of_it_too() -> None:
    one = made()
    assert [label.url for label in check_rows(one.table, one.ground, Excerpt())] == [row["url"] for row in one.rows]
    some = check_rows(one.table, one.ground, Excerpt(first=11, count=5))
    assert [(label.number, label.url) for label in some] == [(at + 2, one.rows[at]["url"]) for at in range(10, 15)]


@pytest.mark.parametrize("granularity", ["item", "batch", "model"])
def test_serial_and_signature_are_enough(granularity: str) -> None:
    one = made(granularity, 30 if granularity == "item" else 1)
    lines = ["serial,signature", *(f"{row['serial']},{row['url'].partition('&s=')[2]}" for row in one.rows)]
    found = check_rows("\n".join(lines).encode(), one.ground, Excerpt())
    assert [label.url for label in found] == [row["url"] for row in one.rows]


# ---------------------------------------------------------------- PINs


@pytest.mark.parametrize("name", ["pin", "PINs", "PIN码", "one-time PIN", "验证码", "x", "scratch"])
def test_a_column_of_pins_is_refused_whatever_it_is_called(name: str) -> None:
    one = made()
    error = refused(one.with_column(name, lambda at: one.pins[at]), one.ground)
    assert error.rule == "pins"
    assert "PIN" in error.zh
    assert not any(pin in f"{error}{error.zh}" for pin in one.pins), "the answer repeats none"


def test_pins_where_their_hashes_are_due_or_beyond_the_header() -> None:
    one = made()
    hashed = one.table
    for row, pin in zip(one.rows, one.pins, strict=True):
        hashed = hashed.replace(row["pinHash"].encode(), pin.encode())
    head, *lines = one.table.decode().splitlines()
    beyond = "\n".join([head, *(f"{line},{pin}" for line, pin in zip(lines, one.pins, strict=True))]).encode()
    bare = "\n".join(one.pins).encode()
    for data in (hashed, beyond, bare, one.pin_file):
        assert refused(data, one.ground).rule == "pins"


def test_a_link_that_carries_more_than_a_labels_is_not_printed() -> None:
    one = made()
    data = one.table.replace(b"?c=", b"?pin=ABCDEFGH0123&c=", 1)
    error = refused(data, one.ground)
    assert [row.number for row in error.rows] == [2]


# ---------------------------------------------------------------- labels


def wrong(data: bytes, ground: Ground) -> list[tuple[int, str]]:
    return [(row.number, row.rule) for row in refused(data, ground).rows]


def test_one_label_that_does_not_pass_keeps_the_whole_sheet_back() -> None:
    one = made()
    url = one.rows[4]["url"]
    flipped = url[:-10] + ("A" if url[-10] != "A" else "B") + url[-9:]
    assert wrong(one.table.replace(url.encode(), flipped.encode()), one.ground) == [(6, "label.signature")]
    assert wrong(one.table + one.table.splitlines()[3] + b"\n", one.ground) == [(32, "repeated")]
    serial = one.rows[7]["serial"].encode()
    assert wrong(one.table.replace(b"," + serial + b",", b"," + serial[::-1] + b",", 1), one.ground) == [(9, "row")]
    assert wrong(b"url\nhttps://id.tanji.example/01/x\n", one.ground)[0][0] == 2


def test_labels_of_another_certificate_are_not_this_batches() -> None:
    assert {rule for _, rule in wrong(made(seed=7).table, made().ground)} == {"label.signature"}


def test_labels_of_another_granularity_are_not_this_certificates() -> None:
    one = made("batch", 1)
    ground = Ground(batch=one.ground.batch, certificate=made().ground.certificate, separator=one.ground.separator, resolver=HOST)  # fmt: skip
    assert wrong(one.table, ground) == [(2, "label.issued")]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b"gtin,serial\n1,2\n", "header"),
        (b"url,url\na,b\n", "header"),
        (b"url,colour\na,red\n", "column.unknown"),
        (b"url\n", "rows"),
        (b"\xff\xfe\x00u", "csv"),
        (b'url\n"open', "csv"),
        (b"u" * (MOST_BYTES + 1), "size"),
    ],
)
def test_files_that_are_no_table_of_labels(data: bytes, rule: str) -> None:
    assert refused(data, made().ground).rule == rule


def test_an_excerpt_beyond_the_table_says_how_many_there_are() -> None:
    error = refused(made().table, made().ground, Excerpt(first=31))
    assert (error.rule, "30" in error.zh) == ("rows", True)


# ---------------------------------------------------------------- sheets


def job_of(one: Made, **form: str) -> Job | Trouble:
    layout, troubles = read_layout(form)
    assert troubles == ()
    labels: tuple[CheckedLabel, ...] = check_rows(
        one.table, one.ground, Excerpt(first=layout.first, count=layout.count)
    )
    return plan_job(labels, one.ground, layout, "示例认证中心")


@pytest.mark.parametrize(
    ("form", "pages", "grid"),
    [
        ({}, 2, (3, 6)),
        ({"page": "A5"}, 4, (2, 4)),
        ({"page": "A5", "columns": "1", "rows": "2", "gap": "5"}, 15, (1, 2)),
        ({"scale": "150", "first": "30"}, 1, (2, 4)),
    ],
)
def test_every_code_of_the_pdf_is_read_and_is_its_label(
    form: dict[str, str], pages: int, grid: tuple[int, int]
) -> None:
    import pypdfium2
    import zxingcpp

    one = made()
    job = job_of(one, **form)
    assert isinstance(job, Job)
    assert (job.pages, (job.sheet.columns, job.sheet.rows)) == (pages, grid)
    document = pypdfium2.PdfDocument(draw(job))
    assert len(document) == pages
    found = {
        code.text
        for page in document
        for code in zxingcpp.read_barcodes(page.render(scale=4).to_pil(), formats=zxingcpp.BarcodeFormat.QRCode)
    }
    assert found == {label.url for label in job.labels}
    assert all(label.pin == "" for label in job.labels)


def test_the_sample_is_outlines_alone() -> None:
    job = job_of(made())
    assert isinstance(job, Job)
    sample = job.sample()
    assert sample.startswith("<svg ")
    assert not any(word in sample for word in ("<script", "<text", "<image", 'href="http', "style=", "onload"))


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"columns": "4"}, "columns"),
        ({"rows": "9"}, "rows"),
        ({"page": "A5", "scale": "150", "columns": "2"}, "columns"),
    ],
)
def test_a_grid_that_does_not_fit_is_told_at_its_field(form: dict[str, str], field: str) -> None:
    trouble = job_of(made(), **form)
    assert isinstance(trouble, Trouble)
    assert trouble.field == field
    assert trouble.zh


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"count": "501"}, "count"), ({"count": "0"}, "count"), ({"first": "0"}, "first"), ({"first": "x"}, "first"), ({"gap": "51"}, "gap"),
        ({"gap": "-1"}, "gap"), ({"gap": "nan"}, "gap"), ({"page": "A3"}, "page"), ({"scale": "10"}, "scale"), ({"columns": "99"}, "columns"),
    ],
)  # fmt: skip
def test_layouts_are_read_strictly(form: dict[str, str], field: str) -> None:
    _, troubles = read_layout(form)
    assert [one.field for one in troubles] == [field]
