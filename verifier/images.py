"""Labels and bulletins out of photographs, scans and PDF pages. Needs the extra `images`; imported only where asked for.

An image is hostile until decoded: file, pixels, pages and codes are capped before anything is unpacked.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from verifier.errors import VerifierError

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES: Final = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".pdf"))
MAX_FILE: Final = 64 << 20
MAX_PIXELS: Final = 50_000_000
MAX_PAGES: Final = 200
MAX_CODES: Final = 10_000
_DPI: Final = 200
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")


class ImageError(VerifierError):
    """An image or PDF that cannot be read, is too large, or holds no code."""

    code = "image"

    def __init__(self, path: str, detail: str) -> None:
        self.path = path
        self.detail = detail
        super().__init__(f"{path}: {detail}")


class ImagesUnavailableError(VerifierError):
    """The libraries that read images are not installed."""

    code = "images.unavailable"

    def __init__(self, missing: str) -> None:
        self.missing = missing
        super().__init__(
            f"读取图片需要安装附加组件 reading images needs the extra `images` (missing: {missing}): "
            "pip install 'tanji-verifier[images]'"
        )


def is_image(name: str) -> bool:
    """Whether a file's name says it is an image or a PDF."""
    return Path(name).suffix.lower() in SUFFIXES


def read_codes(path: Path) -> tuple[str, ...]:
    """The texts of all QR codes in an image, or on all pages of a PDF, each text once, in reading order.

    Raises ImageError, ImagesUnavailableError.
    """
    try:
        import PIL.Image
        import zxingcpp
    except ImportError as error:
        raise ImagesUnavailableError(error.name or "zxing-cpp, pillow") from error
    found: dict[str, None] = {}
    try:
        _check_file(path)
        PIL.Image.MAX_IMAGE_PIXELS = MAX_PIXELS
        for image in _pages(path):
            codes = zxingcpp.read_barcodes(image, formats=zxingcpp.barcode_formats_from_str("QRCode"))
            found.update(dict.fromkeys(code.text for code in codes))
            _check_count(path, len(found))
    except ImageError:
        raise
    except ImportError as error:
        raise ImagesUnavailableError(error.name or "pypdfium2") from error
    except Exception as error:  # decoders raise what they like
        raise ImageError(str(path), f"无法读取 cannot be read ({type(error).__name__})") from error
    if not found:
        raise ImageError(str(path), "没有二维码 no QR code found")
    return tuple(found)


def _check_file(path: Path) -> None:
    if path.stat().st_size > MAX_FILE:
        raise ImageError(str(path), f"more than {MAX_FILE} bytes")


def _check_count(path: Path, count: int) -> None:
    if count > MAX_CODES:
        raise ImageError(str(path), f"more than {MAX_CODES} codes")


def _pages(path: Path) -> Iterator[Image]:
    if path.suffix.lower() == ".pdf":
        yield from _pdf_pages(path)
        return
    import PIL.Image

    with PIL.Image.open(path, formats=_FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise ImageError(str(path), f"{width} × {height} pixels, at most {MAX_PIXELS}")
        yield image.convert("L")


def _pdf_pages(path: Path) -> Iterator[Image]:
    import pypdfium2

    document: Any = pypdfium2.PdfDocument(path)
    try:
        if len(document) > MAX_PAGES:
            raise ImageError(str(path), f"{len(document)} pages, at most {MAX_PAGES}")
        for page in document:
            width, height = page.get_size()  # points of 1/72 inch
            scale = _DPI / 72
            if width * height * scale * scale > MAX_PIXELS:
                raise ImageError(str(path), "a page too large to render")
            yield page.render(scale=scale, grayscale=True).to_pil()
    finally:
        document.close()
