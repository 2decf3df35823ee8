"""Pictures of printed labels, as a camera or a photograph has them, and a video of them for Chromium's simulated camera."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from api.labels_print.design import make_template
from api.labels_print.facts import facts_of
from api.labels_print.pdf import LabelPen
from api.labels_print.png import render_png
from api.labels_print.sheet import PrintedLabel
from api.labels_print.symbol import QUIET_ZONE, make_symbol
from verifier.bodies import parse_certificate
from verifier.canonical import parse

PAPER, TABLE = (255, 255, 255), (188, 180, 168)
MODULE = 4  # pixels
FRAMES = 6


def urls_of(batch: Path) -> list[str]:
    """What the labels of a batch's folder link to, in order."""
    with (batch / "labels.csv").open(encoding="ascii", newline="") as rows:
        return [row["url"] for row in csv.DictReader(rows)]


def batch_of(labels: Path, path: str) -> Path:
    """The folder of the batch that a label's address belongs to."""
    return next(
        file.parent for file in labels.glob("*/labels.csv") if any(url.endswith(path) for url in urls_of(file.parent))
    )


def printed(batch: Path, url: str, *, dpi: int = 200) -> Image.Image:
    """A label with this link, printed as the batch's labels are: a forger copies the whole design."""
    certificate = parse_certificate(parse((batch / "certificate.json").read_bytes()))
    template = make_template(
        facts_of(certificate, gtin=certificate.products[0].gtin, batch="L1", certifier="演示认证机构")
    )
    serial = url.partition("/21/")[2].partition("?")[0]
    png = render_png(PrintedLabel(url=url, serial=serial, pin=""), LabelPen(template), dpi=dpi)
    return Image.open(io.BytesIO(png)).convert("RGB")


def code(text: str, *, module: int = MODULE) -> Image.Image:
    """A bare QR code of any text with its quiet zone."""
    symbol = make_symbol(text)
    drawn = Image.new("RGB", (symbol.modules + 2 * QUIET_ZONE,) * 2, PAPER)
    for row in range(symbol.modules):
        for column in range(symbol.modules):
            if symbol.dark(row, column):
                drawn.putpixel((column + QUIET_ZONE, row + QUIET_ZONE), (0, 0, 0))
    return drawn.resize((drawn.width * module, drawn.height * module), Image.Resampling.NEAREST)


def laid_out(pictures: Sequence[Image.Image], *, size: tuple[int, int], columns: int, turn: float = 0) -> Image.Image:
    """Pictures on a table, row by row, each made to fit its place and turned by so many degrees."""
    table = Image.new("RGB", size, TABLE)
    rows = max(1, -(-len(pictures) // columns))
    width, height = size[0] // columns, size[1] // rows
    for at, picture in enumerate(pictures):
        turned = picture.rotate(turn if at % 2 else -turn, Image.Resampling.BICUBIC, expand=True, fillcolor=TABLE)
        turned.thumbnail((width - 16, height - 16), Image.Resampling.LANCZOS)
        left = (at % columns) * width + (width - turned.width) // 2
        table.paste(turned, (left, (at // columns) * height + (height - turned.height) // 2))
    return table


def save_jpeg(picture: Image.Image, path: Path, *, quality: int = 88) -> Path:
    picture.save(path, quality=quality)
    return path


def video(scenes: Sequence[Image.Image], path: Path) -> Path:
    """Motion JPEG: pictures one after the other, each held for some frames, over and over (Chromium's fake capture device)."""
    with path.open("wb") as out:
        for scene in scenes:
            frame = io.BytesIO()
            scene.save(frame, "JPEG", quality=92)
            out.write(frame.getvalue() * FRAMES)
    return path
