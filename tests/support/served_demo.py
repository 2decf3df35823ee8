"""The finished demo served on a free port, as `make demo` ends: it takes statements, relays changes, and anchors every few seconds.

One run of the story takes about twenty seconds; a module's tests share it. `TANJI_DEMO_OUT` names the finished directory of an earlier run
(`make demo SERVE=0`): it is copied, and only the serving is new.
"""

from __future__ import annotations

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
    kept = os.environ.get("TANJI_DEMO_OUT")
    if kept:
        shutil.copytree(kept, out)
    else:
        assert main(["--out", str(out)]) == 0
    return out


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
