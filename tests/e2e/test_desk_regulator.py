"""The regulator's desk as it is used: Debian's Chromium, a browser wallet, the demo's own node. One story serves all tests here.

Screenshots go to docs/images when TANJI_SCREENSHOTS is set.
"""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx2
import pytest
from PIL import Image, ImageDraw

from api.demo import cast
from api.demo.output import Output
from api.runtime.requests import serialize_registration
from ledger.chain.localnode import ROOT
from ledger.domain.scans import Alert, Item, Scan, ScanKind
from ledger.keys.memory import MemorySigner
from ledger.services.registry import KeyRegistration, sign_registration
from ledger.store.scans import SqlScanStore
from tests.support.browser import axe_findings, look_right, require_fits, screenshot
from tests.support.desk_seat import DESK, PHONE, at_desk
from tests.support.served_demo import Site, served_demo
from tests.support.wallet import SEND, PageWallet
from verifier.contracts import Purpose
from verifier.deployment import parse_deployment
from verifier.label import parse_label
from verifier.signature import to_checksum

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.xdist_group("desk-regulator")]

IMAGES = ROOT / "docs/images"
BASE = "/desk/regulator"
NEW = "uscc:91210100MA0P0EXAM1"  # its check character is wrong, as some real, early codes' are
NAME = "新入册的“<b>”认证有限公司"
NEW_KEY = MemorySigner.from_bytes(b"\x2a" * 32)
CATEGORY = "urn:pact:tanji.example:category:monitor"
EXPECTED_FAILURES = ("401", "403", "422", "404")  # of requests that tests make fail
NOTE = "贴在别的机器上 <script>alert(1)</script>\n第二行 & \"' " + "长" * 80


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served_demo(tmp_path_factory.mktemp("regulator")) as found:
        suspect(found)
        yield found


def suspect(site: Site) -> None:
    """Scans all over the country of one genuine label, and what the rules made of them."""
    label = parse_label("https://127.0.0.1" + site.label("genuine").path)
    item = Item(gtin=str(label.gtin), serial=str(label.serial))
    now = int(time.time())
    regions = [4403] * 9 + [3100] * 5 + [1100] * 2 + [6501, 5101, 2101, 0]
    store = SqlScanStore.open(Output(root=site.out).database)
    try:
        scans = [
            Scan(at=now - 3_000 * place, kind=ScanKind.ANONYMOUS, region=region, device=bytes([place]) * 8)
            for place, region in enumerate(regions)
        ]
        store.add_scans([(item.key, scan) for scan in scans])
        fields: dict[str, Any] = {"km": 1_200, "minutes": 50, "pairs": 2}
        alert = {"number": 0, "at": now - 60, "item": item, "issuer": "uscc:91219999MATJ90030U", "fields": fields}
        store.add_alerts([Alert(reason="impossible-travel", **alert), Alert(reason="many-devices", **alert)])
    finally:
        store.close()


@contextmanager
def regulator(
    site: Site, browser: Browser, *, signer: MemorySigner | None = None, **options: Any
) -> Iterator[tuple[Page, PageWallet]]:
    """A browser with a wallet, not signed in; what its console complains of fails the test."""
    settings = {"viewport": DESK, **options}
    with at_desk(site, browser, [signer or cast.key("regulator")], expected=EXPECTED_FAILURES, **settings) as seat:
        yield seat.page, seat.wallet


def sign_in(page: Page, site: Site) -> None:
    page.goto(site.url(BASE))
    page.locator("[data-sign-in] button").click()
    page.wait_for_selector("form.leave")


def act(page: Page, site: Site, path: str, fill: Callable[[Page], object]) -> None:
    """Fill an act's form, and come to the panel."""
    page.goto(site.url(f"{BASE}/act/{path}"))
    fill(page)
    page.locator(".act-form form button").click()
    page.wait_for_selector("[data-own][data-state]")


def send(page: Page) -> str:
    page.locator("button[data-do=send]").click()
    page.wait_for_selector("[data-result]:not([hidden])", timeout=30_000)
    page.locator("[data-result] [data-state=final]").wait_for(timeout=30_000)
    return page.locator("[data-result]").inner_text()


def request_of(site: Site, party: str, key: MemorySigner, purposes: int) -> bytes:
    deployment = parse_deployment((site.out / "deployment.json").read_bytes())
    asked = KeyRegistration(key=key.address, party=party, purposes=purposes)
    return serialize_registration(sign_registration(asked, key, deployment))


def file(name: str, data: bytes, kind: str = "application/json") -> Any:
    return {"name": name, "mimeType": kind, "buffer": data}


# ---------------------------------------------------------------- accreditation


