"""A real node behind `ports.chain.AnchorChain`, over JSON-RPC 2.0.

The transport is the verifier's own capped HTTP client: it bounds time and size of every answer and never retries on its own.
Answers are claims in strict hex; one of another form is a lie or a broken node, never a guess (`ChainUnavailableError`).
Decoded here and not by web3, whose formatters take wrong forms for right ones (measured in docs/adr/0007).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, NoReturn

from ledger.chain.reverts import find_revert_data, read_revert
from ledger.chain.transactions import open_transaction
from ledger.domain.chain import BlockRef, BlockTag, Call, FeeMarket, LogRecord, Receipt
from ledger.domain.chain_errors import (
    BlockUnknownError,
    CallRevertedError,
    ChainAnswerError,
    ChainUnavailableError,
    FeeTooLowError,
    FundsMissingError,
    NonceUsedError,
    TransactionRefusedError,
)
from verifier.hashing import keccak256
from verifier.rpc.client import HttpRpcClient, Limits, RpcClient
from verifier.rpc.endpoints import parse_endpoint
from verifier.rpc.errors import EndpointError, EndpointRefusalError
from verifier.types import Address, BlockHash, Digest

DEFAULT_LIMITS: Final = Limits(seconds=20.0, answer_bytes=16 << 20)
QUANTITY: Final = re.compile(r"0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})")


class NodeChain:
    """A node, asked over an `RpcClient`. Safe for several threads: one request at a time."""

    def __init__(self, client: RpcClient) -> None:
        self._client = client
        self._lock = threading.Lock()

    # ---------------------------------------------------------------- ChainReader

    def chain_id(self) -> int:
        """`eth_chainId`."""
        return _quantity(self.call("eth_chainId"), "eth_chainId")

    def head(self, tag: BlockTag) -> BlockRef | None:
        """`eth_getBlockByNumber` with a tag; None where the node refuses the tag."""
        try:
            return _block(self.call("eth_getBlockByNumber", tag.value, False))  # the RPC's own parameter
        except ChainAnswerError:
            if tag is BlockTag.LATEST:
                raise
            return None

    def block(self, number: int) -> BlockRef | None:
        """`eth_getBlockByNumber`."""
        block = _block(self.call("eth_getBlockByNumber", hex(number), False))  # the RPC's own parameter
        if block is not None and block.number != number:
            raise self._malformed("eth_getBlockByNumber", f"asked for block {number}, got {block.number}")
        return block

    def storage(self, contract: Address, slot: bytes, block: BlockHash) -> bytes:
        """`eth_getStorageAt` at a block hash that must be canonical (EIP-1898)."""
        word = self._under(block, "eth_getStorageAt", _hex(contract), _hex(slot))
        return _bytes(word, "eth_getStorageAt", 32)

    def code_hash(self, contract: Address, block: BlockHash) -> Digest:
        """keccak256 of `eth_getCode` at a block hash."""
        return Digest(keccak256(_bytes(self._under(block, "eth_getCode", _hex(contract)), "eth_getCode", None)))

    def logs(self, contract: Address, topic: bytes, first: int, last: int) -> Sequence[LogRecord]:
        """`eth_getLogs`; empty where the node refuses (pruned, range too wide)."""
        wanted = {"address": _hex(contract), "topics": [_hex(topic)], "fromBlock": hex(first), "toBlock": hex(last)}
        try:
            answer = self.call("eth_getLogs", wanted)
        except ChainAnswerError:
            return []
        if not isinstance(answer, list):
            raise self._malformed("eth_getLogs", "not an array")
        return [_log(record) for record in answer]

    # ---------------------------------------------------------------- TransactionSender

    def nonce(self, account: Address, block: BlockHash) -> int:
        """`eth_getTransactionCount` at a block hash."""
        return _quantity(self._under(block, "eth_getTransactionCount", _hex(account)), "eth_getTransactionCount")

    def pending_nonce(self, account: Address) -> int:
        """`eth_getTransactionCount` at pending."""
        return _quantity(self.call("eth_getTransactionCount", _hex(account), "pending"), "eth_getTransactionCount")

    def knows(self, transaction: Digest) -> bool:
        """Whether `eth_getTransactionByHash` finds it."""
        return self.call("eth_getTransactionByHash", _hex(transaction)) is not None

    def receipt(self, transaction: Digest) -> Receipt | None:
        """`eth_getTransactionReceipt`."""
        answer = self.call("eth_getTransactionReceipt", _hex(transaction))
        return None if answer is None else _receipt(_members(answer, "eth_getTransactionReceipt"), transaction)

    def fee_market(self) -> FeeMarket:
        """Base fee of the next block from `eth_feeHistory`, and `eth_maxPriorityFeePerGas`."""
        history = _members(self.call("eth_feeHistory", "0x1", "latest", []), "eth_feeHistory")
        fees = history.get("baseFeePerGas")
        if not isinstance(fees, list) or not fees:
            raise self._malformed("eth_feeHistory", "no base fee")
        priority = _quantity(self.call("eth_maxPriorityFeePerGas"), "eth_maxPriorityFeePerGas")
        return FeeMarket(base_fee=_quantity(fees[-1], "eth_feeHistory"), priority=priority)

    def balance(self, account: Address) -> int:
        """`eth_getBalance` at latest."""
        return _quantity(self.call("eth_getBalance", _hex(account), "latest"), "eth_getBalance")

    def estimate_gas(self, call: Call) -> int:
        """`eth_estimateGas` at latest, where our own waiting transactions have not happened yet.

        What is refused there is asked at pending too: a key registered in the head is in force only after it. Raises
        CallRevertedError with the custom error's name and arguments, as latest gives them.
        """
        request = {"from": _hex(call.sender), "data": _hex(call.data)}
        if call.to is not None:
            request["to"] = _hex(call.to)
        try:
            return self._estimate(request, "latest")
        except CallRevertedError:
            with suppress(CallRevertedError, ChainAnswerError):
                return self._estimate(request, "pending")
            raise

    def _estimate(self, request: dict[str, str], block: str) -> int:
        method = "eth_estimateGas"
        try:
            return _quantity(self._ask(method, request, block), method)
        except EndpointRefusalError as refusal:
            data = find_revert_data(refusal.data)
            if data is None:
                raise ChainAnswerError(method, refusal.number, refusal.detail) from refusal
            raise read_revert(data, refusal.detail) from refusal

    def broadcast(self, raw: bytes) -> None:
        """`eth_sendRawTransaction`; a refusal is named by looking at the chain, not by reading the node's words."""
        try:
            self._ask("eth_sendRawTransaction", _hex(raw))
        except EndpointRefusalError as refusal:
            self._name_refusal(raw, refusal)

    def call(self, method: str, *params: object) -> object:
        """Any method, for the local node's own commands. Raises ChainUnavailableError, ChainAnswerError."""
        try:
            return self._ask(method, *params)
        except EndpointRefusalError as refusal:
            raise ChainAnswerError(method, refusal.number, refusal.detail) from refusal

    # ---------------------------------------------------------------- inside

    def _ask(self, method: str, *params: object) -> object:
        with self._lock:
            try:
                return self._client.call(method, *params)
            except EndpointRefusalError:
                raise
            except EndpointError as error:
                raise ChainUnavailableError(self._client.operator, error.detail) from error

    def _under(self, block: BlockHash, method: str, *params: object) -> object:
        try:
            return self.call(method, *params, {"blockHash": _hex(block), "requireCanonical": True})
        except ChainAnswerError as error:
            raise BlockUnknownError(_hex(block)) from error

    def _name_refusal(self, raw: bytes, refusal: EndpointRefusalError) -> None:
        """Nodes share no error codes for refusals: ask what is so instead of matching their English."""
        transaction = open_transaction(raw)
        sender, envelope = transaction.call.sender, transaction.envelope
        if self.knows(transaction.hash):
            return
        mined = self.call("eth_getTransactionCount", _hex(sender), "latest")
        if _quantity(mined, "eth_getTransactionCount") > envelope.nonce:
            raise NonceUsedError(refusal.detail) from refusal
        if self.balance(sender) < envelope.gas_limit * envelope.fees.max_fee:
            raise FundsMissingError(refusal.detail) from refusal
        if self.pending_nonce(sender) > envelope.nonce or self.fee_market().base_fee > envelope.fees.max_fee:
            raise FeeTooLowError(refusal.detail) from refusal
        raise TransactionRefusedError(refusal.detail) from refusal

    def _malformed(self, method: str, detail: str) -> ChainUnavailableError:
        return ChainUnavailableError(self._client.operator, f"{method}: {detail}")


