"""A label as SVG, complete in itself: text is outlines, so it looks the same everywhere.

Everything but the code, the serial and the PIN is the same for a whole batch and stands first: `head` is made once (and compressed once),
`tail` for every label.
"""

from __future__ import annotations

from api.labels_print.design import SLOT_CHARACTERS, Template
from api.labels_print.drawing import Colour, Element, Line, Polygon, Slot, Text
from api.labels_print.font import GRID, UNITS, face
from api.labels_print.symbol import QUIET_ZONE, RunTable, Symbol, module_size
from verifier.crockford import SERIAL_LENGTH


class SvgLabels:
    """Writes the labels of one batch."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._runs = RunTable("M{x} {y}h{w}v1h-{w}z")
        self.head = _head(template)
        self._serial = _SlotSpelling(template.serial)
        self._pin = _SlotSpelling(template.pin)

    def tail(self, symbol: Symbol, serial: str, pin: str) -> bytes:
        """What differs from label to label. Raises ModuleTooSmallError."""
        x, y, side = self._template.code
        module = module_size(symbol, side)
        offset = QUIET_ZONE * module
        place = f'<path transform="translate({_n(x + offset)} {_n(y + offset)}) scale({module:.6f})" shape-rendering="crispEdges" d="'
        return b"".join(
            (
                place.encode("ascii"), self._runs.spell(symbol), b'"/>',
                self._serial.spell(serial), self._pin.spell(pin), b"</svg>\n",
            )
        )  # fmt: skip

    def label(self, symbol: Symbol, serial: str, pin: str) -> bytes:
        """A whole file."""
        return self.head + self.tail(symbol, serial, pin)


def _head(template: Template) -> bytes:
    size = f'width="{_n(template.width)}mm" height="{_n(template.height)}mm" viewBox="0 0 {_n(template.width)} {_n(template.height)}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>']
    texts = "".join(element.text for element in template.elements if isinstance(element, Text))
    slots = SLOT_CHARACTERS if template.serial is not None or template.pin is not None else ""
    outlines = {one: face().outline(one) for one in dict.fromkeys(texts + slots)}
    glyphs = "".join(f'<path id="{_name(one)}" d="{outline}"/>' for one, outline in outlines.items() if outline)
    parts.append(f"<defs>{glyphs}</defs>")
    parts += [_element(element) for element in template.elements]
    return "".join(parts).encode("ascii")


def _element(element: Element) -> str:
    match element:
        case Polygon():
            return f'<path d="{_points(element.points)}z" fill="{_colour(element.fill)}"/>'
        case Line():
            dash = "" if element.dash is None else f' stroke-dasharray="{_n(element.dash[0])} {_n(element.dash[1])}"'
            end = "z" if element.closed else ""
            return (
                f'<path d="{_points(element.points)}{end}" fill="none" stroke="{_colour(element.colour)}" '
                f'stroke-width="{_n(element.width)}"{dash}/>'
            )
        case Text():
            return _text(element)


def _text(text: Text) -> str:
    """One group in the outlines' grid, each glyph moved by what stands before it."""
    scale = text.size * GRID / UNITS
    colour = _colour(text.colour)
    bold = f' stroke="{colour}" stroke-width="{_n(text.bold / scale)}"' if text.bold else ""
    parts, at = [], 0
    for one in text.text:
        if face().outline(one):
            parts.append(f'<use href="#{_name(one)}"' + (f' x="{round(at / GRID)}"/>' if at else "/>"))
        at += face().width(one)
    return f'<g transform="{_placed(text.x, text.y, scale)}" fill="{colour}"{bold}>{"".join(parts)}</g>'


def _placed(x: float, y: float, scale: float) -> str:
    return f"translate({_n(x)} {_n(y)}) scale({scale:.6f} {-scale:.6f})"


class _SlotSpelling:
    """A slot's text as uses of the glyphs defined in the head."""

    def __init__(self, slot: Slot | None) -> None:
        self._slot = slot
        self._tables: list[dict[str, bytes]] = []
        if slot is None:
            return
        scale = slot.size * GRID / UNITS
        self._open = f'<g transform="{_placed(slot.x, slot.y, scale)}">'.encode("ascii")
        for place in range(SERIAL_LENGTH):
            table = {}
            for one in SLOT_CHARACTERS:
                x = (place + 0.5) * slot.pitch / scale - face().width(one) / GRID / 2
                table[one] = f'<use href="#{_name(one)}" x="{round(x)}"/>'.encode("ascii")
            self._tables.append(table)

    def spell(self, text: str) -> bytes:
        """Nothing where there is no slot or no text."""
        if self._slot is None or not text:
            return b""
        return self._open + b"".join([table[one] for table, one in zip(self._tables, text, strict=False)]) + b"</g>"


def _name(character: str) -> str:
    return f"g{ord(character):x}"


def _points(points: tuple[tuple[float, float], ...]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)


def _colour(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _n(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")
