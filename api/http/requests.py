"""Reading requests strictly (trap 1): the query as written, bodies as bytes, caps before anything is parsed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request

from api.http.errors import BodyTooLargeError, MediaTypeError, QueryError
from verifier.canonical import parse
from verifier.encoding import parse_hex
from verifier.errors import MalformedError
from verifier.identifiers import parse_party
from verifier.types import JsonValue, StatementId

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
_UNRESERVED: Final = re.compile(r"[!-~]*", re.ASCII)
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


class Query:
    """The query's parameters, each at most once and only those an endpoint knows."""

    __slots__ = ("_given",)

    def __init__(self, request: Request, known: tuple[str, ...]) -> None:
        given: dict[str, str] = {}
        for name, value in request.query_params.multi_items():
            if name not in known:
                raise QueryError(name[:64], "unknown-parameter", f"known here: {', '.join(known) or 'none'}")
            if name in given:
                raise QueryError(name, "given-twice")
            given[name] = value
        self._given = given

    def text(self, name: str, most: int = 256) -> str | None:
        """A parameter of printable ASCII; None when it was not given. Raises QueryError."""
        value = self._given.get(name)
        if value is not None and (not 0 < len(value) <= most or _UNRESERVED.fullmatch(value) is None):
            raise QueryError(name, "form", f"1 to {most} printable ASCII characters")
        return value

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """A decimal number without sign or leading zeros. Raises QueryError."""
        value = self._given.get(name)
        if value is None:
            return default
        if _NUMBER.fullmatch(value) is None or not least <= int(value) <= most:
            raise QueryError(name, "range", f"a whole number from {least} to {most}")
        return int(value)

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """One of a few words; None when it was not given. Raises QueryError."""
        value = self._given.get(name)
        if value is not None and value not in choices:
            raise QueryError(name, "choice", f"one of {', '.join(choices)}")
        return value

    def party(self, name: str) -> str | None:
        """A party; None when it was not given. Raises QueryError."""
        value = self.text(name, 64)
        try:
            return None if value is None else parse_party(value, name)
        except MalformedError as error:
            raise QueryError(name, error.rule, error.detail) from error

    def statement(self, name: str) -> StatementId | None:
        """A statement id; None when it was not given. Raises QueryError."""
        value = self.text(name, 66)
        try:
            return None if value is None else StatementId(parse_hex(value, name, 32))
        except MalformedError as error:
            raise QueryError(name, error.rule, error.detail) from error


def path_statement(request: Request, name: str = "statement") -> StatementId:
    """The statement id in the path, 0x and 64 hex digits. Raises MalformedError."""
    return StatementId(parse_hex(request.path_params[name], f"/{name}", 32))


def require_media(request: Request, wanted: str) -> None:
    """Raise MediaTypeError unless the body is said to be of this type, in UTF-8."""
    found = request.headers.get("content-type", "")
    kind, _, parameters = found.partition(";")
    charset = parameters.strip().lower()
    if kind.strip().lower() != wanted or charset not in ("", "charset=utf-8", 'charset="utf-8"'):
        raise MediaTypeError(found[:80], wanted)


async def read_body(request: Request, most: int, media: str = JSON) -> bytes:
    """The body's bytes, at most `most` of them. Raises MediaTypeError, BodyTooLargeError."""
    require_media(request, media)
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:18]) > most:
        raise BodyTooLargeError(most)
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise BodyTooLargeError(most)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def read_json(request: Request, most: int) -> JsonValue:
    """The body as a value of the strict profile. Raises as `read_body`, and MalformedError."""
    return parse(await read_body(request, most), most)


async def read_lines(request: Request, longest: int, media: str = NDJSON) -> AsyncIterator[bytes]:
    """The body's lines as they come, empty ones left out; a longer one is cut one byte past `longest`, to be refused alone."""
    require_media(request, media)
    rest = b""
    async for chunk in request.stream():
        *lines, rest = (rest + chunk).split(b"\n") if rest else chunk.split(b"\n")
        for line in lines:
            if stripped := line.strip(b" \t\r"):
                yield stripped[: longest + 1]
        # What lies beyond the cap is not kept: the line is refused whatever follows.
        rest = rest[: longest + 1]
    if stripped := rest.strip(b" \t\r"):
        yield stripped[: longest + 1]
