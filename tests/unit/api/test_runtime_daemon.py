"""The inbox: answered and removed, or left as it is; never answered twice with different receipts."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from api.runtime.daemon import ANSWERS, publish, take_file
from ledger.services.host import LedgerHost
from tests.support.ledger import config, footprint


class Told:
    """Keeps the events."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []

    def __call__(self, event: str, **values: object) -> None:
        self.events.append((event, values))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outbox").mkdir()
    (tmp_path / "a.ndjson").write_bytes(b"\n".join((footprint(0), b"{}", footprint(1))) + b"\n")
    return tmp_path


def answers(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / f"outbox/a{ANSWERS}").read_bytes().splitlines()]


def test_a_file_is_answered_line_by_line_and_removed(folder: Path) -> None:
    host, told = LedgerHost.open(config(f"sqlite:///{folder}/l.db", folder / "log")), Told()
    try:
        take_file(host, folder / "a.ndjson", folder / "outbox", told, threading.Event())
        publish(host, told)
    finally:
        host.close()
    found = answers(folder)
    assert [line.get("index") for line in found] == [0, None, 1]
    assert found[1]["position"] == 1
    assert not (folder / "a.ndjson").exists()
    assert [event for event, _ in told.events] == ["taken", "checkpoint"]
    assert told.events[0][1] == {"file": "a.ndjson", "receipts": 2, "refused": 1}


def test_told_to_stop_it_leaves_the_file_and_the_next_one_gives_the_same_receipts(folder: Path) -> None:
    url, log, inbox = f"sqlite:///{folder}/l.db", folder / "log", folder / "a.ndjson"
    stop, told = threading.Event(), Told()
    stop.set()
    host = LedgerHost.open(config(url, log))
    try:
        take_file(host, inbox, folder / "outbox", told, stop)
        assert inbox.exists()
        assert not (folder / f"outbox/a{ANSWERS}").exists()
        assert [event for event, _ in told.events] == ["left"]
        promised = host.reader.size()
    finally:
        host.close()
    host = LedgerHost.open(config(url, log))
    try:
        take_file(host, inbox, folder / "outbox", told, threading.Event())
        assert host.reader.size() == promised == 2
    finally:
        host.close()
    assert [line.get("index") for line in answers(folder)] == [0, None, 1]
