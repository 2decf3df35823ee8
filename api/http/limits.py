"""Token buckets, one per client and class of request, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final

CLIENTS: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`per_second` requests for as long as it takes, `burst` at once. per_second 0: no limit."""

    per_second: float
    burst: int


class Buckets:
    """One class of requests. For one thread (the event loop). Who asked longest ago is forgotten first."""

    __slots__ = ("_levels", "_most", "rate")

    def __init__(self, rate: Rate, clients: int = CLIENTS) -> None:
        self.rate = rate
        self._most = clients
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, now: float, cost: float = 1.0) -> float:
        """Take tokens; 0.0 when there were enough, else the seconds until there are. `now`: monotonic seconds."""
        rate = self.rate
        if not rate.per_second:
            return 0.0
        level, at = self._levels.pop(client, (float(rate.burst), now))
        level = min(float(rate.burst), level + (now - at) * rate.per_second)
        enough = level >= min(cost, rate.burst)
        # A larger cost than the burst runs into debt, so that it is paid for later rather than never let in.
        self._levels[client] = (level - cost if enough else level, now)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
        return 0.0 if enough else (min(cost, rate.burst) - level) / rate.per_second

    def __len__(self) -> int:
        return len(self._levels)


def client_key(host: str) -> str:
    """Who counts as one client: an IPv4 address, or the /64 an IPv6 address lies in (a household has 2^64 of them)."""
    if ":" not in host:
        return host
    try:
        address = ip_address(host)
    except ValueError:
        return host[:64]
    return address.exploded[:19] if isinstance(address, IPv6Address) else host
