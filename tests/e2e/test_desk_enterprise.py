"""The enterprise's desk as people use it: the finished demo served, Debian's Chromium, a test wallet, and `tanji sign` where there is none.

One run of the story serves all tests here; each uploads footprints of its own. Screenshots go to docs/images when TANJI_SCREENSHOTS is set.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.demo import cast
from api.demo.products import load_demo_set
from api.desks.columns import COLUMNS, example_row
from ledger.chain.localnode import ROOT
from tests.support.browser import look_right, screenshot
from tests.support.desk_seat import DESK, PHONE, at_desk
from tests.support.desk_seat import Seat as DeskSeat
from tests.support.served_demo import Site
from tests.support.wallet import SIGN

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.xdist_group("desk-enterprise")]

IMAGES = ROOT / "docs/images"
PREFIX = "9520009"
PARTY = next(one.party for one in load_demo_set().enterprises if one.gs1_prefix == PREFIX)
OWN = f"/desk/enterprise/{PARTY}"
GTIN = "09520009000166"
NAMES = [column.name for column in COLUMNS]
EXPECTED_FAILURES = ("422", "401", "403", "ERR_FAILED")  # of requests that a test makes fail
# A person who presses "stop" while the wallet shows the second document.
STOP_AT_THE_SECOND = """() => {
  const provider = window.ethereum, real = provider.request;
  let signed = 0;
  provider.request = (asked) => {
    if (asked.method === "eth_signTypedData_v4" && ++signed === 2) document.querySelector("button[data-do=stop]").click();
    return real(asked);
  };
}"""
SIGN_ALL, CHECK, QUEUE = "用钱包逐份签名并提交", "逐行检查", "全部放进待签队列"


class Seat(DeskSeat):
    """An enterprise's person."""

    def upload(self, file: Path) -> Page:
        page = self.go(f"{OWN}/upload")
        page.locator("#file").set_input_files(str(file))
        page.get_by_role("button", name=CHECK).click()
        page.locator("dl.counts").wait_for()
        return page

    def queue(self, file: Path) -> Page:
        page = self.upload(file)
        page.get_by_role("button", name=QUEUE).click()
        page.locator("[data-queue] [data-wallet]").wait_for()
        return page

    def counts(self) -> list[int]:
        """Rows, ready, to be corrected, in the log already."""
        return [int(text) for text in self.page.locator("dl.counts dd").all_inner_texts()]

    def states(self) -> list[str]:
        return [str(one.get_attribute("data-state")) for one in self.page.locator("ul.queued > li").all()]


@contextmanager
def seated(site: Site, browser: Browser, **options: Any) -> Iterator[Seat]:
    keys = [cast.key(f"desk-enterprise-{PREFIX}")]
    with at_desk(site, browser, keys, expected=EXPECTED_FAILURES, **options) as found:
        yield Seat(page=found.page, wallet=found.wallet, site=site)


@pytest.fixture
def seat(site: Site, browser: Browser) -> Iterator[Seat]:
    with seated(site, browser) as found:
        yield found


def rows_file(folder: Path, *, day: int, count: int, **cells: str) -> Path:
    """A table of footprints nobody else has: of a day of its own, one minute each."""
    example = dict(zip(NAMES, example_row(PARTY, int(time.time())), strict=True)) | {"productIds": f"urn:gtin:{GTIN}"}
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(NAMES)
    for number in range(count):
        given = example | {
            "productNameCompany": f"空调 {day}-{number}",
            "referencePeriodStart": f"2025-01-{day:02d}T{number // 60:02d}:{number % 60:02d}:00+08:00",
            **cells,
        }
        writer.writerow([given[name] for name in NAMES])
    path = folder / f"footprints-{day}.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def batch_of(site: Site) -> Path:
    """The folder of the enterprise's batch of labels."""
    return next(
        one for one in (site.out / "labels").iterdir() if one.is_dir() and GTIN in (one / "labels.csv").read_text()
    )


# ---------------------------------------------------------------- from a table to receipts


