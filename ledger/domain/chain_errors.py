"""What can go wrong with a chain. Three families that callers treat differently:

- `ChainUnavailableError`: could not ask. Back off and ask again; nothing is known to be wrong.
- `ChainLiesError`: answers contradict each other or the deployment. Stop trusting this endpoint and tell a person.
- `AnchoringError`: the chain is fine, and anchoring cannot go on as things are.
"""

from __future__ import annotations

from typing import ClassVar

from ledger.domain.errors import LedgerError


class ChainError(LedgerError):
    """Base of the chain's errors."""

    code: ClassVar[str] = "chain.error"


class ChainUnavailableError(ChainError):
    """The node cannot be reached, times out, or answers something that is not JSON-RPC."""

    code: ClassVar[str] = "chain.unavailable"

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(f"{endpoint}: {reason}")
        self.endpoint = endpoint
        self.reason = reason


class ChainAnswerError(ChainError):
    """The node answered with a JSON-RPC error that has no other name here."""

    code: ClassVar[str] = "chain.answer"

    def __init__(self, method: str, number: int, message: str) -> None:
        super().__init__(f"{method}: {number} {message}")
        self.method = method
        self.number = number
        self.message = message


class BlockUnknownError(ChainError):
    """The node does not have this block (any more): behind, reorganised, or pruned."""

    code: ClassVar[str] = "chain.block-unknown"

    def __init__(self, block: str) -> None:
        super().__init__(f"block {block} is unknown to the node")
        self.block = block


class TransactionRefusedError(ChainError):
    """Base: the node would not take a transaction."""

    code: ClassVar[str] = "chain.transaction-refused"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NonceUsedError(TransactionRefusedError):
    """The nonce is below the account's: some transaction with it is in the chain already."""

    code: ClassVar[str] = "chain.nonce-used"


class FeeTooLowError(TransactionRefusedError):
    """The fee does not beat the pending transaction with this nonce, or the base fee."""

    code: ClassVar[str] = "chain.fee-too-low"


class FundsMissingError(TransactionRefusedError):
    """The account cannot pay gas limit × fee."""

    code: ClassVar[str] = "chain.funds-missing"


class CallRevertedError(ChainError):
    """A contract refused the call. `selector` is the custom error's first four bytes; `name` where the ABI knows it."""

    code: ClassVar[str] = "chain.call-reverted"

    def __init__(self, *, data: bytes, name: str | None, arguments: tuple[object, ...], detail: str) -> None:
        shown = f"{name}{arguments!r}" if name else detail or f"0x{data.hex()}"
        super().__init__(f"the contract refused the call: {shown}")
        self.data = data
        self.name = name
        self.arguments = arguments

    @property
    def selector(self) -> bytes:
        """First four bytes of the revert data, empty when there is none."""
        return self.data[:4]


class ChainLiesError(ChainError):
    """Base: what the node says contradicts the deployment or itself."""

    code: ClassVar[str] = "chain.lies"


class WrongChainError(ChainLiesError):
    """The node is on another chain than the deployment."""

    code: ClassVar[str] = "chain.wrong-chain"

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"node is on chain {found}, the deployment is on {expected}")
        self.expected = expected
        self.found = found


class WrongCodeError(ChainLiesError):
    """The account holds other code than the deployment pins."""

    code: ClassVar[str] = "chain.wrong-code"

    def __init__(self, contract: str, expected: bytes, found: bytes) -> None:
        super().__init__(f"{contract}: code hash 0x{found.hex()}, the deployment pins 0x{expected.hex()}")
        self.contract = contract
        self.expected = expected
        self.found = found


class ReceiptContradictsError(ChainLiesError):
    """A receipt names a block or an effect that headers and storage do not show."""

    code: ClassVar[str] = "chain.receipt-contradicts"

    def __init__(self, transaction: bytes, detail: str) -> None:
        super().__init__(f"transaction 0x{transaction.hex()}: {detail}")
        self.transaction = transaction
        self.detail = detail


class AnchoringError(ChainError):
    """Base: anchoring cannot go on as things are; a person has to look."""

    code: ClassVar[str] = "anchor.stopped"


class LogDivergesError(AnchoringError):
    """The chain has anchored a tree that our log does not reproduce. `size` and both sides say where."""

    code: ClassVar[str] = "anchor.log-diverges"

    def __init__(self, *, seq: int, size: int, our_root: bytes, word: bytes) -> None:
        super().__init__(
            f"anchor {seq} of size {size}: our root 0x{our_root.hex()} does not give its word 0x{word.hex()}"
        )
        self.seq = seq
        self.size = size
        self.our_root = our_root
        self.word = word


class LogBehindChainError(AnchoringError):
    """The chain has anchored more entries than our log holds: restored from an old backup, or another log's key."""

    code: ClassVar[str] = "anchor.log-behind-chain"

    def __init__(self, *, anchored: int, log_size: int) -> None:
        super().__init__(f"{anchored} entries are anchored, the log holds {log_size}")
        self.anchored = anchored
        self.log_size = log_size


class AnchorLogRetiredError(AnchoringError):
    """The AnchorLog has been retired in favour of another."""

    code: ClassVar[str] = "anchor.retired"

    def __init__(self, successor: bytes) -> None:
        super().__init__(f"the AnchorLog is retired; its successor is 0x{successor.hex()}")
        self.successor = successor


class AnchorUnrecoverableError(AnchoringError):
    """The preimage of an anchor word could not be found in journal, history or events."""

    code: ClassVar[str] = "anchor.unrecoverable"

    def __init__(self, *, seq: int, word: bytes) -> None:
        super().__init__(f"no size and time reproduce anchor {seq} (word 0x{word.hex()})")
        self.seq = seq
        self.word = word


class LocalNodeError(ChainError):
    """The local node did not start."""

    code: ClassVar[str] = "chain.local-node"

    def __init__(self, program: str, output: str) -> None:
        super().__init__(f"{program} did not start: {output[-500:]}")
        self.program = program
        self.output = output


class AbiError(ChainError):
    """Call data that does not fit the types, or does not decode as them."""

    code: ClassVar[str] = "chain.abi"


class TransactionMalformedError(ChainError):
    """Bytes that are not an EIP-1559 transaction as this ledger writes it."""

    code: ClassVar[str] = "chain.transaction-malformed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class TransactionFailedError(ChainError):
    """A transaction was mined and reverted, though the call would have passed when it was sent."""

    code: ClassVar[str] = "chain.transaction-failed"

    def __init__(self, transaction: bytes, block_number: int) -> None:
        super().__init__(f"transaction 0x{transaction.hex()} reverted in block {block_number}")
        self.transaction = transaction
        self.block_number = block_number


class TransactionWaitingError(ChainError):
    """A transaction is not mined yet; it may still be. Look before sending again."""

    code: ClassVar[str] = "chain.transaction-waiting"

    def __init__(self, transaction: bytes, waited: float) -> None:
        super().__init__(f"transaction 0x{transaction.hex()} is not mined after {waited:g} s")
        self.transaction = transaction
        self.waited = waited


class AnchorSettingError(ChainError):
    """A setting that could only weaken or stall anchoring: refused at start (D11)."""

    code: ClassVar[str] = "anchor.setting"

    def __init__(self, setting: str, given: int, least: int) -> None:
        super().__init__(f"{setting} = {given}: at least {least}")
        self.setting = setting
        self.given = given
        self.least = least
