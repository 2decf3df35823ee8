"""The codes of one picture or PDF. Reading is done where the lines are judged, so pictures are spread over processes."""

from __future__ import annotations

from pathlib import Path

from verifier.images import ImageError, read_codes


class NoCodesError(Exception):
    """Nothing was read. detail: why, for people."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def codes_of(path: str) -> tuple[str, ...]:
    """Texts of all codes in a picture, or on all pages of a PDF. Raises NoCodesError, ImagesUnavailableError."""
    try:
        return read_codes(Path(path))
    except ImageError as error:
        raise NoCodesError(error.detail) from error
