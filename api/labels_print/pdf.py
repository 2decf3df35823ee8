"""A PDF written as a stream (ISO 32000-1): objects go out as they are made, and only their places are remembered.

The label without its own data is one form (8.10) that every label of the file uses; the code is a path of rectangles, because viewers smooth images.
Text is the embedded font with glyph numbers (9.7.4.3) and a ToUnicode map, so that it can be searched and copied.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import IO, Final

from api.labels_print.design import SLOT_CHARACTERS, Template
from api.labels_print.drawing import MM_PER_POINT, Colour, Element, Line, Polygon, Slot, Text
from api.labels_print.font import EmbeddedFont, face
from api.labels_print.symbol import QUIET_ZONE, RunTable, Symbol, module_size

_K: Final = 1 / MM_PER_POINT  # points of a millimetre
_KIDS: Final = 64  # pages under one node: viewers walk long lists slowly


class PdfFile:
    """One PDF being written."""

    def __init__(self, out: IO[bytes], *, page: tuple[float, float], pen: LabelPen) -> None:
        self._out = out
        self._size = (page[0] * _K, page[1] * _K)
        self._offsets: dict[int, int] = {}
        self._last = 0
        self._pages: list[int] = []
        self._nodes: list[int] = []
        self._at = 0
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        self._catalog, self._root = self._number(), self._number()
        self._resources = self._resource(pen)

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)

    def _number(self) -> int:
        self._last += 1
        return self._last

    def _object(self, body: bytes, number: int | None = None) -> int:
        number = number or self._number()
        self._offsets[number] = self._at
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        return number

    def _stream(self, data: bytes, entries: bytes = b"", number: int | None = None) -> int:
        packed = zlib.compress(data, 5)  # half the time of 6 for a twentieth more bytes
        head = b"<< /Length %d /Filter /FlateDecode%b >>\nstream\n" % (len(packed), entries)
        return self._object(head + packed + b"\nendstream", number)

    def _resource(self, pen: LabelPen) -> int:
        font = self._font(pen.font)
        width, height = pen.template.width * _K, pen.template.height * _K
        form = self._stream(
            pen.background(),
            b" /Type /XObject /Subtype /Form /BBox [0 0 %.3f %.3f] /Resources << /Font << /F %d 0 R >> >>"
            % (width, height, font),
        )
        return self._object(b"<< /Font << /F %d 0 R >> /XObject << /L %d 0 R >> >>" % (font, form))

    def _font(self, font: EmbeddedFont) -> int:
        file = self._stream(font.data, b" /Length1 %d" % len(font.data))
        name = b"TANJIL+NotoSansSC-Regular"
        descriptor = self._object(
            b"<< /Type /FontDescriptor /FontName /%b /Flags 4 /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %d /Descent %d "
            b"/CapHeight 733 /StemV 80 /FontFile2 %d 0 R >>" % (name, *font.box, font.ascent, font.descent, file)
        )
        widths = b" ".join(
            b"%d [%d]" % (font.glyphs[one], font.widths[one])
            for one in sorted(font.glyphs, key=font.glyphs.__getitem__)
        )
        descendant = self._object(
            b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%b /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            b"/FontDescriptor %d 0 R /DW 1000 /W [%b] /CIDToGIDMap /Identity >>" % (name, descriptor, widths)
        )
        unicode_map = self._stream(_to_unicode(font))
        return self._object(
            b"<< /Type /Font /Subtype /Type0 /BaseFont /%b /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>"
            % (name, descendant, unicode_map)
        )

    def page(self, content: bytes) -> None:
        """Add a page with these operators."""
        stream = self._stream(content)
        number = self._number()
        self._pages.append(number)
        # The parent is known when the tree is written; numbers of its nodes are given out here, one every _KIDS pages.
        if (len(self._pages) - 1) % _KIDS == 0:
            self._nodes.append(self._number())
        self._object(
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %.3f %.3f] /Resources %d 0 R /Contents %d 0 R >>"
            % (self._nodes[-1], *self._size, self._resources, stream),
            number,
        )

    def finish(self) -> None:
        """Write the page tree, the cross-reference table and the trailer."""
        for place, node in enumerate(self._nodes):
            kids = self._pages[place * _KIDS : (place + 1) * _KIDS]
            self._object(
                b"<< /Type /Pages /Parent %d 0 R /Count %d /Kids [%b] >>" % (self._root, len(kids), _references(kids)),
                node,
            )
        self._object(
            b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(self._pages), _references(self._nodes)), self._root
        )
        self._object(b"<< /Type /Catalog /Pages %d 0 R /Lang (zh-CN) >>" % self._root, self._catalog)
        start = self._at
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % (self._last + 1))
        for number in range(1, self._last + 1):
            self._write(b"%010d 00000 n \n" % self._offsets[number])
        self._write(
            b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (self._last + 1, self._catalog, start)
        )


def _references(numbers: Iterable[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def _to_unicode(font: EmbeddedFont) -> bytes:
    pairs = [b"<%04x> <%b>" % (glyph, one.encode("utf-16-be").hex().encode()) for one, glyph in font.glyphs.items()]
    blocks = b"".join(
        b"%d beginbfchar\n%b\nendbfchar\n" % (len(pairs[at : at + 100]), b"\n".join(pairs[at : at + 100]))
        for at in range(0, len(pairs), 100)
    )
    return (
        b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Tanji def\n/CMapType 2 def\n"
        b"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n" + blocks + b"endcmap\nend\nend\n"
    )


class LabelPen:
    """Draws labels of one template with PDF operators, in points, y upwards."""

    def __init__(self, template: Template) -> None:
        self.template = template
        texts = "".join(element.text for element in template.elements if isinstance(element, Text))
        self.font = face().embed("".join(dict.fromkeys(texts + SLOT_CHARACTERS)))
        self._runs = RunTable("{x} {y} {w} 1 re\n")
        self._slots = [(slot, self._kerned(slot)) for slot in (template.serial, template.pin) if slot is not None]

    def background(self) -> bytes:
        """The operators of what all labels share."""
        return b"".join(self._element(element) for element in self.template.elements)

    def label(self, symbol: Symbol, words: tuple[str, ...]) -> bytes:
        """The operators of one label's own data, in the label's coordinates; `words` fill the slots in order.

        Raises ModuleTooSmallError.
        """
        x, y, side = self.template.code
        module = module_size(symbol, side)
        left, top = x + QUIET_ZONE * module, y + QUIET_ZONE * module
        parts = [
            b"q %.5f 0 0 -%.5f %.4f %.4f cm 0 g\n" % (module * _K, module * _K, left * _K, self._up(top)),
            self._runs.spell(symbol),
            b"f Q\n",
        ]
        for (slot, kerned), word in zip(self._slots, words, strict=False):
            # What is copied out is the word, not the characters set apart (14.9.4).
            start = (word.encode("ascii"), slot.size * _K, slot.x * _K, self._up(slot.y))
            parts.append(b"/Span << /ActualText (%b) >> BDC BT 0 g /F %.3f Tf %.3f %.3f Td [" % start)
            parts += [kerned[one] for one in word]
            parts.append(b"] TJ ET EMC\n")
        return b"".join(parts)

    def _up(self, y: float) -> float:
        return (self.template.height - y) * _K

    def _kerned(self, slot: Slot) -> dict[str, bytes]:
        """Each character centred in the slot's pitch: move, show, move."""
        room = slot.pitch / slot.size * 1000
        table = {}
        for one in SLOT_CHARACTERS:
            half = (room - self.font.widths[one]) / 2
            table[one] = b"%.1f <%04x> %.1f " % (-half, self.font.glyphs[one], -half)
        return table

    def _element(self, element: Element) -> bytes:
        match element:
            case Polygon():
                return _rgb(element.fill, b"rg") + self._path(element.points) + b"h f\n"
            case Line():
                dash = (
                    b"[] 0 d\n"
                    if element.dash is None
                    else b"[%.3f %.3f] 0 d\n" % (element.dash[0] * _K, element.dash[1] * _K)
                )
                end = b"s\n" if element.closed else b"S\n"
                return (
                    _rgb(element.colour, b"RG")
                    + b"%.3f w\n" % (element.width * _K)
                    + dash
                    + self._path(element.points)
                    + end
                )
            case Text():
                glyphs = b"".join(b"%04x" % self.font.glyphs[one] for one in element.text)
                bold = (
                    _rgb(element.colour, b"RG") + b"%.3f w [] 0 d 2 Tr\n" % (element.bold * _K)
                    if element.bold
                    else b"0 Tr\n"
                )
                place = b"BT /F %.3f Tf %.3f %.3f Td <%b> Tj ET\n" % (
                    element.size * _K,
                    element.x * _K,
                    self._up(element.y),
                    glyphs,
                )
                return _rgb(element.colour, b"rg") + bold + place

    def _path(self, points: tuple[tuple[float, float], ...]) -> bytes:
        (x, y), *rest = points
        return b"%.3f %.3f m\n" % (x * _K, self._up(y)) + b"".join(
            b"%.3f %.3f l\n" % (x * _K, self._up(y)) for x, y in rest
        )


def _rgb(colour: Colour, operator: bytes) -> bytes:
    red, green, blue = colour
    return b"%.3f %.3f %.3f %b\n" % (red / 255, green / 255, blue / 255, operator)
