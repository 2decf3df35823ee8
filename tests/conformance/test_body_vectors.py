"""Every body vector: the genuine ones parse, every single mutation is refused with the rule and place it names."""

import json
from pathlib import Path

import pytest

from tests.conformance.body_mutations import FOLDER, render, vectors
from verifier.bodies import parse_body
from verifier.errors import MalformedError

FILES = sorted(FOLDER.glob("*/*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_vector(path: Path) -> None:
    vector = json.loads(path.read_text(encoding="utf-8"))
    if "reject" not in vector:
        assert parse_body(vector["kind"], vector["body"]) is not None
        return
    with pytest.raises(MalformedError) as caught:
        parse_body(vector["kind"], vector["body"])
    assert {"rule": caught.value.rule, "place": caught.value.place} == vector["reject"]


def test_files_are_what_the_list_gives() -> None:
    made = {name: render(vector) for name, vector in vectors()}
    assert {f"{path.parent.name}/{path.name}": path.read_text(encoding="utf-8") for path in FILES} == made
    assert len(made) == len(list(vectors())), "two vectors share a name"
