"""The registries as people ask about them: parties with keys and grants and all their history, lanes, and why a certifier counted.

Words are the truth and are read under one block. Events only say which words to look at: nodes prune and lose them (traps 12
and 23), so a list of keys or grants made from events says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from api.http.errors import UnknownError
from api.http.profiles import ProfileShelf
from api.runtime.requests import PURPOSES, STATUS_NAMES, purpose_names
from ledger.chain.registry import RegistryView, registry_at_head
from ledger.domain.chain import BlockRef, BlockTag, LogRecord
from ledger.ports.chain import ChainReader
from verifier.contracts import FOREVER, NO_SCOPE, REGULATORS, Purpose, scope_of
from verifier.deployment import Deployment
from verifier.encoding import to_hex
from verifier.hashing import keccak256
from verifier.identifiers import party_id
from verifier.signature import to_checksum
from verifier.types import Address, JsonValue, PartyId
from verifier.words import Interval, KeyWord, Transition, party_tag

SPAN: Final = 10_000
# Blocks looked at again: what a reorganisation put elsewhere, and what the node had not indexed yet.
AGAIN: Final = 64
_TOPICS: Final = {
    name: keccak256(signature.encode())
    for name, signature in {
        "KeyRegistered": "KeyRegistered(address,bytes32,uint256,uint256,uint256,uint256)",
        "GrantOpened": "GrantOpened(bytes32,uint256,bytes32,uint256,uint256,address)",
        "GrantExtended": "GrantExtended(bytes32,uint256,bytes32,uint256,uint256,address)",
        "GrantEnded": "GrantEnded(bytes32,uint256,bytes32,uint256,uint256,address)",
        "KeyEnded": "KeyEnded(address,uint256,uint256,address)",
        "CompromiseReported": "CompromiseReported(address,uint256,uint256,address)",
    }.items()
}
_NAMES: Final = {topic: name for name, topic in _TOPICS.items()}
_PURPOSE_NAMES: Final = {int(purpose): name for name, purpose in PURPOSES.items()}


class RegistryEvents:
    """TrustRegistry's events as far as the node has them, read on from where the last reading ended. Thread-safe."""

    def __init__(self, chain: ChainReader, contract: Address) -> None:
        self._chain = chain
        self._contract = contract
        self._lock = Lock()
        self._next = 0
        self._records: dict[LogRecord, None] = {}

    def named(self, name: str) -> list[LogRecord]:
        """All events of a name, oldest first. Raises ChainUnavailableError."""
        with self._lock:
            self._read_on()
            topic = _TOPICS[name]
            found = [record for record in self._records if record.topics and record.topics[0] == topic]
        return sorted(found, key=lambda record: record.block_number)

    def _read_on(self) -> None:
        head = self._chain.head(BlockTag.LATEST)
        if head is None or head.number < self._next:
            return
        first = max(0, self._next - AGAIN)
        gone = [record for record in self._records if record.block_number >= first]
        for record in gone:
            del self._records[record]
        for start in range(first, head.number + 1, SPAN):
            last = min(head.number, start + SPAN - 1)
            for topic in _TOPICS.values():
                for record in self._chain.logs(self._contract, topic, start, last):
                    self._records[record] = None
        self._next = head.number + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryDesk:
    """Answers questions about parties and status. Raises ChainUnavailableError, BlockUnknownError throughout."""

    chain: ChainReader
    deployment: Deployment
    events: RegistryEvents
    profiles: ProfileShelf

    def parties(self, after: str = "", limit: int = 200) -> dict[str, JsonValue]:
        """Parties whose profile is known here, by party, those beyond `after`, with what the chain says of them."""
        registry = registry_at_head(self.chain, self.deployment)
        found: list[JsonValue] = []
        rest = [profile for profile in self.profiles.all() if profile.party > after]
        for profile in rest[:limit]:
            registered = registry.profile_hash(party_id(profile.party)) == profile.digest()
            found.append({**profile.document(), "registered": registered})
        document: dict[str, JsonValue] = {"block": block_document(registry.block), "parties": found}
        return document if len(rest) <= limit else {**document, "next": rest[limit - 1].party}

    def party(self, party: str) -> dict[str, JsonValue]:
        """A party: profile, keys and grants with their full history. Raises UnknownError."""
        registry = registry_at_head(self.chain, self.deployment)
        wanted = party_id(party)
        word = registry.profile_hash(wanted)
        if word is None:
            raise UnknownError(f"{party} is not registered", field="party")
        profile = self.profiles.of(party)
        successor = registry.party_successor(wanted)
        return {
            "party": party,
            "partyId": to_hex(wanted),
            "profileHash": to_hex(word),
            "profile": profile.document() if profile is not None and profile.digest() == word else None,
            "successor": None if successor is None else self._party_name(successor),
            "keys": list(self._keys(registry, wanted)),
            "grants": list(self._grants(registry, wanted)),
            "block": block_document(registry.block),
        }

    def explain(self, party: str, *, category: str, signer: Address, time: int) -> dict[str, JsonValue]:
        """Which grant, by whom, since when, entitled a certifier for a category at an entry's time (unix seconds)."""
        registry = registry_at_head(self.chain, self.deployment)
        wanted, scope = party_id(party), scope_of(category)
        intervals = registry.grant(wanted, Purpose.CERTIFICATE, scope)
        grant = next((one for one in intervals if one.in_force_at(time)), None)
        key = registry.key(signer)
        opened = [one for one in self._opened(wanted, Purpose.CERTIFICATE, scope) if grant is not None]
        by = next((one for one in opened if grant is not None and one["from"] == grant.starts_at), None)
        holds = (
            key is not None
            and key.party_tag == party_tag(wanted)
            and bool(key.purposes & Purpose.CERTIFICATE)
            and key.in_force_at(time)
            and not key.compromised_at(time)
        )
        return {
            "party": party,
            "category": category,
            "time": time,
            "entitled": grant is not None and holds,
            "grant": None if grant is None else interval_document(grant),
            "grantedBy": by,
            "intervals": [interval_document(one) for one in intervals],
            "key": None if key is None else {"address": to_checksum(signer), **key_document(key)},
            "keyInForce": holds,
            "block": block_document(registry.block),
        }

    def lanes(self, subject: bytes, owner: PartyId) -> dict[str, JsonValue]:
        """Both lanes of a subject at the node's head, and how much of them is final."""
        registry = registry_at_head(self.chain, self.deployment)
        final = self.chain.head(BlockTag.FINALIZED)
        settled = None if final is None else RegistryView(chain=self.chain, deployment=self.deployment, block=final)
        lanes: dict[str, JsonValue] = {}
        for name, one in (("issuer", owner), ("regulators", REGULATORS)):
            past = () if settled is None else settled.lane(one, subject)
            lanes[name] = [self._step(registry, one, step, past) for step in registry.lane(one, subject)]
        return {
            "subject": to_hex(subject),
            **lanes,
            "block": block_document(registry.block),
            "finalBlock": None if final is None else block_document(final),
        }

    def _step(
        self, registry: RegistryView, owner: PartyId, step: Transition, past: Sequence[Transition]
    ) -> dict[str, JsonValue]:
        signer = registry.status_key(owner, step.ordinal)
        return {
            "status": STATUS_NAMES[step.status],
            "time": step.time,
            "signer": None if signer is None else to_checksum(signer),
            "final": step in past,
        }

    def _keys(self, registry: RegistryView, party: PartyId) -> Iterator[JsonValue]:
        addresses = {
            Address(record.topics[1][12:]): record
            for record in self.events.named("KeyRegistered")
            if len(record.topics) == 3 and record.topics[2] == party
        }
        for address, record in addresses.items():
            key = registry.key(address)
            if key is not None and key.party_tag == party_tag(party):
                registered: dict[str, JsonValue] = {"registeredIn": record.block_number}
                yield {"address": to_checksum(address), **key_document(key), **registered}

    def _grants(self, registry: RegistryView, party: PartyId) -> Iterator[JsonValue]:
        seen: dict[tuple[int, bytes], None] = {}
        for record in self.events.named("GrantOpened"):
            if len(record.topics) == 4 and record.topics[1] == party:
                seen[int.from_bytes(record.topics[2], "big"), record.topics[3]] = None
        for purpose, scope in seen:
            intervals = registry.grant(party, purpose, scope)
            yield {
                "purpose": _PURPOSE_NAMES.get(purpose, str(purpose)),
                "scope": None if scope == NO_SCOPE else to_hex(scope),
                "intervals": [interval_document(one) for one in intervals],
                "changes": [dict(one) for one in self._changes(party, purpose, scope)],
            }

    def _opened(self, party: PartyId, purpose: int, scope: bytes) -> list[dict[str, JsonValue]]:
        return [one for one in self._changes(party, purpose, scope) if one["change"] == "GrantOpened"]

    def _changes(self, party: PartyId, purpose: int, scope: bytes) -> list[dict[str, JsonValue]]:
        """Who opened, extended or ended a grant, in which block, as far as the node's events reach."""
        found: list[dict[str, JsonValue]] = []
        for name in ("GrantOpened", "GrantExtended", "GrantEnded"):
            for record in self.events.named(name):
                about = (party, purpose.to_bytes(32, "big"), scope)
                if record.topics[1:] != about or len(record.data) != 96:
                    continue
                first, second = (int.from_bytes(record.data[at : at + 32], "big") for at in (0, 32))
                by = Address(record.data[76:96])
                start = {"from": first} if name == "GrantOpened" else {"previousUntil": first}
                found.append(
                    {
                        "change": name,
                        "block": record.block_number,
                        **start,
                        "until": None if second == FOREVER else second,
                        "by": to_checksum(by),
                        "byParty": self._party_of(by),
                    }
                )
        return sorted(found, key=lambda one: int(str(one["block"])))

    def _party_of(self, address: Address) -> str | None:
        for record in self.events.named("KeyRegistered"):
            if len(record.topics) == 3 and record.topics[1][12:] == address:
                return self._party_name(PartyId(record.topics[2]))
        return None

    def _party_name(self, wanted: PartyId) -> str:
        return next((one.party for one in self.profiles.all() if party_id(one.party) == wanted), to_hex(wanted))


def block_document(block: BlockRef) -> dict[str, JsonValue]:
    """A block as answers name it."""
    return {"number": block.number, "hash": to_hex(block.hash), "time": block.time}


def interval_document(interval: Interval) -> dict[str, JsonValue]:
    """`[from, until)`; until null: open."""
    until = None if interval.ends_at >= FOREVER else interval.ends_at
    return {"from": interval.starts_at, "until": until}


def key_document(key: KeyWord) -> dict[str, JsonValue]:
    """A key word as answers show it."""
    return {
        "purposes": list(purpose_names(key.purposes)),
        "from": key.starts_at,
        "until": None if key.ends_at >= FOREVER else key.ends_at,
        "compromisedSince": key.compromised_since or None,
    }
