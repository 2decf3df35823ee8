"""Sending one call and waiting until it is mined: registry operations and deployment, done by a person who looks on.

The anchorer does not use this: what it sends is journaled first and watched for as long as it takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ledger.chain.transactions import Envelope, sign_transaction
from ledger.domain.chain import Call, Fees, Receipt, SignedTransaction
from ledger.domain.chain_errors import (
    FeeTooLowError,
    NonceUsedError,
    TransactionFailedError,
    TransactionWaitingError,
)
from ledger.ports.chain import TransactionSender
from ledger.ports.signer import Signer
from verifier.types import Address, Digest

GAS_MARGIN_PERCENT: Final = 20
FIRST_PAUSE: Final = 0.005
LONGEST_PAUSE: Final = 1.0
NONCE_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Sends calls from one account.

    chain, signer: where and as whom. timeout: seconds to wait for a receipt. pause: how to wait (tests pass their own).
    """

    chain: TransactionSender
    chain_id: int
    signer: Signer
    timeout: float = 180.0
    pause: Callable[[float], None] = field(default=time.sleep)

    def send(self, to: Address | None, data: bytes) -> Receipt:
        """Send a call (`to` None deploys) and return its receipt once mined.

        Raises:
            CallRevertedError: the contract would refuse it; nothing was sent.
            TransactionFailedError: mined, and reverted after all (something changed in between).
            TransactionWaitingError: not mined within `timeout`; it may still be.
            TransactionRefusedError, ChainUnavailableError, SigningError.
        """
        call = Call(sender=self.signer.address, to=to, data=data)
        gas = self.chain.estimate_gas(call)
        transaction = self._broadcast(call, gas + gas * GAS_MARGIN_PERCENT // 100)
        receipt = self._wait(transaction.hash)
        if not receipt.succeeded:
            raise TransactionFailedError(transaction.hash, receipt.block_number)
        return receipt

    def _broadcast(self, call: Call, gas_limit: int) -> SignedTransaction:
        attempt = 1
        while True:
            market = self.chain.fee_market()
            fees = Fees(max_fee=2 * market.base_fee + market.priority, priority=market.priority)
            nonce = self.chain.pending_nonce(call.sender)
            envelope = Envelope(chain_id=self.chain_id, nonce=nonce, gas_limit=gas_limit, fees=fees)
            transaction = sign_transaction(call, envelope, self.signer)
            try:
                self.chain.broadcast(transaction.raw)
            except (NonceUsedError, FeeTooLowError):
                if attempt == NONCE_ATTEMPTS:  # another sender of this account keeps winning the nonce
                    raise
                attempt += 1
            else:
                return transaction

    def _wait(self, transaction: Digest) -> Receipt:
        for pause in _pauses(self.timeout):
            receipt = self.chain.receipt(transaction)
            if receipt is not None:
                return receipt
            self.pause(pause)
        raise TransactionWaitingError(transaction, self.timeout)


def _pauses(total: float) -> Iterator[float]:
    """Pauses that double up to a second and add up to about `total`."""
    pause, spent = FIRST_PAUSE, 0.0
    while spent < total:
        yield pause
        spent += pause
        pause = min(2 * pause, LONGEST_PAUSE)
