"""A person at a desk of the served demo: a page in Debian's Chromium, with a wallet in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.wallet import PageWallet

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from ledger.keys.memory import MemorySigner
    from tests.support.served_demo import Site

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SIGNING = "用钱包签名并提交"


@dataclass(frozen=True)
class Seat:
    """The page, and the wallet in its browser."""

    page: Page
    wallet: PageWallet
    site: Site

    def go(self, path: str) -> Page:
        self.page.goto(self.site.url(path))
        return self.page

    def told(self) -> str:
        """What the panel says while it works or when it fails."""
        place = self.page.locator("[data-progress][data-state=bad]")
        place.wait_for()
        return place.inner_text()

    def press(self, name: str = SIGNING) -> None:
        self.page.get_by_role("button", name=name).click()

    def result(self) -> str:
        place = self.page.locator("[data-result]:not([hidden])")
        place.wait_for()
        return place.inner_text()


@contextmanager
def at_desk(
    site: Site, browser: Browser, keys: Sequence[MemorySigner], *, expected: Sequence[str], **options: Any
) -> Iterator[Seat]:
    """A phone that reads Chinese, unless `options` of its context say otherwise. What the console complains of fails the test.

    Args:
        keys: the wallet's accounts.
        expected: failures of requests that tests bring about; the browser says so on its console.
    """
    given: dict[str, Any] = {"viewport": PHONE, "locale": "zh-CN", **options}
    context = browser.new_context(**given)
    wallet = PageWallet(site.node, list(keys)).install(context)
    page = context.new_page()
    page.set_default_timeout(15_000)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
    try:
        yield Seat(page=page, wallet=wallet, site=site)
    finally:
        context.close()
    assert not [one for one in complaints if not any(known in one for known in expected)]
