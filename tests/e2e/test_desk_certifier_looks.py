"""The certifier's desk by keyboard, in English, on both screens, light and dark. Screenshots go to docs/images when TANJI_SCREENSHOTS is set."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from api.demo import cast
from ledger.chain.localnode import ROOT
from tests.support.browser import look_right, screenshot
from tests.support.certifier_desk import (
    AIR_CONDITIONER,
    CHECKING,
    OWN,
    begin_draft,
    change_page,
    fill_draft,
    footprint,
    seated,
    to_sign,
)
from tests.support.desk_seat import DESK, PHONE, Seat
from tests.support.served_demo import Site
from tests.support.wallet import (
    SIGN,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.node, pytest.mark.slow]

IMAGES = ROOT / "docs/images"


def test_keyboard_alone_signs_and_the_result_has_the_focus(seat: Seat) -> None:
    page = to_sign(seat, "TJ-E2E-0018")
    page.locator("h1").click()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.do") == "sign":
            break
    page.keyboard.press("Enter")
    seat.result()
    assert page.evaluate("document.activeElement.hasAttribute('data-result')")


ENGLISH = (
    f"{OWN}?lang=en", f"{OWN}/certificates?lang=en", f"{OWN}/accreditation?lang=en", f"{OWN}/draft?lang=en", f"{OWN}/status?lang=en",
    "/desk?lang=en", "/desk/sign?lang=en", "/desk/submit?lang=en",
)  # fmt: skip


@pytest.mark.parametrize("path", ENGLISH)
def test_in_english_nothing_but_names_is_chinese(seat: Seat, path: str) -> None:
    page = seat.go(path)
    said = page.locator(
        "main :is(h2, label, legend, button, .button, small, .note, .soft, .tabs a, .chips a)"
    ).all_inner_texts()
    assert said
    assert [one for one in said if re.search("[\u4e00-\u9fff]", one)] == []
    assert page.locator("html").get_attribute("lang") == "en"


def test_in_english_from_file_to_receipt(site: Site, browser: Browser) -> None:
    with seated(site, browser, viewport=DESK) as seat:
        page = seat.go(f"{OWN}/draft?lang=en")
        page.get_by_label("Footprint statement").set_input_files(str(footprint(site, AIR_CONDITIONER)))
        page.get_by_role("button", name="Check it").click()
        fill_draft(page, "TJ-E2E-0019")
        page.get_by_role("button", name="Check, and see the text to sign").click()
        page.get_by_text("This browser derived the text and its digest itself").wait_for()
        seat.wallet.rejects.add(SIGN)
        seat.press("Sign with my wallet and submit")
        assert "You cancelled in the wallet" in seat.told()
        seat.wallet.rejects.clear()
        seat.press("Sign with my wallet and submit")
        assert "Logged at" in seat.result()


def _at_overview(seat: Seat) -> Page:
    return seat.go(OWN)


def _at_certificates(seat: Seat) -> Page:
    return seat.go(f"{OWN}/certificates")


def _at_form(seat: Seat) -> Page:
    return begin_draft(seat, footprint(seat.site, AIR_CONDITIONER))


def _at_troubles(seat: Seat) -> Page:
    page = _at_form(seat)
    page.locator("form[data-keep]").evaluate("form => { form.noValidate = true; }")
    page.get_by_role("button", name=CHECKING).click()
    page.get_by_role("alert").wait_for()
    return page


def _at_text(seat: Seat) -> Page:
    return to_sign(seat, "TJ-2026-0101")


def _at_refusal(seat: Seat) -> Page:
    page = to_sign(seat, "TJ-2026-0102")
    seat.wallet.rejects.add(SIGN)
    seat.press()
    seat.told()
    return page


def _at_receipt(seat: Seat) -> Page:
    page = to_sign(seat, "TJ-2026-0103")
    seat.press()
    seat.result()
    return page


def _at_status(seat: Seat) -> Page:
    return change_page(seat, "Vaccum Cleaners", "suspend")


SIGHTS: dict[str, Callable[[Seat], Page]] = {
    "door": lambda seat: seat.go("/desk"),
    "overview": _at_overview,
    "certificates": _at_certificates,
    "none-in-this-state": lambda seat: seat.go(f"{OWN}/certificates?state=pending"),
    "accreditation": lambda seat: seat.go(f"{OWN}/accreditation"),
    "nobody": lambda seat: seat.go(f"/desk/certifier/{cast.NOBODY}"),
    "begin": lambda seat: seat.go(f"{OWN}/draft"),
    "form": _at_form,
    "troubles": _at_troubles,
    "text": _at_text,
    "refusal": _at_refusal,
    "receipt": _at_receipt,
    "status": _at_status,
    "lane": lambda seat: seat.go(f"{OWN}/status"),
    "submit": lambda seat: seat.go("/desk/submit"),
    "sign": lambda seat: seat.go("/desk/sign"),
}
SCREENS = {"phone": PHONE, "desk": DESK}
KEPT = {("text", 390), ("overview", 1280)}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", SIGHTS)
def test_no_serious_finding_and_nothing_wider_than_the_screen(
    site: Site, browser: Browser, name: str, screen: str
) -> None:
    viewport = SCREENS[screen]
    scale = 2 if viewport is PHONE else 1
    with seated(site, browser, viewport=viewport, device_scale_factor=scale) as seat:
        page = SIGHTS[name](seat)
        page.wait_for_timeout(250)
        if os.environ.get("TANJI_SCREENSHOTS") and (name, viewport["width"]) in KEPT:
            screenshot(page, IMAGES / f"desk-certifier-{viewport['width']}.png")
        look_right(page)
