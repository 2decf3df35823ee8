"""Configuration that could only weaken the check is refused before anything is asked (D11, D18)."""

from __future__ import annotations

import pytest

from verifier.rpc.endpoints import DEFAULT_DEPTH, endpoint_set, parse_endpoint, registrable_host
from verifier.rpc.errors import ConfigurationError

THREE = ["https://one.example", "https://two.test/key", "three=http://127.0.0.1:8545"]


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("rpc.example.com", "example.com"),
        ("EXAMPLE.com.", "example.com"),
        ("a.b.example.com.cn", "example.com.cn"),
        ("node.agency.gov.cn", "agency.gov.cn"),
        ("node.firm.bj.cn", "firm.bj.cn"),
        ("x.firm.co.uk", "firm.co.uk"),
        ("a.b.cn", "b.cn"),
        ("127.0.0.1", "127.0.0.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("localhost", "localhost"),
    ],
)
def test_registrable_host(host: str, owner: str) -> None:
    assert registrable_host(host) == owner


def test_three_operators_by_default_need_a_majority() -> None:
    chosen = endpoint_set(THREE, quorum=None, depth=None)
    assert (chosen.quorum, chosen.depth) == (2, DEFAULT_DEPTH)
    assert [endpoint.operator for endpoint in chosen.endpoints] == ["one.example", "two.test", "three"]


@pytest.mark.parametrize("quorum", [0, -1, 4, 10**9])
def test_quorum_out_of_range(quorum: int) -> None:
    with pytest.raises(ConfigurationError) as caught:
        endpoint_set(THREE, quorum=quorum, depth=None)
    assert (caught.value.setting, caught.value.given, caught.value.code) == ("--quorum", quorum, "configuration")


@pytest.mark.parametrize("depth", [0, -5, 10**9])
def test_depth_out_of_range(depth: int) -> None:
    with pytest.raises(ConfigurationError) as caught:
        endpoint_set(THREE, quorum=2, depth=depth)
    assert (caught.value.setting, caught.value.given) == ("--depth", depth)


@pytest.mark.parametrize(
    "urls",
    [
        [],
        ["https://a.example.com", "https://b.example.com"],
        ["https://a.example.com.cn", "https://b.example.com.cn/x"],
        ["http://127.0.0.1:1", "http://127.0.0.1:2"],
        ["One=https://a.test", "ｏｎｅ=https://b.test"],
        ["one=https://a.test/x", "two=https://A.test:443/y"],
        ["example.com=https://a.test", "https://rpc.example.com"],
    ],
)
def test_two_of_one_operator_or_none_at_all(urls: list[str]) -> None:
    with pytest.raises(ConfigurationError):
        endpoint_set(urls, quorum=1, depth=None)


@pytest.mark.parametrize(
    "text",
    [
        "ftp://x.test",
        "x.test",
        "http://",
        "http://x.test:0",
        "http://x.test:99999",
        "a b=http://x.test",
        "",
        "http://ех.test",
    ],
)
def test_not_an_endpoint(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_endpoint(text)


def test_a_query_with_an_equals_sign_is_not_a_name() -> None:
    assert parse_endpoint("https://rpc.example.com/?key=abc").operator == "example.com"
