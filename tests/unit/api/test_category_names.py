"""Names of categories: the operator's words beside the codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.pages.categories import MOST_BYTES, read_category_names
from verifier.errors import MalformedError

FRIDGE = "urn:pact:tanji.example:category:refrigerator"


def test_without_a_file_the_code_is_shown(tmp_path: Path) -> None:
    assert read_category_names(tmp_path / "categories.json")(FRIDGE) == ("refrigerator", "refrigerator")


def test_names_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "categories.json"
    path.write_text(f'{{"v":1,"categories":{{"{FRIDGE}":{{"zh":"冰箱","en":"Refrigerator"}}}}}}', encoding="utf-8")
    names = read_category_names(path)
    assert names(FRIDGE) == ("冰箱", "Refrigerator")
    assert names("urn:pact:tanji.example:category:pump") == ("pump", "pump")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"v":1}', "/categories"),
        ('{"v":2,"categories":{}}', "/v"),
        ('{"v":1,"categories":[]}', "/categories"),
        (f'{{"v":1,"categories":{{"{FRIDGE}":{{"zh":"冰箱"}}}}}}', f"/categories/{FRIDGE}/en"),
        (f'{{"v":1,"categories":{{"{FRIDGE}":{{"zh":"","en":"x"}}}}}}', f"/categories/{FRIDGE}/zh"),
        (" " * (MOST_BYTES + 1), ""),
    ],
)
def test_a_file_that_is_not_of_its_form_is_refused_by_place(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "categories.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MalformedError) as refused:
        read_category_names(path)
    assert refused.value.place == place
