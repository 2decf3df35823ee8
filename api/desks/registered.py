"""Everything that is registered, over all parties: which keys and grants there are, whose, and when they end.

Which there are is known from the registry's events, as far as the node has them; what they say now is read as words under one block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.desks.standing import Interval
from api.http.errors import NoChainError
from api.http.service import Service
from api.runtime.requests import PURPOSES, purpose_names
from ledger.chain.registry import RegistryView, registry_at_head
from ledger.domain.chain import LogRecord
from ledger.domain.chain_errors import BlockUnknownError, ChainUnavailableError
from verifier import words
from verifier.contracts import FOREVER, NO_SCOPE, scope_of
from verifier.encoding import to_hex
from verifier.identifiers import party_id
from verifier.signature import to_checksum
from verifier.types import Address, PartyId

SOON: Final = 60 * 86_400  # seconds before an end
MOST: Final = 5_000  # keys, and grants, that are looked at
AWAY: Final = (NoChainError, ChainUnavailableError, BlockUnknownError)
_NAMES: Final = {int(purpose): name for name, purpose in PURPOSES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """A key. party: its text where it is known here, else its id in hex."""

    address: str
    party: str
    purposes: tuple[str, ...]
    interval: Interval
    compromised_since: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGrant:
    """The newest interval of a grant. scope: its text where it is known here, else its hash; "" for none."""

    party: str
    purpose: str
    scope: str
    interval: Interval
    intervals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What there is, at a block's time (unix seconds)."""

    time: int
    parties: frozenset[str]
    keys: tuple[HeldKey, ...]
    grants: tuple[HeldGrant, ...]

    def keys_ending(self) -> tuple[HeldKey, ...]:
        """In force, and over within SOON; the first to end first."""
        found = [one for one in self.keys if one.compromised_since is None and self._ends(one.interval)]
        return tuple(sorted(found, key=lambda one: one.interval.ends_at or 0))

    def grants_ending(self) -> tuple[HeldGrant, ...]:
        """The same of grants."""
        return tuple(
            sorted((one for one in self.grants if self._ends(one.interval)), key=lambda one: one.interval.ends_at or 0)
        )

    def _ends(self, interval: Interval) -> bool:
        return (
            interval.ends_at is not None
            and interval.in_force_at(self.time)
            and interval.ends_at - self.time <= SOON
        )  # fmt: skip


def registered(service: Service, scopes: Iterable[str]) -> Registered:
    """Ask the registry. `scopes`: texts whose hashes may be among the grants'. Raises one of AWAY."""
    desk = service.registries()
    registry = registry_at_head(desk.chain, desk.deployment)
    names = {party_id(one.party): one.party for one in service.profiles.all()}
    known = {scope_of(text): text for text in scopes}
    return Registered(
        time=max(service.clock.now(), registry.block.time),
        parties=frozenset(
            one.party for one in service.profiles.all() if registry.profile_hash(party_id(one.party)) == one.digest()
        ),
        keys=_keys(registry, desk.events.named("KeyRegistered")[-MOST:], names),
        grants=_grants(registry, desk.events.named("GrantOpened")[-MOST:], names, known),
    )


def _name(names: Mapping[PartyId, str], party: bytes) -> str:
    return names.get(PartyId(party), to_hex(party))


def _interval(word: words.Interval | words.KeyWord) -> Interval:
    return Interval(starts_at=word.starts_at, ends_at=None if word.ends_at >= FOREVER else word.ends_at)


def _keys(registry: RegistryView, events: Sequence[LogRecord], names: Mapping[PartyId, str]) -> tuple[HeldKey, ...]:
    seen: dict[Address, bytes] = {}
    for record in events:
        topics = record.topics
        if len(topics) == 3:
            seen[Address(topics[1][12:])] = topics[2]
    found: list[HeldKey] = []
    for address, party in seen.items():
        key = registry.key(address)
        if key is not None:
            found.append(
                HeldKey(
                    address=to_checksum(address),
                    party=_name(names, party),
                    purposes=tuple(purpose_names(key.purposes)),
                    interval=_interval(key),
                    compromised_since=key.compromised_since or None,
                )
            )
    return tuple(found)


def _grants(
    registry: RegistryView, events: Sequence[LogRecord], names: Mapping[PartyId, str], known: Mapping[bytes, str]
) -> tuple[HeldGrant, ...]:
    seen: dict[tuple[bytes, int, bytes], None] = {}
    for record in events:
        topics = record.topics
        if len(topics) == 4:
            seen[topics[1], int.from_bytes(topics[2], "big"), topics[3]] = None
    found: list[HeldGrant] = []
    for party, purpose, scope in seen:
        intervals = registry.grant(PartyId(party), purpose, scope)
        if intervals:
            found.append(
                HeldGrant(
                    party=_name(names, party),
                    purpose=_NAMES.get(purpose, str(purpose)),
                    scope="" if scope == NO_SCOPE else known.get(scope, to_hex(scope)),
                    interval=_interval(intervals[0]),
                    intervals=len(intervals),
                )
            )
    return tuple(found)
