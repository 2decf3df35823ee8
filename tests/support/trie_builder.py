"""Builds Merkle-Patricia tries and keeps every node, so that a snapshot of a small made-up state takes milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.reference.mpt import EMPTY_ROOT, hex_prefix, to_nibbles
from verifier.hashing import keccak256
from verifier.rlp import encode


class BuiltTrie:
    """A trie over keccak256-hashed keys. `root`, and `nodes` (RLP) of every node that is named by its hash."""

    def __init__(self, values: Mapping[bytes, bytes]) -> None:
        self.nodes: list[bytes] = []
        self._kept: set[bytes] = set()
        pairs = sorted((to_nibbles(keccak256(key)), value) for key, value in values.items())
        if not pairs:
            self.root = EMPTY_ROOT
            return
        top = encode(self._node(pairs, 0))
        if len(top) < 32:
            self.nodes.append(top)
        else:
            self._keep(top)
        self.root = keccak256(top)

    def _node(self, pairs: list[tuple[list[int], bytes]], at: int) -> Any:
        if len(pairs) == 1:
            return [hex_prefix(pairs[0][0][at:], True), pairs[0][1]]
        first, last = pairs[0][0], pairs[-1][0]
        shared = at
        while first[shared] == last[shared]:
            shared += 1
        if shared > at:
            return [hex_prefix(first[at:shared], False), self._child(pairs, shared)]
        children: list[Any] = []
        for nibble in range(16):
            below = [pair for pair in pairs if pair[0][at] == nibble]
            children.append(self._child(below, at + 1) if below else b"")
        return [*children, b""]

    def _child(self, pairs: list[tuple[list[int], bytes]], at: int) -> Any:
        node = self._node(pairs, at)
        raw = encode(node)
        return node if len(raw) < 32 else self._keep(raw)

    def _keep(self, raw: bytes) -> bytes:
        if raw not in self._kept:
            self._kept.add(raw)
            self.nodes.append(raw)
        return keccak256(raw)
