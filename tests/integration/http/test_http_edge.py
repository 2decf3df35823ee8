"""What every answer has and every request is held to: ids, headers, HEAD, OPTIONS, rates, problems, metrics, description."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from api.http.compose import edge_settings
from api.http.limits import Buckets, Rate, client_key
from tests.support.ledger import footprint
from tests.support.service import Served, served


def test_every_answer_is_dressed(running: Served) -> None:
    for path in ("/healthz", "/v1/statements", "/v1/nothing", "/v1/statements/0x00", "/log/checkpoint"):
        headers = running.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["access-control-allow-origin"] == "*"
        assert headers["x-request-id"]
        assert "strict-transport-security" not in headers
    assert "access-control-allow-origin" not in running.client.post("/v1/statements").headers


def test_request_ids_are_taken_over_when_they_are_plain(running: Served) -> None:
    assert running.client.get("/healthz", headers={"X-Request-Id": "a-1.b_2"}).headers["x-request-id"] == "a-1.b_2"
    for wrong in ("a b", "x" * 65, "<script>", "é".encode().decode("latin-1")):
        given = running.client.get("/healthz", headers={"X-Request-Id": wrong.encode("latin-1")})
        assert given.headers["x-request-id"] != wrong


def test_head_is_get_without_its_body(running: Served) -> None:
    running.client.post("/v1/statements", content=footprint(), headers={"Content-Type": "application/json"})
    for path in ("/v1/statements", "/healthz", "/v1/events", "/v1/statements/0x00", "/v1/openapi.json"):
        got = running.client.head(path)
        assert got.content == b""
        if path != "/v1/events":
            wanted = running.client.get(path)
            assert (got.status_code, got.headers.get("content-length")) == (
                wanted.status_code, wanted.headers.get("content-length"),
            )  # fmt: skip


def test_options_tells_methods_and_lets_other_pages_read_only(running: Served) -> None:
    read = running.client.options("/v1/statements", headers={"Origin": "https://a.example"})
    assert read.status_code == 204
    assert read.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert read.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    write = running.client.options("/v1/statements:bulk", headers={"Origin": "https://a.example"})
    assert write.headers["allow"] == "OPTIONS, POST"
    assert "access-control-allow-methods" not in write.headers
    assert running.client.options("/nothing").status_code == 404
    assert running.client.options("/log/checkpoint").headers["allow"] == "GET, HEAD, OPTIONS"


def test_the_frameworks_refusals_are_problems_too(running: Served) -> None:
    gone = running.client.get("/v1/nothing")
    assert (gone.status_code, gone.json()["code"]) == (404, "http.not-found")
    wrong = running.client.delete("/v1/statements")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "http.method-not-allowed")
    assert wrong.headers["content-type"] == "application/problem+json"
    assert running.client.get("/v1/statements?issuer=" + "a" * 9_000).status_code == 414


def test_a_client_beyond_its_rate_is_told_when_to_come_back(tmp_path: Path) -> None:
    with served(tmp_path, edge=edge_settings(reads=1, writes=1, hsts=600)) as running:
        answers = [running.client.get("/healthz") for _ in range(12)]
        assert [answer.status_code for answer in answers].count(429) >= 1
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert refused.json()["code"] == "request.rate-limited"
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.headers["strict-transport-security"] == "max-age=600"
        assert running.client.post("/v1/statements").status_code == 415, "writes have a bucket of their own"


def test_buckets_fill_again_and_forget_the_oldest() -> None:
    buckets = Buckets(Rate(per_second=2, burst=3), clients=2)
    assert [buckets.take("a", 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert buckets.take("a", 0.5) == 0.0
    buckets.take("b", 0.5)
    buckets.take("c", 0.5)
    assert len(buckets) == 2
    assert Buckets(Rate(per_second=0, burst=1)).take("a", 0.0) == 0.0
    assert client_key("2001:db8::1") == client_key("2001:db8:0:0:ffff::9") != client_key("2001:db8:0:1::1")
    assert client_key("192.0.2.1") == "192.0.2.1"


def test_an_unexpected_failure_tells_nothing_but_the_request_id(
    running: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: object) -> int:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(type(running.host.reader), "size", fail)
    with caplog.at_level(logging.INFO):
        response = running.client.get("/v1/statements", headers={"X-Request-Id": "find-me"})
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "secret" not in response.text
    assert any("ZeroDivisionError" in (record.exc_text or "") for record in caplog.records)


def test_logs_name_the_route_and_never_what_was_asked(running: Served, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="tanji.http.access"):
        running.client.get("/v1/statements/0x" + "ab" * 32)
        running.client.head("/v1/statements?limit=7")
    fields = [record.fields for record in caplog.records if record.name == "tanji.http.access"]  # type: ignore[attr-defined]
    assert [(one["route"], one["method"], one["status"]) for one in fields] == [
        ("/v1/statements/{statement}", "GET", 404), ("/v1/statements", "HEAD", 200),
    ]  # fmt: skip
    assert "abab" not in json.dumps(fields)
    assert "limit" not in json.dumps(fields)


def test_metrics_count_by_route(running: Served) -> None:
    running.client.get("/v1/statements")
    running.client.get("/healthz")
    text = running.client.get("/metrics").text
    assert 'tanji_http_requests_total{method="GET",route="/v1/statements",status="200"} 1.0' in text
    assert "tanji_log_entries 0.0" in text


def test_readiness(running: Served) -> None:
    assert running.client.get("/readyz").json() == {"entries": 0, "ready": True, "store": "ok", "writes": True}


def test_the_description_names_every_operation_once(running: Served) -> None:
    description = running.client.get("/v1/openapi.json").json()
    operations = [
        operation["operationId"]
        for path in description["paths"].values()
        for name, operation in path.items()
        if name in {"get", "post", "put", "delete"}
    ]
    assert len(operations) == len(set(operations)) >= 20
    assert "Problem" in description["components"]["schemas"]
    submit = description["paths"]["/v1/statements"]["post"]
    assert submit["requestBody"]["content"]["application/json"]["example"]["kind"] == "footprint"
    assert {"201", "200", "400", "413", "415", "422", "429", "503"} <= set(submit["responses"])
    for path in description["paths"].values():
        for operation in path.values():
            # Ours, where there is one: the framework would describe its own, which nobody ever gets.
            assert "application/json" not in operation["responses"].get("422", {}).get("content", {})
