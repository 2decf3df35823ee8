"""Merkle-Patricia tries built from scratch, as appendix D of the yellow paper defines them: c(J, i), n(J, i), TRIE(J)."""

from __future__ import annotations

from typing import Any

from eth_hash.auto import keccak

from tests.reference.rlp import encode

EMPTY_ROOT = keccak(b"\x80")


def hex_prefix(nibbles: list[int], leaf: bool) -> bytes:
    flag = (2 if leaf else 0) + len(nibbles) % 2
    digits = [flag, *nibbles] if len(nibbles) % 2 else [flag, 0, *nibbles]
    return bytes(high * 16 + low for high, low in zip(digits[::2], digits[1::2], strict=True))


def to_nibbles(key: bytes) -> list[int]:
    return [nibble for byte in key for nibble in (byte >> 4, byte & 15)]


def structure(pairs: list[tuple[list[int], bytes]], at: int) -> Any:
    """The node, as nested lists, that holds `pairs`, whose keys agree on their first `at` nibbles."""
    if not pairs:
        return b""
    if len(pairs) == 1:
        key, value = pairs[0]
        return [hex_prefix(key[at:], True), value]
    shared = at
    while all(key[shared] == pairs[0][0][shared] for key, _ in pairs):
        shared += 1
    if shared > at:
        return [hex_prefix(pairs[0][0][at:shared], False), reference(structure(pairs, shared))]
    children = [reference(structure([pair for pair in pairs if pair[0][at] == nibble], at + 1)) for nibble in range(16)]
    return [*children, b""]


def reference(node: Any) -> Any:
    if node == b"" or len(encode(node)) < 32:
        return node
    return keccak(encode(node))


class Trie:
    """A trie over hashed keys, as the state and storage tries are. values: key (unhashed) to value bytes."""

    def __init__(self, values: dict[bytes, bytes]) -> None:
        self.pairs = sorted((to_nibbles(keccak(key)), value) for key, value in values.items())
        self.top = structure(self.pairs, 0)
        self.root = keccak(encode(self.top)) if self.pairs else EMPTY_ROOT

    def prove(self, key: bytes) -> list[bytes]:
        """The nodes of the walk to `key`, as eth_getProof lists them: those that are named by hash, root first."""
        if not self.pairs:
            return []
        wanted, at, pairs, node = to_nibbles(keccak(key)), 0, self.pairs, self.top
        proof = [encode(node)]
        while True:
            if len(node) == 2:
                if len(pairs) == 1:
                    return proof
                shared = at
                while all(key_[shared] == pairs[0][0][shared] for key_, _ in pairs):
                    shared += 1
                if wanted[at:shared] != pairs[0][0][at:shared]:
                    return proof
                at = shared
            else:
                pairs = [pair for pair in pairs if pair[0][at] == wanted[at]]
                if not pairs:
                    return proof
                at += 1
            node = structure(pairs, at)
            if len(encode(node)) >= 32:
                proof.append(encode(node))


def account(nonce: int, balance: int, storage_root: bytes, code_hash: bytes) -> bytes:
    return encode([nonce, balance, storage_root, code_hash])


def word(value: int) -> bytes:
    """A storage value: RLP of the number; zero is never stored."""
    return encode(value)
