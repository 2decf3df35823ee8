"""Relaying status changes that others signed: what the contract would refuse is refused before anything is paid.

The relay's account pays, so it pays for registered keys alone, within a fee, and only so often for each of them. Applied already is
success and costs nothing. A change whose transaction waits is not sent a second time.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from typing import ClassVar, Final

from ledger.chain.registry import RegistryView, registry_at_head
from ledger.domain.chain import Receipt
from ledger.domain.chain_errors import CallRevertedError, TransactionFailedError, TransactionWaitingError
from ledger.domain.errors import BackpressureError, LedgerError
from ledger.ports.chain import AnchorChain
from ledger.ports.clock import Clock
from ledger.services.anchor_fees import GWEI
from ledger.services.status import SignedStatusChange, StatusOperations
from verifier.contracts import REGULATORS, Purpose, Status, successor_slot
from verifier.eip712 import domain_separator, status_change_digest
from verifier.errors import VerifierError
from verifier.signature import recover, to_checksum
from verifier.types import Address, Digest
from verifier.words import KeyWord, party_tag

HOUR: Final = 3_600.0


class ChangeRefusedError(LedgerError):
    """The contract would not take this change: `field` names the member, `rule` why."""

    code: ClassVar[str] = "status.refused"

    def __init__(self, field: str, rule: str, detail: str = "") -> None:
        super().__init__(f"{field}: {rule}" + (f" ({detail})" if detail else ""))
        self.field = field
        self.rule = rule
        self.detail = detail


class RelayBusyError(BackpressureError):
    """Fees are above the limit, this key has had its share, or others are waiting."""

    code: ClassVar[str] = "status.relay-busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayPolicy:
    """max_fee: most wei per gas offered. per_hour: changes of one key. waiting: requests at once."""

    max_fee: int = 500 * GWEI
    per_hour: int = 120
    waiting: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Relayed:
    """The change is on the chain, in `block` where this relay saw it mined; `is_new` when this request put it there."""

    signer: Address
    is_new: bool
    block: int | None = None
    transaction: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayParts:
    """What a relay is made of; `operations` sends from the account that pays."""

    chain: AnchorChain
    operations: StatusOperations
    clock: Clock
    policy: RelayPolicy = field(default_factory=RelayPolicy)


class ChangeRelay:
    """Safe for several threads; one change is sent at a time."""

    def __init__(self, parts: RelayParts) -> None:
        self._parts = parts
        self._deployment = parts.operations.deployment
        self._sending = Lock()
        self._door = BoundedSemaphore(parts.policy.waiting)
        self._spent: dict[Address, deque[float]] = {}
        self._waiting: OrderedDict[Digest, Digest] = OrderedDict()

    def relay(self, signed: SignedStatusChange) -> Relayed:
        """Carry a change to the chain and wait until it is mined.

        Raises:
            ChangeRefusedError: no key that may write this lane signed it, it came too late, or the lane is elsewhere.
            RelayBusyError: try again later.
            TransactionWaitingError: sent and not mined yet; asking again looks after the same transaction.
            FundsMissingError, ChainUnavailableError, BlockUnknownError.
        """
        signer, digest = self._signer(signed)
        if not self._door.acquire(blocking=False):
            raise RelayBusyError("others are being relayed", 5.0)
        try:
            with self._sending:
                return self._relay(signed, signer, digest)
        finally:
            self._door.release()

    def _relay(self, signed: SignedStatusChange, signer: Address, digest: Digest) -> Relayed:
        registry = registry_at_head(self._parts.chain, self._deployment)
        if self._is_applied(registry, signed, signer):
            return Relayed(signer=signer, is_new=False)
        self._look_after(digest)
        self._spend(signer)
        receipt = self._send(signed, digest)
        return Relayed(signer=signer, is_new=True, block=receipt.block_number, transaction=Digest(receipt.transaction))

    def _signer(self, signed: SignedStatusChange) -> tuple[Address, Digest]:
        change = signed.change
        digest = status_change_digest(
            domain_separator(self._deployment.chain_id, self._deployment.status_registry),
            owner=change.owner,
            subject=change.subject,
            status=int(change.status),
            successor=change.successor,
            nonce=signed.nonce,
            deadline=signed.deadline,
        )
        try:
            return recover(digest, signed.signature), digest
        except VerifierError as error:
            raise ChangeRefusedError("/signature", "unrecoverable", str(error)) from error

    def _is_applied(self, registry: RegistryView, signed: SignedStatusChange, signer: Address) -> bool:
        """Whether the lane has this very transition; refuses what StatusRegistry would (relayStatusChange)."""
        change = signed.change
        key = registry.key(signer)
        purpose = Purpose.REGULATOR if change.owner == REGULATORS else Purpose.STATUS
        owns = key is not None and (change.owner == REGULATORS or key.party_tag == party_tag(change.owner))
        if key is None or not owns or not key.purposes & purpose:
            raise ChangeRefusedError("/signature", "not-entitled", f"{to_checksum(signer)} does not write this lane")
        lane = registry.lane(change.owner, change.subject)
        if signed.nonce < len(lane):
            written = lane[-1 - signed.nonce]  # newest first
            if (written.status, written.ordinal) == (change.status, key.status_ordinal) and (
                self._same_successor(registry, signed)
            ):
                return True
        if signed.nonce != len(lane):
            raise ChangeRefusedError(
                "/statusChange/nonce", "nonce", f"the lane has {len(lane)} transitions: prepare and sign it again"
            )
        self._require_in_time(registry, signed, key)
        return False

    def _require_in_time(self, registry: RegistryView, signed: SignedStatusChange, key: KeyWord) -> None:
        time = max(registry.block.time, self._parts.clock.now())
        if time > signed.deadline:
            raise ChangeRefusedError("/statusChange/deadline", "deadline-passed", f"{signed.deadline} < {time}")
        if not key.in_force_at(time) or key.compromised_since:
            raise ChangeRefusedError("/signature", "not-entitled", "the key is not in force")

    def _same_successor(self, registry: RegistryView, signed: SignedStatusChange) -> bool:
        change = signed.change
        if change.status < Status.SUPERSEDED_LABELS_GOOD:
            return True
        slot = successor_slot(change.owner, change.subject)
        return (
            self._parts.chain.storage(self._deployment.status_registry, slot, registry.block.hash) == change.successor
        )

    def _look_after(self, digest: Digest) -> None:
        """Raise TransactionWaitingError while an earlier transaction of this change is under way."""
        transaction = self._waiting.get(digest)
        if transaction is None:
            return
        if self._parts.chain.receipt(transaction) is None and self._parts.chain.knows(transaction):
            raise TransactionWaitingError(transaction, 0.0)
        del self._waiting[digest]

    def _spend(self, signer: Address) -> None:
        now = self._parts.clock.monotonic()
        spent = self._spent.setdefault(signer, deque())
        while spent and now - spent[0] >= HOUR:
            spent.popleft()
        if len(spent) >= self._parts.policy.per_hour:
            raise RelayBusyError(
                f"{self._parts.policy.per_hour} changes of this key in an hour", HOUR - (now - spent[0])
            )
        market = self._parts.chain.fee_market()
        if market.base_fee + market.priority > self._parts.policy.max_fee:
            raise RelayBusyError("the chain's fees are above the relay's limit", 60.0)
        spent.append(now)

    def _send(self, signed: SignedStatusChange, digest: Digest) -> Receipt:
        try:
            return self._parts.operations.relay(signed)
        except CallRevertedError as error:
            raise ChangeRefusedError("/statusChange", error.name or "reverted", str(error)) from error
        except TransactionFailedError as error:
            raise RelayBusyError("the lane changed meanwhile", 1.0) from error
        except TransactionWaitingError as error:
            self._waiting[digest] = Digest(error.transaction)
            if len(self._waiting) > self._parts.policy.per_hour:
                self._waiting.popitem(last=False)
            raise
