"""A chain in memory: blocks, a pool with a fee market, finality, reorganisations. Implements `ports.chain.AnchorChain`.

It behaves as a node behaves, faults included that are the chain's own (stuck transactions, foreign nonces, reorgs). It
never lies and is never away; tests that need that wrap it. Not safe for several threads at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ledger.chain.simulated_contracts import BlockContext, SimulatedAddresses, Storage, execute
from ledger.chain.transactions import OpenedTransaction, open_transaction
from ledger.domain.chain import BlockRef, BlockTag, Call, FeeMarket, LogRecord, Receipt
from ledger.domain.chain_errors import (
    BlockUnknownError,
    CallRevertedError,
    FeeTooLowError,
    FundsMissingError,
    NonceUsedError,
    TransactionRefusedError,
)
from verifier.hashing import keccak256
from verifier.types import Address, BlockHash, Digest

GWEI = 10**9
GAS_OF_A_CALL = 80_000
BUMP_PERCENT = 10  # what geth and its relatives ask of a replacement, on both fees
DEFAULT_BALANCE = 10**20
DEFAULT_ADDRESSES = SimulatedAddresses(
    anchor_log=Address(b"\xa1" * 20), trust_registry=Address(b"\xa2" * 20), status_registry=Address(b"\xa3" * 20)
)


@dataclass(slots=True, kw_only=True)
class _Block:
    ref: BlockRef
    storage: Storage
    nonces: dict[Address, int]
    receipts: dict[Digest, Receipt] = field(default_factory=dict)
    included: list[OpenedTransaction] = field(default_factory=list)
    logs: list[LogRecord] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class SimulatorSettings:
    """What a test turns: all may change between calls.

    finality_depth None: the node has no `finalized` tag. automine: a block per accepted transaction. block_interval:
    seconds each block's time adds when `clock` is not set.
    """

    chain_id: int = 31337
    base_fee: int = GWEI
    priority_fee: int = GWEI
    finality_depth: int | None = 2
    automine: bool = True
    block_interval: int = 1
    clock: Callable[[], int] | None = None


class SimulatedChain:
    """See the module. Blocks are numbered from 0; the genesis block's time is `start_time` (unix seconds)."""

    def __init__(
        self, settings: SimulatorSettings | None = None, *, start_time: int = 1_800_000_000,
        addresses: SimulatedAddresses = DEFAULT_ADDRESSES,
    ) -> None:  # fmt: skip
        self.settings = settings or SimulatorSettings()
        self.addresses = addresses
        self.balances: dict[Address, int] = {}
        self._pool: dict[tuple[Address, int], OpenedTransaction] = {}
        self._fork = 0
        genesis = BlockRef(
            number=0, hash=self._hash(0, bytes(32), start_time, []), parent=BlockHash(bytes(32)), time=start_time
        )
        self._blocks = [_Block(ref=genesis, storage={}, nonces={})]

    # ---------------------------------------------------------------- ChainReader

    def chain_id(self) -> int:
        """The settings' chain id."""
        return self.settings.chain_id

    def head(self, tag: BlockTag) -> BlockRef | None:
        """The newest block, or the one `finality_depth` below it."""
        if tag is BlockTag.LATEST:
            return self._blocks[-1].ref
        if self.settings.finality_depth is None:
            return None
        return self._blocks[max(0, len(self._blocks) - 1 - self.settings.finality_depth)].ref

    def block(self, number: int) -> BlockRef | None:
        """The canonical block at a height."""
        return self._blocks[number].ref if 0 <= number < len(self._blocks) else None

    def storage(self, contract: Address, slot: bytes, block: BlockHash) -> bytes:
        """A word under a canonical block."""
        return self._at(block).storage.get((contract, slot), bytes(32))

    def code_hash(self, contract: Address, block: BlockHash) -> Digest:
        """A made-up hash for the simulated contracts, the hash of nothing for other accounts."""
        self._at(block)
        where = self.addresses
        contracts = (where.anchor_log, where.trust_registry, where.status_registry)
        return Digest(keccak256(b"code of " + contract if contract in contracts else b""))

    def logs(self, contract: Address, topic: bytes, first: int, last: int) -> Sequence[LogRecord]:
        """Events of the simulated AnchorLog."""
        found = [record for block in self._blocks[first : last + 1] for record in block.logs]
        return (
            [record for record in found if record.topics[0] == topic] if contract == self.addresses.anchor_log else []
        )

    # ---------------------------------------------------------------- TransactionSender

    def nonce(self, account: Address, block: BlockHash) -> int:
        """Transactions of the account under a canonical block."""
        return self._at(block).nonces.get(account, 0)

    def pending_nonce(self, account: Address) -> int:
        """The same, with the unbroken run waiting in the pool."""
        nonce = self._blocks[-1].nonces.get(account, 0)
        while (account, nonce) in self._pool:
            nonce += 1
        return nonce

    def knows(self, transaction: Digest) -> bool:
        """Whether it is mined or waits."""
        return self.receipt(transaction) is not None or any(t.hash == transaction for t in self._pool.values())

    def receipt(self, transaction: Digest) -> Receipt | None:
        """The receipt of a transaction in a canonical block."""
        return next((b.receipts[transaction] for b in reversed(self._blocks) if transaction in b.receipts), None)

    def fee_market(self) -> FeeMarket:
        """The settings' fees."""
        return FeeMarket(base_fee=self.settings.base_fee, priority=self.settings.priority_fee)

    def balance(self, account: Address) -> int:
        """100 ether unless a test set another."""
        return self.balances.get(account, DEFAULT_BALANCE)

    def estimate_gas(self, call: Call) -> int:
        """A constant, after running the call on a copy of the head's storage."""
        head = self._blocks[-1]
        execute(dict(head.storage), call, self.addresses, BlockContext(number=head.ref.number, time=self._next_time()))
        return GAS_OF_A_CALL

    def broadcast(self, raw: bytes) -> None:
        """Take a transaction into the pool under a node's rules; mine at once when `automine`."""
        transaction = open_transaction(raw)
        envelope, sender = transaction.envelope, transaction.call.sender
        if envelope.chain_id != self.settings.chain_id:
            raise TransactionRefusedError(f"signed for chain {envelope.chain_id}")
        if self.knows(transaction.hash):
            return
        if envelope.nonce < self._blocks[-1].nonces.get(sender, 0):
            raise NonceUsedError(f"nonce {envelope.nonce} is used")
        if envelope.gas_limit * envelope.fees.max_fee > self.balance(sender):
            raise FundsMissingError(f"balance {self.balance(sender)}")
        waiting = self._pool.get((sender, envelope.nonce))
        if waiting is not None and not _beats(transaction, waiting):
            raise FeeTooLowError("replacement is underpriced")
        self._pool[sender, envelope.nonce] = transaction
        if self.settings.automine:
            self.mine()

    # ---------------------------------------------------------------- what a test does to the chain

    def mine(self, blocks: int = 1) -> BlockRef:
        """Mine blocks; every transaction of the pool that is in turn and pays the base fee goes into the first."""
        for _ in range(blocks):
            self._append(self._takable())
        return self._blocks[-1].ref

    def reorganise(self, depth: int, *, keep: Callable[[Digest], bool] = lambda _: False, grow: int = 1) -> BlockRef:
        """Replace the newest `depth` blocks by `depth + grow` others.

        Transactions of the dropped blocks go back to the pool where `keep` says so, and are forgotten otherwise. The
        new blocks are empty: call `mine` to include what was kept.
        """
        dropped, self._blocks = self._blocks[-depth:], self._blocks[:-depth]
        self._fork += 1
        for block in dropped:
            for transaction in block.included:
                if keep(transaction.hash):
                    self._pool.setdefault((transaction.call.sender, transaction.envelope.nonce), transaction)
        for _ in range(depth + grow):
            self._append([])
        return self._blocks[-1].ref

    def forget_pool(self) -> None:
        """What a node's restart does to waiting transactions."""
        self._pool.clear()

    def write_word(self, contract: Address, slot: bytes, word: bytes) -> None:
        """Set a storage word in a new block (the simulated TrustRegistry has no code of its own)."""
        self._append(self._takable(), {(contract, slot): word})

    def waiting(self) -> tuple[OpenedTransaction, ...]:
        """The pool's transactions."""
        return tuple(self._pool.values())

    # ---------------------------------------------------------------- inside

    def _takable(self) -> list[OpenedTransaction]:
        nonces = dict(self._blocks[-1].nonces)
        taken: list[OpenedTransaction] = []
        for (sender, nonce), transaction in sorted(self._pool.items(), key=lambda item: item[0]):
            if nonce == nonces.get(sender, 0) and transaction.envelope.fees.max_fee >= self.settings.base_fee:
                nonces[sender] = nonce + 1
                taken.append(transaction)
        return taken

    def _append(self, transactions: list[OpenedTransaction], extra: Storage | None = None) -> None:
        parent, time = self._blocks[-1], self._next_time()
        number = parent.ref.number + 1
        block_hash = self._hash(number, parent.ref.hash, time, transactions)
        block = _Block(
            ref=BlockRef(number=number, hash=block_hash, parent=parent.ref.hash, time=time),
            storage=parent.storage | (extra or {}),
            nonces=dict(parent.nonces),
            included=transactions,
        )
        for transaction in transactions:
            self._run(block, transaction)
        self._blocks.append(block)
        self._pool = {key: t for key, t in self._pool.items() if key[1] >= block.nonces.get(key[0], 0)}

    def _run(self, block: _Block, transaction: OpenedTransaction) -> None:
        sender = transaction.call.sender
        block.nonces[sender] = transaction.envelope.nonce + 1
        receipt = Receipt(
            transaction=transaction.hash,
            block_number=block.ref.number,
            block_hash=block.ref.hash,
            succeeded=True,
            gas_used=GAS_OF_A_CALL,
        )
        try:
            context = BlockContext(number=block.ref.number, time=block.ref.time)
            record = execute(block.storage, transaction.call, self.addresses, context)
        except CallRevertedError:
            receipt = replace(receipt, succeeded=False)
        else:
            block.logs += [record] if record else []
        block.receipts[transaction.hash] = receipt

    def _next_time(self) -> int:
        parent = self._blocks[-1].ref.time
        clock = self.settings.clock
        return max(parent + 1, clock()) if clock else parent + self.settings.block_interval

    def _hash(self, number: int, parent: bytes, time: int, transactions: list[OpenedTransaction]) -> BlockHash:
        numbers = b"".join(value.to_bytes(8, "big") for value in (number, time, self._fork))
        return BlockHash(keccak256(parent + numbers + b"".join(t.hash for t in transactions)))

    def _at(self, block: BlockHash) -> _Block:
        found = next((candidate for candidate in reversed(self._blocks) if candidate.ref.hash == block), None)
        if found is None:
            raise BlockUnknownError(f"0x{block.hex()}")
        return found


def _beats(new: OpenedTransaction, old: OpenedTransaction) -> bool:
    least = 100 + BUMP_PERCENT
    fees, present = new.envelope.fees, old.envelope.fees
    return fees.max_fee * 100 >= present.max_fee * least and fees.priority * 100 >= present.priority * least
