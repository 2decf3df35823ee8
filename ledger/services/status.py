"""Status changes: written by an entitled key itself, or signed by it and relayed by anyone (docs/spec/05, StatusRegistry)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.chain.abi import encode_call
from ledger.chain.sending import Sender
from ledger.domain.chain import Receipt
from ledger.ports.signer import Signer
from verifier.contracts import Status
from verifier.deployment import Deployment
from verifier.eip712 import domain_separator, status_change_digest
from verifier.types import PartyId

NO_SUCCESSOR: Final = bytes(32)
CHANGE: Final = "changeStatus(bytes32,bytes32,uint8,bytes32)"
RELAY: Final = "relayStatusChange(bytes32,bytes32,uint8,bytes32,uint256,uint256,bytes)"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """The next transition of a lane.

    owner: partyId of the writer's party, or `verifier.contracts.REGULATORS`. subject: statement id, certificate number's
    hash or partyId (32 bytes). successor: statement id, with the two superseded statuses only.
    """

    owner: PartyId
    subject: bytes
    status: Status
    successor: bytes = NO_SUCCESSOR


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedStatusChange:
    """A change anyone may relay until `deadline` (unix seconds); `nonce` is the lane's length it follows."""

    change: StatusChange
    nonce: int
    deadline: int
    signature: bytes


def sign_status_change(
    change: StatusChange, signer: Signer, deployment: Deployment, *, nonce: int, deadline: int
) -> SignedStatusChange:
    """Sign a change (EIP-712, StatusRegistry's domain). Raises SigningError."""
    digest = status_change_digest(
        domain_separator(deployment.chain_id, deployment.status_registry),
        owner=change.owner,
        subject=change.subject,
        status=int(change.status),
        successor=change.successor,
        nonce=nonce,
        deadline=deadline,
    )
    return SignedStatusChange(change=change, nonce=nonce, deadline=deadline, signature=signer.sign_digest(digest))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOperations:
    """StatusRegistry's writers. Both raise what `Sender.send` raises."""

    sender: Sender
    deployment: Deployment

    def change(self, change: StatusChange) -> Receipt:
        """Write a transition from the sender's own account, which needs purpose `status` (or `regulator`)."""
        data = encode_call(CHANGE, change.owner, change.subject, int(change.status), change.successor)
        return self.sender.send(self.deployment.status_registry, data)

    def relay(self, signed: SignedStatusChange) -> Receipt:
        """Carry another key's signed transition to the chain; applied already counts as success."""
        change = signed.change
        data = encode_call(
            RELAY,
            change.owner,
            change.subject,
            int(change.status),
            change.successor,
            signed.nonce,
            signed.deadline,
            signed.signature,
        )
        return self.sender.send(self.deployment.status_registry, data)
