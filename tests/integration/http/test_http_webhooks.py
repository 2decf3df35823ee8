"""Webhooks over HTTP: orders, problems, keys, and a statement that reaches a receiver; on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import ssl
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from api.http.background import run_beside
from api.http.events import ENTRIES
from api.http.webhooks import WebhookSettings, open_webhooks, webhooks_of_home
from api.runtime.config import Settings
from api.runtime.config import WebhookSettings as HomeWebhooks
from api.runtime.home import create_home
from ledger.domain.key_errors import PassphraseWrongError
from ledger.domain.webhook_orders import Action, parse_order
from ledger.services.webhooks import LanesFromLog
from ledger.webhooks.sending import Courier
from ledger.webhooks.targets import Reach
from tests.support import bodies
from tests.support.databases import fresh_database, postgres_server
from tests.support.ledger import HOLDER_KEY, STRANGER_KEY, certificate, directory, footprint
from tests.support.service import Served, served
from tests.support.webhooks import WEBHOOK_SIGNER, Names, Receiver, order, receiving, settled
from verifier.questions import lanes_of
from verifier.statement import parse_statement
from verifier.types import StatementId

JSON = {"Content-Type": "application/json"}
URL = "https://hooks.bank.example/tanji"


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'webhooks.sqlite'}"
    return fresh_database(request.getfixturevalue("postgres_url"))


@dataclass
class Hooked:
    """A service with webhooks, over HTTP."""

    client: TestClient
    running: Served
    runner: Any

    def post(self, document: bytes, expect: int = 200) -> dict[str, Any]:
        response = self.client.post("/v1/webhooks", content=document, headers=JSON)
        assert response.status_code == expect, response.text
        assert response.headers["cache-control"] == "no-store"
        return response.json()  # type: ignore[no-any-return]

    def order(self, action: Action, target: str = "", expect: int = 200, **details: Any) -> dict[str, Any]:
        return self.post(order(action, target, details, now=self.running.clock.now()), expect)

    def works(self) -> None:
        """Let the worker do what is due."""
        self.running.clock.pass_time(1)
        self.client.portal.call(settled, self.runner)  # type: ignore[union-attr]


@contextmanager
def hooked(folder: Path, url: str, reach: Reach = Reach.PUBLIC, names: Any = None) -> Iterator[Hooked]:
    known = directory()
    courier = Courier(reach=reach, tls=ssl.create_default_context(), resolver=names or Names([["93.184.216.34"]]))
    settings = WebhookSettings(url=url, signers=(WEBHOOK_SIGNER,), courier=courier)
    with served(folder) as running, open_webhooks(settings, running.service, known) as webhooks:
        app = create_app(replace(running.service, webhooks=webhooks))
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Hooked(client=client, running=running, runner=webhooks.runner)
            webhooks.runner._parts.lock.release()


@pytest.fixture
def hooks(tmp_path: Path, database_url: str) -> Iterator[Hooked]:
    with hooked(tmp_path, database_url) as found:
        yield found


def test_the_life_of_an_endpoint(hooks: Hooked) -> None:
    document = order(Action.ADD, URL, {"kinds": ["statement"], "certificates": ["0x" + "2b" * 32]})
    added = hooks.post(document, 201)
    [shown] = added["endpoints"]
    assert (added["isNew"], shown["state"], shown["url"], shown["kinds"]) == (True, "active", URL, ["statement"])
    assert hooks.post(document) == {**added, "isNew": False}
    endpoint = shown["endpoint"]
    assert hooks.order(Action.PAUSE, endpoint)["endpoints"][0]["reason"] == "order"
    assert hooks.order(Action.RESUME, endpoint)["endpoints"][0]["state"] == "active"
    assert hooks.order(Action.REPLAY, endpoint, cursor="0-0-0")["endpoints"][0]["cursor"] == "0-0-0"
    assert [one["endpoint"] for one in hooks.order(Action.LIST)["endpoints"]] == [endpoint]
    assert hooks.order(Action.DELIVERIES, endpoint)["deliveries"] == []
    assert hooks.order(Action.REMOVE, endpoint)["endpoints"][0]["state"] == "removed"
    assert hooks.order(Action.LIST)["endpoints"] == []
    hooks.running.clock.pass_time(1)  # an order of the same second is the same order
    assert hooks.order(Action.PAUSE, endpoint, expect=404)["code"] == "webhook.unknown"


def test_refusals_are_problems_by_name(hooks: Hooked) -> None:
    malformed = hooks.post(b'{"v":1}', 400)
    assert malformed["code"] == "malformed"
    unsigned = json.loads(order(Action.LIST))
    del unsigned["signature"]
    assert hooks.post(json.dumps(unsigned).encode(), 400)["field"] == "/signature"
    stranger = hooks.post(order(Action.LIST, key=STRANGER_KEY), 422)
    assert (stranger["code"], stranger["field"], stranger["rule"]) == ("webhook.order-refused", "/signer", "unknown")
    other = hooks.post(order(Action.LIST, key=HOLDER_KEY), 422)
    assert (other["field"], other["rule"]) == ("/webhookOrder/party", "not-the-key's-party")
    assert hooks.post(order(Action.REPLAY, "wh_1", {"cursor": "x"}), 400)["field"] == "/webhookOrder/details/cursor"
    assert hooks.client.post("/v1/webhooks", content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert hooks.client.post("/v1/webhooks", content=b" " * 70_000, headers=JSON).status_code == 413
    assert hooks.client.post("/v1/webhooks?x=1", content=b"{}", headers=JSON).json()["code"] == "request.query"
    assert hooks.client.get("/v1/webhooks").status_code == 405


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://hooks.bank.example/", "https"),
        ("https://127.0.0.1/", "host"),
        ("https://[::1]/", "host"),
        ("https://[::ffff:127.0.0.1]/", "host"),
        ("https://2130706433/", "host"),
        ("https://0x7f000001/", "host"),
        ("https://017700000001/", "host"),
        ("https://127.1/", "host"),
        ("https://localhost/", "host"),
        ("https://user:secret@hooks.bank.example/", "form"),
        ("https://hooks.bank.example@127.0.0.1/", "form"),
        ("https://hooks.bank.example:22/", "port"),
        ("https://hooks.bank.example:25/", "port"),
        ("https://hooks.bank.example:0/", "port"),
        ("gopher://hooks.bank.example/", "https"),
        ("file:///etc/passwd", "https"),
        ("//hooks.bank.example/", "https"),
        ("", "form"),
    ],
)
def test_addresses_that_are_not_told(tmp_path: Path, url: str, rule: str) -> None:
    with hooked(tmp_path, f"sqlite:///{tmp_path / 'w.sqlite'}") as found:
        problem = found.order(Action.ADD, url, expect=422)
        assert (problem["code"], problem["rule"], problem["field"]) == (
            "webhook.unsafe-target",
            rule,
            "/webhookOrder/target",
        )
        assert found.order(Action.LIST)["endpoints"] == []


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], ["8.8.8.8", "169.254.169.254"], ["::1"], ["::ffff:10.0.0.1"], ["fd00::1"], []]
)
def test_names_of_the_inside_are_not_told(tmp_path: Path, addresses: list[str]) -> None:
    with hooked(tmp_path, f"sqlite:///{tmp_path / 'w.sqlite'}", names=Names([addresses])) as found:
        problem = found.order(Action.ADD, URL, expect=422)
        assert problem["rule"] in ("address", "unresolved")
        assert not any(address in json.dumps(problem) for address in addresses)


def test_loopback_is_told_only_where_it_is_said(tmp_path: Path) -> None:
    """The default of tanji.toml is not it."""
    assert Settings().webhooks.targets == "public"
    with hooked(tmp_path / "a", f"sqlite:///{tmp_path / 'a.sqlite'}", Reach.LOOPBACK) as found:
        assert found.order(Action.ADD, "http://127.0.0.1:9/", expect=201)["isNew"]
        assert found.order(Action.ADD, "http://10.0.0.1/", expect=422)["rule"] == "https"


def _while_receiving(hooks: Hooked, work: Callable[[Receiver], None]) -> None:
    """Work on this thread while a receiver listens on the service's own loop."""
    portal = hooks.client.portal
    assert portal is not None
    with portal.wrap_async_context_manager(receiving()) as receiver:
        work(receiver)


