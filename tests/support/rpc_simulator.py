"""A chain in memory that answers JSON-RPC: real tries and headers (py-trie, rlp), no process, no network.

`SimulatedEndpoint` implements the verifier's `RpcClient`; several of them over one or two chains make a quorum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from trie import HexaryTrie

from verifier.hashing import keccak256
from verifier.rlp import encode
from verifier.rpc.client import Call
from verifier.rpc.errors import EndpointRefusalError, EndpointUnreachableError
from verifier.types import BlockHash

Storage = dict[bytes, bytes]
"""Slot (32 bytes) to word (32 bytes)."""
EMPTY_HASH = "0x" + bytes(32).hex()


@dataclass
class SimulatedBlock:
    """One block: its `eth_getBlockByNumber` fields and the tries under its state root."""

    fields: dict[str, Any]
    header: bytes
    state: HexaryTrie
    storages: dict[bytes, HexaryTrie]

    @property
    def hash(self) -> BlockHash:
        return BlockHash(keccak256(self.header))


@dataclass
class SimulatedChain:
    """Blocks of one chain. `salt` makes the hashes differ from another chain's."""

    chain_id: int = 31337
    salt: bytes = b""
    blocks: list[SimulatedBlock] = field(default_factory=list)
    shown: dict[bytes, tuple[bytes, Storage]] | None = None

    def mine(
        self, accounts: dict[bytes, tuple[bytes, Storage]] | None = None, time: int | None = None
    ) -> SimulatedBlock:
        """Append a block whose state holds these accounts: address to (code hash, storage)."""
        if accounts is not None and accounts is self.shown:
            state, storages = self.blocks[-1].state, self.blocks[-1].storages
        else:
            state, storages = _tries(accounts or {})
        self.shown = accounts
        number = len(self.blocks)
        fields = {
            "parentHash": "0x" + (self.blocks[-1].hash if self.blocks else bytes(32)).hex(),
            "sha3Uncles": EMPTY_HASH,
            "miner": "0x" + bytes(20).hex(),
            "stateRoot": "0x" + state.root_hash.hex(),
            "transactionsRoot": EMPTY_HASH,
            "receiptsRoot": EMPTY_HASH,
            "logsBloom": "0x" + bytes(256).hex(),
            "difficulty": "0x0",
            "number": hex(number),
            "gasLimit": hex(30_000_000),
            "gasUsed": "0x0",
            "timestamp": hex(1_790_000_000 + 12 * number if time is None else time),
            "extraData": "0x" + self.salt.hex(),
            "mixHash": EMPTY_HASH,
            "nonce": "0x" + bytes(8).hex(),
            "baseFeePerGas": "0x7",
        }
        quantities = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"}
        header = encode([_rlp_field(text, as_number=name in quantities) for name, text in fields.items()])
        fields["hash"] = "0x" + keccak256(header).hex()
        block = SimulatedBlock(fields=fields, header=header, state=state, storages=storages)
        self.blocks.append(block)
        return block

    def grow(self, count: int) -> None:
        for _ in range(count):
            self.mine()


@dataclass
class SimulatedEndpoint:
    """One operator's node over a chain. `head` and `finalized` are block numbers; None finalized means no such tag."""

    operator: str
    chain: SimulatedChain
    head: int | None = None
    finalized: int | None = None
    reachable: bool = True
    lie: Callable[[str, tuple[object, ...], object], object] | None = None
    logs: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)

    def call(self, method: str, *params: object) -> object:
        if not self.reachable:
            raise EndpointUnreachableError(endpoint=self.operator, method=method, detail="connection refused")
        self.asked.append((method, params))
        honest = self._answer(method, params)
        return honest if self.lie is None else self.lie(method, params, honest)

    def batch(self, calls: Sequence[Call]) -> list[object | EndpointRefusalError]:
        results: list[object | EndpointRefusalError] = []
        for call in calls:
            try:
                results.append(self.call(call.method, *call.params))
            except EndpointRefusalError as error:
                results.append(error)
        return results

    def _answer(self, method: str, params: tuple[Any, ...]) -> object:
        if method == "eth_chainId":
            return hex(self.chain.chain_id)
        if method == "eth_getBlockByNumber":
            block = self._block(method, params[0])
            return None if block is None else dict(block.fields)
        if method == "eth_getProof":
            return self._proof(method, *params)
        if method == "eth_getStorageAt":
            return self._storage(method, *params)
        if method == "eth_getLogs":
            start, end = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
            return [log for log in self.logs if start <= int(log["blockNumber"], 16) <= end]
        raise self._refusal(method, "method not found")

    def _refusal(self, method: str, message: str) -> EndpointRefusalError:
        return EndpointRefusalError(endpoint=self.operator, method=method, number=-32601, message=message)

    def _block(self, method: str, tag: str) -> SimulatedBlock | None:
        head = len(self.chain.blocks) - 1 if self.head is None else self.head
        if tag == "finalized":
            if self.finalized is None:
                raise self._refusal(method, "unknown tag")
            number = self.finalized
        else:
            number = head if tag == "latest" else int(tag, 16)
        return self.chain.blocks[number] if 0 <= number <= head else None

    def _proof(self, method: str, address: str, slots: list[str], tag: str) -> object:
        block = self._block(method, tag)
        if block is None:
            raise self._refusal(method, "missing trie node")
        account = bytes.fromhex(address[2:])
        storage = block.storages.get(account, HexaryTrie(db={}))
        return {
            "accountProof": _path(block.state, account),
            "storageProof": [{"key": slot, "proof": _path(storage, bytes.fromhex(slot[2:]))} for slot in slots],
        }

    def _storage(self, method: str, address: str, slot: str, tag: str) -> str:
        block = self._block(method, tag)
        if block is None:
            raise self._refusal(method, "no such block")
        trie = block.storages.get(bytes.fromhex(address[2:]), HexaryTrie(db={}))
        value = trie.get(keccak256(bytes.fromhex(slot[2:])))
        number = value[1:] if value and value[0] > 0x80 else value
        return "0x" + number.rjust(32, b"\0").hex()


def _tries(accounts: dict[bytes, tuple[bytes, Storage]]) -> tuple[HexaryTrie, dict[bytes, HexaryTrie]]:
    state, storages = HexaryTrie(db={}), {}
    for address, (code_hash, storage) in accounts.items():
        trie = HexaryTrie(db={})
        for slot, word in storage.items():
            if any(word):
                trie[keccak256(slot)] = encode(word.lstrip(b"\0"))
        storages[address] = trie
        state[keccak256(address)] = encode([b"\x01", b"", bytes(trie.root_hash), code_hash])
    return state, storages


def _path(trie: HexaryTrie, key: bytes) -> list[str]:
    return ["0x" + encode(_plain(node)).hex() for node in trie.get_proof(keccak256(key)) if node]


def _plain(node: Any) -> Any:
    return bytes(node) if isinstance(node, bytes) else [_plain(part) for part in node]


def _rlp_field(text: str, *, as_number: bool) -> bytes:
    if not as_number:
        return bytes.fromhex(text[2:])
    number = int(text, 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
