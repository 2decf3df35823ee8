"""Desks over a real ledger and a real local node whose time stands where the test bodies are valid; no browser.

with desk_world(folder) as desk:
    desk.client.get(f"/desk/certifier/{CERTIFIER}")
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from api.desks.mount import desk_routers
from api.desks.parts import DeskParts, desk_parts
from api.http.app import create_app
from api.http.changes import ChangeDesk
from api.http.compose import ServiceParts, make_service, rpc_clients
from api.http.profiles import ProfileShelf
from api.http.submissions import Submissions
from api.pages.errors import error_pages
from api.pages.mount import page_parts, page_routers
from api.pages.reasons import ReasonBook
from ledger.chain.client import connect
from ledger.chain.directory import CachedKeyDirectory
from ledger.chain.localnode import anvil_command, running_node
from ledger.keys.memory import MemorySigner
from ledger.log.files import TileDirectory
from ledger.log.tree import TreeReader
from ledger.services.host import LedgerHost
from ledger.services.relaying import ChangeRelay, RelayParts
from tests.support import bodies
from tests.support.chain import PROFILES, World, deployed_world, require_node
from tests.support.ledger import NOW, MemoryBook, OwnedClock, config, footprint_body, sign
from tests.support.service import UNLIMITED
from verifier.canonical import canonicalize
from verifier.signature import to_checksum

WARM_UP = 5_000  # seconds of the chain before the tests' now
CHAIN_ID = 31_337


@dataclass
class DeskWorld:
    """A service with its desks, and what is behind it."""

    client: TestClient
    world: World
    host: LedgerHost
    parts: DeskParts
    clock: OwnedClock
    folder: Path

    def signed(self, kind: str, issuer: str, body: dict[str, Any], key: MemorySigner | str) -> bytes:
        """A statement signed for this deployment, now. key: a signer, or the world's key by its name."""
        signer = self.world.keys[key] if isinstance(key, str) else key
        made = sign(kind, issuer, body, signer, issued_at=self.clock.now(), deployment=self.world.deployment)
        return canonicalize(made)

    def submit(self, *statements: bytes) -> None:
        """Log statements and bring the lists up to date."""
        for one in statements:
            answer = self.client.post("/v1/statements", content=one, headers={"content-type": "application/json"})
            assert answer.status_code in (200, 201), answer.text
        self.host.integrate()

    def footprint(self, number: int = 0) -> bytes:
        """The holder's footprint of a number, signed; not logged."""
        return self.signed("footprint", bodies.HOLDER, footprint_body(number), "holder")

    def shown(self, path: str, **parameters: str) -> str:
        """A page that is there, in Chinese."""
        answer = self.client.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.text


@contextmanager
def desk_world(folder: Path, **changes: Any) -> Iterator[DeskWorld]:
    """Everybody of `tests.support.chain` registered, nothing logged. `changes` replace parts of the service; skips without a node."""
    require_node()
    clock, book = OwnedClock(), MemoryBook()
    with running_node(anvil_command("--timestamp", str(NOW - WARM_UP))) as node:
        world = deployed_world(node)
        world.chain.call("evm_setNextBlockTimestamp", NOW - 1)
        world.mine()
        directory = CachedKeyDirectory(world.chain, world.deployment, clock)
        host = LedgerHost.open(
            config(str(folder / "ledger.sqlite"), folder / "log", deployment=world.deployment, signer=world.log_key,
                   directory=directory, anchors=book, clock=clock)
        )  # fmt: skip
        try:
            parts = _parts(folder, world, host, book, clock, changes)
            routers = (*page_routers(parts.pages), *desk_routers(parts))
            app = create_app(parts.service, extra=routers, page_for=error_pages(parts.pages.pages))
            with TestClient(app, raise_server_exceptions=False, headers={"Accept-Language": "zh"}) as client:
                yield DeskWorld(client=client, world=world, host=host, parts=parts, clock=clock, folder=folder)
                if parts.service.submissions is not None:
                    client.portal.call(parts.service.submissions.close)  # type: ignore[union-attr]
        finally:
            host.close()


def _parts(folder: Path, world: World, host: LedgerHost, book: MemoryBook, clock: OwnedClock, changes: Mapping[str, Any]) -> DeskParts:  # fmt: skip
    files = TileDirectory(folder / "log")
    clients, quorum = rpc_clients([f"local={world.url}"], 64)
    reasons = ReasonBook(folder / "reasons.ndjson")
    relay = ChangeRelay(RelayParts(chain=connect(world.url), operations=world.status("sequencer"), clock=clock))
    parts: dict[str, Any] = {
        "deployment": world.deployment,
        "store": host.reader,
        "tree": TreeReader(files, 0),
        "files": files,
        "anchors": book,
        "directory": CachedKeyDirectory(connect(world.url), world.deployment, clock),
        "clock": clock,
        "chain": connect(world.url),
        "clients": clients,
        "quorum": quorum,
        "profiles": ProfileShelf(profiles=tuple(PROFILES.values())),
        "submissions": Submissions(host.front(), host.reader.size()),
        "changes": ChangeDesk(relay=relay, clock=clock, reasons=reasons),
        "edge": UNLIMITED,
    }
    return desk_parts(page_parts(make_service(ServiceParts(**(parts | changes)))), reasons)


def prepared_of(page: str) -> dict[str, Any]:
    """What a signing page gives its script."""
    found = re.search(r'data-prepared="([^"]*)"', page)
    assert found is not None, "no panel to sign in"
    document: dict[str, Any] = json.loads(html.unescape(found[1]))
    return document


def signed_with(prepared: Mapping[str, Any], key: MemorySigner) -> bytes:
    """A prepared document with a key's signature over its digest, ready to hand in."""
    signature = "0x" + key.sign_digest(bytes.fromhex(prepared["digest"][2:])).hex()  # type: ignore[arg-type]
    document = {**prepared["document"], "signature": signature}
    if prepared["what"] == "statement":
        document |= {"issuedAt": prepared["issuedAt"], "signer": to_checksum(key.address)}
    return canonicalize(document)
