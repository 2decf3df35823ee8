"""One label as PNG: its PDF rendered by PDFium, so that both look the same."""

from __future__ import annotations

import io
import zlib
from struct import pack

from api.labels_print.pdf import LabelPen, PdfFile
from api.labels_print.sheet import PrintedLabel
from api.labels_print.symbol import make_symbol


def render_png(label: PrintedLabel, pen: LabelPen, *, dpi: int = 300) -> bytes:
    """A PNG of the label's size at `dpi`. Raises ModuleTooSmallError, SymbolError."""
    import pypdfium2

    out = io.BytesIO()
    file = PdfFile(out, page=(pen.template.width, pen.template.height), pen=pen)
    file.page(b"/L Do\n" + pen.label(make_symbol(label.url), (label.serial, label.pin)))
    file.finish()
    document = pypdfium2.PdfDocument(out.getvalue())
    try:
        bitmap = document[0].render(scale=dpi / 72, rev_byteorder=True)
        rows = bytes(bitmap.buffer)
        lines = [rows[at : at + 3 * bitmap.width] for at in range(0, bitmap.height * bitmap.stride, bitmap.stride)]
        return _png(bitmap.width, bitmap.height, lines, dpi)
    finally:
        document.close()


def _png(width: int, height: int, lines: list[bytes], dpi: int) -> bytes:
    """RGB, 8 bits, with the resolution (PNG 3rd edition, 11.2)."""
    metre = round(dpi / 0.0254)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", pack(">2L5B", width, height, 8, 2, 0, 0, 0)),
            _chunk(b"pHYs", pack(">2LB", metre, metre, 1)),
            _chunk(b"IDAT", zlib.compress(b"".join(b"\x00" + line for line in lines), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return pack(">L", len(data)) + name + data + pack(">L", zlib.crc32(name + data))
