"""The verifier that pages ship, in headless Chromium: a genuine label's verdict, the first in a fresh page and one after others."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from statistics import median

from api.pages.assets import Assets
from bench.harness import Effort, Result
from tests.support.attack_rows import question
from tests.support.chromium import browser, served
from tests.support.labels import genuine_label

_ROUNDS = 12
_TIMES = """([request, rounds]) => Array.from({ length: rounds }, () => {
    const started = performance.now();
    verifier.answer(request);
    return performance.now() - started;
})"""


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `browser-first`, `browser-warm` and `browser-size`. The browser starts once; each run has a page of its own."""
    case, asset = genuine_label(), Assets.load()["verify.js"]
    request = {"op": "verdict", "question": question(case, case.data())}
    files = {
        "/": ("text/html", b"<!doctype html><script type=module src=/start.js></script>"),
        "/start.js": ("text/javascript", b"import * as verifier from '/verify.js'; window.verifier = verifier;"),
        "/verify.js": ("text/javascript", asset.data),
    }
    first, warm = [], []
    with served(files) as origin, browser() as chromium:
        for _ in range(max(effort.runs, 3)):
            context = chromium.new_context()
            page = context.new_page()
            page.goto(origin)
            page.wait_for_function("window.verifier !== undefined")
            once, *more = page.evaluate(_TIMES, [request, _ROUNDS])
            first.append(once)
            warm.append(median(more))
            context.close()
    yield Result(row="browser-first", runs=tuple(first))
    yield Result(row="browser-warm", runs=tuple(warm))
    yield Result(row="browser-size", runs=(len(gzip.compress(asset.data, 9, mtime=0)) / 1000,))
