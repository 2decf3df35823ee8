"""Which endpoints are asked, and who runs them. Agreement only counts between different operators (design 3.5, D18)."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from verifier.rpc.errors import ConfigurationError

MAX_ENDPOINTS = 32
DEFAULT_DEPTH = 64
"""Blocks below `latest` taken as final where a node has no `finalized` tag: two epochs of 32 slots."""
MAX_DEPTH = 1_000_000

# Below these second levels of a two-letter domain anybody may register, so the owner is one label further left. The list
# errs towards "same operator": then the configuration is refused and the person names the operators (NAME=URL).
_SHARED_SECOND_LEVELS = re.compile(r"ac|com?|edu|go[bv]?|mil|net?|nom|org?")
_CHINESE_PROVINCES = re.compile(
    "ah|bj|cq|fj|gd|gs|gx|gz|ha|hb|he|hi|hk|hl|hn|jl|js|jx|ln|mo|nm|nx|qh|sc|sd|sh|sn|sx|tj|tw|xj|xz|yn|zj"
)
_OPERATOR_NAME = re.compile(r"[^\s=/:?#]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One JSON-RPC URL and the operator that answers for it."""

    operator: str
    url: str

    @property
    def authority(self) -> str:
        """Host and port, lower case; shown to people instead of the URL, whose path may hold an access key."""
        parts = urlsplit(self.url)
        return f"{(parts.hostname or '').lower()}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSet:
    """Endpoints of different operators, how many must agree, and the depth that stands in for a missing tag.

    Build it with :func:`endpoint_set`, which refuses what would weaken the check.
    """

    endpoints: tuple[Endpoint, ...]
    quorum: int
    depth: int


def parse_endpoint(text: str) -> Endpoint:
    """Read `URL` or `NAME=URL` (the name tells who runs it).

    Raises:
        ConfigurationError: not an http(s) URL with a host, or a name that could be mistaken for part of one.
    """
    name, found, url = text.partition("=")
    if not found or "/" in name:
        name, url = "", text
    parts = _split(url)
    if name and not _OPERATOR_NAME.fullmatch(name):
        raise ConfigurationError(
            setting="--rpc", given=name, why="an operator's name has 1 to 64 characters, no spaces"
        )
    return Endpoint(operator=_folded(name) or registrable_host(parts.hostname or ""), url=url)


def registrable_host(host: str) -> str:
    """The part of a host name that one owner registers (`a.b.example.com.cn` gives `example.com.cn`); an IP as it is."""
    host = host.lower().rstrip(".")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        labels = host.split(".")
    keep = 2
    if len(labels) > 2 and len(labels[-1]) == 2:
        province = labels[-1] == "cn" and _CHINESE_PROVINCES.fullmatch(labels[-2])
        keep = 3 if province or _SHARED_SECOND_LEVELS.fullmatch(labels[-2]) else 2
    return ".".join(labels[-keep:])


def endpoint_set(texts: Sequence[str], *, quorum: int | None, depth: int | None) -> EndpointSet:
    """Check a configuration before anything is asked; `None` quorum is a majority, `None` depth the default.

    Raises:
        ConfigurationError: no endpoint, two of one operator or at one address, quorum or depth out of range (D11, D18).
    """
    endpoints = tuple(parse_endpoint(text) for text in texts)
    if not 0 < len(endpoints) <= MAX_ENDPOINTS:
        raise ConfigurationError(
            setting="--rpc", given=len(endpoints), why=f"1 to {MAX_ENDPOINTS} endpoints are needed"
        )
    _check_operators(endpoints)
    needed = len(endpoints) // 2 + 1 if quorum is None else quorum
    if not 0 < needed <= len(endpoints):
        raise ConfigurationError(
            setting="--quorum", given=needed, why=f"must be from 1 to the number of endpoints given ({len(endpoints)})"
        )
    blocks = DEFAULT_DEPTH if depth is None else depth
    if not 0 < blocks <= MAX_DEPTH:
        raise ConfigurationError(setting="--depth", given=blocks, why=f"must be from 1 to {MAX_DEPTH}")
    return EndpointSet(endpoints=endpoints, quorum=needed, depth=blocks)


def _check_operators(endpoints: tuple[Endpoint, ...]) -> None:
    operators: set[str] = set()
    authorities: set[str] = set()
    for endpoint in endpoints:
        if endpoint.operator in operators:
            raise ConfigurationError(
                setting="--rpc",
                given=endpoint.operator,
                why="two endpoints of one operator count as one voice; give different operators, "
                "or name them (NAME=URL) where one host serves several",
            )
        if endpoint.authority in authorities:
            raise ConfigurationError(
                setting="--rpc", given=endpoint.authority, why="the same address is given twice under two names"
            )
        operators.add(endpoint.operator)
        authorities.add(endpoint.authority)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port_in_range = parts.port is None or parts.port > 0
    except ValueError as error:
        raise ConfigurationError(setting="--rpc", given=url[:100], why="not a URL") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_in_range or not url.isascii():
        raise ConfigurationError(setting="--rpc", given=url[:100], why="an http:// or https:// URL is needed")
    return parts
