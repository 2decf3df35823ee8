"""Every printed code is read back by an independent decoder, also as a phone or a cheap printer leaves it."""

from __future__ import annotations

import io
import random
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageFilter

from api.labels_print.design import HEIGHT, WIDTH, make_template
from api.labels_print.errors import GlyphMissingError, ModuleTooSmallError, SheetError, SymbolError
from api.labels_print.facts import NOT_NATIONAL, SchemeWords, facts_of
from api.labels_print.jobs import print_pdf, print_svg_zip
from api.labels_print.pdf import LabelPen
from api.labels_print.png import render_png
from api.labels_print.sheet import PAGES, PrintedLabel, plan_sheet, write_pdf
from api.labels_print.svg import SvgLabels
from api.labels_print.symbol import LEAST_MODULE, QUIET_ZONE, make_symbol, module_size
from tests.support import bodies
from verifier.bodies import parse_certificate
from verifier.crockford import ALPHABET
from verifier.encoding import to_base64url

CERTIFIER = "演示认证中心（沈阳）有限公司"


def facts(**changes: Any) -> Any:
    words = changes.pop("words", None)
    body = bodies.body("certificate") | {"granularity": "item"} | changes
    return facts_of(parse_certificate(body), gtin=bodies.GTIN, batch="L-01", certifier=CERTIFIER, words=words)


def labels(count: int, resolver: str = "abcdefgh.example.com.c") -> list[PrintedLabel]:
    """Links of the shape that labels have, with random serials and signatures."""
    source = random.Random(7)
    made = []
    for _ in range(count):
        serial = "".join(source.choice(ALPHABET) for _ in range(18))
        c, s = to_base64url(source.randbytes(16)), to_base64url(source.randbytes(64))
        url = f"https://{resolver}/01/{bodies.GTIN}/21/{serial}?c={c}&s={s}"
        made.append(PrintedLabel(url=url, serial=serial, pin="".join(source.choice(ALPHABET) for _ in range(12))))
    return made


def decoded(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)]


def pages(data: bytes, dpi: int = 300) -> list[Image.Image]:
    return [page.render(scale=dpi / 72).to_pil().convert("L") for page in pypdfium2.PdfDocument(data)]


@pytest.fixture(scope="module")
def pen() -> LabelPen:
    return LabelPen(make_template(facts()))


