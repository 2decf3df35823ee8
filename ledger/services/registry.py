"""Operations on TrustRegistry: what a regulator does, and what a key may do to itself or to its own party's keys.

Each method sends one transaction from the signer's account and returns its receipt once mined. What the contract refuses
comes back as `CallRevertedError` with the contract's own error name, before anything is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.chain.abi import Argument, encode_call
from ledger.chain.sending import Sender
from ledger.domain.chain import Receipt
from ledger.ports.signer import Signer
from verifier.contracts import FOREVER, Purpose, scope_of
from verifier.deployment import Deployment
from verifier.eip712 import domain_separator, registration_digest
from verifier.identifiers import party_id
from verifier.snapshot import Profile
from verifier.types import Address

NOW: Final = 0  # as a start: the block's time; as an end: the block's time
REGISTER_KEY: Final = "registerKey(address,bytes32,uint256,uint256,uint256,bytes)"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRegistration:
    """What a key signs to join a party: purposes as a bit mask, times in unix seconds (starts_at 0: once registered)."""

    key: Address
    party: str
    purposes: int
    starts_at: int = NOW
    ends_at: int = FOREVER


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRegistration:
    """A registration with the key's own signature (65 bytes); empty for a contract account that gave its consent."""

    registration: KeyRegistration
    signature: bytes


def sign_registration(registration: KeyRegistration, signer: Signer, deployment: Deployment) -> SignedRegistration:
    """Sign a registration with the key it is about (EIP-712, TrustRegistry's domain). Raises SigningError."""
    digest = registration_digest(
        domain_separator(deployment.chain_id, deployment.trust_registry),
        key=registration.key,
        party=party_id(registration.party),
        purposes=registration.purposes,
        start=registration.starts_at,
        until=registration.ends_at,
    )
    return SignedRegistration(registration=registration, signature=signer.sign_digest(digest))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustOperations:
    """TrustRegistry's writers. All but `end_key` need a key with purpose `regulator` behind the sender."""

    sender: Sender
    deployment: Deployment

    def register_party(self, profile: Profile) -> Receipt:
        """Admit a party under the hash of its public profile."""
        return self._send("registerParty(bytes32,bytes32)", party_id(profile.party), profile.digest())

    def change_profile(self, profile: Profile) -> Receipt:
        """Replace a party's public profile (更名)."""
        return self._send("changeProfile(bytes32,bytes32)", party_id(profile.party), profile.digest())

    def record_successor(self, party: str, successor: str) -> Receipt:
        """Name the party that took over from another (合并)."""
        return self._send("recordPartySuccessor(bytes32,bytes32)", party_id(party), party_id(successor))

    def register_key(self, signed: SignedRegistration) -> Receipt:
        """Register a key that asked for it."""
        asked = signed.registration
        return self._send(
            REGISTER_KEY,
            asked.key,
            party_id(asked.party),
            asked.purposes,
            asked.starts_at,
            asked.ends_at,
            signed.signature,
        )

    def end_key(self, key: Address, at: int = NOW) -> Receipt:
        """End a key: by a regulator, by itself, or by an admin key of its party."""
        return self._send("endKey(address,uint256)", key, at)

    def report_compromise(self, key: Address, since: int) -> Receipt:
        """Say that a key is in a thief's hands since a time (unix seconds, at most 90 days back)."""
        return self._send("reportCompromise(address,uint256)", key, since)

    def open_grant(
        self, party: str, purpose: Purpose, scope: str = "", *, starts_at: int = NOW, ends_at: int = FOREVER
    ) -> Receipt:
        """Entitle a party; `scope` is a category URN, `gs1:<prefix>`, or empty (docs/spec/05)."""
        arguments = (*_grant(party, purpose, scope), starts_at, ends_at)
        return self._send("openGrant(bytes32,uint256,bytes32,uint256,uint256)", *arguments)

    def extend_grant(self, party: str, purpose: Purpose, scope: str, ends_at: int) -> Receipt:
        """Move a running grant's end later."""
        return self._send("extendGrant(bytes32,uint256,bytes32,uint256)", *_grant(party, purpose, scope), ends_at)

    def end_grant(self, party: str, purpose: Purpose, scope: str = "", at: int = NOW) -> Receipt:
        """Move a running grant's end earlier, now at the earliest."""
        return self._send("endGrant(bytes32,uint256,bytes32,uint256)", *_grant(party, purpose, scope), at)

    def register_log_key(self, public_key: bytes, *, starts_at: int = NOW, ends_at: int = FOREVER) -> Receipt:
        """Record the log's Ed25519 public key (32 bytes)."""
        return self._send("registerLogKey(bytes32,uint256,uint256)", public_key, starts_at, ends_at)

    def end_log_key(self, public_key: bytes, at: int = NOW) -> Receipt:
        """End a log key."""
        return self._send("endLogKey(bytes32,uint256)", public_key, at)

    def retire_anchor_log(self, successor: Address) -> Receipt:
        """Close the AnchorLog for good in favour of another contract. Cannot be undone."""
        return self.sender.send(self.deployment.anchor_log, encode_call("retire(address)", successor))

    def _send(self, signature: str, *arguments: Argument) -> Receipt:
        return self.sender.send(self.deployment.trust_registry, encode_call(signature, *arguments))


def _grant(party: str, purpose: Purpose, scope: str) -> tuple[bytes, int, bytes]:
    return party_id(party), int(purpose), scope_of(scope)
