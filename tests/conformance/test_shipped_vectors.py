"""Our own vectors through the adapter: every accepted request gives its value, every single mutation its refusal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.vector_cases import VECTORS, files
from verifier.conformance import OPERATIONS, answer

PATHS = sorted(VECTORS.rglob("*.json"))


def relative(path: Path) -> str:
    return path.relative_to(VECTORS).as_posix()


@pytest.mark.parametrize("path", PATHS, ids=relative)
def test_vector(path: Path) -> None:
    vector = json.loads(path.read_text(encoding="utf-8"))
    given = answer(json.dumps(vector["request"]).encode())
    expected = vector["answer"]
    assert {name: given.get(name) for name in expected} == expected, vector["description"]


def test_vectors_are_those_that_the_cases_generate() -> None:
    generated = dict(files())
    assert {relative(path): path.read_text(encoding="utf-8") for path in PATHS} == generated


def test_every_operation_has_vectors_of_both_kinds() -> None:
    shipped = {tuple(relative(path).split("/")[:2]) for path in PATHS}
    assert shipped == {(operation, kind) for operation in OPERATIONS for kind in ("accept", "reject")}


def test_each_mutation_has_a_description() -> None:
    assert all(json.loads(path.read_text(encoding="utf-8"))["description"] for path in PATHS)
