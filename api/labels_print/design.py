"""The label's own design: 64 × 42 mm, a code at the left, figure and grade at the right, what a person reads below.

It is made to be told apart from the national unified mark at a glance: a rectangle in blue ink, no roundel, no footprint, no green; and it
says 「非国家统一标识」. A grade is told three times, by the arrow's length, its letter and its colour (a diverging pair that
colour-blind people and photocopiers keep apart).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from api.labels_print.drawing import WHITE, Colour, Element, Line, Polygon, Sketch, Slot, Text, first_line
from api.labels_print.facts import LabelFacts
from api.labels_print.font import face
from verifier.crockford import ALPHABET
from verifier.label import Granularity

WIDTH: Final = 64.0
HEIGHT: Final = 42.0
CODE_SIDE: Final = 24.4  # 0.4 mm a module at version 9, quiet zone included

_INK: Final[Colour] = (23, 43, 77)
_SOFT: Final[Colour] = (92, 104, 125)
_LINE: Final[Colour] = (176, 184, 198)
_GRADES: Final[tuple[tuple[str, Colour, Colour], ...]] = (
    ("A", (33, 102, 172), WHITE),
    ("B", (103, 169, 207), _INK),
    ("C", (199, 203, 209), _INK),
    ("D", (239, 138, 98), _INK),
    ("E", (178, 24, 43), WHITE),
)
SLOT_CHARACTERS: Final = ALPHABET  # serials and PINs are Crockford base32

_MARGIN: Final = 2.0
_RIGHT: Final = 27.6  # left edge of what stands beside the code
_CODE: Final = (1.6, 7.6)
_BAND: Final = 32.6  # upper edge of the lower part
_PIN_AREA: Final = (41.2, 33.3, 21.0, 7.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A batch's label: what all have, and where each one's own code, serial and PIN go. Lengths in mm, scaled already."""

    width: float
    height: float
    elements: tuple[Element, ...]
    code: tuple[float, float, float]
    serial: Slot | None
    pin: Slot | None


def make_template(facts: LabelFacts, *, scale: float = 1.0) -> Template:
    """Lay the label out. Raises GlyphMissingError for a name the font cannot set."""
    sketch = Sketch()
    sketch.box(0, 0, WIDTH, HEIGHT, WHITE)
    sketch.frame(0.3, 0.3, WIDTH - 0.6, HEIGHT - 0.6, _INK, line=0.25)
    _head(sketch, facts)
    _figure(sketch, facts)
    _scale(sketch, facts)
    _certificate(sketch, facts)
    serial, pin = _foot(sketch, facts)
    return Template(
        width=WIDTH * scale,
        height=HEIGHT * scale,
        elements=tuple(scaled(element, scale) for element in sketch.elements),
        code=(_CODE[0] * scale, _CODE[1] * scale, CODE_SIDE * scale),
        serial=_scaled_slot(serial, scale),
        pin=_scaled_slot(pin, scale),
    )


def _head(sketch: Sketch, facts: LabelFacts) -> None:
    sketch.box(0.3, 0.3, WIDTH - 0.6, 6.2, _INK)
    room = 40.0 if facts.model else WIDTH - 2 * _MARGIN
    first, rest = first_line(facts.product, 2.2, room=room)
    if rest and face().measure(facts.product, 2.5) > room:
        used = sketch.text(_MARGIN, 3.0, first, 2.2, room=room, colour=WHITE, weight=0.03)
        used = max(used, sketch.text(_MARGIN, 5.7, rest, 2.2, room=room, least=2.0, colour=WHITE, weight=0.03))
    else:
        used = sketch.text(_MARGIN, 4.6, facts.product, 3.5, room=room, least=2.4, colour=WHITE, weight=0.03)
    if facts.model:
        beside = WIDTH - 3 * _MARGIN - used
        sketch.text(WIDTH - _MARGIN, 4.5, facts.model, 2.3, room=beside, least=1.6, colour=WHITE, align=1.0)


def _figure(sketch: Sketch, facts: LabelFacts) -> None:
    sketch.text(_RIGHT, 10.2, "产品碳足迹 Carbon footprint", 1.9, room=20.5, colour=_SOFT)
    sketch.text(_RIGHT, 16.6, facts.figure, 6.6, room=20.5, least=1.0, colour=_INK, weight=0.035)
    sketch.text(_RIGHT, 19.6, facts.unit, 1.95, room=20.5, least=0.7, colour=_INK)


