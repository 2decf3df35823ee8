"""Consistency proofs for trees of any size, without their leaves: every untouched subtree is a random hash.

Straight from RFC 9162 §2.1.4.1, SUBPROOF, run backwards: instead of hashing leaves it makes up the subtree's root.
"""

from __future__ import annotations

import hashlib
import random


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def grow(rng: random.Random, first: int, second: int, *, known: bool = True) -> tuple[bytes, bytes, list[bytes]]:
    """Return (old root, new root, proof) of a made-up log that grew from `first` ≥ 1 to `second` entries."""
    if first == second:
        root = rng.randbytes(32)
        return root, root, [] if known else [root]
    split = 1 << (second - 1).bit_length() - 1
    if first <= split:
        old, new, proof = grow(rng, first, split, known=known)
        right = rng.randbytes(32)
        return old, node(new, right), [*proof, right]
    old, new, proof = grow(rng, first - split, second - split, known=False)
    left = rng.randbytes(32)
    return node(left, old), node(left, new), [*proof, left]
