"""Reading the chain from nodes: a header, three accounts under its state root, three storage words; then one word more.

Tries as deep as a busy chain's: seven full branches above an account (about 16^7 of them), four above a word. Beside the
paths stand random hashes, which is all that a proof shows of what it does not prove.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.harness import Effort, Peer, Result, one_core, still_heap
from tests.reference.mpt import hex_prefix, to_nibbles
from tests.support.world import header
from verifier.account import account_at, word_at
from verifier.hashing import keccak256
from verifier.header import parse_header
from verifier.rlp import encode
from verifier.trie import NodeSet

ACCOUNTS, WORDS = 3, 3
ACCOUNT_DEPTH, WORD_DEPTH = 7, 4
FURTHER = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A trie's root, and the nodes of each key's walk, root first."""

    root: bytes
    paths: dict[bytes, tuple[bytes, ...]]

    def nodes(self) -> list[bytes]:
        """All nodes, each once."""
        return list(dict.fromkeys(node for path in self.paths.values() for node in path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A header and what is proven under it; words and further words are those of the first account."""

    header: bytes
    accounts: Proof
    storage: Proof
    words: tuple[bytes, ...]
    further: tuple[bytes, ...]

    def first_nodes(self) -> list[bytes]:
        """The nodes of the accounts and the first three words."""
        storage = [node for slot in self.words for node in self.storage.paths[slot]]
        return [*self.accounts.nodes(), *dict.fromkeys(storage)]


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `tries-cold` and `tries-word`; the peer is py-trie over the same nodes."""
    chains = [_chain(number) for number in range(20)]
    with one_core(), still_heap():
        rounds = effort.of(10)
        cold = _medians(_cold, chains, rounds, effort.runs)
        peer = _medians(_cold_with_py_trie, chains, max(1, rounds // 4), effort.runs)
        further = tuple(_further(chain) for chain in chains[: effort.runs])
    nodes = chains[0].first_nodes()
    yield Result(
        row="tries-cold",
        runs=cold,
        seen={"nodes": len(nodes), "node_bytes": sum(map(len, nodes))},
        peers=(Peer(name="py-trie", value=median(peer), unit="ms"),),
    )
    yield Result(row="tries-word", runs=further)


def _medians(work: Callable[[Chain], object], chains: list[Chain], rounds: int, runs: int) -> tuple[float, ...]:
    """Milliseconds of processor time for one chain, run by run."""
    work(chains[0])
    found = []
    for _ in range(runs):
        started = time.process_time()
        for _ in range(rounds):
            for chain in chains:
                work(chain)
        found.append(1000 * (time.process_time() - started) / rounds / len(chains))
    return tuple(found)


def _cold(chain: Chain) -> NodeSet:
    nodes = NodeSet(chain.first_nodes())
    state_root = parse_header(chain.header).state_root
    for address in chain.accounts.paths:
        if account_at(state_root, address, nodes) is None:
            raise RuntimeError("no account")
    for slot in chain.words:
        if not any(word_at(chain.storage.root, slot, nodes)):
            raise RuntimeError("no word")
    return nodes


def _further(chain: Chain) -> float:
    """Milliseconds for a word more, its own nodes put in first."""
    nodes = _cold(chain)
    started = time.process_time()
    for slot in chain.further:
        for node in chain.storage.paths[slot]:
            nodes.add(node)
        if not any(word_at(chain.storage.root, slot, nodes)):
            raise RuntimeError("no word")
    return 1000 * (time.process_time() - started) / len(chain.further)


def _cold_with_py_trie(chain: Chain) -> None:
    import rlp
    from trie import HexaryTrie

    state_root = rlp.decode(chain.header)[3]
    for proof, root, keys in (
        (chain.accounts, state_root, chain.accounts.paths),
        (chain.storage, chain.storage.root, chain.words),
    ):
        for key in keys:
            path = [rlp.decode(node) for node in proof.paths[key]]
            if not rlp.decode(HexaryTrie.get_from_proof(root, keccak256(key), path)):
                raise RuntimeError("not there")


def _chain(number: int) -> Chain:
    dice = random.Random(number)
    slots = [dice.randbytes(32) for _ in range(WORDS + FURTHER)]
    storage = _prove({slot: encode(b"\x2a" * 20) for slot in slots}, WORD_DEPTH, dice)
    account = encode([b"\x01", b"", storage.root, dice.randbytes(32)])
    accounts = _prove({dice.randbytes(20): account for _ in range(ACCOUNTS)}, ACCOUNT_DEPTH, dice)
    return Chain(
        header=header(accounts.root, 20_000_000, 1_775_000_000),
        accounts=accounts,
        storage=storage,
        words=tuple(slots[:WORDS]),
        further=tuple(slots[WORDS:]),
    )


def _prove(values: Mapping[bytes, bytes], depth: int, dice: random.Random) -> Proof:
    pairs = [(to_nibbles(keccak256(key)), value) for key, value in values.items()]
    kept: dict[bytes, bytes] = {}
    root = _node(sorted(pairs), 0, depth, dice, kept)
    return Proof(root=root, paths={key: _path(root, to_nibbles(keccak256(key)), kept) for key in values})


def _node(
    pairs: list[tuple[list[int], bytes]], at: int, depth: int, dice: random.Random, kept: dict[bytes, bytes]
) -> bytes:
    """The hash of the node over `pairs`: full branches down to `depth`, then whatever the keys need."""
    if at >= depth and len(pairs) == 1:
        raw = encode([hex_prefix(pairs[0][0][at:], True), pairs[0][1]])
    else:
        below = [[pair for pair in pairs if pair[0][at] == nibble] for nibble in range(16)]
        beside = (lambda: dice.randbytes(32)) if at < depth else bytes
        children: list[Any] = [_node(some, at + 1, depth, dice, kept) if some else beside() for some in below]
        raw = encode([*children, b""])
    kept[keccak256(raw)] = raw
    return keccak256(raw)


def _path(node_hash: bytes, nibbles: list[int], kept: dict[bytes, bytes]) -> tuple[bytes, ...]:
    from verifier.rlp import decode

    path: list[bytes] = []
    for nibble in nibbles:
        path.append(kept[node_hash])
        items = decode(path[-1])
        if len(items) == 2:
            break
        node_hash = bytes(items[nibble])  # type: ignore[arg-type]
    return tuple(path)
