"""TrustRegistry and StatusRegistry as words under one block (docs/spec/05)."""

from __future__ import annotations

from typing import Protocol

from verifier.types import Address, PartyId
from verifier.words import Interval, KeyWord, Transition


class RegistryReader(Protocol):
    """Every method raises ChainUnavailableError, BlockUnknownError, or MalformedError for an impossible word."""

    def key(self, address: Address) -> KeyWord | None:
        """The key's word, None when it was never registered."""
        ...

    def profile_hash(self, party: PartyId) -> bytes | None:
        """SHA-256 of the party's canonical profile, None for an unknown party."""
        ...

    def grant(self, party: PartyId, purpose: int, scope: bytes) -> tuple[Interval, ...]:
        """The intervals of a grant, newest first."""
        ...

    def log_key(self, public_key: bytes) -> Interval | None:
        """When an Ed25519 log key is in force, None when it was never registered."""
        ...

    def lane(self, owner: PartyId, subject: bytes) -> tuple[Transition, ...]:
        """The transitions of a lane, newest first."""
        ...

    def status_key(self, owner: PartyId, ordinal: int) -> Address | None:
        """The key behind an ordinal of a lane owner."""
        ...

    def party_successor(self, party: PartyId) -> PartyId | None:
        """The party that took over."""
        ...