def test_a_statement_reaches_a_receiver_and_its_history_is_told(tmp_path: Path, database_url: str) -> None:
    def work(receiver: Receiver) -> None:
        added = found.order(Action.ADD, receiver.url, expect=201, kinds=["statement"], parties=[bodies.HOLDER])
        endpoint = added["endpoints"][0]["endpoint"]
        receipt = found.running.client.post("/v1/statements", content=footprint(1), headers=JSON)
        assert receipt.status_code == 201
        receiver.answers.append(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")
        found.works()
        [delivery] = found.order(Action.DELIVERIES, endpoint, state="waiting")["deliveries"]
        assert (delivery["attempts"], delivery["answer"], delivery["problem"]) == (1, 302, "redirect: not followed")
        assert delivery["nextAt"] > found.running.clock.now()
        assert "tanji_webhook_messages_waiting 1.0" in found.client.get("/metrics").text
        found.running.clock.pass_time(10)
        found.works()
        [delivery] = found.order(Action.DELIVERIES, endpoint)["deliveries"]
        assert (delivery["state"], delivery["nextAt"], delivery["answer"]) == ("delivered", None, 204)
        first, again = receiver.received
        [key] = found.client.get("/v1/webhooks/keys").json()["keys"]
        for told in (first, again):
            told.check(b64decode(key.removeprefix("whpk_")))
            assert told.event["data"]["id"] == receipt.json()["id"]
        assert first.message == again.message == delivery["message"]
        found.order(Action.REPLAY, endpoint, cursor="0-0-0")
        found.works()
        assert receiver.messages == [first.message] * 3
        assert "tanji_webhook_messages_waiting 0.0" in found.client.get("/metrics").text

    with hooked(tmp_path, database_url, Reach.LOOPBACK) as found:
        _while_receiving(found, work)


def test_the_lanes_that_decide_on_a_certificate_are_the_verifiers(running: Served) -> None:
    documents = footprint(1), certificate(1, 1)
    ids = [running.client.post("/v1/statements", content=one, headers=JSON).json()["id"] for one in documents]
    lanes = LanesFromLog(running.service.store)
    paper = StatementId(bytes.fromhex(ids[1][2:]))
    expected = {lane for one in documents for lane in lanes_of(parse_statement(json.loads(one)))}
    assert lanes(paper) == expected
    assert len(expected) == 10
    assert lanes(StatementId(bytes.fromhex(ids[0][2:]))) is None  # no certificate
    assert lanes(StatementId(bytes(32))) is None


def test_entries_nobody_could_read_hold_up_neither_messages_nor_the_stream(tmp_path: Path) -> None:
    """A dishonest operator's log: more of them in a row than one piece."""

    def work(receiver: Receiver) -> None:
        found.order(Action.ADD, receiver.url, expect=201, kinds=["statement"], cursor="0-0-0")
        lines = b"\n".join(footprint(number) for number in range(ENTRIES + 23))
        answer = found.running.client.post(
            "/v1/statements:bulk", content=lines, headers={"Content-Type": "application/x-ndjson"}
        )
        assert answer.status_code == 200
        with sqlite3.connect(tmp_path / "ledger.sqlite") as ledger:
            ledger.execute("UPDATE entries SET entry = ? WHERE leaf_index BETWEEN 1 AND ?", (b"{}", ENTRIES + 20))
        found.works()
        assert [told.event["data"]["index"] for told in receiver.received] == [0, ENTRIES + 21, ENTRIES + 22]

    with hooked(tmp_path, f"sqlite:///{tmp_path / 'w.sqlite'}", Reach.LOOPBACK) as found:
        _while_receiving(found, work)


def test_the_worker_runs_beside_the_requests_and_stops_with_them(tmp_path: Path) -> None:
    known = directory()
    courier = Courier(reach=Reach.LOOPBACK, tls=ssl.create_default_context())
    settings = WebhookSettings(url=f"sqlite:///{tmp_path / 'w.sqlite'}", signers=(WEBHOOK_SIGNER,), courier=courier)
    with served(tmp_path) as running, open_webhooks(settings, running.service, known) as webhooks:
        app = create_app(replace(running.service, webhooks=webhooks))
        run_beside(app, "webhooks", webhooks.runner.run)
        with TestClient(app) as client:
            client.portal.call(asyncio.sleep, 0.2)  # type: ignore[union-attr]
            assert webhooks.runner._leads
        assert webhooks.runner._parts.lock._held is None  # type: ignore[attr-defined]


def test_a_reader_sends_elsewhere_and_a_service_without_says_so(tmp_path: Path) -> None:
    with served(tmp_path / "a", writes=False) as reader:
        for response in (
            reader.client.post("/v1/webhooks", content=b"{}", headers=JSON),
            reader.client.get("/v1/webhooks/keys"),
        ):
            assert (response.status_code, response.json()["code"]) == (503, "service.read-only")
            assert "retry-after" in response.headers
    with served(tmp_path / "b") as off:
        assert (
            off.client.post("/v1/webhooks", content=order(Action.LIST), headers=JSON).json()["code"]
            == "service.unknown"
        )


def test_a_home_makes_its_key_once_and_signs_with_the_old_one_too(tmp_path: Path) -> None:
    home = create_home(tmp_path / "h", Settings(webhooks=HomeWebhooks(targets="loopback")))

    def keys(passphrase: bytes = b"secret") -> tuple[bytes, ...]:
        with served(tmp_path / "s") as running, ExitStack() as stack:
            found = stack.enter_context(webhooks_of_home(home, running.service, directory(), passphrase))
            assert found is not None
            return found.keys

    first = keys()
    assert keys() == first
    assert home.webhook_key.stat().st_mode & 0o077 == 0
    with pytest.raises(PassphraseWrongError):
        keys(b"other")
    home.webhook_key.rename(home.previous_webhook_key)
    newer = keys()
    assert newer[1:] == first
    assert newer[0] != first[0]
    home.previous_webhook_key.unlink()
    assert keys() == newer[:1]
    off = replace(home, settings=Settings(webhooks=HomeWebhooks(targets="nowhere")))
    with served(tmp_path / "o") as running, webhooks_of_home(off, running.service, directory(), b"secret") as nothing:
        assert nothing is None


def test_the_description_shows_orders_that_are_read_as_they_stand(hooks: Hooked) -> None:
    described = hooks.client.get("/v1/openapi.json").json()["paths"]["/v1/webhooks"]["post"]
    examples = described["requestBody"]["content"]["application/json"]["examples"]
    assert set(examples) == {str(action) for action in Action}
    genuine = json.loads(order(Action.LIST))["signature"]
    for name, example in examples.items():
        read = parse_order(json.dumps({**example["value"], "signature": genuine}).encode())
        assert str(read.action) == name
    assert {"200", "201", "400", "404", "422", "503"} <= set(described["responses"])
