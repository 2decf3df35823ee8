"""The first visit to a label's page in a fresh headless Chromium on a phone's screen: what travels, when the verdict can be painted, what moves.

Sizes are those of DevTools: headers and compressed bodies of everything that was loaded until the page was at rest, the script that
checks us included. Round trips are counted, not timed: one for a document that fits the first ten segments a server may send
(RFC 6928), one more for each doubling beyond, and one for anything that blocks the first paint.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from bench.harness import Effort, Result
from bench.http_pages import finished_demo, served_copy
from tests.support.browser import chromium, layout_shift

SEGMENT = 1_460
FIRST_WINDOW = 10
_BLOCKING = "performance.getEntriesByType('resource').filter(one => one.renderBlockingStatus === 'blocking').length"


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `first-load-size`, `first-load-trips`, `first-load-shift`."""
    sizes: list[float] = []
    trips: list[float] = []
    shifts: list[float] = []
    seen: dict[str, float] = {}
    core = max(os.sched_getaffinity(0))
    with finished_demo() as demo, served_copy(demo, core) as served, chromium() as browser:
        for label in served.labels[: max(3, effort.runs)]:
            context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
            page = context.new_page()
            loaded = _listening(context.new_cdp_session(page))
            page.goto(f"http://127.0.0.1:{served.port}{label}", wait_until="networkidle")
            if page.locator("h1").inner_text() != "真实":
                raise RuntimeError("not authentic")
            document = loaded[0]
            sizes.append(sum(loaded) / 1000)
            trips.append(_windows(document) + page.evaluate(_BLOCKING))
            shifts.append(layout_shift(page))
            seen = {"document_kB": document / 1000, "requests": float(len(loaded))}
            context.close()
    yield Result(row="first-load-size", runs=tuple(sizes), seen=seen)
    yield Result(row="first-load-trips", runs=tuple(trips))
    yield Result(row="first-load-shift", runs=tuple(shifts))


def _listening(session: Any) -> list[float]:
    """Bytes of each answer as it travelled, in the order they ended; the document is the first."""
    loaded: list[float] = []
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    return loaded


def _windows(size: float) -> int:
    """Round trips until so many bytes are here, the window doubling with each."""
    trips, window, there = 1, FIRST_WINDOW * SEGMENT, FIRST_WINDOW * SEGMENT
    while there < size:
        window *= 2
        there += window
        trips += 1
    return trips
