"""`tanji serve` as a process on a real node: submit, anchored, evidence, authentic, withdrawn, rejected; a reader beside it; kill."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.cli.profiles import MAX_BYTES
from api.runtime.config import AnchoringSettings, HttpSettings, Settings
from api.runtime.home import Home, create_home
from ledger.chain.deploy import write_deployment
from ledger.chain.localnode import running_node
from ledger.keys.keystore import LIGHT_COST, write_keystore
from ledger.keys.logkey import write_log_key
from ledger.services.status import StatusChange
from tests.support import bodies
from tests.support.chain import PROFILES, World, deployed_world, require_node
from tests.support.ledger import certificate_body, footprint_body, sign
from verifier.canonical import canonicalize
from verifier.contracts import Status
from verifier.evidence import parse_evidence
from verifier.identifiers import party_id
from verifier.ladder import verify
from verifier.policy import CONSUMER
from verifier.snapshot import parse_snapshot
from verifier.trust import trust_by_hand

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("node-serve")]

PASSPHRASE = "correct horse"
ROOT = Path(__file__).resolve().parents[2]
JSON = {"Content-Type": "application/json"}


@dataclass
class Process:
    """A running `tanji serve`."""

    process: subprocess.Popen[bytes]
    client: httpx2.Client

    def until(self, path: str, fits: Callable[[httpx2.Response], bool], mine: World | None = None) -> httpx2.Response:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            response = self.client.get(path)
            if fits(response):
                return response
            if mine is not None:
                mine.mine(40, 0)
            time.sleep(0.3)
        raise AssertionError(f"{path}: {response.status_code} {response.text[:500]}")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.client.close()
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    require_node()
    with running_node() as node:
        yield deployed_world(node)


@pytest.fixture(scope="module")
def home(world: World, tmp_path_factory: pytest.TempPathFactory) -> Home:
    settings = Settings(
        rpc=(world.url,),
        anchoring=AnchoringSettings(interval=1),
        http=HttpSettings(reads_per_second=0, writes_per_second=0),
    )
    home = create_home(tmp_path_factory.mktemp("served") / "home", settings)
    write_deployment(home.deployment_path, world.deployment)
    write_keystore(home.sequencer_keystore, world.keys["sequencer"], PASSPHRASE.encode(), cost=LIGHT_COST)
    write_log_key(home.log_key, world.log_key, PASSPHRASE.encode())
    profiles = [profile.document() for profile in PROFILES.values()]
    home.profiles.write_bytes(canonicalize({"v": 1, "profiles": profiles}, MAX_BYTES))
    return home


def start(home: Home, *options: str) -> Process:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("serve", "--port", str(port), *options)
    process = subprocess.Popen(
        (sys.executable, "-c", "from api.cli.main import main; main()", *words),
        cwd=ROOT,
        env={**os.environ, "TANJI_PASSPHRASE": PASSPHRASE, "TANJI_HOME": str(home.root)},
        stdout=subprocess.DEVNULL,
        stderr=(home.root / f"serve-{port}.log").open("wb"),
    )
    client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get("/readyz").status_code == 200:
                return Process(process=process, client=client)
        except httpx2.TransportError:
            time.sleep(0.1)
    process.kill()
    raise AssertionError((home.root / f"serve-{port}.log").read_text()[-3000:])


def statement(world: World, kind: str, number: int) -> bytes:
    now = int(time.time())
    if kind == "footprint":
        document = sign(
            kind,
            bodies.HOLDER,
            footprint_body(number),
            world.keys["holder"],
            issued_at=now,
            deployment=world.deployment,
        )
    else:
        body = certificate_body(number, number, validFrom=now - 86_400, validUntil=now + 180 * 86_400)
        body.pop("grade", None)
        key = world.keys["certifier"]
        document = sign(kind, bodies.CERTIFIER, body, key, issued_at=now, deployment=world.deployment)
    return canonicalize(document)


def outcome(found: dict[str, Any]) -> tuple[str, list[str]]:
    wrong = [f"{c['id']} {c['outcome']} {c['reason']}" for c in found["checks"] if c["outcome"] != "passed"]
    return found["outcome"], wrong


def test_the_life_of_a_certificate_over_http(world: World, home: Home) -> None:
    writer = start(home)
    try:
        paper = _submit(writer, world)
        reader = start(home, "--read-only")
        try:
            _authentic(writer, world, paper)
            _anyone_can_check(reader, world, paper)
            _explained(reader, paper)
            _shown(reader)
            _packed(reader, home)
            _withdrawn(writer, reader, world, paper)
        finally:
            assert reader.end() == 0
    finally:
        assert writer.end() == 0


def _submit(writer: Process, world: World) -> str:
    first = writer.client.post("/v1/statements", content=statement(world, "footprint", 1), headers=JSON)
    assert first.status_code == 201, first.text
    second = writer.client.post("/v1/statements", content=statement(world, "certificate", 1), headers=JSON)
    assert second.status_code == 201, second.text
    paper = str(second.json()["id"])
    early = writer.client.post("/v1/verify", json={"id": paper})
    assert early.status_code in (200, 409)
    return paper


def _authentic(writer: Process, world: World, paper: str) -> None:
    def is_final(response: httpx2.Response) -> bool:
        return bool(response.json()["entries"][0]["state"] == "final")

    writer.until(f"/v1/statements/{paper}", is_final, mine=world)
    found = writer.client.post("/v1/verify", json={"id": paper, "policy": "consumer"}).json()
    assert outcome(found)[0] == "authentic", outcome(found)
    assert found["trust"]["source"] == "quorum"


def _anyone_can_check(reader: Process, world: World, paper: str) -> None:
    given = reader.until(
        f"/v1/evidence/{paper}", lambda r: r.status_code == 200 and "immutable" in r.headers["cache-control"]
    )
    snapshot = reader.client.get(f"/v1/snapshot?statement={paper}")
    assert snapshot.status_code == 200
    shown = parse_snapshot(snapshot.content)
    found = reader.client.post("/v1/verify", json={"evidence": given.json(), "snapshot": snapshot.json()}).json()
    assert found["outcome"] == "authentic"
    assert found["trust"]["source"] == "quorum"
    # and without any service: the header's hash as this test's own node has it
    block = world.chain.block(found["block"]["number"])
    assert block is not None
    verdict = verify(
        parse_evidence(given.content),
        snapshot=shown,
        trusted_block=trust_by_hand(block.hash),
        deployment=world.deployment,
        policy=CONSUMER,
        now=found["now"],
    )
    assert verdict.outcome == "authentic"
    assert reader.client.post("/v1/statements", content=b"{}", headers=JSON).json()["code"] == "service.read-only"


def _shown(reader: Process) -> None:
    page = reader.client.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert (
        "script-src" in page.headers["content-security-policy"]
        or "default-src" in page.headers["content-security-policy"]
    )


def _packed(reader: Process, home: Home) -> None:
    """What is put into the home's folder is handed out, without a restart."""
    assert reader.client.get("/v1/packs").json() == {"items": []}
    home.packs.mkdir(exist_ok=True)
    file = home.packs / "morning.tanji"
    words = ("pack", "build", "-o", str(file), "--home", str(home.root), "--depth", "1")
    command = (sys.executable, "-c", "from api.cli.main import main; main()", *words)
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (listed,) = reader.client.get("/v1/packs").json()["items"]
    assert listed["statements"] == 2
    assert reader.client.get("/v1/packs/latest").content == file.read_bytes()
    assert listed["name"] in reader.client.get("/packs").text


