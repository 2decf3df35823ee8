"""The chain as the ledger needs it, in three narrow sides.

`ChainReader` only reads and is all that fsck, the registry reader and the demo's tables get. `TransactionReader` looks at
an account's transactions. `TransactionSender` can change something; only the anchorer, the registry operations and the
deployer hold one. The simulator and the JSON-RPC client implement all three and pass one behaviour suite.

Every method raises `ChainUnavailableError` when the node cannot be asked; other errors are named per method.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ledger.domain.chain import BlockRef, BlockTag, Call, FeeMarket, LogRecord, Receipt
from verifier.types import Address, BlockHash, Digest


class ChainReader(Protocol):
    """Headers, storage words and code."""

    def chain_id(self) -> int:
        """The chain the node is on (EIP-155 id)."""
        ...

    def head(self, tag: BlockTag) -> BlockRef | None:
        """The newest block, or the newest final one; None when the node has no such tag (or no final block yet)."""
        ...

    def block(self, number: int) -> BlockRef | None:
        """The canonical block at a height; None above the head."""
        ...

    def storage(self, contract: Address, slot: bytes, block: BlockHash) -> bytes:
        """The 32-byte word in a slot under a block. Raises BlockUnknownError when the block or its state is gone."""
        ...

    def code_hash(self, contract: Address, block: BlockHash) -> Digest:
        """keccak256 of the runtime code under a block (of nothing, for an account without code)."""
        ...

    def logs(self, contract: Address, topic: bytes, first: int, last: int) -> Sequence[LogRecord]:
        """Events with that first topic in blocks first..last, as far as the node still has them.

        Nodes prune and lose logs (trap 12 and 23): a hint where to look, never evidence and never complete.
        """
        ...


class TransactionReader(Protocol):
    """An account's transactions and the fee market."""

    def nonce(self, account: Address, block: BlockHash) -> int:
        """How many transactions of the account the chain holds under a block: the nonce the next one must have.

        Raises BlockUnknownError when the block or its state is gone.
        """
        ...

    def pending_nonce(self, account: Address) -> int:
        """The same at the head, counting what waits in the node's pool."""
        ...

    def knows(self, transaction: Digest) -> bool:
        """Whether the node has the transaction, in a block or in its pool."""
        ...

    def receipt(self, transaction: Digest) -> Receipt | None:
        """The receipt once mined (and while its block is canonical), else None."""
        ...

    def fee_market(self) -> FeeMarket:
        """What the next block asks."""
        ...

    def balance(self, account: Address) -> int:
        """The account's wei at the head."""
        ...


class TransactionSender(TransactionReader, Protocol):
    """The side that changes something."""

    def estimate_gas(self, call: Call) -> int:
        """Gas the call needs at the head. Raises CallRevertedError when the contract would refuse it."""
        ...

    def broadcast(self, raw: bytes) -> None:
        """Hand a signed transaction to the node; one it already has is fine.

        Raises:
            NonceUsedError: the chain holds a transaction with this nonce.
            FeeTooLowError: the fee does not beat what is pending with this nonce, or the base fee.
            FundsMissingError: the account cannot pay for it.
            TransactionRefusedError: any other refusal.
        """
        ...


class AnchorChain(ChainReader, TransactionSender, Protocol):
    """What the anchorer runs on."""
