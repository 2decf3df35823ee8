"""What people call the product categories: the operator's words for codes, shown beside them, never instead of them.

categories.json   {"v": 1, "categories": {"<category URN>": {"zh": "…", "en": "…"}, …}}
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from api.pages.words import Pair, last_part
from verifier.bodies.fields import read_line, read_object
from verifier.canonical import parse
from verifier.documents import read_version
from verifier.errors import MalformedError

FILE: Final = "categories.json"
MOST_BYTES: Final = 1 << 20
_MEMBERS: Final = frozenset(("v", "categories"))
_NAMES: Final = frozenset(("zh", "en"))


class CategoryNames:
    """Names by category URN."""

    __slots__ = ("_names",)

    def __init__(self, names: Mapping[str, Pair] | None = None) -> None:
        self._names = dict(names or {})

    def __call__(self, urn: str) -> Pair:
        """Chinese and English; the code's last part where nobody gave a name."""
        return self._names.get(urn) or (last_part(urn), last_part(urn))


def read_category_names(path: Path) -> CategoryNames:
    """Read the file; no names where there is none. Raises MalformedError, OSError."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return CategoryNames()
    document = read_object(parse(data, MOST_BYTES), "", _MEMBERS)
    read_version(document["v"], "/v")
    categories = document["categories"]
    if not isinstance(categories, dict):
        raise MalformedError("object", "/categories", type(categories).__name__)
    names: dict[str, Pair] = {}
    for urn, value in categories.items():
        place = f"/categories/{urn}"
        given = read_object(value, place, _NAMES)
        names[urn] = (read_line(given["zh"], f"{place}/zh"), read_line(given["en"], f"{place}/en"))
    return CategoryNames(names)
