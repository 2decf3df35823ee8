"""Statements over HTTP: submitted, submitted again, read, listed; refusals as problems."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import bodies
from tests.support.ledger import (
    HOLDER_KEY,
    STRANGER_KEY,
    certificate,
    footprint,
    footprint_body,
    footprint_id,
    sign,
)
from tests.support.service import Served, served
from verifier.canonical import canonicalize, parse
from verifier.receipt import check_receipt_signature, parse_receipt

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}


def post(running: Served, data: bytes, path: str = "/v1/statements", **headers: str) -> Any:
    return running.client.post(path, content=data, headers=JSON | headers)


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status
    assert document["code"] == code
    assert document["type"] == f"urn:tanji:problem:{code}"
    return document  # type: ignore[no-any-return]


def test_a_statement_is_answered_with_a_genuine_receipt_and_again_with_the_same_one(running: Served) -> None:
    first = post(running, footprint())
    assert first.status_code == 201
    receipt = parse_receipt(parse(first.content))
    check_receipt_signature(receipt)
    assert (receipt.index, receipt.id) == (0, footprint_id())
    assert first.headers["location"] == f"/v1/statements/0x{footprint_id().hex()}"
    again = post(running, footprint())
    assert (again.status_code, again.content) == (200, first.content)
    assert post(running, footprint(1)).json()["index"] == 1
    assert post(running, footprint()).status_code == 200


def test_refusals_name_member_and_rule(running: Served) -> None:
    stranger = canonicalize(sign("footprint", bodies.HOLDER, footprint_body(), STRANGER_KEY))
    found = problem(post(running, stranger), 422, "submission.refused")
    assert (found["field"], found["rule"]) == ("/signer", "unknown")
    made = sign("footprint", bodies.HOLDER, footprint_body(), HOLDER_KEY)
    found = problem(post(running, canonicalize(made | {"more": 1})), 400, "submission.malformed")
    assert (found["field"], found["rule"]) == ("/more", "unknown-member")


TRAP_1 = {
    "nan": (b'{"v":NaN}', "number"),
    "beyond every float": (b'{"v":1e400}', "number"),
    "float": (b'{"v":1.0}', "number"),
    "duplicate key": (b'{"v":1,"v":1}', "duplicate-key"),
    "utf-16": ('{"v":1}'.encode("utf-16"), "utf-8"),
    "utf-16 without a mark": ('{"v":1}'.encode("utf-16-le"), ""),
    "utf-32": ('{"v":1}'.encode("utf-32"), ""),
    "byte order mark": (b'\xef\xbb\xbf{"v":1}', "byte-order-mark"),
    "lone surrogate": (b'{"v":"\\ud800"}', "surrogate"),
    "lone surrogate as key": (b'{"\\udfff":1}', ""),
    "surrogate in UTF-8": (b'{"v":"\xed\xa0\x80"}', "utf-8"),
    "true as 1": (b'{"v":true,"kind":1}', ""),
    "underscored": (b'{"v":1_0}', "syntax"),
    "nested deep": (b"[" * 5_000 + b"]" * 5_000, "depth"),
    "nested very deep": (b'{"a":' * 100_000, "depth"),
    "nothing": (b"", "syntax"),
    "not json": (b"\x00\x01\x02", ""),
    "a huge number": (b'{"v":' + b"9" * 100_000 + b"}", ""),
}


@pytest.mark.parametrize("name", TRAP_1)
@pytest.mark.parametrize("path", ["/v1/statements", "/v1/verify", "/v1/broken-promises:check"])
def test_what_other_parsers_let_through_is_a_problem(running: Served, name: str, path: str) -> None:
    data, rule = TRAP_1[name]
    response = post(running, data, path)
    assert response.status_code == 400, (response.status_code, response.text)
    assert response.headers["content-type"] == "application/problem+json"
    if rule:
        assert response.json()["rule"] in {rule, "number-range"}, response.text


def test_size_type_and_compression_are_looked_at_before_anything_is_read(running: Served) -> None:
    problem(post(running, b" " * 1_048_577), 413, "request.body-too-large")

    def endless() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    sent = running.client.post("/v1/statements", content=endless(), headers=JSON)
    problem(sent, 413, "request.body-too-large")
    problem(post(running, b"{}", **{"Content-Encoding": "gzip"}), 415, "request.media-type")
    for kind in ("text/plain", "", "application/json; charset=utf-16", "application/x-www-form-urlencoded"):
        problem(post(running, b"{}", **{"Content-Type": kind}), 415, "request.media-type")
    assert post(running, footprint(), **{"Content-Type": "application/json; charset=utf-8"}).status_code == 201


def test_bulk_answers_line_by_line(running: Served) -> None:
    lines = [footprint(0), b"{]", b"", certificate(0), footprint(0), b'{"v":1e400}', b"[" * 2_000_000]
    response = running.client.post("/v1/statements:bulk", content=b"\n".join(lines), headers=NDJSON)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/x-ndjson")
    answers = [json.loads(line) for line in response.content.splitlines()]
    assert [answer.get("index", answer.get("error", {}).get("rule")) for answer in answers] == [
        0, "syntax", 1, 0, "number", "size",
    ]  # fmt: skip
    assert [answer["position"] for answer in answers if "error" in answer] == [1, 4, 5]
    assert post(running, footprint(0)).status_code == 200
    problem(running.client.post("/v1/statements:bulk", content=b"{}", headers=JSON), 415, "request.media-type")


def test_bulk_of_many_batches_keeps_the_order(running: Served) -> None:
    lines = [footprint(number) for number in range(1_203)]
    response = running.client.post("/v1/statements:bulk", content=b"\n".join(lines), headers=NDJSON)
    assert [json.loads(line)["index"] for line in response.content.splitlines()] == list(range(1_203))


def test_a_statement_is_read_with_its_states(running: Served) -> None:
    post(running, footprint())
    post(running, certificate())
    path = f"/v1/statements/0x{footprint_id().hex()}"
    read = running.client.get(path)
    assert read.json()["entries"][0]["state"] == "sequenced"
    assert "body" not in read.json(), "a footprint's body is its owner's to show"
    etag = read.headers["etag"]
    assert running.client.get(path, headers={"If-None-Match": etag}).status_code == 304
    running.host.integrate()
    assert running.client.get(path).json()["entries"][0]["state"] == "integrated"
    running.book.anchor(running.host, running.clock.now())
    running.clock.pass_time(2)
    found = running.client.get(path, headers={"If-None-Match": etag})
    assert found.status_code == 200
    assert found.json()["entries"][0]["state"] == "anchored"
    assert found.json()["entries"][0]["anchor"] == {"seq": 1, "size": 2, "time": running.book.kept[0].time}
    [other] = running.client.get("/v1/statements?kind=certificate").json()["items"]
    assert running.client.get(f"/v1/statements/{other['id']}").json()["body"]["number"] == "TJ-2026-000000"
    problem(running.client.get("/v1/statements/0x" + "00" * 32), 404, "evidence.unknown")
    for wrong in ("0x00", "0X" + "00" * 32, "00" * 32, "0x" + "AB" * 32, "%F0%9F%92%A9", "0x" + "00" * 33):
        problem(running.client.get("/v1/statements/" + wrong), 400, "malformed")


def test_pages_follow_each_other_and_filters_fit(running: Served) -> None:
    for number in range(7):
        post(running, footprint(number))
    post(running, certificate(0, 0))
    seen, cursor = [], ""
    while True:
        page = running.client.get(f"/v1/statements?limit=3{cursor}").json()
        seen += [item["index"] for item in page["items"]]
        if "next" not in page:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == list(range(8))
    only = running.client.get(f"/v1/statements?issuer={bodies.CERTIFIER}").json()
    assert [item["kind"] for item in only["items"]] == ["certificate"]
    for query, field in {
        "limit=0": "limit", "limit=1_0": "limit", "limit=%EF%BC%91": "limit", "limit=+1": "limit", "cursor=-1": "cursor",
        "limit=1&limit=1": "limit", "kind=poem": "kind", "issuer=uscc:1": "issuer", "at=5": "at",
        "cursor=99999999999999999999": "cursor", "issuer=%ED%A0%80": "issuer",
    }.items():  # fmt: skip
        found = problem(running.client.get(f"/v1/statements?{query}"), 400, "request.query")
        assert found["field"] == field


def test_receipts_can_be_had_again(running: Served) -> None:
    given = post(running, footprint()).json()
    assert running.client.get(f"/v1/receipts/{given['id']}").json() == {"receipts": [given]}


def test_a_reader_takes_nothing(tmp_path: Path) -> None:
    with served(tmp_path, writes=False) as running:
        response = post(running, footprint())
        problem(response, 503, "service.read-only")
        assert response.headers["retry-after"] == "5"
        assert running.client.get("/readyz").json()["writes"] is False