def _explained(reader: Process, paper: str) -> None:
    told = reader.client.get(f"/v1/parties/{bodies.CERTIFIER}/explain?certificate={paper}").json()
    assert told["entitled"] is True
    assert told["grantedBy"]["byParty"] == bodies.REGULATOR
    assert told["grant"]["from"] < told["time"]
    party = reader.client.get(f"/v1/parties/{bodies.CERTIFIER}").json()
    assert party["profile"]["name"] == PROFILES[bodies.CERTIFIER].name
    assert sorted(purpose for key in party["keys"] for purpose in key["purposes"]) == ["admin", "certificate", "status"]
    assert [grant["purpose"] for grant in party["grants"]] == ["certificate"]
    assert all(one["registered"] for one in reader.client.get("/v1/parties").json()["parties"])
    assert reader.client.get("/v1/parties/uscc:91110000MA0C0EXAM0").status_code in (400, 404)


def _withdrawn(writer: Process, reader: Process, world: World, paper: str) -> None:
    at = reader.client.get("/v1/anchors").json()["final"]["block"]["number"]
    change = StatusChange(owner=party_id(bodies.CERTIFIER), subject=bytes.fromhex(paper[2:]), status=Status.WITHDRAWN)
    world.status("certifier-status").change(change)
    # seen at latest: no longer authentic within seconds, and not yet a verdict
    deadline = time.monotonic() + 20
    while (found := reader.client.post("/v1/verify", json={"id": paper}).json())["outcome"] == "authentic":
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert found["outcome"] in ("inconclusive", "rejected"), outcome(found)
    world.mine(100, 0)
    deadline = time.monotonic() + 20
    while (found := reader.client.post("/v1/verify", json={"id": paper}).json())["outcome"] != "rejected":
        assert time.monotonic() < deadline, outcome(found)
        time.sleep(0.5)
    assert any(wrong.startswith("certificate.status failed") for wrong in outcome(found)[1])
    lanes = reader.client.get(f"/v1/status/{paper}").json()
    assert [(step["status"], step["final"]) for step in lanes["issuer"]] == [("withdrawn", True)]
    assert lanes["regulators"] == []
    assert _heard(writer, f"0-0-{at}", paper)["status"] == "withdrawn"


