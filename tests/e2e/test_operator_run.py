"""`tanji operator run` as a process: inbox, checkpoints, anchors, a second one turned away, SIGTERM, and kill -9 under load."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from api.cli.main import cli
from api.runtime.config import Settings
from api.runtime.daemon import INTEGRATE_SECONDS
from api.runtime.home import Home, create_home
from ledger.chain.deploy import write_deployment
from ledger.chain.localnode import running_node
from ledger.keys.keystore import LIGHT_COST, write_keystore
from ledger.keys.logkey import write_log_key
from tests.support import bodies
from tests.support.chain import World, deployed_world, require_node
from tests.support.ledger import footprint_body, sign

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("node-cli")]

PASSPHRASE = "correct horse"
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Ledger:
    """A home on a deployed world, and its commands."""

    home: Home
    world: World

    def statements(self, first: int, count: int) -> bytes:
        made = [
            sign(
                "footprint",
                bodies.HOLDER,
                footprint_body(number),
                self.world.keys["holder"],
                issued_at=int(time.time()),
                deployment=self.world.deployment,
            )
            for number in range(first, first + count)
        ]
        return b"".join(json.dumps(one).encode() + b"\n" for one in made)

    def environment(self) -> dict[str, str]:
        return {**os.environ, "TANJI_PASSPHRASE": PASSPHRASE, "TANJI_HOME": str(self.home.root)}

    def start(self) -> Daemon:
        command = (sys.executable, "-c", "from api.cli.main import main; main()", "operator", "run", "--json")
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        daemon = Daemon(process=process)
        daemon.wait_for("started")
        return daemon

    def type(self, *words: str, expect: int = 0) -> dict[str, Any]:
        result = CliRunner(env=self.environment()).invoke(cli, [*words, "--json"])
        assert result.exit_code == expect, result.output
        return json.loads(result.stdout.splitlines()[-1])  # type: ignore[no-any-return]


@dataclass
class Daemon:
    """A running operator; its lines are read as they come."""

    process: subprocess.Popen[str]

    def wait_for(self, event: str, fits: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        for line in self.process.stdout or ():
            told = json.loads(line)
            if told["event"] == event and fits(told):
                return told  # type: ignore[no-any-return]
        raise AssertionError(f"ended before {event}: {self.process.stderr.read() if self.process.stderr else ''}")

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=30)
        return self.process.returncode


@contextmanager
def slow_file(path: Path, content: bytes) -> Iterator[Callable[[int], None]]:
    """A file that is never read to its end: a pipe, given so many of the content's lines."""
    lines, given = content.splitlines(keepends=True), 0
    os.mkfifo(path)
    with path.open("wb", buffering=0) as pipe:

        def give(upto: int) -> None:
            nonlocal given
            for line in lines[given:upto]:
                pipe.write(line)
            given = upto

        yield give


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    require_node()
    with running_node() as node:
        yield deployed_world(node)


@pytest.fixture
def ledger(world: World, tmp_path: Path) -> Ledger:
    home = create_home(tmp_path / "home", Settings(rpc=(world.url,)))
    write_deployment(home.deployment_path, world.deployment)
    write_keystore(home.sequencer_keystore, world.keys["sequencer"], PASSPHRASE.encode(), cost=LIGHT_COST)
    write_log_key(home.log_key, world.log_key, PASSPHRASE.encode())
    return Ledger(home=home, world=world)


def test_an_operator_that_is_killed_under_load_loses_and_doubles_nothing(ledger: Ledger, tmp_path: Path) -> None:
    daemon = ledger.start()
    assert ledger.type("operator", "integrate", expect=1)["error"]["code"] == "store.writer-busy"

    first = tmp_path / "first.ndjson"
    first.write_bytes(ledger.statements(0, 3))
    began = time.monotonic()
    answer = ledger.type("operator", "submit", str(first), "--inbox")
    assert (answer["taken"], answer["refused"]) == (3, 0)
    assert daemon.wait_for("checkpoint")["size"] == 3
    assert time.monotonic() - began < 5
    assert daemon.wait_for("anchor", lambda told: told["outcome"] == "sent")

    load = ledger.statements(100, 1200)
    with slow_file(ledger.home.inbox / "load.ndjson", load) as give:
        give(900)
        time.sleep(INTEGRATE_SECONDS)  # so long a file is at work before a checkpoint comes in the middle of it
        give(1199)
        assert daemon.wait_for("checkpoint")["size"] == 503  # of 1,200 a batch is answered, the next sequenced
        assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
    assert (ledger.home.inbox / "load.ndjson").exists()
    assert list(ledger.home.outbox.glob("load*")) == []

    (ledger.home.inbox / "load.part").write_bytes(load)
    (ledger.home.inbox / "load.part").rename(ledger.home.inbox / "load.ndjson")
    daemon = ledger.start()
    daemon.wait_for("taken", lambda told: told["file"] == "load.ndjson")
    assert daemon.end(signal.SIGTERM) == 0
    lines = [json.loads(line) for line in (ledger.home.outbox / "load.answers.ndjson").read_bytes().splitlines()]
    assert sorted(line["index"] for line in lines) == list(range(3, 1203))
    again = ledger.type("operator", "submit", str(first))
    assert [one["index"] for one in again["answers"]] == [0, 1, 2]
    assert ledger.type("operator", "anchor", "--until-settled")["anchoredSize"] == 1203
    report = ledger.type("operator", "fsck")
    assert (report["clean"], report["entries"]) == (True, 1203)


def test_a_second_operator_is_turned_away_and_may_wait(ledger: Ledger, world: World) -> None:
    # The world's chain anchors the other test's log: this one is behind it, says so, and goes on serving.
    daemon = ledger.start()
    try:
        command = (sys.executable, "-c", "from api.cli.main import main; main()", "operator", "run", "--json")
        second = subprocess.run(
            command, cwd=ROOT, env=ledger.environment(), capture_output=True, text=True, check=False, timeout=60
        )
        assert second.returncode == 1
        told = json.loads(second.stdout.splitlines()[-1])
        assert told["error"]["code"] == "store.writer-busy"
        assert told["error"]["advice"]
    finally:
        assert daemon.end(signal.SIGTERM) == 0
