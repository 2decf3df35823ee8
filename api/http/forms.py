"""Forms of pages, with and without files: read under a cap, in memory or a temporary file, nothing interpreted.

A field given twice counts as not given: two readers of one form must not see two forms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeVar
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from api.http.errors import BodyTooLargeError, MediaTypeError, RequestError
from api.http.requests import read_body

T = TypeVar("T")
URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
FIELDS: Final = 16
FIELD_BYTES: Final = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLimits:
    """How many fields a form may have, and the bytes of the longest."""

    fields: int = FIELDS
    field_bytes: int = FIELD_BYTES


SMALL: Final = FormLimits()


class FormError(RequestError):
    """A body that is no form of its type."""

    code = "request.form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it came. name: what the sender calls it, never a path to write to; size: bytes."""

    name: str
    size: int
    file: BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Fields and files by name, each given once; an empty file field is left out."""

    fields: Mapping[str, str]
    files: Mapping[str, Upload]

    def text(self, name: str, most: int = 512) -> str:
        """A field cut to its longest length; "" when it was not given."""
        return self.fields.get(name, "")[:most]


@asynccontextmanager
async def read_form(request: Request, *, most: int, files: int = 0, limits: FormLimits = SMALL) -> AsyncIterator[Form]:
    """A form of at most `most` bytes in all and `files` files, which are gone when the block ends.

    Raises MediaTypeError, BodyTooLargeError, FormError.
    """
    kind, parameters = parse_options_header(request.headers.get("content-type", ""))
    if not files or kind.lower() != MULTIPART.encode():
        yield _urlencoded(await read_body(request, min(most, limits.field_bytes), URLENCODED), limits)
        return
    boundary = parameters.get(b"boundary", b"")
    if not 0 < len(boundary) <= 70:  # RFC 2046, 5.1.1
        raise MediaTypeError(MULTIPART, "multipart/form-data with a boundary")
    headers = Headers({"content-type": f'{MULTIPART}; boundary="{boundary.decode("latin-1")}"'})
    parser = MultiPartParser(
        headers, _capped(request, most), max_files=files, max_fields=limits.fields, max_part_size=limits.field_bytes
    )
    try:
        data = await parser.parse()
    except MultiPartException as error:
        raise FormError("the body is no form that is read here", rule="multipart") from error
    try:
        yield _multipart(data.multi_items())
    finally:
        await data.close()


async def _capped(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:18]) > most:
        raise BodyTooLargeError(most)
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise BodyTooLargeError(most)
        yield chunk


def _urlencoded(body: bytes, limits: FormLimits) -> Form:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=limits.fields)
    except ValueError as error:
        raise FormError(f"at most {limits.fields} fields", rule="fields") from error
    return Form(fields=_once(pairs), files={})


def _multipart(items: list[tuple[str, UploadFile | str]]) -> Form:
    texts = [(name, value) for name, value in items if isinstance(value, str)]
    given = [
        (name, Upload(name=value.filename or "", size=value.size or 0, file=value.file))
        for name, value in items
        if not isinstance(value, str) and value.size
    ]
    return Form(fields=_once(texts), files=_once(given))


def _once(pairs: list[tuple[str, T]]) -> dict[str, T]:
    counts = Counter(name for name, _ in pairs)
    return {name: value for name, value in pairs if counts[name] == 1}