def test_rows_are_queued_signed_one_after_the_other_and_logged(seat: Seat, tmp_path: Path) -> None:
    file = rows_file(tmp_path, day=2, count=4)
    page = seat.queue(file)
    lines = page.locator("ul.queued > li p[lang=en]").all_inner_texts()
    page.get_by_role("button", name=SIGN_ALL).click()
    page.locator("[data-progress][data-state=good]").wait_for()
    assert page.locator("p[data-progress]").inner_text() == "4 份已入日志，0 份还没有。"
    assert seat.states() == ["done"] * 4
    assert [one["message"]["summary"] for one in seat.wallet.typed] == lines, (
        "the wallet shows each line as the page did"
    )
    with page.expect_download() as saved:
        page.get_by_role("link", name="保存全部回执").click()
    receipts = [json.loads(line) for line in Path(saved.value.path()).read_text().splitlines()]
    assert len({one["index"] for one in receipts}) == 4
    seat.upload(file)
    assert seat.counts() == [4, 0, 0, 4]
    shown = seat.go(f"{OWN}/footprints").locator("[data-statement]:not([hidden])")
    shown.first.wait_for()
    assert sorted(shown.all_inner_texts()) == sorted(lines), (
        "what this browser signed is named; the server shows ids alone"
    )


def test_saying_no_stops_and_loses_nothing(seat: Seat, tmp_path: Path) -> None:
    page = seat.queue(rows_file(tmp_path, day=3, count=3))
    seat.wallet.rejects.add(SIGN)
    page.get_by_role("button", name=SIGN_ALL).click()
    page.locator("[data-progress][data-state=bad]").wait_for()
    assert "您在钱包里取消了" in page.locator("p[data-progress]").inner_text()
    page.locator("li[data-state=failed]").wait_for()
    assert (seat.wallet.count(SIGN), seat.states()) == (1, ["waiting", "waiting", "failed"]), (
        "the one refused goes last"
    )
    page.reload()
    page.locator("li[data-state=failed]").wait_for()
    seat.wallet.rejects.clear()
    page.get_by_role("button", name=SIGN_ALL).click()
    page.locator("[data-progress][data-state=good]").wait_for()
    assert seat.states() == ["done"] * 3


def test_it_stops_after_the_one_at_hand_and_goes_on(seat: Seat, tmp_path: Path) -> None:
    page = seat.queue(rows_file(tmp_path, day=4, count=5))

    stop = page.get_by_role("button", name="签完这份就停")
    assert stop.is_hidden()
    page.evaluate(STOP_AT_THE_SECOND)
    page.get_by_role("button", name=SIGN_ALL).click()
    page.get_by_text("份还没有").wait_for()
    assert page.locator("p[data-progress]").inner_text().startswith("2 份已入日志")
    assert sorted(seat.states()) == ["done", "done", "waiting", "waiting", "waiting"]
    page.reload()
    page.get_by_role("button", name=SIGN_ALL).click()
    page.locator("[data-progress][data-state=good]").wait_for()
    assert seat.wallet.count(SIGN) == 5


