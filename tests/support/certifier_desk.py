"""The certifier's desk as its tests walk through it: from a footprint's file to the text to sign, and to a change of status."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from api.demo import cast
from tests.support.desk_seat import Seat, at_desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.support.served_demo import Site

OWN = f"/desk/certifier/{cast.CERTIFIER_A}"
AIR_CONDITIONER, NOTEBOOK, NOT_ADDING_UP = "09520009000166", "09520001000027", "09520002000057"
EXPECTED_FAILURES = ("422", "404", "503", "ERR_FAILED")
CHECKING = "检查并查看将签的全文"


@contextmanager
def seated(site: Site, browser: Browser, *, signers: tuple[str, ...] = ("desk-certifier-a",), **options: Any) -> Iterator[Seat]:  # fmt: skip
    keys = [cast.key(name) for name in signers]
    with at_desk(site, browser, keys, expected=EXPECTED_FAILURES, **options) as seat:
        yield seat
        assert seat.page.context.cookies() == [], "a desk keeps no cookie"


def footprint(site: Site, gtin: str) -> Path:
    return site.out / "desks" / f"footprint-{gtin}.json"


def begin_draft(seat: Seat, file: Path) -> Page:
    """From the footprint's file to the form."""
    page = seat.go(f"{OWN}/draft")
    page.get_by_label("足迹声明").set_input_files(str(file))
    page.get_by_role("button", name="检查").click()
    page.locator("#i-number").wait_for()
    return page


def fill_draft(page: Page, number: str, **more: str) -> None:
    for name, value in {"number": number, "schemeId": "demo", "schemeName": "示范方案", "quota": "500", **more}.items():
        page.locator(f"#i-{name}").fill(value)


def to_sign(seat: Seat, number: str, gtin: str = AIR_CONDITIONER) -> Page:
    """A certificate's exact text, on the page."""
    page = begin_draft(seat, footprint(seat.site, gtin))
    fill_draft(page, number)
    page.get_by_role("button", name=CHECKING).click()
    page.locator("[data-own][data-state=good]").wait_for()
    return page


def change_page(seat: Seat, product: str, verb: str) -> Page:
    """The page where the status of a product's certificate is changed."""
    page = seat.go(f"{OWN}/certificates?state=active")
    page.locator("li", has_text=product).get_by_role("link", name="撤销").first.click()
    return seat.go(re.sub("verb=[a-z]+", f"verb={verb}", page.url.removeprefix(seat.site.base)))


def to_change(seat: Seat, product: str, verb: str, code: str, note: str = "") -> Page:
    page = change_page(seat, product, verb)
    page.locator("#i-code").select_option(code)
    page.locator("#i-note").fill(note)
    if page.locator("[name=understood]").count():
        page.locator("[name=understood]").check()
    page.get_by_role("button", name="查看将签的全文").click()
    page.locator("[data-own][data-state=good]").wait_for()
    return page


def log_size(site: Site) -> int:
    return int(httpx2.get(site.url("/log/checkpoint")).text.splitlines()[1])
