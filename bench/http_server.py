"""The servers under load: FastAPI's hello-world (the unit H), the service on a fresh ledger, the finished demo, and public lists.

python -m bench.http_server hello|hello-plain|service|demo|lists PORT CORE [DIRECTORY]

`hello` is served by the parser and the loop that the service has (httptools, uvloop); `hello-plain` as uvicorn comes by itself (h11, asyncio).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from api.http.serving import raise_descriptors
from api.http.takeover import ServiceProtocol

LABELS = 4_000  # of each of the demo's products, so that each is seldom asked for


def main() -> None:
    """Serve until told to stop."""
    what, port, core = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with _opened(what, core) as app:
        os.sched_setaffinity(0, {core})
        raise_descriptors()
        config = uvicorn.Config(
            app,
            http={"hello": "httptools", "hello-plain": "h11"}.get(what, ServiceProtocol),
            loop="asyncio" if what == "hello-plain" else "auto",
            host="127.0.0.1",
            port=port,
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        # uvicorn raises the signal again that it stopped for: what was started here is still to be ended
        signal.signal(signal.SIGTERM, lambda *_: None)
        uvicorn.Server(config).run()


@contextmanager
def _opened(what: str, core: int) -> Iterator[Any]:
    if what == "demo":
        # the node it starts stays on the core this process has now
        with _demo(Path(sys.argv[4])) as app:
            yield app
        return
    os.sched_setaffinity(0, {core})
    if what == "lists":
        from bench.lists import application

        yield application(Path(sys.argv[4]))
        return
    yield _hello() if what.startswith("hello") else _service(Path(sys.argv[4]))


@contextmanager
def _demo(out: Path) -> Iterator[Any]:
    """As `make demo` serves it, without limits per client: all of the load comes from one."""
    import gc

    from api.demo import serving
    from api.demo.output import Output
    from api.http.compose import edge_settings

    serving.LABELS = LABELS  # type: ignore[misc]
    with serving.open_story(Output(root=out)) as story:
        for layer in story.app.user_middleware:
            layer.kwargs["settings"] = edge_settings(reads=0, writes=0, hsts=0)
        gc.collect()
        gc.freeze()
        yield story.app


def _hello() -> Any:
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/")
    async def hello() -> dict[str, str]:
        return {"message": "Hello World"}

    return app


def _service(directory: Path) -> Any:
    """As `tanji serve` composes it; keys and clock are the tests' own, so that prepared statements are let in."""
    import gc

    from api.http.app import create_app
    from api.http.compose import ServiceParts, edge_settings, make_service
    from api.http.submissions import Submissions
    from ledger.log.files import TileDirectory
    from ledger.services.host import LedgerHost
    from tests.support.ledger import DEPLOYMENT, MemoryBook, OwnedClock, config
    from tests.support.ledger import directory as keys

    clock, book = OwnedClock(), MemoryBook()
    host = LedgerHost.open(config(str(directory / "ledger.sqlite"), directory / "log", clock=clock, anchors=book))
    files = TileDirectory(directory / "log")
    service = make_service(
        ServiceParts(
            deployment=DEPLOYMENT,
            store=host.reader,
            tree=host.tree,
            files=files,
            anchors=book,
            directory=keys(),
            clock=clock,
            submissions=Submissions(host.front(), host.reader.size()),
            edge=edge_settings(reads=0, writes=0, hsts=0),
        )
    )
    app = create_app(service)

    @app.post("/bench/integrate")
    async def integrate() -> dict[str, int]:
        host.integrate()
        return {"size": host.tree.size}

    gc.collect()
    gc.freeze()
    return app


if __name__ == "__main__":
    main()