def test_a_certifier_is_admitted_registered_and_accredited_with_the_wallet(site: Site, browser: Browser) -> None:
    assert httpx2.get(site.url(f"/v1/parties/{NEW}")).status_code == 404
    with regulator(site, browser) as (page, wallet):
        page.goto(site.url(f"{BASE}/act/admit"))
        page.fill("#i-party", NEW)
        page.fill("#i-name", NAME)
        page.locator(".act-form form button").click()
        assert "校验位" in page.locator(".alert").inner_text(), "a reason is due for an irregular code"
        page.fill("#i-irregular", "一九九九年的早期代码")
        page.locator(".act-form form button").click()
        page.wait_for_selector("[data-own][data-state=good]")
        assert "入册不能撤回" in page.locator(".note").all_inner_texts()[1]
        assert "已最终确认" in send(page)
        page.goto(site.url(f"{BASE}/parties?q={quote('新入册')}"))
        assert NAME in page.locator("tbody").inner_text(), "the profile was handed in once it was mined"

        request = request_of(site, NEW, NEW_KEY, Purpose.CERTIFICATE)
        act(page, site, "register-key", lambda one: one.locator("#i-file").set_input_files(file("r.json", request)))
        assert to_checksum(NEW_KEY.address) in page.locator("[data-exact=summary]").inner_text()
        send(page)

        act(page, site, f"open-grant?party={NEW}", fill_grant)
        shot(page, "desk-regulator-act-1280")
        send(page)
        assert wallet.count(SEND) == 3
        page.goto(site.url(f"/desk/certifier/{NEW}/accreditation"))
        assert "monitor" in page.locator("main").inner_text()
        assert "没有授权" not in page.locator("main").inner_text()
    found = httpx2.get(site.url(f"/v1/parties/{NEW}")).json()
    assert [one["purpose"] for one in found["grants"]] == ["certificate"]
    assert found["keys"][0]["purposes"] == ["certificate"]
    assert found["profile"]["name"] == NAME


def fill_grant(page: Page) -> None:
    page.select_option("#i-purpose", "certificate")
    page.fill("#i-scope", CATEGORY)
    page.fill("#i-until", time.strftime("%Y-%m-%dT08:00", time.gmtime(time.time() + 40 * 86_400)))


def test_the_grant_that_ends_soon_awaits_the_regulator(site: Site, browser: Browser) -> None:
    with regulator(site, browser) as (page, _):
        card = page.locator("section.card", has_text="60 天内到期的资质")
        for _ in range(30):  # what is registered is looked at again after a rest
            page.goto(site.url(BASE))
            if NAME in card.inner_text():
                break
            page.wait_for_timeout(1_000)
        assert NAME in card.inner_text()
        card.get_by_role("link", name="查看并延长").click()
        page.get_by_role("link", name="延长").click()
        assert page.locator("#i-scope").input_value() == CATEGORY


KEY = to_checksum(cast.key("certifier-a").address)
ACTS: dict[str, Callable[[Page], object]] = {
    f"rename?party={cast.CERTIFIER_A}": lambda page: page.fill("#i-name", "改了名的机构"),
    f"succeed?party={cast.CERTIFIER_A}": lambda page: page.fill("#i-successor", cast.CERTIFIER_B),
    f"end-key?key={KEY}": lambda page: page.fill("#i-at", "2030-01-01T00:00"),
    f"compromise?key={KEY}": lambda page: (
        page.fill("#i-since", time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 8 * 3_600 - 120))),
        page.locator("input[name=understood]").check(),
    ),
    f"end-grant?party={cast.CERTIFIER_A}&purpose=certificate&scope={CATEGORY}": lambda page: None,
    f"extend-grant?party={NEW}&purpose=certificate&scope={CATEGORY}": lambda page: page.fill(
        "#i-until", "2035-01-01T00:00"
    ),
    f"open-grant?party={cast.CERTIFIER_B}&purpose=labels": lambda page: page.fill("#i-scope", "gs1:6901234"),
    f"open-grant?party={cast.UNACCREDITED}&purpose=footprint": lambda page: page.fill("#i-from", "2030-01-01T00:00"),
}


@pytest.mark.parametrize("path", ACTS)
def test_every_act_is_derived_again_by_the_page_and_told_in_words(site: Site, browser: Browser, path: str) -> None:
    with regulator(site, browser) as (page, _):
        act(page, site, path, ACTS[path])
        assert page.locator("[data-own]").get_attribute("data-state") == "good"
        assert page.locator(".note.strong").count() == 1
        assert page.locator("pre", has_text="tanji regulator").count() == 1
        assert page.locator("#call-data").input_value().startswith("0x")
        assert axe_findings(page) == []


