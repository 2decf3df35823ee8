"""Inclusion proofs of many entries as one table of tree nodes: what they share stands there once (docs/spec/10, Proofs).

row   level u8 ‖ place u48 ‖ size u48 ‖ hash 32
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from verifier.types import NodeHash

ROW: Final = 45
KEY: Final = 13
WHOLE: Final = 0


def proof_keys(index: int, size: int) -> list[bytes]:
    """The keys of the nodes of an inclusion proof (RFC 9162, 2.1.3), from the leaf's sibling upwards."""
    keys: list[bytes] = []
    position, last, level = index, size - 1, 0
    while last > 0:
        if position & 1:
            keys.append(_key(level, position - 1, WHOLE))
        elif position < last:
            whole = (position + 2) << level <= size
            keys.append(_key(level, position + 1, WHOLE if whole else size))
        position, last, level = position >> 1, last >> 1, level + 1
    return keys


def _key(level: int, place: int, size: int) -> bytes:
    return bytes([level]) + place.to_bytes(6, "big") + size.to_bytes(6, "big")


class PathTable:
    """The rows of a pack, found by bisection: nothing is unpacked into objects."""

    def __init__(self, data: bytes) -> None:
        self._rows = _Keys(data)

    def proof(self, index: int, size: int) -> tuple[NodeHash, ...] | None:
        """The inclusion proof of an entry; None where a node is missing."""
        proof: list[NodeHash] = []
        for key in proof_keys(index, size):
            found = self._rows.find(key)
            if found is None:
                return None
            proof.append(NodeHash(found))
        return tuple(proof)


class _Keys:
    """The keys as a sequence, for bisect."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data) // ROW

    def __getitem__(self, number: int) -> bytes:
        return self._data[number * ROW : number * ROW + KEY]

    def find(self, key: bytes) -> bytes | None:
        """The 32-byte hash under a key."""
        number = bisect_left(self, key)
        if number == len(self) or self[number] != key:
            return None
        return self._data[number * ROW + KEY : (number + 1) * ROW]
