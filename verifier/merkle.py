"""Merkle tree hashing and proofs of RFC 9162, section 2.1, with SHA-256.

    leaf   SHA-256( 0x00 || data )          node   SHA-256( 0x01 || left || right )          empty tree   SHA-256("")

A root does not fix the tree's size, nor does a consistency proof (one proof and root passed for 16,384 sizes): the
caller takes sizes and roots only from anchors. Hash lengths and ranges are checked here, which the RFC's text alone
leaves open.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from verifier.errors import ProofError
from verifier.types import LeafHash, NodeHash

__all__ = [
    "EMPTY_ROOT",
    "MAX_SIZE",
    "ProofError",
    "check_consistency",
    "check_inclusion",
    "leaf_hash",
    "node_hash",
    "root_from_inclusion",
]

MAX_SIZE: Final = 2**63  # leaves; a proof then has at most 64 hashes
_LENGTHS: Final = {32}
EMPTY_ROOT: Final = NodeHash(bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))


def leaf_hash(data: bytes) -> LeafHash:
    """The leaf hash of an entry's bytes."""
    return LeafHash(sha256(b"\x00" + data).digest())


def node_hash(left: bytes, right: bytes) -> NodeHash:
    """The hash of an interior node over its two children's 32-byte hashes."""
    return NodeHash(sha256(b"\x01" + left + right).digest())


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> NodeHash:
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2): `proof` from the leaf's sibling upwards.

    Raises ProofError: `range`, `hash-length`, `proof-length`.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError("range", f"index {index} of {size}")
    _check_lengths(leaf, *proof)
    # Below the level where the ways of this leaf and of the last one meet, every node has a sibling, on the side that the
    # index's bit tells. Above it the node is the rightmost of its level: it rises without a sibling until it is a right child.
    inner = (index ^ (size - 1)).bit_length()
    due = inner + (index >> inner).bit_count()
    if len(proof) != due:
        many_or_few = "many" if len(proof) > due else "few"
        raise ProofError("proof-length", f"{len(proof)} hashes are too {many_or_few} for index {index} of {size}")
    position, computed = index, leaf
    for sibling in proof[:inner]:
        pair = sibling + computed if position & 1 else computed + sibling
        computed = sha256(b"\x01" + pair).digest()
        position >>= 1
    for sibling in proof[inner:]:
        computed = sha256(b"\x01" + sibling + computed).digest()
    return NodeHash(computed)


def check_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Checks that `leaf` stands at `index` of the tree of `size` leaves with `root`.

    Raises ProofError: `range`, `hash-length`, `proof-length`, `root`.
    """
    _check_lengths(root)
    computed = root_from_inclusion(index, size, leaf, proof)
    if computed != root:
        raise ProofError("root", f"the proof leads to 0x{computed.hex()}, not 0x{root.hex()}")


def check_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    """Checks that the tree of `size2` leaves begins with the tree of `size1` leaves (RFC 9162, 2.1.4.2).

    Sizes are 0 < size1 <= size2, as in the RFC: that an empty tree is the beginning of every tree says nothing about
    either root, so a caller for whom it matters (the first anchor) compares with EMPTY_ROOT itself. Equal sizes take
    equal roots and an empty proof.

    Raises ProofError: `range`, `hash-length`, `proof-length`, `root`.
    """
    if not 0 < size1 <= size2 <= MAX_SIZE:
        raise ProofError("range", f"size {size1} to {size2}")
    _check_lengths(root1, root2, *proof)
    if size1 == size2:
        if proof:
            raise ProofError("proof-length", "equal sizes take an empty proof")
        if root1 != root2:
            raise ProofError("root", "equal sizes with different roots")
        return
    older, newer = _consistency_roots(size1, size2, root1, proof)
    if older != root1 or newer != root2:
        raise ProofError("root", f"the proof leads to 0x{older.hex()} and 0x{newer.hex()}")


def _consistency_roots(size1: int, size2: int, root1: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Both roots as the proof has them; steps as numbered in RFC 9162, 2.1.4.2."""
    path = list(proof)
    if size1 & (size1 - 1) == 0:  # 1. an exact power of two: its root is the first node
        path.insert(0, root1)
    if not path:
        raise ProofError("proof-length", f"an empty proof from {size1} to {size2}")
    position, last = size1 - 1, size2 - 1
    while position & 1:  # 3.
        position >>= 1
        last >>= 1
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("proof-length", f"{len(proof)} hashes are too many from {size1} to {size2}")
        if position & 1 or position == last:
            older = sha256(b"\x01" + sibling + older).digest()
            newer = sha256(b"\x01" + sibling + newer).digest()
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            newer = sha256(b"\x01" + newer + sibling).digest()
        position >>= 1
        last >>= 1
    if last != 0:
        raise ProofError("proof-length", f"{len(proof)} hashes are too few from {size1} to {size2}")
    return older, newer


def _check_lengths(*hashes: bytes) -> None:
    lengths = set(map(len, hashes))
    if lengths != _LENGTHS:
        raise ProofError("hash-length", f"{max(lengths - _LENGTHS)} bytes where 32 are due")
