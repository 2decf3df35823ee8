"""Nothing a stranger sends makes a 5xx: odd methods, paths, queries, headers and bodies, at every operation."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.support.service import Served

ODD = (
    "%00", "%ff%fe", "%ED%A0%80", "..", "%2e%2e%2f", "0x", "0x" + "g" * 64, "0x" + "0" * 64, "0x" + "F" * 64, "a" * 4_000, "%F0%9F%92%A9", "'; --",
    "uscc:91110000MA0C0EXAM2", "uscc:91110000MA0C0EXAM2/explain", "lei:00000000000000000000", "1e400", "-0", "٣", "%0d%0aX: y", "{}", "[0]", "null",
)  # fmt: skip
BODIES = (
    b"", b"null", b"[]", b"{}", b"0", b'""', b"\xff\xfe", b'{"v":1}', b'{"id":null}', b'{"id":[]}', b'{"label":"https://a/01/1"}',
    b'{"evidence":[]}', b'{"evidence":{"v":1,"origin":"\\u0000"}}', b'{"label":"' + b"x" * 600 + b'"}', b'{"id":"0x' + b"0" * 64 + b'","at":9007199254740993}',
    b'{"id":"0x' + b"0" * 64 + b'","snapshot":{}}',
    b'{"v":1,"receipt":{}}', b'{"a":' * 40,
    b'{"v":1,"kind":"x","issuer":"y","body":{},"issuedAt":0,"signer":"0x","signature":"0x"}',
)  # fmt: skip


def paths(running: Served) -> list[str]:
    return list(running.client.get("/v1/openapi.json").json()["paths"])


def asked(running: Served) -> Iterator[tuple[str, str]]:
    for path in paths(running):
        for odd in ODD:
            filled = path
            for name in ("{statement}", "{party}", "{subject}"):
                filled = filled.replace(name, odd)
            yield filled, odd


def test_odd_paths_and_queries(running: Served) -> None:
    seen = set()
    for path, odd in asked(running):
        if path == "/v1/events":
            continue
        for query in (
            "",
            f"?{odd}",
            f"?cursor={odd}&limit={odd}",
            f"?statement={odd}",
            f"?party={odd}",
            f"?certificate={odd}",
        ):
            response = running.client.get(path + query)
            seen.add(response.status_code)
            # 503 says that this service has no node, which it has not
            assert response.status_code < 500 or response.json()["code"] == "service.no-chain", (
                path,
                query,
                response.text,
            )
    assert seen <= {200, 400, 404, 405, 414, 503}


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson"])
def test_odd_bodies(running: Served, kind: str) -> None:
    for path in ("/v1/statements", "/v1/statements:bulk", "/v1/verify", "/v1/verify:bulk", "/v1/broken-promises:check"):
        for body in BODIES:
            response = running.client.post(path, content=body, headers={"Content-Type": kind})
            assert response.status_code < 500, (path, body[:60], response.text)
            response.content.decode("utf-8")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "X" * 100])
def test_odd_methods(running: Served, method: str) -> None:
    for path in ("/v1/statements", "/healthz", "/log/checkpoint", "/nothing"):
        assert running.client.request(method, path).status_code in (404, 405)
    assert "X" * 100 not in running.client.get("/metrics").text, "a stranger's word is no series of its own"


def test_random_bytes(running: Served) -> None:
    chance = random.Random(4)
    for _ in range(150):
        body = bytes(
            chance.choice(b'{}[]":,0123456789eE+-.\\u tnf\xff\x00\xed\xa0') for _ in range(chance.randrange(60))
        )
        path = chance.choice(("/v1/statements", "/v1/verify", "/v1/broken-promises:check"))
        response = running.client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert response.status_code == 400, (body, response.text)