def test_a_compromise_is_told_the_rule_of_ninety_days_before_anything_is_sent(site: Site, browser: Browser) -> None:
    with regulator(site, browser) as (page, wallet):
        page.goto(site.url(f"{BASE}/act/compromise?key={KEY}"))
        assert "90 天" in page.locator(".note.strong").inner_text()
        page.fill("#i-since", "2020-01-01T00:00")
        page.locator(".act-form form button").click()
        trouble = page.locator(".alert").inner_text()
        assert "CompromiseDateRefused" in trouble
        assert "勾选" in trouble
        assert wallet.asked == []


def test_a_call_that_the_server_altered_is_not_sent(site: Site, browser: Browser) -> None:
    """The page derives function and arguments from what it shows: another party's id in the call is seen."""
    with regulator(site, browser) as (page, wallet):

        def altered(route: Any) -> None:
            answer = route.fetch()
            prepared = answer.text()
            start = prepared.index("openGrant(bytes32")
            other = "0x" + "ab" * 32
            at = prepared.index("0x", prepared.index("arguments", start - 400))
            route.fulfill(response=answer, body=prepared[:at] + other + prepared[at + 66 :])

        page.route(
            "**/act/open-grant*", lambda route: altered(route) if route.request.method == "POST" else route.continue_()
        )
        act(page, site, f"open-grant?party={cast.UNACCREDITED}&purpose=footprint", lambda _: None)
        assert page.locator("[data-own]").get_attribute("data-state") == "bad"
        assert not page.locator("button[data-do=send]").is_visible()
        assert wallet.count(SEND) == 0


def test_another_partys_wallet_is_told_before_it_sends(site: Site, browser: Browser) -> None:
    with regulator(site, browser, signer=cast.key("certifier-a")) as (page, wallet):
        act(page, site, f"open-grant?party={cast.UNACCREDITED}&purpose=footprint", lambda _: None)
        page.locator("button[data-do=send]").click()
        page.locator("[data-progress][data-state=bad]").wait_for()
        assert "监管" in page.locator("[data-progress]").inner_text()
        assert wallet.count(SEND) == 0
        page.goto(site.url(BASE))
        page.locator("[data-sign-in] button").click()
        page.locator("[data-sign-in] [data-progress][data-state=bad]").wait_for()


def test_a_status_in_the_regulators_lane_is_signed_and_relayed(site: Site, browser: Browser) -> None:
    line = httpx2.get(site.url("/open-data/certificates.ndjson")).text.splitlines()
    statement = next(json.loads(one)["id"] for one in line if '"status":"active"' in one)
    with regulator(site, browser) as (page, _):
        page.goto(site.url(f"{BASE}/status?subject={statement}"))
        page.locator("input[name=verb][value=suspend]").check()
        page.select_option("#i-code", "investigation")
        page.locator("main form button").last.click()
        page.wait_for_selector("[data-own][data-state=good]")
        page.locator("button[data-do=sign]").click()
        page.wait_for_selector("[data-result]:not([hidden])", timeout=30_000)
        page.goto(site.url(f"{BASE}/status?subject={statement}"))
        assert "正在调查" in page.locator("main").inner_text()


# ---------------------------------------------------------------- what is for the regulator alone