def connect(url: str, *, limits: Limits = DEFAULT_LIMITS) -> NodeChain:
    """A chain behind `URL` or `NAME=URL`; connects on first use. Raises ConfigurationError (verifier) for no URL."""
    return NodeChain(HttpRpcClient(parse_endpoint(url), limits=limits))


# ---------------------------------------------------------------- answers


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _fail(place: str, detail: str) -> NoReturn:
    raise ChainUnavailableError("node", f"{place}: {detail}")


def _members(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        _fail(place, "not an object")
    return value


def _quantity(value: object, place: str) -> int:
    """Ethereum JSON-RPC QUANTITY: 0x and hex digits, no leading zero, at most 256 bits."""
    if not isinstance(value, str) or not QUANTITY.fullmatch(value):
        _fail(place, "not a quantity")
    return int(value, 16)


def _bytes(value: object, place: str, size: int | None) -> bytes:
    try:
        if not isinstance(value, str) or not value.startswith("0x"):
            _fail(place, "not data")
        data = bytes.fromhex(value[2:])
    except ValueError as error:
        raise ChainUnavailableError("node", f"{place}: not data") from error
    if size is not None and len(data) != size:
        _fail(place, f"{len(data)} bytes where {size} are due")
    return data


def _block(value: object) -> BlockRef | None:
    if value is None:
        return None
    place = "eth_getBlockByNumber"
    members = _members(value, place)
    return BlockRef(
        number=_quantity(members.get("number"), place),
        hash=BlockHash(_bytes(members.get("hash"), place, 32)),
        parent=BlockHash(_bytes(members.get("parentHash"), place, 32)),
        time=_quantity(members.get("timestamp"), place),
    )


def _receipt(members: Mapping[str, object], transaction: Digest) -> Receipt:
    place = "eth_getTransactionReceipt"
    created = members.get("contractAddress")
    return Receipt(
        transaction=transaction,
        block_number=_quantity(members.get("blockNumber"), place),
        block_hash=BlockHash(_bytes(members.get("blockHash"), place, 32)),
        succeeded=_quantity(members.get("status"), place) == 1,
        gas_used=_quantity(members.get("gasUsed"), place),
        contract=None if created is None else Address(_bytes(created, place, 20)),
    )


def _log(value: object) -> LogRecord:
    place = "eth_getLogs"
    members = _members(value, place)
    topics = members.get("topics")
    if not isinstance(topics, list):
        _fail(place, "no topics")
    return LogRecord(
        block_number=_quantity(members.get("blockNumber"), place),
        topics=tuple(_bytes(topic, place, 32) for topic in topics),
        data=_bytes(members.get("data"), place, None),
    )
