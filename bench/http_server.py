"""The two servers of `bench.http`: FastAPI's hello-world (the unit H), and the service on a fresh ledger.

python -m bench.http_server hello|service PORT CORE [DIRECTORY]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import uvicorn

from api.http.serving import raise_descriptors
from api.http.takeover import ServiceProtocol


def main() -> None:
    """Serve until killed."""
    what, port, core = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.sched_setaffinity(0, {core})
    raise_descriptors()
    app = _hello() if what == "hello" else _service(Path(sys.argv[4]))
    config = uvicorn.Config(
        app,
        http=ServiceProtocol if what == "service" else "auto",
        host="127.0.0.1",
        port=port,
        access_log=False,
        log_level="warning",
        server_header=False,
    )
    uvicorn.Server(config).run()


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
