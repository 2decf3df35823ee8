"""The event stream as its own server gives it: bare connections that are told the same bytes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from api.http import takeover
from api.http.app import create_app
from api.http.hub import EventHub
from tests.support.ledger import footprint
from tests.support.listening import Ear, server_of
from tests.support.service import Served, served


def log(running: Served, *statements: bytes) -> None:
    body = b"\n".join(statements)
    running.client.post("/v1/statements:bulk", content=body, headers={"Content-Type": "application/x-ndjson"})


def until(fits: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not fits():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def served_twice(tmp_path: Path) -> object:
    """The writer in this process, and a second application over the same parts behind the real server."""
    with served(tmp_path) as running:
        app = create_app(running.service)
        with server_of(app) as (port, _):
            yield running, app.state.events, port


def test_every_listener_hears_what_happens_and_nothing_twice(served_twice: tuple[Served, EventHub, int]) -> None:
    running, hub, port = served_twice
    log(running, footprint(1), footprint(2))
    now = [Ear(port) for _ in range(20)]
    from_the_start = Ear(port, "0-0-0")
    for ear in now:
        assert ear.until(b"id: 2-0-0\n\n").startswith(b"HTTP/1.1 200")
    until(lambda: hub.listeners == 21)
    log(running, footprint(3))
    for ear in (*now, from_the_start):
        assert b"id: 3-0-0\n" in ear.until(b"id: 3-0-0\n")
    assert all(ear.text.count(b"event: ") == 1 for ear in now)
    assert from_the_start.text.count(b"event: ") == 3
    head, _, body = now[0].text.partition(b"\r\n\r\n")
    assert b"text/event-stream" in head
    assert b"content-security-policy" in head  # the edge dressed it like every answer
    assert body.startswith(b"1f\r\nretry: 2000\n") or body.split(b"\r\n")[0].isalnum()
    for ear in (*now, from_the_start):
        ear.close()
    until(lambda: hub.listeners == 0)


def test_a_connection_that_asked_other_things_before_can_listen(served_twice: tuple[Served, EventHub, int]) -> None:
    running, hub, port = served_twice
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        assert client.get("/healthz").status_code == 200
        assert client.head("/v1/events").headers["content-type"].startswith("text/event-stream")
        assert client.get("/v1/events?cursor=x").status_code == 400
        with client.stream("GET", "/v1/events", headers={"Last-Event-ID": "0-0-0"}) as stream:
            log(running, footprint(1))
            lines = stream.iter_lines()
            assert next(line for line in lines if line.startswith("event: ")) == "event: statement"
        until(lambda: hub.listeners == 0)
        assert client.get("/healthz").status_code == 200


def test_who_does_not_read_is_cut_off_and_can_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "DRAIN_SECONDS", 0.3)
    with served(tmp_path) as running:
        log(running, *(footprint(number) for number in range(1_500)))
        app = create_app(running.service)
        hub = app.state.events
        with server_of(app, send_buffer=4_096) as (port, _):
            deaf = Ear(port, "0-0-0", receive_buffer=2_048)
            until(lambda: hub.listeners == 1)
            until(lambda: hub.listeners == 0)
            text = deaf.to_the_end()
            assert text.count(b"event: ") < 1_500
            last = text.rpartition(b"\n\n")[0].rpartition(b"id: ")[2].split(b"\n")[0].decode()
            again = Ear(port, last)
            assert b"id: 1500-0-0" in again.until(b"id: 1500-0-0")


def test_a_server_that_stops_does_not_wait_for_its_listeners(tmp_path: Path) -> None:
    with served(tmp_path) as running:
        with server_of(create_app(running.service)) as (port, server):
            ears = [Ear(port) for _ in range(5)]
            for ear in ears:
                ear.until(b"retry: ")
            started = time.monotonic()
            server.should_exit = True
            assert all(ear.to_the_end().endswith(b"0\r\n\r\n") for ear in ears)
        assert time.monotonic() - started < 8


def test_beyond_the_limit_listeners_are_asked_to_come_later(
    served_twice: tuple[Served, EventHub, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, hub, port = served_twice
    monkeypatch.setattr("api.http.hub.MOST_LISTENERS", 2)
    ears = [Ear(port), Ear(port)]
    for ear in ears:
        ear.until(b"retry: ")
    until(lambda: hub.listeners == 2)
    refused = httpx2.get(f"http://127.0.0.1:{port}/v1/events")
    assert (refused.status_code, refused.json()["code"]) == (503, "service.listeners-full")
    assert int(refused.headers["retry-after"]) > 0
