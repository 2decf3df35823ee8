"""Photos of reports: nothing but pixels survives, and nothing large is unpacked."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from api.pages.photos import MOST_PIXELS_WHOLE, SIDE, PhotoError, PhotoShelf, clean

GPS = 0x8825


def picture(kind: str = "JPEG", size: tuple[int, int] = (300, 200), **how: object) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(data, kind, **how)
    return data.getvalue()


def with_position() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Phone of Wang"
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif.get_ifd(GPS)[2] = (31.0, 14.0, 5.0)
    return picture(exif=exif.tobytes(), comment=b"secret")


def declared_png(width: int, height: int) -> bytes:
    """A PNG that says to be large and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def test_place_device_and_comment_are_gone_and_the_picture_is_upright() -> None:
    given = with_position()
    assert b"Phone of Wang" in given
    made = clean(given)
    image = Image.open(io.BytesIO(made))
    assert (image.format, image.size) == ("JPEG", (200, 300))
    assert not image.getexif()
    assert b"Wang" not in made
    assert b"secret" not in made


def test_a_large_photo_comes_out_small() -> None:
    assert max(Image.open(io.BytesIO(clean(picture(size=(4000, 1000))))).size) == SIDE


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_formats_are_read(kind: str) -> None:
    assert Image.open(io.BytesIO(clean(picture(kind)))).format == "JPEG"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (declared_png(60_000, 60_000), "pixels"),
        (declared_png(MOST_PIXELS_WHOLE // 4_000 + 1, 4_000), "pixels"),
        (b"\xff\xd8" + b"\xff\xda" * 101, "format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "format"),
        (picture("GIF"), "format"),
        (picture()[:200], "format"),
        (b"", "format"),
    ],
    ids=["bomb", "too-many-pixels", "scans", "svg", "gif", "cut", "empty"],
)
def test_what_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(PhotoError) as found:
        clean(data)
    assert found.value.reason == reason


def test_the_shelf_gives_random_names_and_answers_to_no_other(tmp_path: Path) -> None:
    shelf = PhotoShelf(folder=tmp_path / "photos")
    (tmp_path / "passphrase").write_text("secret")
    data = picture()
    names = {shelf.keep(io.BytesIO(data), len(data)) for _ in range(2)}
    assert len(names) == 2
    assert all(shelf.read(name) for name in names)
    assert (shelf.folder.stat().st_mode & 0o777, len(list(shelf.folder.iterdir()))) == (0o700, 2)
    for name in ("../passphrase", "", "x.jpg", "0" * 32 + ".jpg"):
        assert shelf.read(name) is None
