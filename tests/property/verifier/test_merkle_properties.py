"""Merkle proofs against the recursive definitions: what one takes the other takes, for right and for changed proofs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference import merkle as reference
from verifier.errors import ProofError
from verifier.merkle import check_consistency, check_inclusion

LEAVES = [reference.leaf(bytes([n])) for n in range(70)]
HASHES = [*LEAVES[:3], *(reference.root(LEAVES[:n]) for n in range(1, 9))]


def holds(check: object, *arguments: object) -> bool:
    try:
        check(*arguments)  # type: ignore[operator]
    except ProofError:
        return False
    return True


@pytest.mark.parametrize("size", range(1, 34))
def test_every_leaf_of_small_trees(size: int) -> None:
    root = reference.root(LEAVES[:size])
    for index in range(size):
        path = reference.inclusion(index, LEAVES[:size])
        check_inclusion(index, size, LEAVES[index], path, root)
        for other in range(size):
            if other != index:
                assert not holds(check_inclusion, other, size, LEAVES[index], path, root)


@pytest.mark.parametrize("size", range(1, 34))
def test_every_earlier_size_of_small_trees(size: int) -> None:
    root = reference.root(LEAVES[:size])
    for before in range(1, size + 1):
        proof = reference.consistency(before, LEAVES[:size])
        check_consistency(before, size, reference.root(LEAVES[:before]), root, proof)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_inclusion_claim(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    claimed_size = data.draw(st.just(size) | st.integers(1, 140))
    claimed_index = data.draw(st.just(index) | st.integers(0, claimed_size - 1))
    path = changed(data, reference.inclusion(index, LEAVES[:size]))
    root = data.draw(st.just(reference.root(LEAVES[:size])) | st.sampled_from(HASHES))
    expected = claimed_index < claimed_size and (
        reference.root_by_path(claimed_index, claimed_size, LEAVES[index], path) == root
    )
    assert holds(check_inclusion, claimed_index, claimed_size, LEAVES[index], path, root) is expected


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_consistency_claim(data: st.DataObject) -> None:
    size2 = data.draw(st.integers(1, 70))
    size1 = data.draw(st.integers(1, size2))
    proof = changed(data, reference.consistency(size1, LEAVES[:size2]))
    root1 = data.draw(st.just(reference.root(LEAVES[:size1])) | st.sampled_from(HASHES))
    root2 = data.draw(st.just(reference.root(LEAVES[:size2])) | st.sampled_from(HASHES))
    claimed1 = data.draw(st.just(size1) | st.integers(1, 70))
    claimed2 = data.draw(st.just(size2) | st.integers(1, 140))
    expected = claimed1 <= claimed2 and (
        reference.roots_by_subproof(claimed1, claimed2, root1, True, proof) == (root1, root2)
    )
    assert holds(check_consistency, claimed1, claimed2, root1, root2, proof) is expected


def changed(data: st.DataObject, proof: list[bytes]) -> list[bytes]:
    """The proof itself, or with one hash dropped, put in or replaced."""
    kind = data.draw(st.sampled_from(["same", "same", "drop", "put", "replace"]))
    if kind == "same" or (kind != "put" and not proof):
        return proof
    at = data.draw(st.integers(0, len(proof) - (kind != "put")))
    new = [] if kind == "drop" else [data.draw(st.sampled_from(HASHES))]
    return [*proof[:at], *new, *proof[at + (kind != "put") :]]
