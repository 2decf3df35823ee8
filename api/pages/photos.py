"""Photos that come with reports: taken apart to pixels, made again as a small JPEG, kept where no public address leads.

What a phone writes beside the picture (position, time, device, a thumbnail of the uncropped scene) is not in the copy: the copy is
made from pixels alone. Bytes, pixels and scans are counted before anything is unpacked.
"""

from __future__ import annotations

import io
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final

from ledger.domain.errors import BackpressureError, LedgerError

MOST_BYTES: Final = 12 << 20
MOST_PIXELS: Final = 50_000_000
MOST_PIXELS_WHOLE: Final = 16_000_000  # of formats that cannot be decoded at a smaller scale
MOST_SCANS: Final = 100  # of a progressive JPEG: each makes the decoder go over the whole picture again
MOST_PHOTOS: Final = 20_000
SIDE: Final = 2_048
QUALITY: Final = 85
FORMATS: Final = ("JPEG", "PNG", "WEBP")
_START_OF_SCAN: Final = b"\xff\xda"
_NAME: Final = re.compile(r"[0-9a-f]{32}\.jpg", re.ASCII)
# One picture is unpacked at a time: memory is that of one, however many are sent.
_DECODING: Final = Lock()


class PhotoError(LedgerError):
    """A file that is no picture we read, or too large a one. `reason`: `size`, `pixels` or `format`."""

    code = "reports.photo"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class PhotosFullError(BackpressureError):
    """The folder of photos has reached its number and awaits being taken away."""

    code = "reports.photos-full"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoShelf:
    """The folder, readable by the operator's account alone."""

    folder: Path

    def keep(self, file: BinaryIO, size: int) -> str:
        """Keep a picture under a new random name, and give the name. Raises PhotoError, PhotosFullError, OSError."""
        if size > MOST_BYTES:
            raise PhotoError("size", f"at most {MOST_BYTES} bytes")
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if sum(1 for _ in self.folder.iterdir()) >= MOST_PHOTOS:
            raise PhotosFullError("the folder of photos is full", 3600.0)
        data = clean(file.read(MOST_BYTES + 1))
        name = f"{secrets.token_hex(16)}.jpg"
        descriptor = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as kept:
            kept.write(data)
            kept.flush()
            os.fsync(kept.fileno())
        return name

    def read(self, name: str) -> bytes | None:
        """A kept picture; None for any other name."""
        if _NAME.fullmatch(name) is None:
            return None
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None


def clean(data: bytes) -> bytes:
    """A picture made again from its pixels: JPEG, upright, at most SIDE on a side, nothing else inside. Raises PhotoError."""
    from PIL import Image, ImageOps

    if len(data) > MOST_BYTES:
        raise PhotoError("size", f"at most {MOST_BYTES} bytes")
    if data.count(_START_OF_SCAN) > MOST_SCANS:
        raise PhotoError("format", f"more than {MOST_SCANS} scans")
    try:
        with _DECODING, Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_pixels(image.size, image.format)
            image.draft("RGB", (SIDE, SIDE))  # a JPEG is decoded at the scale that is wanted
            image.thumbnail((SIDE, SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
            # What was transparent hid pixels; on white, only what was seen is kept.
            flat = Image.new("RGB", upright.size, "white")
            flat.paste(upright, mask=upright.getchannel("A"))
            made = io.BytesIO()
            flat.save(made, "JPEG", quality=QUALITY)
    except PhotoError:
        raise
    except Image.DecompressionBombError as error:  # Pillow's own limit, looked at before ours
        raise PhotoError("pixels", f"at most {MOST_PIXELS} pixels") from error
    except Exception as error:  # decoders raise what they like
        raise PhotoError("format", f"no picture that is read here ({type(error).__name__})") from error
    return made.getvalue()


def _check_pixels(size: tuple[int, int], kind: str | None) -> None:
    width, height = size
    most = MOST_PIXELS if kind == "JPEG" else MOST_PIXELS_WHOLE
    if width * height > most:
        raise PhotoError("pixels", f"{width} x {height} pixels, at most {most}")
