"""Merkle trees by the recursive definitions of RFC 9162, 2.1, word for word. Shares no code with the verifier."""

from __future__ import annotations

from hashlib import sha256


def leaf(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def split(n: int) -> int:
    """k, the largest power of two smaller than n (n > 1)."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def root(leaves: list[bytes]) -> bytes:
    """MTH(D_n) over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def inclusion(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D_n)."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*inclusion(m, leaves[:k]), root(leaves[k:])]
    return [*inclusion(m - k, leaves[k:]), root(leaves[:k])]


def consistency(m: int, leaves: list[bytes]) -> list[bytes]:
    """PROOF(m, D_n) = SUBPROOF(m, D_n, true)."""
    return subproof(m, leaves, True)


def subproof(m: int, leaves: list[bytes], known: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if known else [root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known), root(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), root(leaves[:k])]


def root_by_path(m: int, n: int, leaf_hash: bytes, path: list[bytes]) -> bytes | None:
    """What PATH inverted gives: the root that `path` leads to, or None where its length is not that of PATH(m, D_n)."""
    if n == 1:
        return leaf_hash if not path else None
    if not path:
        return None
    k = split(n)
    if m < k:
        below = root_by_path(m, k, leaf_hash, path[:-1])
        return None if below is None else node(below, path[-1])
    below = root_by_path(m - k, n - k, leaf_hash, path[:-1])
    return None if below is None else node(path[-1], below)


def roots_by_subproof(m: int, n: int, first_root: bytes, known: bool, proof: list[bytes]) -> tuple[bytes, bytes] | None:
    """What SUBPROOF inverted gives: the roots of the first m and of all n leaves, or None for a wrong length."""
    if m == n:
        if known:
            return (first_root, first_root) if not proof else None
        return (proof[0], proof[0]) if len(proof) == 1 else None
    if not proof:
        return None
    k = split(n)
    if m <= k:
        below = roots_by_subproof(m, k, first_root, known, proof[:-1])
        return None if below is None else (below[0], node(below[1], proof[-1]))
    below = roots_by_subproof(m - k, n - k, first_root, False, proof[:-1])
    return None if below is None else (node(proof[-1], below[0]), node(proof[-1], below[1]))
