"""Values read from or meant for a chain. Times are unix seconds of the block, fees are wei per gas."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from verifier.types import Address, BlockHash, Digest


class BlockTag(StrEnum):
    """The two heads everything is decided against."""

    LATEST = "latest"
    FINALIZED = "finalized"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRef:
    """One block, by hash: storage asked at a hash cannot slide to a sibling block during a reorganisation."""

    number: int
    hash: BlockHash
    parent: BlockHash
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorHead:
    """AnchorLog's `latest` word and its anchor word, both under one block. seq 0: nothing anchored yet."""

    seq: int
    size: int
    time: int
    word: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """EIP-1559 fees in wei per gas: the most paid in all, and the part that goes to the block's producer."""

    max_fee: int
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeMarket:
    """The next block's base fee as the head implies it, and a priority fee the node suggests (wei per gas)."""

    base_fee: int
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A contract call before it is a transaction. `to` is None for a deployment."""

    sender: Address
    to: Address | None
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTransaction:
    """An EIP-1559 transaction as broadcast: the bytes, their hash, and the two fields that decide its fate."""

    raw: bytes
    hash: Digest
    nonce: int
    fees: Fees


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the node says became of a mined transaction."""

    transaction: Digest
    block_number: int
    block_hash: BlockHash
    succeeded: bool
    gas_used: int
    contract: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRecord:
    """An event as the node remembers it: topics (32 bytes each) and data."""

    block_number: int
    topics: tuple[bytes, ...]
    data: bytes
