"""What goes from the reader to the checking processes. Chunks of an input are the same every time it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

CHUNK_LINES: Final = 1_000
LONGEST_TEXT: Final = 2_000  # characters of a line that are looked at; a label has 512 at most

# place ("17", "photo.jpg#2"), text, rule: "" where the text was read, else why it was not
Item: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextChunk:
    """Lines of a table, in columns for cheap passing between processes: places[i], texts[i], rules[i]."""

    number: int
    places: tuple[str, ...]
    texts: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChunk:
    """One picture file or PDF; its codes are read where it is judged."""

    number: int
    path: str
    name: str


Chunk: TypeAlias = TextChunk | ImageChunk


def text_chunk(number: int, items: list[Item]) -> TextChunk:
    """Items as columns."""
    places, texts, rules = zip(*items, strict=True)
    return TextChunk(number=number, places=places, texts=texts, rules=rules)