def _heard(writer: Process, cursor: str, paper: str) -> dict[str, Any]:
    kinds = set()
    with writer.client.stream("GET", f"/v1/events?cursor={cursor}") as stream:
        for line in stream.iter_lines():
            if line.startswith("event: "):
                kinds.add(line.removeprefix("event: "))
            if line.startswith("data: ") and json.loads(line[6:]).get("subject") == paper:
                assert kinds == {"statement", "anchor", "status"}
                return json.loads(line[6:])  # type: ignore[no-any-return]
    raise AssertionError("the stream ended")


def test_a_second_writer_is_turned_away_and_a_killed_one_leaves_nothing_behind(world: World, home: Home) -> None:
    writer = start(home)
    given = writer.client.post("/v1/statements", content=statement(world, "footprint", 7), headers=JSON)
    assert given.status_code == 201
    with pytest.raises(AssertionError, match="another process is the writer"):
        start(home)
    writer.end(signal.SIGKILL)
    _put_in_the_inbox(home, "left", statement(world, "footprint", 8), b"not a statement")
    again = start(home)
    try:
        receipt, refusal = _answers(home, "left")
        assert receipt["index"] > given.json()["index"]
        assert (refusal["position"], refusal["error"]["code"]) == (1, "submission.malformed")
        _put_in_the_inbox(home, "same", statement(world, "footprint", 7))
        assert _answers(home, "same")[0]["leafHash"] != receipt["leafHash"]
        assert list(home.inbox.iterdir()) == []
        answer = again.client.get(f"/v1/receipts/{given.json()['id']}")
        assert answer.json()["receipts"] == [given.json()]
        note = again.until("/log/checkpoint", lambda r: r.status_code == 200)
        assert int(note.text.splitlines()[1]) > given.json()["index"]
    finally:
        assert again.end() == 0


def _put_in_the_inbox(home: Home, name: str, *statements: bytes) -> None:
    part = home.inbox / f".{name}.part"
    part.write_bytes(b"\n".join(statements))
    part.rename(home.inbox / f"{name}.ndjson")


def _answers(home: Home, name: str) -> list[dict[str, Any]]:
    path = home.outbox / f"{name}.answers.ndjson"
    deadline = time.monotonic() + 30
    while not path.exists() or (home.inbox / f"{name}.ndjson").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return [json.loads(line) for line in path.read_bytes().splitlines()]
