"""Where messages may go: https to public addresses, decided on the address that is connected to.

A name is resolved for every try and every address it has is looked at; the connection goes to one of exactly these (the
name then only names the certificate), so a name that resolves differently a moment later changes nothing (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Protocol
from urllib.parse import urlsplit

from ledger.domain.webhooks import UnsafeTargetError

LONGEST_URL: Final = 500
HTTPS_PORT: Final = 443
LOOKUPS: Final = 8
_NAME: Final = re.compile(
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])", re.ASCII
)
_REST: Final = re.compile(r"[!-~]*", re.ASCII)
# IANA's special-purpose registries, multicast and reserved space, and a cloud's metadata host that lies in public space.
_CLOSED_4: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
            "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32",
        ),
    )
)  # fmt: skip
# IPv6: global unicast alone, without what embeds IPv4 addresses (6to4, Teredo) and what documentation uses.
_OPEN_6: Final = ip_network("2000::/3")
_CLOSED_6: Final = tuple(map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")))


class Reach(StrEnum):
    """How far messages go: nowhere, to public addresses, or to this machine as well (a demonstration, a test)."""

    NOWHERE = "nowhere"
    PUBLIC = "public"
    LOOPBACK = "loopback"


class Resolver(Protocol):
    """Who knows the addresses of names."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a name. Raises OSError."""
        ...


class SystemResolver:
    """The operating system's resolver, on threads of its own: names that hang hold up other names only."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=LOOKUPS, thread_name_prefix="webhook-names")

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a name. Raises OSError."""
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address taken apart. host: a name or an address' text; path: with the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS_PORT if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


def parse_target(url: str, reach: Reach) -> Target:
    """Read an endpoint's URL. Raises UnsafeTargetError; nothing is resolved."""
    if reach is Reach.NOWHERE:
        raise UnsafeTargetError("webhooks-off", "this service sends no webhooks")
    if not 0 < len(url) <= LONGEST_URL or _REST.fullmatch(url) is None or "\\" in url:
        raise UnsafeTargetError("form", f"1 to {LONGEST_URL} printable ASCII characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnsafeTargetError("form", "no URL") from error
    host = (parts.hostname or "").lower()
    if "@" in parts.netloc or parts.fragment or "#" in url:
        raise UnsafeTargetError("form", "no user, password or fragment in the URL")
    local = reach is Reach.LOOPBACK and _is_loopback(host)
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise UnsafeTargetError("https", "messages go over https")
    if not local and _NAME.fullmatch(host) is None:
        raise UnsafeTargetError("host", "a name with a dot, in lower-case ASCII (xn-- for others); no address")
    if port is not None and port != HTTPS_PORT and port < 1_024 and not local:
        raise UnsafeTargetError("port", "443, or one from 1024 on")
    usual = HTTPS_PORT if parts.scheme == "https" else 80
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, host=host, port=port or usual, path=path)


async def safe_addresses(target: Target, reach: Reach, resolver: Resolver) -> list[str]:
    """The addresses to connect to: all the name has, when every one of them may be told.

    Raises UnsafeTargetError: one of them may not, or there is none.
    """
    if _is_loopback(target.host):
        found: Sequence[str] = (target.host,)
    else:
        try:
            found = await resolver.resolve(target.host, target.port)
        except OSError as error:
            raise UnsafeTargetError("unresolved", f"{target.host} has no address") from error
    if not all(_may_be_told(text, reach) for text in found):
        # Which address is not said: whoever asks shall not read names of the inside through us.
        raise UnsafeTargetError("address", f"{target.host} is not at public addresses alone")
    if not found:
        raise UnsafeTargetError("unresolved", f"{target.host} has no address")
    return list(dict.fromkeys(found))


def _may_be_told(text: str, reach: Reach) -> bool:
    try:
        address = ip_address(text)  # a scope (fe80::1%eth0) is part of its text: not in any network below
    except ValueError:
        return False
    if reach is Reach.LOOPBACK and address.is_loopback:
        return True
    return is_public(address)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is anybody's on the Internet, and not ours or a neighbour's."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    if address.scope_id is not None:
        return False
    return address in _OPEN_6 and not any(address in network for network in _CLOSED_6)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