def _scale(sketch: Sketch, facts: LabelFacts) -> None:
    """Five arrows, longer from A to E; the certificate's own is taller, outlined, and named in words below."""
    x, y, room = 49.4, 7.5, 12.8
    if facts.grade is None:
        sketch.frame(x, y + 2.6, room, 6.4, _LINE, line=0.2)
        sketch.text(x + room / 2, y + 5.6, "未分级", 2.2, room=room - 1, colour=_SOFT, align=0.5)
        sketch.text(x + room / 2, y + 8.0, "not graded", 1.7, room=room - 1, colour=_SOFT, align=0.5)
        return
    for place, (letter, fill, ink) in enumerate(_GRADES):
        own = letter == facts.grade
        height = 3.1 if own else 1.75
        length = 4.8 + 1.35 * place
        points = (
            (x, y), (x + length - height / 2, y), (x + length, y + height / 2), (x + length - height / 2, y + height), (x, y + height),
        )  # fmt: skip
        sketch.polygon(points, fill)
        size = 2.7 if own else 1.5
        sketch.text(
            x + 0.7, y + height / 2 + 0.36 * size, letter, size, room=4, colour=ink, weight=0.05 if own else 0.0
        )
        if own:
            tip = x + length + 0.5
            middle = y + height / 2
            sketch.polygon(((tip, middle), (tip + 1.3, middle - 1.3), (tip + 1.3, middle + 1.3)), _INK)
        y += height + 0.32
    sketch.text(x, y + 1.75, f"{facts.grade} 级 grade {facts.grade}", 1.9, room=room, colour=_INK, weight=0.03)


def _certificate(sketch: Sketch, facts: LabelFacts) -> None:
    rows = (
        ("认证", facts.certifier),
        ("证书", facts.certificate),
        ("有效", facts.period),
        ("方案", f"{facts.scheme} · {facts.assurance}"),
    )
    y = 24.3
    # Sizes below which a line would be cut are chosen so that figures, numbers and dates never are; only names can be.
    for name, value in rows:
        sketch.text(_RIGHT, y, name, 1.75, room=5, colour=_SOFT)
        sketch.text(_RIGHT + 4.6, y, value, 1.85, room=WIDTH - _RIGHT - 4.6 - _MARGIN, least=1.1, colour=_INK)
        y += 2.45


def _foot(sketch: Sketch, facts: LabelFacts) -> tuple[Slot | None, Slot | None]:
    sketch.rule(_MARGIN, _BAND, WIDTH - 2 * _MARGIN, _LINE, line=0.15)
    sketch.text(_MARGIN, 35.0, facts.identity, 2.0, room=37, least=1.2, colour=_INK)
    serial: Slot | None = None
    pin: Slot | None = None
    if facts.granularity is Granularity.ITEM:
        used = sketch.text(_MARGIN, 37.8, "序列号 (21) ", 2.0, room=37, colour=_INK)
        serial = Slot(x=_MARGIN + used, y=37.8, size=2.0, pitch=1.48)
        pin = _scratch(sketch)
    else:
        named = "批次 (10) " + facts.batch if facts.granularity is Granularity.BATCH else "型号级 model level"
        sketch.text(_MARGIN, 37.8, named, 2.0, room=37, colour=_INK)
        _cannot_show_copying(sketch, facts)
    sketch.text(_MARGIN, 40.6, facts.disclaimer, 2.0, room=17, colour=_INK, weight=0.04)
    sketch.text(_MARGIN + 18.0, 40.6, "扫码验真 scan to verify", 1.6, room=20, colour=_SOFT)
    return serial, pin


def _scratch(sketch: Sketch) -> Slot:
    """The area a shopper scratches free: a dashed frame, named in words."""
    x, y, width, height = _PIN_AREA
    sketch.text(x + 0.6, y + 2.0, "刮开查看 PIN", 1.65, room=12, colour=_SOFT)
    sketch.text(x + width - 0.6, y + 2.0, "scratch", 1.5, room=7, colour=_SOFT, align=1.0)
    sketch.frame(x, y + 2.7, width, height - 2.7, _INK, line=0.2, dash=(0.8, 0.5))
    pitch = (width - 2.0) / 12
    return Slot(x=x + 1.0, y=y + 5.75, size=2.5, pitch=pitch)


def _cannot_show_copying(sketch: Sketch, facts: LabelFacts) -> None:
    x, y, width, height = _PIN_AREA
    kind, english = ("型号级", "Model") if facts.granularity is Granularity.MODEL else ("批次级", "Batch")
    sketch.frame(x, y, width, height, _INK, line=0.2)
    sketch.text(x + width / 2, y + 2.4, f"{kind}标签，", 2.0, room=width - 1, colour=_INK, weight=0.03, align=0.5)
    sketch.text(x + width / 2, y + 4.7, "不能显示是否被复制", 2.0, room=width - 1, colour=_INK, weight=0.03, align=0.5)
    sketch.text(
        x + width / 2, y + 6.6, f"{english} label: cannot show copying", 1.4, room=width - 1, colour=_SOFT, align=0.5
    )


def scaled(element: Element, scale: float) -> Element:
    """The element, larger or smaller."""
    match element:
        case Polygon():
            return replace(element, points=tuple((x * scale, y * scale) for x, y in element.points))
        case Line():
            dash = None if element.dash is None else (element.dash[0] * scale, element.dash[1] * scale)
            points = tuple((x * scale, y * scale) for x, y in element.points)
            return replace(element, points=points, width=element.width * scale, dash=dash)
        case Text():
            return replace(
                element, x=element.x * scale, y=element.y * scale, size=element.size * scale, bold=element.bold * scale
            )


def _scaled_slot(slot: Slot | None, scale: float) -> Slot | None:
    if slot is None:
        return None
    return Slot(x=slot.x * scale, y=slot.y * scale, size=slot.size * scale, pitch=slot.pitch * scale)