def test_what_the_log_refuses_does_not_stop_the_others(seat: Seat, tmp_path: Path) -> None:
    page = seat.queue(rows_file(tmp_path, day=5, count=3))
    refused = json.dumps(
        {
            "title": "refused",
            "code": "submission.refused",
            "detail": "not this one",
            "field": "/body",
            "rule": "made-up",
        }
    )
    calls = []

    def answer(route: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            route.fulfill(status=422, content_type="application/problem+json", body=refused)
        else:
            route.continue_()

    page.route("**/v1/statements", answer)
    page.get_by_role("button", name=SIGN_ALL).click()
    page.get_by_text("2 份已入日志，1 份还没有。").wait_for()
    assert sorted(seat.states()) == ["done", "done", "failed"]
    assert "not this one" in page.locator("li[data-state=failed]").inner_text()


def test_an_account_that_may_not_sign_stops_before_anything_is_signed(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    with seated(site, browser) as seat:
        seat.wallet.signers = [cast.key("desk-certifier-a")]
        page = seat.queue(rows_file(tmp_path, day=6, count=2))
        page.get_by_role("button", name=SIGN_ALL).click()
        page.locator("[data-progress][data-state=bad]").wait_for()
        assert "不能签这份文件" in page.locator("p[data-progress]").inner_text()
        assert seat.wallet.count(SIGN) == 0


def test_a_row_with_errors_is_told_and_the_others_go_on(seat: Seat, tmp_path: Path) -> None:
    file = rows_file(tmp_path, day=7, count=3)
    text = file.read_text(encoding="utf-8").split("\n")
    text[2] = text[2].replace("310.5", "三百", 1)
    file.write_text("\n".join(text), encoding="utf-8")
    page = seat.upload(file)
    assert seat.counts() == [3, 2, 1, 0]
    told = page.locator("#refused li").first.inner_text()
    assert "第 3 行" in told
    assert "应为十进制数字" in told
    page.get_by_role("button", name="查看并单独签").first.click()
    page.locator("[data-own][data-state=good]").wait_for()
    page.get_by_role("button", name="用钱包签名并提交").click()
    page.locator("[data-result]:not([hidden])").wait_for()


def test_without_javascript_by_the_command_line(site: Site, browser: Browser, tmp_path: Path) -> None:
    with seated(site, browser, java_script_enabled=False) as seat:
        page = seat.upload(rows_file(tmp_path, day=8, count=3))
        assert page.get_by_role("button", name=QUEUE).is_hidden()
        with page.expect_download() as saved:
            page.get_by_role("button", name="下载全部待签").click()
        bundle = tmp_path / saved.value.suggested_filename
        saved.value.save_as(bundle)
        assert bundle.name == "bundle.ndjson"
        secret = tmp_path / "passphrase"
        secret.touch(mode=0o600)
        secret.write_bytes(cast.PASSPHRASE)
        keystore, deployment = site.out / f"keys/desk-enterprise-{PREFIX}.json", site.out / "deployment.json"
        tanji = str(Path(sys.executable).with_name("tanji"))
        command = [tanji, "sign", str(bundle), "--key", str(keystore), "--passphrase-file", str(secret)]
        done = subprocess.run(
            [*command, "--deployment", str(deployment), "-o", str(tmp_path / "signed.ndjson")],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, cwd=ROOT,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("Footprint 310.5 kgCO2e") + done.stdout.count("Footprint 310.5 kgCO2e") == 3, (
            "each line is shown"
        )
        page = seat.go("/desk/submit")
        page.locator("input[type=file]").set_input_files(str(tmp_path / "signed.ndjson"))
        page.get_by_role("button", name="提交").click()
        page.get_by_role("heading", name="3 份已收，0 份被退回").wait_for()
        assert "JavaScript" in seat.go(f"{OWN}/queue").locator("main").inner_text()


# ---------------------------------------------------------------- labels


def to_print(seat: Seat) -> Page:
    page = seat.go(f"{OWN}/labels")
    page.get_by_role("link", name="打印").first.click()
    page.locator("#i-file").wait_for()
    return page


def test_sheets_are_printed_and_their_codes_are_genuine_labels(seat: Seat, tmp_path: Path) -> None:
    import pypdfium2
    import zxingcpp

    page = to_print(seat)
    page.locator("#i-file").set_input_files(str(batch_of(seat.site) / "labels.csv"))
    page.locator("#i-page").select_option("A5")
    page.get_by_role("button", name="核对签名并预览").click()
    page.get_by_text("24 枚标签的签名全部成立").wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name="下载 PDF").click()
    saved.value.save_as(tmp_path / "sheet.pdf")
    document = pypdfium2.PdfDocument(tmp_path / "sheet.pdf")
    found = sorted(
        {
            code.text
            for one in document
            for code in zxingcpp.read_barcodes(one.render(scale=4).to_pil(), formats=zxingcpp.BarcodeFormat.QRCode)
        }
    )
    assert len(found) == 24
    seat.go("/" + found[11].split("/", 3)[3])
    assert page.locator("h1").inner_text() == "真实"


def test_a_table_with_pins_does_not_leave_the_machine(seat: Seat, tmp_path: Path) -> None:
    page, asked = to_print(seat), []
    page.on("request", lambda request: asked.append(request.method))
    head, *lines = (batch_of(seat.site) / "labels.csv").read_text().splitlines()
    for name, text in (
        ("pins.csv", "serial,pin\n0000000,ABCDEFGH0123\n"),
        ("both.csv", "\n".join([f"{head},code", *(f"{line},ABCDEFGH0123" for line in lines)])),
        ("hashes.csv", head + "\n" + lines[0].replace(lines[0].split(",")[2], "ABCDEFGH0123")),
    ):
        (tmp_path / name).write_text(text)
        page.locator("#i-file").set_input_files(str(tmp_path / name))
        page.locator("[data-pins]:not([hidden])").wait_for()
        assert page.locator("#i-file").input_value() == ""
    page.locator("#i-file").set_input_files(str(batch_of(seat.site) / "labels.csv"))
    page.locator("[data-pins]").wait_for(state="hidden")
    assert page.locator("#i-file").input_value().endswith("labels.csv")
    assert "POST" not in asked


# ---------------------------------------------------------------- for the enterprise alone


def test_signed_in_it_sees_reports_and_records_states(seat: Seat) -> None:
    page = seat.go(seat.site.label("genuine").path)
    page.locator("#report summary").click()
    page.get_by_label("标签贴在别的产品上").check()
    page.locator("#report-note").fill("私下的话")
    page.get_by_role("button", name="提交报告").click()
    page.get_by_text("谢谢").wait_for()
    page = seat.go(f"{OWN}/signals")
    assert "标签贴在别的产品上" not in page.locator("main").inner_text()
    page.get_by_role("button", name="用钱包登录").click()
    page.get_by_role("heading", name="购买者的报告").wait_for()
    shown = page.locator("main").inner_text()
    assert "标签贴在别的产品上" in shown
    assert "私下的话" not in shown, "what a shopper wrote is for the regulator"
    page.get_by_role("link", name="查看或记录一件商品的状态").click()
    urls = [one["url"] for one in csv.DictReader((batch_of(seat.site) / "labels.csv").read_text().splitlines())][5:8]
    page.locator("#i-labels").fill("\n".join([*urls, "hello", urls[0][:-4] + "AAAA"]))
    page.locator("#i-state").select_option("sold")
    page.get_by_role("button", name="逐个处理").click()
    page.get_by_role("heading", name="结果").wait_for()
    assert page.locator("ul.rows .mark").all_inner_texts() == ["已售出"] * 3 + ["没有记录"] * 2
    other = next(one.party for one in load_demo_set().enterprises if one.party != PARTY)
    assert "不是这家企业" in seat.go(f"/desk/enterprise/{other}/signals").locator("main").inner_text()
    seat.go(f"{OWN}/signals").get_by_role("button", name="退出").click()
    page.wait_for_url(f"**{OWN}")
    assert seat.page.context.cookies() == []


# ---------------------------------------------------------------- looks

LOOKS = {
    "overview": OWN,
    "footprints": f"{OWN}/footprints",
    "upload": f"{OWN}/upload",
    "queue": f"{OWN}/queue",
    "labels": f"{OWN}/labels",
    "signals": f"{OWN}/signals",
    "items": f"{OWN}/items",
    "standing": f"{OWN}/accreditation",
    "empty": "/desk/enterprise/uscc:91110000MA0C0EXAM9",
}
SCREENS = {"phone": PHONE, "desk": DESK}
KEPT = {"overview-1280", "overview-390", "rows-1280", "preview-1280"}


def looks_right(page: Page, name: str, viewport: dict[str, int]) -> None:
    """No serious finding, nothing wider than the screen; and the picture kept where it is asked for."""
    shot = f"{name}-{viewport['width']}"
    if os.environ.get("TANJI_SCREENSHOTS") and shot in KEPT:
        screenshot(page, IMAGES / f"desk-enterprise-{shot}.png")
    look_right(page)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("screen", SCREENS)
def test_pages_look_right(site: Site, browser: Browser, screen: str, lang: str) -> None:
    viewport = SCREENS[screen]
    with seated(site, browser, viewport=viewport) as seat:
        for name, path in LOOKS.items():
            page = seat.go(f"{path}?lang={lang}")
            page.wait_for_timeout(200)
            looks_right(page, name if lang == "zh" else f"{name}-en", viewport)


@pytest.mark.parametrize("screen", SCREENS)
def test_steps_of_the_work_look_right(site: Site, browser: Browser, tmp_path: Path, screen: str) -> None:
    viewport = SCREENS[screen]
    with seated(site, browser, viewport=viewport) as seat:
        file = rows_file(tmp_path, day=20 + list(SCREENS).index(screen), count=8)
        text = file.read_text(encoding="utf-8").split("\n")
        text[2] = text[2].replace("310.5", "三百", 1)
        text[4] = text[4].replace(",80,", ",120,", 1)
        text[5] = text[5].replace("空调", '<b onmouseover="alert(1)">' + "长" * 150, 1).replace('"', '""', 2)
        file.write_text("\n".join(text), encoding="utf-8")
        page = seat.upload(file)
        looks_right(page, "rows", viewport)
        page.get_by_role("button", name=QUEUE).click()
        page.locator("ul.queued > li").first.wait_for()
        looks_right(page, "waiting", viewport)
        page = to_print(seat)
        looks_right(page, "print", viewport)
        page.locator("#i-file").set_input_files(str(batch_of(site) / "labels.csv"))
        page.get_by_role("button", name="核对签名并预览").click()
        page.locator("figure.sample").wait_for()
        looks_right(page, "preview", viewport)
        page = seat.go(f"{OWN}/labels")
        page.get_by_role("link", name="怎样制作").first.click()
        page.locator("pre").first.wait_for()
        looks_right(page, "make", viewport)


def test_by_keyboard_from_the_head_to_the_queue(seat: Seat, tmp_path: Path) -> None:
    page = seat.queue(rows_file(tmp_path, day=9, count=1))
    page.evaluate("document.activeElement && document.activeElement.blur()")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.do") == "sign":
            break
    page.keyboard.press("Enter")
    page.locator("[data-progress][data-state=good]").wait_for()
    assert seat.wallet.count(SIGN) == 1
