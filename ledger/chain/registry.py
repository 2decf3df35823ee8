"""Reading the registries' words from a node, all under one block."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.chain.deploy import latest_block
from ledger.domain.chain import BlockRef
from ledger.ports.chain import ChainReader
from verifier import contracts, words
from verifier.deployment import Deployment
from verifier.types import Address, PartyId
from verifier.words import Interval, KeyWord, Transition


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryView:
    """`ports.registry.RegistryReader` under a fixed block: two answers never come from different states."""

    chain: ChainReader
    deployment: Deployment
    block: BlockRef

    def key(self, address: Address) -> KeyWord | None:
        """TrustRegistry.keys."""
        return words.decode_key_word(self._trust(contracts.key_slot(address)))

    def profile_hash(self, party: PartyId) -> bytes | None:
        """TrustRegistry.parties."""
        word = self._trust(contracts.party_slot(party))
        return word if any(word) else None

    def grant(self, party: PartyId, purpose: int, scope: bytes) -> tuple[Interval, ...]:
        """TrustRegistry.grants."""
        return words.decode_grant_word(self._trust(contracts.grant_slot(party, purpose, scope)))

    def log_key(self, public_key: bytes) -> Interval | None:
        """TrustRegistry.logKeys."""
        return words.decode_log_key_word(self._trust(contracts.log_key_slot(public_key)))

    def lane(self, owner: PartyId, subject: bytes) -> tuple[Transition, ...]:
        """StatusRegistry.lanes."""
        word = self.chain.storage(self.deployment.status_registry, contracts.lane_slot(owner, subject), self.block.hash)
        return words.decode_lane_word(word)

    def status_key(self, owner: PartyId, ordinal: int) -> Address | None:
        """TrustRegistry.statusKeys."""
        return words.decode_address_word(self._trust(contracts.status_key_slot(owner, ordinal)), "statusKeys")

    def party_successor(self, party: PartyId) -> PartyId | None:
        """TrustRegistry.partySuccessors."""
        word = self._trust(contracts.party_successor_slot(party))
        return PartyId(word) if any(word) else None

    def _trust(self, slot: bytes) -> bytes:
        return self.chain.storage(self.deployment.trust_registry, slot, self.block.hash)


def registry_at_head(chain: ChainReader, deployment: Deployment) -> RegistryView:
    """The registries as of the node's newest block. Raises ChainUnavailableError, BlockUnknownError."""
    return RegistryView(chain=chain, deployment=deployment, block=latest_block(chain))
