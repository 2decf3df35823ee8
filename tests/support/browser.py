"""Debian's Chromium through Playwright, and axe-core in it; both skip with the reason where they are missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ledger.chain.localnode import NODE_FOLDER

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = NODE_FOLDER / "node_modules/axe-core/axe.min.js"
SERIOUS = ("serious", "critical")


def chromium_path() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no chromium: apt-get install -y chromium fonts-noto-cjk")
    return found


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """The browser, started with further arguments."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: make setup")
    path = chromium_path()
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *arguments])
        try:
            yield browser
        finally:
            browser.close()


def axe_findings(page: Page) -> list[str]:
    """Serious findings of axe-core on a page, each with where it is."""
    if not AXE.exists():
        pytest.skip("no axe-core: make setup")
    # The page's policy forbids inline scripts, which is the point; the debugger's door is not the page's.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    results: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]}"
        for one in results["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


def layout_shift(page: Page) -> float:
    """Cumulative layout shift since the page was opened."""
    return float(
        page.evaluate(
            """() => new Promise(done => { let sum = 0;
            new PerformanceObserver(list => { for (const one of list.getEntries()) sum += one.value; })
              .observe({type: 'layout-shift', buffered: true});
            setTimeout(() => done(sum), 200); })"""
        )
    )


def look_right(page: Page) -> None:
    """Everything that opens opened: no serious finding in light and in dark, and nothing wider than the screen."""
    open_all(page)
    require_fits(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe_findings(page) == [], f"{page.url}, {scheme}"
    page.emulate_media(color_scheme="light")


def require_fits(page: Page) -> None:
    """Nothing is wider than the screen."""
    viewport = page.viewport_size
    assert viewport is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], page.url


def open_all(page: Page) -> None:
    """Open every part of the page that opens."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.wait_for_timeout(250)  # the opening's own animation


def screenshot(page: Page, path: Path) -> None:
    """The whole page, at most two and a half screens of it, in 128 colours: small enough to be kept with the source."""
    from io import BytesIO

    from PIL import Image

    image = Image.open(BytesIO(page.screenshot(full_page=True)))
    height = min(
        image.height, int(2.5 * (page.viewport_size or {"height": 900})["height"] * page.evaluate("devicePixelRatio"))
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    image.crop((0, 0, image.width, height)).convert("RGB").quantize(128).save(path, optimize=True)
