"""A service over a real SQLite ledger, an anchor book in memory, and (where asked) a simulated chain: for tests over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from api.http.app import create_app
from api.http.compose import ServiceParts, edge_settings, make_service
from api.http.service import Service
from api.http.submissions import Submissions
from ledger.log.files import TileDirectory
from ledger.log.tree import TreeReader
from ledger.services.host import LedgerHost
from tests.support.ledger import DEPLOYMENT, MemoryBook, OwnedClock, config, directory

UNLIMITED = edge_settings(reads=0, writes=0, hsts=0)


@dataclass
class Served:
    """A running service and what is behind it."""

    client: TestClient
    host: LedgerHost
    service: Service
    book: MemoryBook
    clock: OwnedClock


@contextmanager
def served(directory_path: Path, *, writes: bool = True, **changes: Any) -> Iterator[Served]:
    """A service on a fresh ledger; `changes` replace parts."""
    book, clock = MemoryBook(), OwnedClock()
    host = LedgerHost.open(
        config(str(directory_path / "ledger.sqlite"), directory_path / "log", anchors=book, clock=clock)
    )
    try:
        files = TileDirectory(directory_path / "log")
        parts: dict[str, Any] = {
            "deployment": DEPLOYMENT,
            "store": host.reader,
            "tree": TreeReader(files, 0),
            "files": files,
            "anchors": book,
            "directory": directory(),
            "clock": clock,
            "submissions": Submissions(host.front(), host.reader.size()) if writes else None,
            "edge": UNLIMITED,
        }
        service = make_service(ServiceParts(**(parts | changes)))
        with TestClient(create_app(service), raise_server_exceptions=False) as client:
            yield Served(client=client, host=host, service=service, book=book, clock=clock)
            if service.submissions is not None:
                client.portal.call(service.submissions.close)  # type: ignore[union-attr]
    finally:
        host.close()
