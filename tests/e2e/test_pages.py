"""The pages as people meet them: the finished demo served, in Debian's Chromium, on a phone's screen and a desk's.

One run of the story serves all tests here. Screenshots go to docs/images when TANJI_SCREENSHOTS is set.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx2
import pytest

from ledger.chain.localnode import ROOT
from tests.support.browser import layout_shift, look_right, screenshot
from tests.support.served_demo import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.xdist_group("pages")]

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
IMAGES = ROOT / "docs/images"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone that reads Chinese; what the console complains of fails the test."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert not [one for one in complaints if "404" not in one and "400" not in one and "422" not in one]


def test_a_genuine_label_is_authentic_at_one_glance(site: Site, page: Page) -> None:
    page.goto(site.url(site.label("genuine").path))
    assert page.locator("h1").inner_text() == "真实"
    box = page.locator("section.verdict").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < PHONE["height"], "the verdict is on the first screen"
    assert page.locator("details[open]").count() == 0
    assert layout_shift(page) < 0.02


def test_without_javascript_the_verdict_and_every_check_are_there(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN", viewport=PHONE)  # type: ignore[arg-type]
    opened = context.new_page()
    opened.goto(site.url(site.label("genuine").path))
    assert opened.locator("h1").inner_text() == "真实"
    opened.locator("summary").first.click()
    assert opened.get_by_text("label.signature").is_visible()
    context.close()


@pytest.mark.parametrize("name", ["withdrawn", "suspended", "altered"])
def test_labels_that_must_not_pass_say_what_to_do(site: Site, page: Page, name: str) -> None:
    page.goto(site.url(site.label(name).path + "&verdict=authentic"))
    assert page.locator("h1").inner_text() == "不可信"
    assert page.get_by_role("heading", name="怎么办").is_visible()


def test_the_whole_page_is_one_document_and_an_icon_from_this_host(site: Site, browser: Browser) -> None:
    context = browser.new_context(locale="zh-CN", java_script_enabled=False)
    opened = context.new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(site.url(site.label("genuine").path))
    assert all(one.startswith(site.base) for one in asked)
    assert {one.partition("?")[0].rpartition("/")[2].partition(".")[2].rpartition(".")[2] for one in asked[1:]} <= {
        "svg"
    }
    context.close()


def test_a_pin_works_once_and_stands_in_no_address(site: Site, page: Page) -> None:
    label = site.label("corrected")
    for expected in ("首次使用", "已经用过"):
        page.goto(site.url(label.path))
        page.locator("#pin summary").click()
        page.locator("#pin-field").fill(f" {label.pin[:4].lower()}-{label.pin[4:]} ")
        page.get_by_role("button", name="核对验证码").click()
        assert page.locator("h1").inner_text() == expected
        assert label.pin not in page.url


def test_a_wrong_pin_is_refused_without_saying_why(site: Site, page: Page) -> None:
    page.goto(site.url(site.label("genuine").path))
    page.locator("#pin summary").click()
    page.locator("#pin-field").fill("000000000000")
    page.get_by_role("button", name="核对验证码").click()
    assert page.locator("h1").inner_text() == "验证码不对"


def test_a_label_that_looks_wrong_can_be_reported(site: Site, page: Page) -> None:
    page.goto(site.url(site.label("genuine").path))
    page.locator("#report summary").click()
    page.get_by_label("标签贴在别的产品上").check()
    page.locator("#report-note").fill("贴在另一台机器上 <b>")
    page.get_by_role("button", name="提交报告").click()
    assert "谢谢" in page.locator("h1").inner_text()
    assert '"reason":"other-product"' in (site.out / "reports.ndjson").read_text(encoding="utf-8")


def test_from_the_front_page_to_a_certificate_by_searching(site: Site, page: Page) -> None:
    page.goto(site.url("/"))
    page.get_by_role("searchbox").fill("air conditioner")
    page.keyboard.press("Enter")
    page.locator("ul.list a").first.click()
    assert page.locator("h1").inner_text() == "真实"
    assert "Conditioner" in page.locator("#product").inner_text()


def test_keyboard_alone_opens_the_checks(site: Site, page: Page) -> None:
    page.goto(site.url(site.label("genuine").path))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 1


def test_consistency_check_of_the_explorer(site: Site, page: Page) -> None:
    page.goto(site.url("/explorer"))
    page.locator("#from").fill("10")
    page.locator("#to").fill("90")
    page.get_by_role("button", name="检查").click()
    assert "一致" in page.get_by_role("status").inner_text()


PAGES = {
    "shopper": "genuine",
    "shopper-withdrawn": "withdrawn",
    "shopper-altered": "altered",
    "home": "/",
    "certificates": "/certificates",
    "none-found": "/certificates?q=no-such-thing",
    "products": "/products",
    "product": "/products/09520009000166",
    "parties": "/parties",
    "party": "/parties/uscc:91219999MATJ90030U",
    "log": "/explorer?from=10&to=90",
    "entry": "/explorer/40",
    "verify": "/verify",
    "unknown-product": "/01/09520009009992",
}


def path_of(site: Site, name: str) -> str:
    wanted = PAGES[name]
    return wanted if wanted.startswith("/") else site.label(wanted).path


SCREENS = {"phone": PHONE, "desk": DESK}
KEPT = {"shopper-390", "shopper-1280", "shopper-withdrawn-390", "home-390", "home-1280", "log-1280", "verify-390"}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", PAGES)
def test_no_serious_finding_and_nothing_wider_than_the_screen(
    site: Site, browser: Browser, name: str, screen: str
) -> None:
    viewport = SCREENS[screen]
    shot = f"{name}-{viewport['width']}"
    context = browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]
        locale="zh-CN",
        device_scale_factor=2 if viewport is PHONE else 1,
    )
    opened = context.new_page()
    opened.goto(site.url(path_of(site, name)))
    opened.wait_for_timeout(300)  # the page's own check of us settles
    if os.environ.get("TANJI_SCREENSHOTS") and shot in KEPT:
        screenshot(opened, IMAGES / f"{shot}.png")
    look_right(opened)
    context.close()


# ---------------------------------------------------------------- the resolver, as machines meet it


def test_machines_get_the_linkset(site: Site) -> None:
    path = site.label("genuine").path
    for given in ({"headers": {"Accept": "application/linkset+json"}}, {"params": {"linkType": "all"}}):
        url = site.url(path) if "params" not in given else site.url(path) + "&linkType=all"
        found = httpx2.get(url, headers=given.get("headers", {}))
        assert found.headers["content-type"] == "application/linkset+json"
        (context,) = found.json()["linkset"]
        assert context["anchor"].endswith(path.partition("?")[0])
        assert "https://ref.gs1.org/voc/certificationInfo" in context


def test_a_link_type_is_redirected_to(site: Site) -> None:
    url = site.url(site.label("genuine").path)
    assert httpx2.get(url + "&linkType=gs1:pip").status_code == 307
    assert httpx2.get(url + "&linkType=gs1:certificationInfo").headers["location"].startswith("/certificates/0x")
    assert httpx2.get(url + "&linkType=gs1:recipeInfo").status_code == 404
    # without a signature it is a product, and the product's page is meant
    assert httpx2.get(site.url("/01/09520009000166")).headers["location"] == "/products/09520009000166"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/01/09520009000167", 400),
        ("/01/abc", 400),
        ("/01/09520009009992", 404),
        ("/8013/1987654Ad4X4bL5ttr2310c2K", 404),
        ("/.well-known/gs1resolver", 200),
    ],
)
def test_identifiers(site: Site, path: str, status: int) -> None:
    found = httpx2.get(site.url(path))
    assert found.status_code == status
    assert found.headers["access-control-allow-origin"] == "*"


def test_head_and_options(site: Site) -> None:
    url = site.url(site.label("genuine").path)
    head = httpx2.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert 'rel="linkset"' in head.headers["link"]
    assert "GET" in httpx2.options(url).headers["allow"]


def test_serials_that_were_issued_and_ones_that_were_not_look_the_same(site: Site) -> None:
    """F02: with a wrong signature neither status, size nor checks tell which serials exist, and time comes in tenths."""
    path = site.label("altered").path
    serial = path.split("/21/")[1].partition("?")[0]
    other = serial[:-1] + ("0" if serial[-1] != "0" else "1")
    answers, times = [], []
    for one in (serial, other):
        started = time.monotonic()
        found = httpx2.get(site.url(path.replace(serial, one)), headers={"Accept-Language": "en"})
        times.append(time.monotonic() - started)
        answers.append((found.status_code, found.text.replace(one, "SERIAL").partition("<footer")[0]))
    assert answers[0] == answers[1]
    assert min(times) > 0.09


def test_altered_by_hostile_path_stays_text(site: Site) -> None:
    found = httpx2.get(site.url("/01/" + quote('"><script>alert(1)</script>', safe="")))
    assert found.status_code in (400, 404)
    assert "<script>alert" not in found.text


def test_open_data_is_a_line_a_certificate(site: Site) -> None:
    found = httpx2.get(site.url("/open-data/certificates.ndjson"))
    lines = found.text.splitlines()
    assert found.headers["content-type"].startswith("application/x-ndjson")
    assert len(lines) > 30
    assert all('"status":"' in line for line in lines)


def test_static_files_are_kept_for_ever_and_wrong_hashes_are_not_there(site: Site) -> None:
    html = httpx2.get(site.url("/")).text
    style = html.split('rel="stylesheet" href="')[1].partition('"')[0]
    found = httpx2.get(site.url(style))
    assert "immutable" in found.headers["cache-control"]
    assert httpx2.get(site.url("/static/style.0000000000000000.css")).status_code == 404
