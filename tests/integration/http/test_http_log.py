"""Tiles, evidence, anchors, bulletin, status of what was logged, and the event stream."""

from __future__ import annotations

import asyncio
import json
import struct
from pathlib import Path

import pytest

from api.http.events import EventSource, parse_cursor
from api.http.hub import EventHub
from ledger.domain.events import Cursor
from ledger.log.files import TileDirectory
from ledger.services.monitor import Monitor
from tests.support.ledger import DEPLOYMENT, LOG_SIGNER, certificate, footprint, footprint_id
from tests.support.service import Served, served
from verifier.canonical import parse
from verifier.evidence import parse_evidence
from verifier.note import format_verifier_key, parse_verifier_key

JSON = {"Content-Type": "application/json"}


def log(running: Served, *statements: bytes) -> list[str]:
    body = b"\n".join(statements)
    answers = running.client.post("/v1/statements:bulk", content=body, headers={"Content-Type": "application/x-ndjson"})
    return [json.loads(line)["id"] for line in answers.content.splitlines()]


class OverHttp:
    """The log's files as a stranger gets them: a `TileSource`."""

    def __init__(self, running: Served) -> None:
        self._running = running

    def read(self, path: str) -> bytes | None:
        response = self._running.client.get(f"/log/{path}")
        return response.content if response.status_code == 200 else None


def test_a_monitor_recomputes_the_tree_over_http(running: Served) -> None:
    log(running, *(footprint(number) for number in range(300)))
    running.host.integrate()
    running.book.anchor(running.host, running.clock.now())
    key = parse_verifier_key(format_verifier_key(DEPLOYMENT.origin, LOG_SIGNER.public_key))
    monitor = Monitor(
        origin=DEPLOYMENT.origin,
        key=key,
        separator=DEPLOYMENT.domain_separator,
        files=OverHttp(running),
        anchors=tuple(running.book.kept),
    )
    found = monitor.inspect()
    assert (found.entries, found.findings) == (300, ())


def test_tiles_are_immutable_and_partial_ones_outlive_their_file(running: Served) -> None:
    log(running, *(footprint(number) for number in range(10)))
    running.host.integrate()
    partial = running.client.get("/log/tile/0/000.p/10")
    assert len(partial.content) == 320
    assert partial.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert partial.headers["content-type"] == "application/octet-stream"
    tag = partial.headers["etag"]
    assert running.client.get("/log/tile/0/000.p/10", headers={"If-None-Match": tag}).status_code == 304
    log(running, *(footprint(number) for number in range(10, 260)))
    running.host.integrate()
    assert TileDirectory(Path(running.host._config.files)).read("tile/0/000.p/7") is None
    assert running.client.get("/log/tile/0/000.p/7").content == partial.content[:224]
    bundle = running.client.get("/log/tile/entries/000.p/3").content
    sizes = []
    while bundle:
        [length] = struct.unpack(">H", bundle[:2])
        sizes.append(length)
        bundle = bundle[2 + length :]
    assert len(sizes) == 3
    note = running.client.get("/log/checkpoint")
    assert note.text.startswith(DEPLOYMENT.origin + "\n260\n")
    assert note.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/001", "tile/0/0", "tile/64/000", "tile/00/000", "tile/0/x000/000", "tile/0/000.p/0", "tile/0/000.p/256",
        "tile/0/000.p/01", "tile/entries/..%2f..%2fledger.sqlite", "../ledger.sqlite", "tile/0/%30%30%30%00", "",
        "tile/0/000.tmp", "tile/-1/000", "tile/0/٠٠٠",
    ],
)  # fmt: skip
def test_what_is_no_file_of_the_log_is_404(running: Served, path: str) -> None:
    log(running, footprint())
    running.host.integrate()
    assert running.client.get(f"/log/{path}").status_code == 404


def test_evidence_waits_for_an_anchor_and_is_complete_then(running: Served) -> None:
    shoe, paper = log(running, footprint(), certificate())
    path = f"/v1/evidence/{paper}"
    early = running.client.get(path)
    assert (early.status_code, early.json()["code"]) == (409, "evidence.not-anchored")
    assert int(early.headers["retry-after"]) == 60
    assert early.json()["anchorBy"] == running.clock.now() + 3_600 or early.json()["index"] == 1
    running.host.integrate()
    running.book.anchor(running.host, running.clock.now())
    running.clock.pass_time(2)
    found = running.client.get(path)
    evidence = parse_evidence(found.content)
    assert evidence.certificate is not None
    assert evidence.footprint is not None
    assert found.headers["cache-control"] == "public, no-cache", "nothing is final without a chain to say so"
    assert running.client.get(path, headers={"If-None-Match": found.headers["etag"]}).status_code == 304
    hidden = running.client.get(f"/v1/evidence/{shoe}")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "evidence.body-unavailable")
    assert running.client.get("/v1/evidence/0x" + "00" * 32).status_code == 404


