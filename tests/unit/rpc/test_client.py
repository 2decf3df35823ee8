"""The JSON-RPC client against a server that misbehaves on the wire: only typed errors, in bounded time and memory."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.support.lying_rpc import LyingRpc, lying_rpc
from verifier.rpc.client import Call, HttpRpcClient, Limits
from verifier.rpc.endpoints import Endpoint
from verifier.rpc.errors import (
    EndpointAnswerError,
    EndpointError,
    EndpointRefusalError,
    EndpointUnreachableError,
)


def echo(method: str, params: list[Any]) -> dict[str, Any]:
    if method == "missing":
        return {"error": {"code": -32601, "message": "no \x1b[31msuch method"}}
    return {"result": params}


def client_of(server: LyingRpc, **limits: float) -> HttpRpcClient:
    chosen = Limits(seconds=limits.get("seconds", 5.0), answer_bytes=int(limits.get("answer_bytes", 10_000)))
    return HttpRpcClient(Endpoint(operator="liar", url=server.url), limits=chosen)


def test_call_returns_the_result() -> None:
    with lying_rpc(echo) as server:
        assert client_of(server).call("echo", "a", 1) == ["a", 1]


def test_batch_keeps_the_order_of_the_calls_whatever_the_order_of_the_answers() -> None:
    with lying_rpc(echo) as server:
        server.raw = lambda body: json.dumps(json.loads(body)[::-1]).encode()
        results = client_of(server).batch([Call(method="echo", params=(number,)) for number in range(5)])
    assert results == [[0], [1], [2], [3], [4]]


def test_one_refusal_in_a_batch_is_a_value_and_its_text_is_safe_to_print() -> None:
    with lying_rpc(echo) as server:
        first, second = client_of(server).batch([Call(method="missing"), Call(method="echo")])
    assert isinstance(first, EndpointRefusalError)
    assert (first.number, first.endpoint) == (-32601, "liar")
    assert str(first).isprintable()
    assert second == []


def test_refusal_of_a_single_call_is_raised() -> None:
    with lying_rpc(echo) as server, pytest.raises(EndpointRefusalError) as caught:
        client_of(server).call("missing")
    assert caught.value.code == "endpoint-refused"


REFUSAL = json.dumps({"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "no"}}).encode()


def test_a_server_without_batches_is_asked_call_by_call() -> None:
    with lying_rpc(echo) as server:
        server.raw = lambda body: REFUSAL if body.startswith(b"[") else body
        results = client_of(server).batch([Call(method="echo", params=(1,)), Call(method="missing")])
    assert results[0] == [1]
    assert isinstance(results[1], EndpointRefusalError)


def test_one_that_refuses_everything_refuses_every_call() -> None:
    with lying_rpc(echo) as server:
        server.raw = lambda _: REFUSAL
        results = client_of(server).batch([Call(method="echo"), Call(method="echo")])
    assert [type(result) for result in results] == [EndpointRefusalError, EndpointRefusalError]


GARBAGE = {
    "not-json": b"<html>502</html>",
    "empty": b"",
    "nan": b'{"jsonrpc":"2.0","id":1,"result":NaN}',
    "deep": b"[" * 9000,
    "number": b"7",
    "null": b"null",
    "list-for-one": b"[]",
    "two-for-one": b'[{"id":1,"result":1},{"id":2,"result":2}]',
    "wrong-id": b'{"jsonrpc":"2.0","id":2,"result":1}',
    "string-id": b'{"jsonrpc":"2.0","id":"1","result":1}',
    "list-id": b'{"jsonrpc":"2.0","id":[1],"result":1}',
    "bool-id": b'{"jsonrpc":"2.0","id":true,"result":1}',
    "no-result": b'{"jsonrpc":"2.0","id":1}',
    "utf-16": '{"jsonrpc":"2.0","id":1,"result":1}'.encode("utf-16"),
    "lone-surrogate": b'{"jsonrpc":"2.0","id":1,"result":"\xed\xa0\x80"}',
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_a_typed_error(body: bytes) -> None:
    with lying_rpc(echo) as server:
        server.raw = lambda _: body
        with pytest.raises(EndpointAnswerError):
            client_of(server).call("echo")


def test_duplicate_id_in_a_batch_is_refused() -> None:
    with lying_rpc(echo) as server:
        server.raw = lambda body: json.dumps([json.loads(body)[0]] * 2).encode()
        with pytest.raises(EndpointAnswerError):
            client_of(server).batch([Call(method="echo"), Call(method="echo")])


def test_an_answer_over_the_cap_is_cut_off() -> None:
    with lying_rpc(echo) as server:
        server.raw = lambda _: b'{"jsonrpc":"2.0","id":1,"result":"' + b"x" * 5_000_000 + b'"}'
        with pytest.raises(EndpointAnswerError, match="more than 10000 bytes"):
            client_of(server).call("echo")


def test_http_error_status_is_named() -> None:
    with lying_rpc(echo) as server:
        server.status, server.raw = 503, lambda _: b"busy"
        with pytest.raises(EndpointAnswerError, match="HTTP status 503"):
            client_of(server).call("echo")


@pytest.mark.parametrize("slowness", ["delay", "drip"])
def test_a_slow_answer_ends_at_the_deadline(slowness: str) -> None:
    with lying_rpc(echo) as server:
        setattr(server, slowness, 30.0 if slowness == "delay" else 0.05)
        before = time.monotonic()
        with pytest.raises(EndpointUnreachableError, match=r"no complete answer within 0\.4 s"):
            client_of(server, seconds=0.4).call("echo")
        assert time.monotonic() - before < 3


def test_nobody_listens() -> None:
    with lying_rpc(echo) as server:
        url = server.url
    with pytest.raises(EndpointUnreachableError):
        HttpRpcClient(Endpoint(operator="gone", url=url)).call("echo")


def test_a_redirect_is_not_followed() -> None:
    with lying_rpc(echo) as server:
        server.status, server.raw = 307, lambda _: b""
        with pytest.raises(EndpointError):
            client_of(server).call("echo")


def test_a_connection_the_server_has_closed_is_opened_again() -> None:
    with lying_rpc(echo) as server:
        client = client_of(server)
        assert client.call("echo", 1) == [1]
        sock = client._connection.sock
        sock.shutdown(2)
        assert client.call("echo", 2) == [2]
