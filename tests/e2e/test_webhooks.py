"""`tanji serve` tells a receiver of a withdrawal on a real node, through SIGKILL and restarts; SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.runtime.config import AnchoringSettings, HttpSettings, Settings, WebhookSettings
from api.runtime.home import Home, create_home
from ledger.chain.deploy import write_deployment
from ledger.chain.localnode import running_node
from ledger.domain.scans import Alert, Item
from ledger.keys.keystore import LIGHT_COST, write_keystore
from ledger.keys.logkey import write_log_key
from ledger.services.status import StatusChange
from ledger.store.scans import SqlScanStore
from tests.support import bodies
from tests.support.chain import World, deployed_world, require_node
from tests.support.databases import fresh_database, postgres_server
from tests.support.ledger import certificate_body, footprint_body, sign
from tests.support.webhooks import Receiver, listening, status
from verifier.canonical import canonicalize
from verifier.contracts import Status
from verifier.identifiers import party_id

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.xdist_group("node-webhooks")]

PASSPHRASE = "correct horse"
ROOT = Path(__file__).resolve().parents[2]
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    require_node()
    with running_node() as node:
        yield deployed_world(node)


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def home(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> Home:
    database, hooks = "sqlite:///ledger.db", "sqlite:///webhooks.db"
    if request.param != "sqlite":
        database = hooks = fresh_database(request.getfixturevalue("postgres_url"))
    settings = Settings(
        rpc=(world.url,),
        database=database,
        anchoring=AnchoringSettings(interval=1),
        http=HttpSettings(reads_per_second=0, writes_per_second=0),
    )
    made = create_home(tmp_path / "home", settings)
    with (made.root / "tanji.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[webhooks]\ndatabase = "{hooks}"\ntargets = "loopback"\n')
    write_deployment(made.deployment_path, world.deployment)
    write_keystore(made.sequencer_keystore, world.keys["sequencer"], PASSPHRASE.encode(), cost=LIGHT_COST)
    write_keystore(made.root / "status.json", world.keys["certifier-status"], PASSPHRASE.encode(), cost=LIGHT_COST)
    write_log_key(made.log_key, world.log_key, PASSPHRASE.encode())
    assert WebhookSettings().targets == "public"
    return made


@dataclass
class Process:
    """A running `tanji serve`."""

    process: subprocess.Popen[bytes]
    client: httpx2.Client

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.client.close()
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


def start(home: Home) -> Process:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home.root / f"serve-{port}.log"
    process = subprocess.Popen(
        (sys.executable, "-c", "from api.cli.main import main; main()", "serve", "--port", str(port), "--wait", "20"),
        cwd=ROOT,
        env={**os.environ, "TANJI_PASSPHRASE": PASSPHRASE, "TANJI_HOME": str(home.root)},
        stdout=subprocess.DEVNULL,
        stderr=log.open("wb"),
    )
    client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get("/readyz").status_code == 200:
                return Process(process=process, client=client)
        except httpx2.TransportError:
            time.sleep(0.1)
    process.kill()
    raise AssertionError(log.read_text()[-3000:])


@dataclass
class Listener:
    """A receiver on a thread of its own, on one port, that can be away for a while."""

    receiver: Receiver = field(default_factory=Receiver)
    is_away: bool = False
    url: str = ""

    async def behave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_away:
            writer.transport.abort()
            return
        await self.receiver(reader, writer)

    def until(self, fits: Callable[[list[dict[str, Any]]], bool], seconds: float = 300) -> None:
        """Wait until what was received fits."""
        deadline = time.monotonic() + seconds
        while not fits(self.data):
            assert time.monotonic() < deadline, self.data
            time.sleep(0.05)

    @property
    def data(self) -> list[dict[str, Any]]:
        return [told.event["data"] for told in tuple(self.receiver.received)]


@contextmanager
def listener() -> Iterator[Listener]:
    found, stop, ready = Listener(), threading.Event(), threading.Event()

    async def serve() -> None:
        async with listening(found.behave) as port:
            found.url = f"http://127.0.0.1:{port}/hook"
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield found
    finally:
        stop.set()
        thread.join(10)


def ordered(home: Home, running: Process, *words: str, expect: int = 200) -> dict[str, Any]:
    """An order made by the command, sent to the service."""
    out = home.root / f"order-{time.time_ns()}.json"
    subprocess.run(
        (sys.executable, "-c", "from api.cli.main import main; main()", "webhook", "order", *words,
         "--party", bodies.CERTIFIER, "--key", str(home.root / "status.json"), "-o", str(out)),
        cwd=ROOT,
        env={**os.environ, "TANJI_PASSPHRASE": PASSPHRASE, "TANJI_HOME": str(home.root)},
        check=True,
        capture_output=True,
    )  # fmt: skip
    response = running.client.post("/v1/webhooks", content=out.read_bytes(), headers=JSON)
    assert response.status_code == expect, response.text
    return response.json()  # type: ignore[no-any-return]


def certified(world: World, running: Process, number: int) -> str:
    """A certificate in the log; its id."""
    now = int(time.time())
    made = sign(
        "footprint",
        bodies.HOLDER,
        footprint_body(number),
        world.keys["holder"],
        issued_at=now,
        deployment=world.deployment,
    )
    assert running.client.post("/v1/statements", content=canonicalize(made), headers=JSON).status_code == 201
    body = certificate_body(number, number, validFrom=now - 86_400, validUntil=now + 180 * 86_400)
    body.pop("grade", None)
    made = sign(
        "certificate", bodies.CERTIFIER, body, world.keys["certifier"], issued_at=now, deployment=world.deployment
    )
    answer = running.client.post("/v1/statements", content=canonicalize(made), headers=JSON)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def changed(world: World, paper: str, to: Status) -> None:
    change = StatusChange(owner=party_id(bodies.CERTIFIER), subject=bytes.fromhex(paper[2:]), status=to)
    world.status("certifier-status").change(change)


def test_a_withdrawal_reaches_the_bank_whatever_dies(world: World, home: Home, request: pytest.FixtureRequest) -> None:
    number = 11 if "sqlite" in request.node.name else 12
    with listener() as bank:
        running = start(home)
        try:
            paper = certified(world, running, number)
            added = ordered(home, running, "add", bank.url, "--certificate", paper, expect=201)
            endpoint = added["endpoints"][0]["endpoint"]
            _news_within_seconds(world, bank, paper)
            _retried_while_away(world, home, running, bank, paper, endpoint)
            running.end(signal.SIGKILL)
            again = start(home)
            _killed_with_messages_waiting(world, home, again, bank, paper)
            _replayed(home, again, bank, endpoint)
            _alerted(home, again, bank)
            running = again
        finally:
            if running.process.poll() is None:
                assert running.end() == 0


def _news_within_seconds(world: World, bank: Listener, paper: str) -> None:
    changed(world, paper, Status.SUSPENDED)
    bank.until(lambda data: len(data) == 1)
    [told] = bank.data
    assert (told["subject"], told["status"], told["final"]) == (paper, "suspended", False)


def _retried_while_away(world: World, home: Home, running: Process, bank: Listener, paper: str, endpoint: str) -> None:
    """The receiver is away, then answers 503 once, then takes it: the same message each time, later each time."""
    [key] = running.client.get("/v1/webhooks/keys").json()["keys"]
    bank.is_away = True
    world.mine(100, 0)  # the suspension is final now
    deadline = time.monotonic() + 120
    while not (waiting := ordered(home, running, "deliveries", endpoint, "--state", "waiting")["deliveries"]) or (
        waiting[0]["attempts"] < 1
    ):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert waiting[0]["problem"].startswith("connection")
    assert waiting[0]["nextAt"] >= waiting[0]["createdAt"] + 4
    bank.receiver.answers.append(status(503))
    bank.is_away = False
    bank.until(lambda data: sum(one["final"] for one in data) == 1)
    assert bank.receiver.received[-1].message == waiting[0]["message"]
    bank.receiver.received[-1].check(_key_of(key))


def _key_of(text: str) -> bytes:
    return b64decode(text.removeprefix("whpk_"))


def _killed_with_messages_waiting(world: World, home: Home, running: Process, bank: Listener, paper: str) -> None:
    """What waited when the process was killed comes afterwards, and what was taken does not come again."""
    bank.until(lambda data: sum(one["final"] for one in data) == 2)  # tried again after its pause
    finals = [told for told in bank.receiver.received if told.event["data"]["final"]]
    assert len({told.message for told in finals}) == 1
    changed(world, paper, Status.WITHDRAWN)
    bank.until(lambda data: any(one["status"] == "withdrawn" for one in data))
    world.mine(100, 0)
    bank.until(lambda data: any(one["status"] == "withdrawn" and one["final"] for one in data))
    before = bank.receiver.messages
    running_again = running.client.get("/readyz").status_code
    assert running_again == 200
    time.sleep(2)
    assert bank.receiver.messages == before  # four changes: told once each, but for the 503
    assert len(set(before)) == 4
    assert len(before) == 5


def _replayed(home: Home, running: Process, bank: Listener, endpoint: str) -> None:
    before = bank.receiver.messages
    ordered(home, running, "replay", endpoint, "--cursor", "0-0-0")
    bank.until(lambda data: len(data) == len(before) + 2)
    again = bank.receiver.messages[len(before) :]
    finals = [told.message for told in bank.receiver.received if told.event["data"]["final"]]
    assert again == list(dict.fromkeys(finals))  # the history, in its order, under the ids it had
    history = ordered(home, running, "deliveries", endpoint)["deliveries"]
    assert {one["state"] for one in history} == {"delivered"}
    assert len(history) == 4
    ordered(home, running, "remove", endpoint)
    assert ordered(home, running, "list")["endpoints"] == []


def _alerted(home: Home, running: Process, bank: Listener) -> None:
    """What the scans' database is told becomes a message to the labels' issuer."""
    ordered(home, running, "add", bank.url, "--kind", "copy-alert", expect=201)
    item, now = Item(gtin="06901234567892", serial="7Q2K"), int(time.time())
    store = SqlScanStore.open(home.scan_database)
    store.add_alerts(
        [Alert(number=0, at=now, item=item, issuer=bodies.CERTIFIER, reason="scan-burst", fields={"scans": 20})]
    )
    store.close()
    bank.until(lambda data: data[-1].get("serial") == item.serial)
    assert bank.receiver.received[-1].event["type"] == "copy-alert"
