"""A drawing as values: what SVG and PDF both render. Millimetres, origin at the upper left, y downwards; text stands on its baseline."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from api.labels_print.font import face

Colour: TypeAlias = tuple[int, int, int]
Point: TypeAlias = tuple[float, float]

BLACK: Final[Colour] = (0, 0, 0)
WHITE: Final[Colour] = (255, 255, 255)
MM_PER_POINT: Final = 25.4 / 72


@dataclass(frozen=True, slots=True, kw_only=True)
class Polygon:
    """A filled polygon."""

    points: tuple[Point, ...]
    fill: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A stroked, closed or open line; `dash`: lengths of stroke and gap, or nothing."""

    points: tuple[Point, ...]
    colour: Colour
    width: float
    dash: tuple[float, float] | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A line of text. `size` in mm (em); `bold` thickens the outline by that many mm."""

    x: float
    y: float
    size: float
    text: str
    colour: Colour = BLACK
    bold: float = 0.0


Element: TypeAlias = Polygon | Line | Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Where a text goes that differs from label to label: characters of one width, `pitch` mm apart."""

    x: float
    y: float
    size: float
    pitch: float


@dataclass(slots=True, kw_only=True)
class Sketch:
    """A drawing being made."""

    elements: list[Element] = field(default_factory=list)

    def box(self, x: float, y: float, width: float, height: float, fill: Colour) -> None:
        """A filled rectangle."""
        self.elements.append(
            Polygon(points=((x, y), (x + width, y), (x + width, y + height), (x, y + height)), fill=fill)
        )

    def frame(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: Colour,
        *,
        line: float,
        dash: tuple[float, float] | None = None,
    ) -> None:
        """The outline of a rectangle."""
        points = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        self.elements.append(Line(points=points, colour=colour, width=line, dash=dash, closed=True))

    def rule(self, x: float, y: float, length: float, colour: Colour, *, line: float) -> None:
        """A horizontal line."""
        self.elements.append(Line(points=((x, y), (x + length, y)), colour=colour, width=line))

    def polygon(self, points: tuple[Point, ...], fill: Colour) -> None:
        """A filled polygon."""
        self.elements.append(Polygon(points=points, fill=fill))

    def text(
        self, x: float, y: float, text: str, size: float, *, room: float, least: float = 0.0, colour: Colour = BLACK, weight: float = 0.0,
        align: float = 0.0,
    ) -> float:  # fmt: skip
        """A line of `size` mm, smaller where it would exceed `room` mm; below `least` mm it is cut with an ellipsis.

        weight: thickness added to strokes, as a part of the size. align: 0 left, 0.5 centred, 1 right of `x`. Returns the width.
        """
        text, size = fit(text, size, room=room, least=least or size * 0.6)
        width = face().measure(text, size)
        self.elements.append(Text(x=x - align * width, y=y, size=size, text=text, colour=colour, bold=size * weight))
        return width


def fit(text: str, size: float, *, room: float, least: float) -> tuple[str, float]:
    """The text and size that fit `room` mm: smaller down to `least`, then cut. Raises GlyphMissingError."""
    width = face().measure(text, size)
    if width <= room:
        return text, size
    if width * least <= room * size:
        return text, size * room / width
    while text and face().measure(text + "…", least) > room:
        text = text[:-1]
    return text + "…", least


def first_line(text: str, size: float, *, room: float) -> tuple[str, str]:
    """What fits `room` mm, broken at the last space where there is one, and the rest. Raises GlyphMissingError."""
    used = 0.0
    for place, character in enumerate(text):
        used += face().measure(character, size)
        if used > room:
            space = text.rfind(" ", 0, place)
            cut = space if space > place // 2 else place
            return text[:cut].rstrip(), text[cut:].lstrip()
    return text, ""
