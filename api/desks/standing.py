"""A party's standing: its keys and accreditations as the registry has them, scopes by name where the name is known here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.http.errors import NoChainError, UnknownError
from api.http.service import Service
from ledger.domain.chain_errors import BlockUnknownError, ChainUnavailableError
from verifier.contracts import scope_of
from verifier.encoding import to_hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """[starts_at, ends_at) in unix seconds; None: open."""

    starts_at: int
    ends_at: int | None

    def in_force_at(self, time: int) -> bool:
        """A tie counts against (docs/spec/05)."""
        return self.starts_at < time and (self.ends_at is None or time < self.ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An accreditation. scope: the category or prefix where it is known, its hash elsewhere, "" for none."""

    purpose: str
    scope: str
    intervals: tuple[Interval, ...]
    in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A registered key."""

    address: str
    purposes: tuple[str, ...]
    interval: Interval
    compromised_since: int | None
    in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the registry says of a party. known False: the node could not be asked; registered False: it does not have it."""

    known: bool
    registered: bool
    keys: tuple[Key, ...] = ()
    grants: tuple[Grant, ...] = ()

    def categories(self, purpose: str) -> frozenset[str]:
        """The scopes a purpose is granted for now."""
        return frozenset(one.scope for one in self.grants if one.purpose == purpose and one.in_force)

    def can(self, purpose: str) -> bool:
        """Whether any key with the purpose is in force."""
        return any(purpose in one.purposes and one.in_force for one in self.keys)


def standing_of(service: Service, party: str, scopes: Iterable[str]) -> Standing:
    """Ask the registry. `scopes`: texts whose hashes may be among the grants'."""
    try:
        found: Mapping[str, Any] = service.registries().party(party)
    except UnknownError:
        return Standing(known=True, registered=False)
    except (NoChainError, ChainUnavailableError, BlockUnknownError):
        return Standing(known=False, registered=False)
    now = max(service.clock.now(), int(found["block"]["time"]))
    names = {to_hex(scope_of(text)): text for text in scopes}
    return Standing(
        known=True,
        registered=True,
        keys=tuple(_key(one, now) for one in found["keys"]),
        grants=tuple(_grant(one, names, now) for one in found["grants"]),
    )


def _key(document: Mapping[str, Any], now: int) -> Key:
    interval = Interval(starts_at=document["from"], ends_at=document["until"])
    since = document["compromisedSince"]
    return Key(
        address=document["address"],
        purposes=tuple(document["purposes"]),
        interval=interval,
        compromised_since=since,
        in_force=interval.in_force_at(now) and since is None,
    )


def _grant(document: Mapping[str, Any], names: Mapping[str, str], now: int) -> Grant:
    intervals = tuple(Interval(starts_at=one["from"], ends_at=one["until"]) for one in document["intervals"])
    scope = document["scope"]
    return Grant(
        purpose=document["purpose"],
        scope="" if scope is None else names.get(scope, scope),
        intervals=intervals,
        in_force=any(one.in_force_at(now) for one in intervals),
    )