def test_a_default_label_fits_version_9_with_a_resolver_of_22_characters() -> None:
    for label in labels(200):
        assert len("abcdefgh.example.com.c") == 22
        symbol = make_symbol(label.url)
        assert symbol.version <= 9
        assert module_size(symbol, 24.4) >= 0.4 - 1e-9
    read = zxingcpp.read_barcode(
        zxingcpp.create_barcode(label.url, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(scale=4)
    )
    assert read is not None
    assert read.ec_level == "M"


def test_every_code_of_a_sheet_at_300_dpi(tmp_path: Path, pen: LabelPen) -> None:
    made = labels(20)
    sheet = plan_sheet(PAGES["A4"], (WIDTH, HEIGHT))
    assert (sheet.columns, sheet.rows) == (3, 6)
    assert write_pdf(tmp_path / "sheet.pdf", made, pen, sheet) == 20
    images = pages((tmp_path / "sheet.pdf").read_bytes())
    assert [image.size for image in images] == [(2481, 3508)] * 2
    assert sorted(decoded(images[0]) + decoded(images[1])) == sorted(label.url for label in made)


def test_a5_and_a_grid_of_ones_own(tmp_path: Path, pen: LabelPen) -> None:
    sheet = plan_sheet(PAGES["A5"], (WIDTH, HEIGHT), columns=2, rows=3, gap=3)
    made = labels(6)
    write_pdf(tmp_path / "a5.pdf", made, pen, sheet)
    assert sorted(decoded(pages((tmp_path / "a5.pdf").read_bytes())[0])) == sorted(label.url for label in made)


def worn(image: Image.Image) -> dict[str, Image.Image]:
    """One label as it may meet a camera."""
    tilted = (0.97, 0.05, -12, 0.03, 0.98, -10, 1.5e-4, 1e-4)  # a projection, in pixels of 300 dpi
    return {
        "as printed": image,
        "blurred": image.filter(ImageFilter.GaussianBlur(1.6)),
        "turned by 33 degrees": image.rotate(33, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC),
        "upside down": image.rotate(180),
        "turned and blurred": image.rotate(-74, expand=True, fillcolor=255).filter(ImageFilter.GaussianBlur(1.2)),
        "seen from the side": image.transform(
            image.size, Image.Transform.PERSPECTIVE, tilted, Image.Resampling.BICUBIC, fillcolor=255
        ),
        "grey and faint": image.point(lambda value: 90 + value // 3),
        "jpeg of poor quality": jpeg(image, 25),
        "dark on a stain": stained(image),
    }


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=quality)
    return Image.open(out).convert("L")


def stained(image: Image.Image) -> Image.Image:
    copy = image.copy()
    side = round(0.02 * image.width)
    copy.paste(
        128,
        (
            round(0.22 * image.width),
            round(0.45 * image.height),
            round(0.22 * image.width) + side,
            round(0.45 * image.height) + side,
        ),
    )
    return copy


def test_worn_labels(pen: LabelPen) -> None:
    for label in labels(4):
        image = Image.open(io.BytesIO(render_png(label, pen, dpi=300))).convert("L")
        missed = [name for name, seen in worn(image).items() if decoded(seen) != [label.url]]
        assert missed == []


def test_a_damaged_code_is_not_read_as_another(pen: LabelPen) -> None:
    """The test above can fail: with half of the code gone nothing is read."""
    label = labels(1)[0]
    image = Image.open(io.BytesIO(render_png(label, pen))).convert("L")
    image.paste(255, (0, 0, image.width // 4, image.height))
    assert decoded(image) == []


def test_png_has_the_size_of_the_label(pen: LabelPen) -> None:
    image = Image.open(io.BytesIO(render_png(labels(1)[0], pen, dpi=300)))
    assert abs(image.width - WIDTH / 25.4 * 300) <= 1
    assert abs(image.height - HEIGHT / 25.4 * 300) <= 1
    assert round(image.info["dpi"][0]) == 300


def drawn_svg(data: bytes) -> tuple[Image.Image, float]:
    """The code of an SVG, drawn from its path alone; and the module's size in mm."""
    root = ET.fromstring(data)
    assert (root.get("width"), root.get("height")) == ("64mm", "42mm")
    path = next(node for node in root if node.get("shape-rendering") == "crispEdges")
    scale = float(re.search(r"scale\(([0-9.]+)\)", path.get("transform", ""))[1])  # type: ignore[index]
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path.get("d", ""))
    side = 8 + max(int(y) for _, y, _, _ in runs) + 1
    image = Image.new("L", (side * 4, side * 4), 255)
    for x, y, width, back in runs:
        assert width == back
        left, top = 4 * (int(x) + 4), 4 * (int(y) + 4)
        image.paste(0, (left, top, left + 4 * int(width), top + 4))
    return image, scale


def test_svg_labels_and_their_archive(tmp_path: Path) -> None:
    made = labels(9)
    template = make_template(facts())
    svg = SvgLabels(template)
    told: list[int] = []
    assert print_svg_zip(tmp_path / "labels.zip", made, template, progress=told.append) == sum(told) == 9
    with zipfile.ZipFile(tmp_path / "labels.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"{label.serial}.svg" for label in made]
        for label in made:
            data = archive.read(f"{label.serial}.svg")
            assert data == svg.label(make_symbol(label.url), label.serial, label.pin)
            image, module = drawn_svg(data)
            assert module == pytest.approx(0.4)
            assert decoded(image) == [label.url]
            assert re.findall(r'href="#g([0-9a-f]+)"', data.decode())[-12:] == [f"{ord(one):x}" for one in label.pin]


def test_two_processes_write_what_one_writes(tmp_path: Path) -> None:
    made = labels(6)
    template = make_template(facts())
    sheet = plan_sheet(PAGES["A4"], (WIDTH, HEIGHT), columns=1, rows=1)
    alone = print_pdf(tmp_path / "one", made, template, sheet, pages=4)
    both = print_pdf(tmp_path / "two", made, template, sheet, pages=4, processes=2)
    assert [path.name for path in alone] == ["labels-0001.pdf", "labels-0002.pdf"]
    assert [path.read_bytes() for path in alone] == [path.read_bytes() for path in both]


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    made = labels(6)
    template = make_template(facts())
    sheet = plan_sheet(PAGES["A4"], (WIDTH, HEIGHT), columns=1, rows=1)
    first, second, third = print_pdf(tmp_path, made, template, sheet, pages=2)
    kept = first.read_bytes()
    second.unlink()
    first.write_bytes(b"already printed")
    print_pdf(tmp_path, made, template, sheet, pages=2)
    assert first.read_bytes() == b"already printed"
    first.write_bytes(kept)
    texts = [pypdfium2.PdfDocument(path)[0].get_textpage().get_text_bounded() for path in (first, second, third)]
    assert [label.serial in text for label, text in zip(made[::2], texts, strict=True)] == [True, True, True]


def text_of(template: Any, label: PrintedLabel) -> str:
    pen = LabelPen(template)
    from api.labels_print.pdf import PdfFile

    out = io.BytesIO()
    file = PdfFile(out, page=(template.width, template.height), pen=pen)
    file.page(b"/L Do\n" + pen.label(make_symbol(label.url), (label.serial, label.pin)))
    file.finish()
    return str(pypdfium2.PdfDocument(out.getvalue())[0].get_textpage().get_text_bounded())


def test_what_a_person_reads_is_in_the_text_layer() -> None:
    label = labels(1)[0]
    text = text_of(make_template(facts()), label)
    for expected in (
        "示例冰箱", "BCD-300", "310.5", "kgCO2e / 件 piece", "B 级 grade B", CERTIFIER, "TJ-2026-000001 v1", "2026-04-01 – 2028-03-30",
        bodies.GTIN, label.serial, label.pin, "刮开", "scratch", NOT_NATIONAL,
    ):  # fmt: skip
        assert expected in text, expected


@pytest.mark.parametrize(("granularity", "words"), [("model", "型号级标签，"), ("batch", "批次级标签，")])
def test_labels_that_cannot_show_copying_say_so(granularity: str, words: str) -> None:
    text = text_of(make_template(facts(granularity=granularity)), labels(1)[0])
    assert words in text
    assert "不能显示是否被复制" in text
    assert "刮开" not in text
    assert NOT_NATIONAL in text


def test_only_a_scheme_takes_the_disclaimer_away() -> None:
    assert NOT_NATIONAL not in text_of(make_template(facts(words=SchemeWords(disclaimer=""))), labels(1)[0])


def test_without_a_grade_it_says_not_graded() -> None:
    body = bodies.body("certificate") | {"granularity": "item"}
    del body["grade"]
    plain = facts_of(parse_certificate(body), gtin=bodies.GTIN, batch="L", certifier=CERTIFIER)
    text = text_of(make_template(plain), labels(1)[0])
    assert "未分级" in text
    assert "grade B" not in text


@pytest.mark.parametrize("pcf", ["0.000000000000000001", "123456789012.123456789012345678", "-1234.5"])
def test_a_figure_is_never_cut(pcf: str) -> None:
    assert pcf in text_of(make_template(facts(pcf=pcf, number="A" * 40)), labels(1)[0])
    assert "A" * 40 in text_of(make_template(facts(pcf=pcf, number="A" * 40)), labels(1)[0])


def test_grades_differ_in_shape_without_colour() -> None:
    """In grey, each grade's picture is another one, and E's arrow is the longest."""
    from api.labels_print.drawing import Polygon

    for letter, other in zip("ABCD", "BCDE", strict=True):
        one, two = (make_template(facts(grade={"value": grade})) for grade in (letter, other))
        shapes = [
            [element.points for element in template.elements if isinstance(element, Polygon)] for template in (one, two)
        ]
        assert shapes[0] != shapes[1]
    arrows = [
        element.points
        for element in make_template(facts()).elements
        if isinstance(element, Polygon) and len(element.points) == 5
    ]
    lengths = [max(x for x, _ in points) - min(x for x, _ in points) for points in arrows]
    assert lengths == sorted(set(lengths))
    assert len(lengths) == 5


def test_no_green_is_on_the_label() -> None:
    image = Image.open(io.BytesIO(render_png(labels(1)[0], LabelPen(make_template(facts())), dpi=150))).convert("RGB")
    colours = image.getcolors(1 << 24) or []
    assert not [colour for _, colour in colours if colour[1] > colour[0] + 24 and colour[1] > colour[2] + 24]


def test_modules_below_a_third_of_a_millimetre_are_refused() -> None:
    symbol = make_symbol(labels(1)[0].url)
    least = LEAST_MODULE * (symbol.modules + 2 * QUIET_ZONE)
    assert module_size(symbol, least) == pytest.approx(LEAST_MODULE)
    with pytest.raises(ModuleTooSmallError) as caught:
        module_size(symbol, least - 0.1)
    assert caught.value.modules == 61
    small = LabelPen(make_template(facts(), scale=0.8))
    with pytest.raises(ModuleTooSmallError):
        render_png(labels(1)[0], small)


def test_what_cannot_be_printed(tmp_path: Path) -> None:
    with pytest.raises(SymbolError):
        make_symbol("x" * 3_000)
    with pytest.raises(SheetError):
        plan_sheet(PAGES["A5"], (WIDTH, HEIGHT), columns=3)
    with pytest.raises(GlyphMissingError) as caught:
        make_template(facts(products=[{"gtin": bodies.GTIN, "name": "冰箱𠮷"}]))
    assert caught.value.characters == "𠮷"
