"""The scanner's page as an inspector handles it, and what Python says of the same labels by the same pack."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verifier.bulletin import parse_bulletin, trust_bulletin
from verifier.deployment import parse_deployment
from verifier.errors import MalformedError
from verifier.labelling import contradicted
from verifier.pack.judge import PackJudge
from verifier.pack.reader import Pack
from verifier.policy import INSPECTION
from verifier.state import open_view
from verifier.trust import TrustedBlock

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
WAIT_MS = 20_000


@dataclass(frozen=True)
class Answers:
    """Python's judge over a pack whose block a bulletin vouches for."""

    judge: PackJudge

    @classmethod
    def by(cls, pack: bytes, bulletin: bytes, deployment: bytes) -> Answers:
        pinned, opened = parse_deployment(deployment), Pack(pack)
        trust = trust_bulletin(parse_bulletin(bulletin), pinned)
        assert isinstance(trust, TrustedBlock)
        view = open_view(opened.snapshot(), trust, pinned)
        return cls(PackJudge(opened, view, policy=INSPECTION, now=int(time.time())))

    def of(self, text: str, *, index: int = 0, serials: Sequence[str] = ()) -> dict[str, Any]:
        """serials: of signed labels that share this one's index, both."""
        try:
            verdict = self.judge.judge(text)
            verdict = contradicted(verdict, index, serials) if serials else verdict
        except MalformedError as error:
            return {"outcome": "not-a-label", "rule": error.rule, "checks": []}
        checks = [[str(check.id), str(check.outcome), check.reason] for check in verdict.checks]
        return {"outcome": str(verdict.outcome), "rule": None, "checks": checks}


def told(label: dict[str, Any]) -> dict[str, Any]:
    """A label of the exported list, as `Answers` gives it."""
    checks = [[one["id"], one["outcome"], one["reason"]] for one in label["checks"]]
    return {"outcome": label["outcome"], "rule": label.get("rule"), "checks": checks}


class Scanner:
    """One open scanner."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.context.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda one: self.complaints.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, query: str = "") -> Scanner:
        self.page.goto(f"{self.base}/scan{query}")
        return self.ready()

    def reload(self) -> Scanner:
        self.page.reload()
        return self.ready()

    def ready(self) -> Scanner:
        self.page.wait_for_selector("#scan[data-ready=true]")
        return self

    # ------------------------------------------------------------ what it says

    @property
    def latest(self) -> str:
        return self.page.locator("#latest").inner_text()

    @property
    def strip(self) -> str:
        return self.page.locator("#strip").inner_text()

    def says(self, *texts: str) -> None:
        """Wait until the large box holds each of these."""
        for text in texts:
            self.page.locator("#latest", has_text=text).wait_for(timeout=WAIT_MS)

    def stands(self, standing: str) -> None:
        self.page.wait_for_selector(f"#strip[data-standing={standing}]", timeout=WAIT_MS)

    def holds(self, count: int) -> None:
        """Wait until so many entries are drawn."""
        self.page.wait_for_function(
            "n => document.querySelectorAll('#list > li').length === n", arg=count, timeout=WAIT_MS
        )

    def decided(self) -> dict[str, dict[str, Any]]:
        """The list once no entry is open: those that were are judged again by themselves."""
        deadline = time.monotonic() + WAIT_MS / 1000
        while time.monotonic() < deadline:
            labels = self.labels()
            views = [one for label in labels.values() for one in label["checks"] if one["id"] == "chain.view"]
            if all(view["outcome"] == "passed" for view in views):
                return labels
            self.page.wait_for_timeout(200)
        raise AssertionError("entries stay open")

    # ------------------------------------------------------------ what is done with it

    def take_site_pack(self) -> None:
        self.page.locator("#strip-get").click()
        self.stands("good")

    def open_folded(self, element: str) -> None:
        self.page.locator(f"details:has(#{element})").evaluate_all("all => all.forEach(one => one.open = true)")

    def load(self, *files: Path) -> None:
        self.open_folded("pack-file")
        self.page.locator("#pack-file").set_input_files([str(file) for file in files])

    def photos(self, *files: Path) -> None:
        self.page.locator("#photo").set_input_files([str(file) for file in files])

    def type(self, text: str) -> None:
        self.page.locator("#code").fill(text)
        self.page.keyboard.press("Enter")

    def exported(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._download("#json"))
        return document

    def labels(self) -> dict[str, dict[str, Any]]:
        """The exported list by text."""
        return {one["text"]: one for one in self.exported()["labels"]}

    def exported_pack(self) -> int:
        """The block of the pack in force."""
        return int(self.page.locator("#pack-number").text_content() or "0")

    def table(self) -> list[dict[str, str]]:
        text = self._download("#csv").decode("utf-8")
        assert text.startswith("\ufeff"), "a spreadsheet takes it for UTF-8"
        return list(csv.DictReader(io.StringIO(text[1:], newline="")))

    def _download(self, button: str) -> bytes:
        with self.page.expect_download() as download:
            self.page.locator(button).click()
        return Path(download.value.path()).read_bytes()

    def elsewhere(self) -> list[str]:
        """Requests that left the site."""
        return [url for url in self.asked if not url.startswith((self.base, "blob:", "data:"))]


@contextmanager
def scanner(browser: Browser, base: str, *, quiet: Sequence[str] = (), **context: Any) -> Iterator[Scanner]:
    """A scanner in a fresh device; what the console complains of, but for what holds one of `quiet`, fails the test."""
    options: dict[str, Any] = {"viewport": PHONE, "locale": "zh-CN", "accept_downloads": True, **context}
    opened = browser.new_context(**options)
    found = Scanner(opened.new_page(), base)
    try:
        yield found
    finally:
        opened.close()
    assert not [one for one in found.complaints if not any(part in one for part in quiet)]
