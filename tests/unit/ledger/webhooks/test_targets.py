"""Which addresses may be told, and which may not."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address

import pytest

from ledger.domain.webhooks import UnsafeTargetError
from ledger.webhooks.targets import Reach, is_public, parse_target, safe_addresses
from tests.support.webhooks import Names

CLOSED = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "5f00::1",
]
OPEN = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "223.5.5.5",
    "172.15.0.1",
    "172.32.0.1",
    "192.169.0.1",
    "2400:3200::1",
    "2606:4700:4700::1111",
]


@pytest.mark.parametrize("text", CLOSED)
def test_no_address_of_ours_or_a_neighbours_is_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", OPEN)
def test_anybodys_address_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://bank.example/hook", "https"),
        ("ftp://bank.example/hook", "https"),
        ("https://127.0.0.1/hook", "host"),
        ("https://[::1]/hook", "host"),
        ("https://2130706433/", "host"),
        ("https://0x7f.1/", "host"),
        ("https://127.1/", "host"),
        ("https://93.184.216.34/", "host"),
        ("https://localhost/hook", "host"),
        ("https://bank/hook", "host"),
        ("https://bank.example./hook", "host"),
        ("https://-bank.example/", "host"),
        ("https://bank_.example/", "host"),
        ("https://user@bank.example/hook", "form"),
        ("https://user:secret@bank.example/hook", "form"),
        ("https://bank.example/hook#part", "form"),
        ("https://bank.example/hook#", "form"),
        ("https://bank.example\\@evil.example/", "form"),
        ("https://bank.example/a b", "form"),
        ("https://bank.example/a\r\nHost: other", "form"),
        ("https://银行.example/", "form"),
        ("https://bank.example:22/", "port"),
        ("https://bank.example:80/", "port"),
        ("https://bank.example:99999/", "form"),
        ("https://" + "a" * 500 + ".example/", "form"),
        ("", "form"),
    ],
)
def test_what_is_no_public_https_address_is_refused(url: str, rule: str) -> None:
    with pytest.raises(UnsafeTargetError) as refused:
        parse_target(url, Reach.PUBLIC)
    assert refused.value.rule == rule


def test_a_public_address_is_taken_apart() -> None:
    target = parse_target("https://Hooks.Bank.example:8443/tanji?key=1", Reach.PUBLIC)
    assert (target.host, target.port, target.path) == ("hooks.bank.example", 8443, "/tanji?key=1")
    assert target.authority == "hooks.bank.example:8443"
    assert parse_target("https://xn--fiq228c.example", Reach.PUBLIC).path == "/"


def test_nothing_goes_out_where_webhooks_are_off_and_loopback_only_where_it_is_said() -> None:
    with pytest.raises(UnsafeTargetError, match="webhooks-off"):
        parse_target("https://bank.example/", Reach.NOWHERE)
    for url in ("http://127.0.0.1:99/x", "https://[::1]:99/x", "http://127.0.0.2/"):
        assert parse_target(url, Reach.LOOPBACK).host in ("127.0.0.1", "::1", "127.0.0.2")
        with pytest.raises(UnsafeTargetError):
            parse_target(url, Reach.PUBLIC)
    with pytest.raises(UnsafeTargetError):
        parse_target("http://10.0.0.1/", Reach.LOOPBACK)


@pytest.mark.parametrize(
    "answer",
    [
        ["10.0.0.1"],
        ["1.1.1.1", "127.0.0.1"],
        ["::ffff:169.254.169.254"],
        ["fe80::1%eth0"],
        ["1.1.1.1", "no address"],
        [],
    ],
)
def test_a_name_with_one_closed_address_is_not_told(answer: list[str]) -> None:
    target = parse_target("https://bank.example/", Reach.PUBLIC)
    with pytest.raises(UnsafeTargetError):
        asyncio.run(safe_addresses(target, Reach.PUBLIC, Names([answer])))


def test_a_name_with_public_addresses_is_told_at_these() -> None:
    target = parse_target("https://bank.example/", Reach.PUBLIC)
    found = asyncio.run(safe_addresses(target, Reach.PUBLIC, Names([["1.1.1.1", "2606:4700::1", "1.1.1.1"]])))
    assert found == ["1.1.1.1", "2606:4700::1"]