def test_without_endpoints_a_verdict_is_inconclusive_and_an_answer(running: Served) -> None:
    _, paper = log(running, footprint(), certificate())
    running.host.integrate()
    running.book.anchor(running.host, running.clock.now())
    running.clock.pass_time(2)
    asked = running.client.post("/v1/verify", json={"id": paper, "policy": "regulator"})
    assert asked.status_code == 200
    assert asked.json()["outcome"] == "inconclusive"
    assert asked.json()["trust"] == {"source": None, "reason": "no-endpoints"}
    brought = json.loads(running.client.get(f"/v1/evidence/{paper}").content)
    assert running.client.post("/v1/verify", json={"evidence": brought}).json()["outcome"] == "inconclusive"
    for body, field in (
        ({}, ""), ({"id": paper, "label": "x"}, ""), ({"id": paper, "policy": "lenient"}, None), ({"id": "0x"}, "/id"),
        ({"id": paper, "at": -1}, "/at"), ({"id": paper, "bulletin": {}}, "/snapshot"), ({"label": "no"}, None),
        ({"evidence": {"v": 1}}, "/evidence/origin"), ({"id": paper, "at": running.clock.now() + 9}, None),
    ):  # fmt: skip
        refused = running.client.post("/v1/verify", json=body)
        assert refused.status_code == 400, (body, refused.text)
        if field is not None:
            assert refused.json()["field"] == field, refused.text
    lines = [json.dumps({"id": paper}), "{", json.dumps({"id": "0x" + "00" * 32})]
    many = running.client.post(
        "/v1/verify:bulk", content="\n".join(lines), headers={"Content-Type": "application/x-ndjson"}
    )
    told = [json.loads(line) for line in many.content.splitlines()]
    assert [one.get("verdict", one.get("error", {})).get("outcome", "refused") for one in told] == [
        "inconclusive", "refused", "refused",
    ]  # fmt: skip


def test_the_policy_is_never_taken_from_an_address(running: Served) -> None:
    assert running.client.post("/v1/verify?policy=inspection&at=5", json={"id": "0x" + "00" * 32}).status_code == 400


def test_anchors_by_page_and_the_bulletin_that_is_not_there(running: Served) -> None:
    for number in range(3):
        log(running, footprint(number))
        running.host.integrate()
        running.book.anchor(running.host, running.clock.now() + number)
    running.clock.pass_time(2)
    page = running.client.get("/v1/anchors?limit=2").json()
    assert [one["seq"] for one in page["items"]] == [1, 2]
    assert [one["seq"] for one in running.client.get(f"/v1/anchors?cursor={page['next']}").json()["items"]] == [3]
    assert running.client.get("/v1/bulletin").status_code == 404
    assert parse(running.client.get("/v1/deployment").content)["name"] == "test"  # type: ignore[index, call-overload]
    for path in ("/v1/parties", "/v1/status/0x" + footprint_id().hex()):
        assert running.client.get(path).json()["code"] == "service.no-chain"


def test_a_stream_replays_from_its_cursor_and_goes_on(tmp_path: Path) -> None:
    with served(tmp_path) as running:
        ids = log(running, *(footprint(number) for number in range(1_100)))

        async def heard() -> bytes:
            hub = EventHub(EventSource(running.service))
            text = b""
            stream = hub.listen(parse_cursor("2-0-0"))
            async for frames in stream:
                before, text = text.count(b"event: "), text + frames
                if before < 1_098 <= text.count(b"event: "):
                    await asyncio.to_thread(log, running, footprint(5_000))
                if text.count(b"event: ") == 1_099:
                    break
            await stream.aclose()  # type: ignore[attr-defined]
            assert hub.listeners == 0
            return text

        frames = asyncio.run(asyncio.wait_for(heard(), 30)).split(b"\n\n")[:-1]
        assert frames[0] == b"retry: 2000\nid: 2-0-0"
        assert frames[1].startswith(b"event: statement\nid: 3-0-0\ndata: {")
        assert ids[2].encode() in frames[1]
        assert frames[-1].startswith(b"event: statement\nid: 1101-0-0\n")
        assert len(frames) == 1 + 1_099


@pytest.mark.parametrize("cursor", ["", "1", "1-2", "1-2-3-4", "a-b-c", "-1-0-0", "01-0-0", "1-0-0%0Adata:x"])
def test_what_is_no_cursor_is_refused(running: Served, cursor: str) -> None:
    assert running.client.get(f"/v1/events?cursor={cursor}").status_code == 400


def test_cursors_are_read_as_written() -> None:
    assert str(parse_cursor("18-3-1200")) == "18-3-1200"
    assert Cursor(entries=1, anchors=1, block=1).covers(Cursor(entries=1))
    assert not Cursor(entries=1, anchors=1, block=1).covers(Cursor(entries=2))
