"""The enterprise's desk over HTTP, as browsers without scripts and as hostile senders meet it: a real ledger, a real local node."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.desks.columns import COLUMNS, example_row
from api.desks.workbooks import read_sheet
from ledger.labels.issue import IssuePolicy, begin, body_of, make
from ledger.labels.pins import read_pins
from ledger.labels.plan import Order
from tests.support import bodies
from tests.support.desks import DeskWorld, desk_world, prepared_of, signed_with
from tests.support.ledger import NOW, certificate_body
from tests.support.pages import read
from verifier.bodies import parse_certificate
from verifier.canonical import parse
from verifier.statement import parse_statement, statement_id
from verifier.types import StatementId

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("enterprise-desk")]

OWN = f"/desk/enterprise/{bodies.HOLDER}"
PAGES = ("", "/footprints", "/upload", "/queue", "/labels", "/signals", "/items", "/accreditation", "/status")
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
NAMES = [column.name for column in COLUMNS]
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LABELS = 40
JSON = {"content-type": "application/json"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    with desk_world(tmp_path) as running:
        yield running


def words(page: str) -> str:
    return read(page).text


def id_of(statement: bytes) -> str:
    return f"0x{statement_id(parse_statement(parse(statement))).hex()}"


def row(**cells: str) -> list[str]:
    given = (
        dict(zip(NAMES, example_row(bodies.HOLDER, NOW), strict=True))
        | {"productIds": f"urn:gtin:{bodies.GTIN}"}
        | cells
    )
    return [given[name] for name in NAMES]


def table(*rows: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([NAMES, *rows])
    return out.getvalue().encode()


def numbered(number: int) -> list[str]:
    return row(referencePeriodStart=f"2025-01-01T00:{number // 60:02d}:{number % 60:02d}+08:00")


def upload(desk: DeskWorld, data: bytes, name: str = "table.csv", **parameters: str) -> Any:
    return desk.client.post(f"{OWN}/upload", files={"file": (name, data)}, params=parameters)


def bundle_of(page: str) -> str:
    found = re.search(r'<textarea hidden name="document"[^>]*>([^<]*)</textarea>', page)
    assert found is not None, "nothing to sign"
    return html.unescape(found[1])


# ---------------------------------------------------------------- every page


@pytest.mark.parametrize("party", [bodies.HOLDER, "uscc:91110000MA0C0EXAM9"])
def test_empty_pages_are_whole_in_both_languages_and_load_nothing_from_elsewhere(desk: DeskWorld, party: str) -> None:
    for rest in PAGES:
        for lang in ("zh", "en"):
            answer = desk.client.get(f"/desk/enterprise/{party}{rest}", params={"lang": lang})
            page = read(answer.text)
            assert (answer.status_code, page.balanced) == (200, True), rest
            assert "script-src 'self'" in answer.headers["content-security-policy"]
            assert answer.headers["cache-control"] == "no-store"
            assert not [one for one in page.all("script") if not (one.get("src") or "").startswith("/static/")]
            assert not [
                attributes
                for _, attributes in page.tags
                if "style" in attributes or any(key.startswith("on") for key in attributes)
            ]
            own = [one["href"] for one in page.all("a") if (one.get("href") or "").startswith("/desk/enterprise")]
            assert all("lang=" in str(one) or str(one).endswith((".csv", ".xlsx")) for one in own), (
                "the language goes along"
            )


def test_an_empty_desk_says_so(desk: DeskWorld) -> None:
    said = words(desk.shown(OWN))
    for text in ("没有等着认证的足迹", "没有可以制作标签的有效证书", "还没有证书", "现在没有要处理的事"):
        assert text in said
    assert "还没有这家企业的碳足迹" in words(desk.shown(f"{OWN}/footprints"))
    assert "还没有提交过标签批次" in words(desk.shown(f"{OWN}/labels"))
    keys = re.findall(r"0x[0-9a-fA-F]{40}", words(desk.shown(OWN)))
    assert len(set(keys)) >= 3


def test_a_party_the_registry_does_not_have_is_told_what_that_means(desk: DeskWorld) -> None:
    assert "名册里还没有这个主体" in words(desk.shown("/desk/enterprise/uscc:91110000MA0C0EXAM9"))


@pytest.mark.parametrize("rest", [*PAGES, "/labels/make", "/labels/print", "/labels/certificate.json", "/template.csv"])
def test_an_address_without_a_party_is_not_found(desk: DeskWorld, rest: str) -> None:
    for bad in ("none", "uscc:", "%22%3E%3Cscript%3E"):
        answer = desk.client.get(f"/desk/enterprise/{bad}{rest}")
        assert answer.status_code == 404
        assert "<script>" not in answer.text.replace('<script type="module"', "")


def test_certificates_and_batches_that_are_not_there_or_anothers(desk: DeskWorld) -> None:
    for path in ("/labels/make", "/labels/certificate.json", "/labels/print"):
        for given in ("", "0x12", "0x" + "ab" * 32, HOSTILE):
            answer = desk.client.get(OWN + path, params={"certificate": given, "batch": given})
            assert answer.status_code == 404
            assert "<script>alert" not in answer.text


# ---------------------------------------------------------------- footprints


def test_templates_are_filled_in_and_come_back(desk: DeskWorld) -> None:
    csv_file = desk.client.get(f"{OWN}/template.csv")
    assert csv_file.headers["content-disposition"] == 'attachment; filename="footprints-template.csv"'
    assert csv_file.content.decode("utf-8-sig").split("\r\n")[0] == ",".join(NAMES)
    workbook = desk.client.get(f"{OWN}/template.xlsx")
    assert workbook.headers["content-type"] == SHEET
    assert read_sheet(workbook.content, rows=9, columns=99) == [NAMES]
    example = desk.client.get(f"{OWN}/example.csv")
    answer = upload(desk, example.content)
    assert (answer.status_code, len(bundle_of(answer.text).splitlines())) == (200, 1)


def test_good_rows_are_prepared_and_bad_ones_told(desk: DeskWorld) -> None:
    answer = upload(
        desk, table(row(), row(pcfExcludingBiogenicUptake="12,5", companyName=""), numbered(2)), name=HOSTILE
    )
    page = answer.text
    assert answer.status_code == 200
    assert read(page).balanced
    assert "<script>alert" not in page
    said = words(page)
    for text in ("第 3 行", "pcfExcludingBiogenicUptake", "应为十进制数字", "decimal", "companyName"):
        assert text in said
    lines = bundle_of(page).splitlines()
    offered = json.loads(html.unescape(re.findall(r'data-queueing="([^"]*)"', page)[0]))
    assert len(lines) == len(offered) == 2
    for line, one in zip(lines, offered, strict=True):
        assert one["summary"] in said
        assert set(json.loads(line)) == {"v", "kind", "issuer", "body"}
    english = words(upload(desk, table(row(pcfExcludingBiogenicUptake="12,5")), lang="en").text)
    assert "Row 2" in english
    assert "A decimal number is due" in english


def test_hostile_names_stay_text(desk: DeskWorld) -> None:
    names = (HOSTILE, "a\u2028b", "=cmd|' /C calc'!A0", "]]><!--", "{{7*7}}", "W" * 200)
    starts = [f"2025-01-01T00:00:0{number}+08:00" for number in range(len(names))]
    named = (row(productNameCompany=name, referencePeriodStart=at) for name, at in zip(names, starts, strict=True))
    page = upload(desk, table(*named)).text
    assert read(page).balanced
    assert "<script>alert" not in page
    assert "49" not in re.findall(r"第 6 行</b> ([^<]*)<", page)[0]
    assert len(bundle_of(page).split("\n")) == len(names)


def test_a_bundle_goes_down_is_signed_and_comes_back(desk: DeskWorld) -> None:
    data = table(*(numbered(number) for number in range(30)))
    bundle = bundle_of(upload(desk, data).text)
    # As a browser sends a text area: with CRLF.
    got = desk.client.post("/desk/download", files={"document": (None, bundle.replace("\n", "\r\n"))})
    assert got.headers["content-type"] == "application/x-ndjson"
    drafts = [json.loads(line) for line in got.content.splitlines()]
    assert len(drafts) == 30
    signed = b"\n".join(desk.signed("footprint", one["issuer"], one["body"], "holder") for one in drafts)
    answer = desk.client.post("/desk/submit", files={"file": ("signed.ndjson", signed)})
    assert "30 份已收，0 份被退回" in words(answer.text)
    desk.host.integrate()
    again = upload(desk, data)
    assert again.status_code == 200
    assert "可以签0" in words(again.text).replace("\n", "").replace(" ", "")
    assert again.text.count("已入日志") == 30
    with pytest.raises(AssertionError):
        bundle_of(again.text)
    first = desk.shown(f"{OWN}/footprints")
    shown = re.findall(r"<code>(0x[0-9a-f]{64})</code>", first)
    following = re.findall(r'class="button" href="(\?before=[0-9]+)"', first)[0]
    shown += re.findall(r"<code>(0x[0-9a-f]{64})</code>", desk.client.get(f"{OWN}/footprints{following}").text)
    assert len(shown) == len(set(shown)) == 30
    assert "25+" in words(desk.shown(OWN))
    assert "310.5" not in first, "figures are the enterprise's own until a certificate shows them"


def test_one_row_can_be_looked_at_and_signed_alone(desk: DeskWorld) -> None:
    bundle = bundle_of(upload(desk, table(row(), numbered(3))).text)
    files = {"document": (None, bundle), "line": (None, "2")}
    page = desk.client.post(f"{OWN}/upload/row", files=files).text
    prepared = prepared_of(page)
    assert prepared["document"] == json.loads(bundle.splitlines()[1])
    signed = signed_with(prepared, desk.world.keys["holder"])
    taken = desk.client.post("/v1/statements", content=signed, headers=JSON)
    assert taken.status_code == 201, taken.text


@pytest.mark.parametrize(
    ("document", "line"), [("", "1"), ("{}", "2"), ("{}", "0"), ("{}", "x"), ("{}", ""), ("{}", "1"), ("nonsense", "1")]
)
def test_rows_that_are_not_there_are_told(desk: DeskWorld, document: str, line: str) -> None:
    answer = desk.client.post(f"{OWN}/upload/row", files={"document": (None, document), "line": (None, line)})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"nonsense,x\n1,2", "column.unknown"),
        (b"PK\x03\x04", "workbook"),
        (b"\xff\xfe\x00", "encoding"),
        (b"x" * (2 << 20) + b"xx", "size"),
    ],
)
def test_files_that_cannot_be_read_are_told_on_the_page(desk: DeskWorld, data: bytes, rule: str) -> None:
    answer = upload(desk, data)
    assert answer.status_code == 422
    assert rule in read(answer.text).text


def test_no_file_and_files_beyond_the_limit(desk: DeskWorld) -> None:
    assert "请选择一个文件" in desk.client.post(f"{OWN}/upload", files={"other": (None, "x")}).text
    assert upload(desk, b"x" * (5 << 20)).status_code == 413
    assert desk.client.post(f"{OWN}/upload", content=b"x", headers={"content-type": "text/plain"}).status_code == 415


# ---------------------------------------------------------------- labels


@dataclass(frozen=True)
class Printing:
    """A certificate with a batch in the log, and the files that its enterprise has of it."""

    desk: DeskWorld
    certificate: str
    batch: str
    table: bytes
    pins: list[str]
    leaves: Path

    def print(self, data: bytes | None = None, **fields: str) -> Any:
        files: dict[str, Any] = {name: (None, value) for name, value in fields.items()}
        files["file"] = ("labels.csv", self.table if data is None else data)
        return self.desk.client.post(f"{OWN}/labels/print", params={"batch": self.batch}, files=files)

    @property
    def urls(self) -> list[str]:
        return [one["url"] for one in csv.DictReader(self.table.decode().splitlines())]


@pytest.fixture(scope="module")
def printing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Printing]:
    folder = tmp_path_factory.mktemp("labels")
    with desk_world(folder) as desk:
        footprint = desk.footprint()
        body = certificate_body(
            1,
            granularity="item",
            footprint=id_of(footprint),
            validFrom=NOW - 10,
            validUntil=NOW + 200 * 86_400,
            quota=44,
        )
        certificate = desk.signed("certificate", bodies.CERTIFIER, body, "certifier")
        desk.submit(footprint, certificate)
        identity = StatementId(bytes.fromhex(id_of(certificate)[2:]))
        order = Order(
            certificate_id=identity, certificate=parse_certificate(body), gtin=bodies.GTIN, batch="L2026", count=LABELS
        )
        key = desk.world.keys["holder-labels"]
        made = begin(
            folder / "batches", order, certificate, known=(), label_key=key,
            separator=desk.world.deployment.domain_separator, resolver="id.tanji.example",
        )  # fmt: skip
        make(made, key, b"of the test", policy=IssuePolicy(scrypt_n=1 << 10))
        labels = desk.signed("labels", bodies.HOLDER, body_of(made), key)
        desk.submit(labels)
        yield Printing(
            desk=desk, certificate=id_of(certificate), batch=id_of(labels), table=made.rows.read_bytes(),
            pins=list(read_pins(made.pins, b"of the test")), leaves=made.leaves,
        )  # fmt: skip


def test_what_is_left_of_a_quota_counts_the_holders_own_batches(printing: Printing) -> None:
    desk = printing.desk
    overview, labels = words(desk.shown(OWN)), words(desk.shown(f"{OWN}/labels"))
    assert "余 4 枚，共 44 枚" in overview
    assert "快用完了" in overview
    for text in ("余 4 枚，共 44 枚", "L2026", "0–39", bodies.GTIN):
        assert text in labels
    assert "没有等着认证的足迹" in overview
    assert "4 of 44 left" in words(desk.shown(OWN, lang="en"))


def test_the_command_is_spelt_out_and_its_files_are_there(printing: Printing) -> None:
    desk = printing.desk
    page = words(desk.shown(f"{OWN}/labels/make", certificate=printing.certificate))
    assert (
        f"tanji enterprise labels issue --certificate certificate.json --gtin {bodies.GTIN} --count 4 --batch LOT"
        in page
    )
    assert "--resolver testserver" in page
    assert "从不到服务器来" in page
    got = desk.client.get(f"{OWN}/labels/certificate.json", params={"certificate": printing.certificate})
    assert got.headers["content-disposition"] == 'attachment; filename="certificate.json"'
    assert id_of(got.content) == printing.certificate
    odd = desk.client.get(
        f"{OWN}/labels/make", params={"certificate": printing.certificate}, headers={"host": "x'; rm -rf ~"}
    )
    assert odd.status_code in (200, 400)
    assert "rm -rf" not in odd.text
    other = desk.client.get(
        f"/desk/enterprise/{bodies.CERTIFIER}/labels/make", params={"certificate": printing.certificate}
    )
    assert other.status_code == 404, "not its holder"


def test_a_sheet_is_looked_at_and_printed(printing: Printing) -> None:
    import pypdfium2
    import zxingcpp

    page = printing.print(page="A5", columns="2", rows="3").text
    assert read(page).balanced
    assert f"{LABELS} 枚标签的签名全部成立" in words(page)
    assert "2 × 3 = 6" in words(page)
    table_back = html.unescape(re.findall(r'name="table"[^>]*>([^<]*)<', page)[0])
    fields = {
        name: (None, value)
        for name, value in (("table", table_back), ("page", "A5"), ("columns", "2"), ("rows", "3"), ("as", "pdf"))
    }
    answer = printing.desk.client.post(f"{OWN}/labels/print", params={"batch": printing.batch}, files=fields)
    assert answer.headers["content-type"] == "application/pdf"
    assert re.fullmatch(
        r'attachment; filename="labels-[0-9a-f]{12}-[0-9A-Z]{18}-40\.pdf"', answer.headers["content-disposition"]
    )
    document = pypdfium2.PdfDocument(answer.content)
    assert len(document) == 7
    found = {
        code.text
        for sheet in document
        for code in zxingcpp.read_barcodes(sheet.render(scale=4).to_pil(), formats=zxingcpp.BarcodeFormat.QRCode)
    }
    assert found == set(printing.urls)
    assert not any(pin.encode() in answer.content for pin in printing.pins)
    for url in sorted(found)[:2]:
        judged = printing.desk.client.get(f"/{url.split('/', 3)[3]}")
        assert "label.signature" in judged.text, "the code leads to a label of this ledger"


def test_pins_are_refused_and_repeated_nowhere(printing: Printing) -> None:
    head, *lines = printing.table.decode().splitlines()
    with_pins = "\n".join([f"{head},pin", *(f"{line},{pin}" for line, pin in zip(lines, printing.pins, strict=True))])
    answer = printing.print(with_pins.encode())
    assert answer.status_code == 422
    assert "文件里有 PIN：没有打印，也没有保存" in words(answer.text)
    assert not any(pin in answer.text for pin in printing.pins)


def test_a_label_that_does_not_pass_keeps_the_sheet_back(printing: Printing) -> None:
    url = printing.urls[2]
    answer = printing.print(printing.table.replace(url.encode(), (url[:-6] + "AAAAAA").encode()), **{"as": "pdf"})
    assert answer.status_code == 422
    assert "第 4 行" in words(answer.text)
    assert "一枚也没有打印" in words(answer.text)


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"count": "501"}, "count"), ({"columns": "9"}, "columns"), ({"gap": "x"}, "gap"), ({"page": HOSTILE}, "page")],
)
def test_layouts_that_cannot_be_are_told_at_their_field(printing: Printing, fields: dict[str, str], field: str) -> None:
    answer = printing.print(**fields)
    assert answer.status_code == 422
    assert f'class="field bad" id="f-{field}"' in answer.text
    assert "<script>alert" not in answer.text


def test_anothers_batch_cannot_be_printed(printing: Printing) -> None:
    answer = printing.desk.client.get(
        f"/desk/enterprise/{bodies.CERTIFIER}/labels/print", params={"batch": printing.batch}
    )
    assert answer.status_code == 404
    not_a_batch = printing.desk.client.get(f"{OWN}/labels/print", params={"batch": printing.certificate})
    assert not_a_batch.status_code == 404


# ---------------------------------------------------------------- statuses, and what only the enterprise sees


def test_a_footprint_is_withdrawn_in_its_own_words(desk: DeskWorld) -> None:
    footprint = desk.footprint()
    desk.submit(footprint)
    page = words(desk.shown(f"{OWN}/status", subject=id_of(footprint)))
    for text in ("碳足迹声明", "撤回", "依据这份碳足迹的证书", "新碳足迹的声明编号"):
        assert text in page
    form = {"subject": id_of(footprint), "verb": "withdraw", "code": "figures-wrong", "understood": "yes"}
    prepared = prepared_of(desk.client.post(f"{OWN}/status", data=form).text)
    assert prepared["document"]["statusChange"]["status"] == "withdrawn"
    assert prepared["document"]["statusChange"]["owner"] == bodies.HOLDER
    signed = signed_with(prepared, desk.world.keys["holder-status"])
    taken = desk.client.post("/v1/status-changes", content=signed, headers=JSON)
    assert taken.status_code in (200, 201), taken.text
    assert "已经终止" in words(desk.shown(f"{OWN}/status", subject=id_of(footprint)))


def test_without_a_session_reports_and_items_are_closed(desk: DeskWorld) -> None:
    for rest in ("/signals", "/items"):
        answer = desk.client.get(OWN + rest)
        assert answer.status_code == 200
        assert "没有开通登录" in words(answer.text), "this service opens none"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    posted = desk.client.post(
        f"{OWN}/items", files={"labels": (None, "https://id.tanji.example/01/x"), "state": (None, "sold")}
    )
    assert "没有开通登录" in words(posted.text)
