"""Bulletins brought over HTTP: the pinned key's alone, the newest stays, the same again is no news."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.keys.memory import MemorySigner
from ledger.services.bulletin import sign_bulletin
from tests.support.ledger import DEPLOYMENT, STRANGER_KEY
from tests.support.service import Served, served
from verifier.bulletin import serialize_bulletin
from verifier.types import BlockHash

KEY = MemorySigner.from_bytes(b"\x09" * 32)
PINNED = replace(DEPLOYMENT, bulletin_key=KEY.address)
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, deployment=PINNED, bulletin=tmp_path / "bulletin.json") as found:
        yield found


def bulletin(number: int, *, key: MemorySigner = KEY, **changes: Any) -> bytes:
    pinned = replace(PINNED, bulletin_key=key.address, **changes)
    signed = sign_bulletin(key, deployment=pinned, number=number, block_hash=BlockHash(bytes([number]) * 32), time=1)
    return serialize_bulletin(signed)


def put(running: Served, data: bytes) -> Any:
    return running.client.post("/v1/bulletin", content=data, headers=JSON)


def test_the_newest_is_kept_and_the_same_again_is_no_news(running: Served) -> None:
    assert put(running, bulletin(7)).status_code == 201
    assert put(running, bulletin(7)).status_code == 200
    assert put(running, bulletin(9)).status_code == 201
    read = running.client.get("/v1/bulletin")
    assert read.content == bulletin(9)
    assert running.client.get("/v1/bulletin", headers={"If-None-Match": read.headers["etag"]}).status_code == 304


def test_an_earlier_one_is_refused_and_changes_nothing(running: Served) -> None:
    put(running, bulletin(9))
    older = put(running, bulletin(7))
    assert (older.status_code, older.json()["code"], older.json()["field"]) == (409, "bulletin.older", "/number")
    assert running.client.get("/v1/bulletin").content == bulletin(9)


@pytest.mark.parametrize(
    "data", [bulletin(7, key=STRANGER_KEY), bulletin(7, chain_id=DEPLOYMENT.chain_id + 1)], ids=["key", "chain"]
)
def test_anybody_elses_is_refused(running: Served, data: bytes) -> None:
    answer = put(running, data)
    assert (answer.status_code, answer.json()["code"]) == (422, "bulletin.refused")
    assert running.client.get("/v1/bulletin").status_code == 404


def test_a_file_that_is_none_and_a_place_that_is_none(running: Served, tmp_path: Path) -> None:
    assert put(running, b'{"v":1}').status_code == 400
    (tmp_path / "other").mkdir()
    with served(tmp_path / "other", deployment=PINNED) as without:
        assert put(without, bulletin(7)).json()["code"] == "service.read-only"