def photo() -> bytes:
    image = Image.new("RGB", (1_200, 800), (214, 205, 190))
    draw = ImageDraw.Draw(image)
    draw.rectangle((330, 160, 870, 640), fill=(252, 250, 244), outline=(20, 33, 61), width=6)
    for row in range(8):
        draw.rectangle((380, 210 + 48 * row, 380 + 60 * (8 - row), 236 + 48 * row), fill=(20, 33, 61))
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def test_a_report_with_a_photo_goes_from_the_shopper_to_the_queue(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    shopper = context.new_page()
    shopper.goto(site.url(site.label("genuine").path))
    shopper.locator("#report summary").click()
    shopper.get_by_label("标签贴在别的产品上").check()
    shopper.locator("#report-note").fill(NOTE)
    shopper.locator("#report input[type=file]").set_input_files(file("a.jpg", photo(), "image/jpeg"))
    shopper.locator("#report select[name=region]").select_option("4400")
    shopper.get_by_role("button", name="提交报告").click()
    assert "谢谢" in shopper.locator("h1").inner_text()
    shopper.goto(site.url(f"{BASE}/reports"))
    assert shopper.locator(".report-list").count() == 0
    context.close()
    with regulator(site, browser) as (page, _):
        sign_in(page, site)
        shot(page, "desk-regulator-1280")
        page.goto(site.url(f"{BASE}/reports?region=4400&state=open"))
        page.locator(".report-list a").first.click()
        page.wait_for_function("() => document.querySelector('img.report-photo').naturalWidth === 1200")
        assert "<script>alert(1)</script>" in page.locator(".quoted").inner_text()
        shot(page, "desk-regulator-report-1280")
        page.get_by_label("已处理").check()
        page.locator("#note").fill("已请平台下架")
        page.get_by_role("button", name="保存").click()
        assert "已请平台下架" in page.locator("ol.time").inner_text()
        page.goto(site.url(f"{BASE}/readings"))
        assert "照片" in page.locator("tbody").inner_text()
        page.get_by_role("button", name="退出").click()
        page.goto(site.url(f"{BASE}/reports"))
        assert page.locator("[data-sign-in]").count() == 1


def test_the_copies_map_of_suspects_and_of_one_label(site: Site, browser: Browser) -> None:
    with regulator(site, browser) as (page, _):
        sign_in(page, site)
        page.goto(site.url(f"{BASE}/copies"))
        assert "广东" in page.locator(".todo-list").inner_text()
        page.locator(".todo-list a").first.click()
        rows = page.locator("table").first.inner_text()
        assert "广东\t9" in rows
        assert "地区不明\t" in rows  # visits of other tests here come from nowhere known
        shot(page, "desk-regulator-copies-1280")
        assert axe_findings(page) == []


def test_an_upload_is_checked_with_and_without_javascript(site: Site, browser: Browser) -> None:
    genuine, withdrawn = ("https://127.0.0.1:8000" + site.label(name).path for name in ("genuine", "withdrawn"))
    rows = "标签\n" + "\n".join([genuine, withdrawn, genuine, "https://x.example/01/nonsense", "=cmd|x"]) + "\n"
    with regulator(site, browser) as (page, _):
        sign_in(page, site)
        state = page.context.storage_state()
    plain = browser.new_context(storage_state=state, java_script_enabled=False, locale="zh-CN", viewport=PHONE)  # type: ignore[arg-type]
    page = plain.new_page()
    page.goto(site.url(f"{BASE}/verify"))
    page.locator("#file").set_input_files(file("清单 <b>.csv", rows.encode(), "text/csv"))
    page.get_by_role("button", name="上传并核验").click()
    page.get_by_role("link", name="看报告").wait_for(timeout=60_000)
    counts = page.locator("section.card table").inner_text()
    assert "真实\t2" in counts
    assert "不可信\t1" in counts
    assert "无法读取\t2" in counts
    with page.expect_download() as download:
        page.get_by_role("link", name="下载结果").click()
    table = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert table.count("authentic") >= 2
    assert "\n=cmd" not in table
    page.get_by_role("link", name="看报告").click()
    assert "批量核验报告" in page.locator("h1").inner_text()
    plain.close()


def test_without_javascript_the_call_can_be_taken_along(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB", viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(site.url(f"{BASE}/act/open-grant?party={cast.UNACCREDITED}&purpose=footprint"))
    page.locator(".act-form form button").click()
    page.locator("summary", has_text="Multi-signature").click()
    assert page.locator("#call-data").input_value().startswith("0x")
    assert "tanji regulator grant open" in page.locator("pre").last.inner_text()
    assert not page.locator("button[data-do=send]").is_visible()
    context.close()


PAGES = {
    "": "", "parties": "/parties", "party": f"/parties/{cast.CERTIFIER_A}", "admit": "/act/admit", "grant": "/act/open-grant", "compromise": "/act/compromise",
    "key": "/act/register-key", "status": "/status", "reports": "/reports", "readings": "/readings", "copies": "/copies", "verify": "/verify",
    "statistics": "/statistics", "certifier": f"/statistics/{cast.CERTIFIER_A}", "rules": "/rules",
}  # fmt: skip
SCREENS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": PHONE, "locale": "zh-CN", "device_scale_factor": 2},
    "desk-en": {"viewport": DESK, "locale": "en-GB"},
}
KEPT = {
    ("statistics", "phone"): "desk-regulator-statistics-390",
    ("certifier", "phone"): "desk-regulator-certifier-390",
}


@pytest.mark.parametrize("screen", SCREENS)
def test_no_serious_finding_and_nothing_wider_than_the_screen(site: Site, browser: Browser, screen: str) -> None:
    with regulator(site, browser, **SCREENS[screen]) as (page, _):
        for signed in (False, True):
            if signed:
                sign_in(page, site)
            for name, path in PAGES.items():
                page.goto(site.url(BASE + path))
                page.wait_for_timeout(150)
                if signed and (name, screen) in KEPT:
                    shot(page, KEPT[name, screen])
                look_right(page)
                if screen == "desk-en":  # words are longer in English: on a phone too
                    page.set_viewport_size(PHONE)
                    require_fits(page)
                    page.set_viewport_size(DESK)


def shot(page: Page, name: str) -> None:
    if os.environ.get("TANJI_SCREENSHOTS"):
        screenshot(page, IMAGES / f"{name}.png")
