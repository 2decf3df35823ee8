"""The one typeface of labels: widths, outlines, and the part of it that a PDF carries."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from api.labels_print.errors import FontShapeError, GlyphMissingError

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

FONT_FILE: Final = Path(__file__).parent / "fonts" / "NotoSansSC-Regular.ttf"
UNITS: Final = 1000  # per em, of this font
GRID: Final = 4  # units a step of outlines for SVG


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedFont:
    """A subset for one document: the TrueType file, glyph number and width (units) by character."""

    data: bytes
    glyphs: dict[str, int]
    widths: dict[str, int]
    ascent: int
    descent: int
    box: tuple[int, int, int, int]


class Face:
    """The font file, read when first asked."""

    def __init__(self, path: Path = FONT_FILE) -> None:
        from fontTools.ttLib import TTFont

        self._font: TTFont = TTFont(path, lazy=True)
        self._names: dict[int, str] = self._font.getBestCmap()
        self._set: Any = self._font.getGlyphSet()
        self._outlines: dict[str, str] = {}

    def require(self, text: str) -> None:
        """Raise GlyphMissingError unless every character can be set."""
        missing = "".join(dict.fromkeys(one for one in text if ord(one) not in self._names))
        if missing:
            raise GlyphMissingError(missing, text)

    def width(self, character: str) -> int:
        """Advance width in units of 1/1000 em."""
        return int(self._font["hmtx"][self._names[ord(character)]][0])

    def measure(self, text: str, size: float) -> float:
        """Width of a line at a size, in the size's unit. Raises GlyphMissingError."""
        self.require(text)
        return sum(self.width(one) for one in text) * size / UNITS

    def outline(self, character: str) -> str:
        """SVG path data of a glyph, relative, in 1/250 em, y upwards: 0.03 mm at the largest size of a label, which no printer shows."""
        found = self._outlines.get(character)
        if found is None:
            from fontTools.pens.recordingPen import DecomposingRecordingPen

            pen = DecomposingRecordingPen(self._set)
            self._set[self._names[ord(character)]].draw(pen)
            found = self._outlines[character] = _relative(pen.value)
        return found

    def embed(self, characters: str) -> EmbeddedFont:
        """The font reduced to some characters. Raises GlyphMissingError."""
        from fontTools import subset
        from fontTools.ttLib import TTFont

        self.require(characters)
        options = subset.Options()
        options.glyph_names = False
        options.notdef_outline = True
        options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
        font = TTFont(FONT_FILE, lazy=True, recalcTimestamp=False)  # the same labels give the same file
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=characters)
        subsetter.subset(font)
        numbers = {name: number for number, name in enumerate(font.getGlyphOrder())}
        names = font.getBestCmap()
        out = io.BytesIO()
        font.save(out)
        head = font["head"]
        return EmbeddedFont(
            data=out.getvalue(),
            glyphs={one: numbers[names[ord(one)]] for one in dict.fromkeys(characters)},
            widths={one: int(font["hmtx"][names[ord(one)]][0]) for one in dict.fromkeys(characters)},
            ascent=int(font["hhea"].ascent),
            descent=int(font["hhea"].descent),
            box=(head.xMin, head.yMin, head.xMax, head.yMax),
        )


def _relative(drawn: list[tuple[str, tuple[Any, ...]]]) -> str:
    """Path data of a recorded TrueType outline (lines and quadratic splines)."""
    parts: list[str] = []
    at = start = (0, 0)

    def step(letter: str, *points: tuple[float, float]) -> None:
        nonlocal at
        grid = [(round(x / GRID), round(y / GRID)) for x, y in points]
        moves = [number for x, y in grid for number in (x - at[0], y - at[1])]
        # A number needs a space before it only where it has no sign of its own.
        text = "".join(str(number) if number < 0 or not place else f" {number}" for place, number in enumerate(moves))
        parts.append(letter + text)
        at = grid[-1]

    for operator, points in drawn:
        if operator == "moveTo":
            step("m", *points)
            start = at
        elif operator == "lineTo":
            step("l", *points)
        elif operator == "qCurveTo" and None not in points:
            *controls, end = points
            for place, control in enumerate(controls):
                last = place == len(controls) - 1
                following = (
                    end if last else tuple((a + b) / 2 for a, b in zip(control, controls[place + 1], strict=True))
                )
                step("q", control, following)
        elif operator == "closePath":
            parts.append("z")
            at = start
        else:
            raise FontShapeError(operator)
    return "".join(parts)


@cache
def face() -> Face:
    """The product's font."""
    return Face()
