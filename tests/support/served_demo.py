"""The finished demo served on a free port, as `make demo` ends: it takes statements, relays changes, and anchors every few seconds.

One run of the story takes about twenty seconds, so there is one for all tests of a run, in all its processes; every module has a copy, and
serves it on a node of its own. `TANJI_DEMO_OUT` names the finished directory of an earlier run (`make demo SERVE=0`) to be copied instead.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from api.demo.__main__ import main
from api.demo.output import Output
from api.demo.serving import Address, open_story
from tests.support.chain import require_node

if TYPE_CHECKING:
    from fastapi import FastAPI


@dataclass(frozen=True)
class Site:
    """A running service and the labels of its story, the genuine one first. node: URL of its chain's JSON-RPC."""

    base: str
    out: Path
    labels: tuple[Address, ...]
    node: str
    app: FastAPI

    def url(self, path: str) -> str:
        return self.base + path

    def label(self, name: str) -> Address:
        return next(one for one in self.labels if name in one.en)


def finished_demo(folder: Path) -> Path:
    """A finished demo of one's own in `folder`; skips where the node is missing."""
    require_node()
    out = folder / "demo"
    shutil.copytree(os.environ.get("TANJI_DEMO_OUT") or _told_once(folder), out)
    return out


def _told_once(folder: Path) -> Path:
    """The story as the first of this run's processes told it; the others wait for it. folder: a test's own, two below what they share."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    shared = folder.parent.parent if is_worker else folder.parent
    finished = shared / "finished-demo"
    with (shared / "finished-demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            unfinished = shared / f"unfinished-demo-{os.getpid()}"
            shutil.rmtree(unfinished, ignore_errors=True)
            assert main(["--out", str(unfinished)]) == 0
            unfinished.rename(finished)
    return finished


@contextmanager
def served_demo(folder: Path) -> Iterator[Site]:
    """The demo, finished in `folder` and served from there."""
    out = finished_demo(folder)
    with open_story(Output(root=out)) as story, serving(story.app) as base:
        yield Site(base=base, out=out, labels=story.addresses, node=story.node, app=story.app)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """An application on a thread and a free port; its origin."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
