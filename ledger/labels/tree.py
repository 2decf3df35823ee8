"""The tree over a batch's leaves (RFC 9162, 2.1), built chunk by chunk: a chunk of 2^k leaves from a multiple of 2^k is one node.

Pairing level by level and letting an odd last node rise gives the RFC's tree: its left subtrees are full powers of two.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

CHUNK: Final = 4096  # leaves; a power of two


def subtree_root(nodes: Sequence[bytes]) -> bytes:
    """The root over 32-byte nodes of one level, at least one of them."""
    level = list(nodes)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(nodes: Sequence[bytes], index: int) -> list[bytes]:
    """The siblings from `nodes[index]` up to their root, nearest first."""
    level, siblings = list(nodes), []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            siblings.append(level[sibling])
        level, index = _above(level), index >> 1
    return siblings


def flat_levels(nodes: Sequence[bytes]) -> list[bytes]:
    """All levels from `nodes` up to their root, each as its 32-byte nodes in a row; for `path_in`."""
    level = list(nodes)
    levels = [b"".join(level)]
    while len(level) > 1:
        level = _above(level)
        levels.append(b"".join(level))
    return levels


def path_in(levels: Sequence[bytes], index: int) -> list[bytes]:
    """What `path(nodes, index)` gives, looked up."""
    siblings = []
    for level in levels[:-1]:
        sibling = level[32 * (index ^ 1) : 32 * (index ^ 1) + 32]
        if sibling:
            siblings.append(sibling)
        index >>= 1
    return siblings


def _above(level: list[bytes]) -> list[bytes]:
    parents = [sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
    if len(level) & 1:
        parents.append(level[-1])
    return parents
