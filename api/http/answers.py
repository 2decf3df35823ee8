"""Answers: canonical JSON, entity tags, and how long who may keep them."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

JSON: Final = "application/json"
IMMUTABLE: Final = "public, max-age=31536000, immutable"
# Final evidence stays good evidence for ever, but may be superseded by a better entry (a key reported stolen, signed again).
FINAL: Final = "public, max-age=86400, immutable"
REVALIDATE: Final = "public, no-cache"
BRIEF: Final = "public, max-age=1"
PRIVATE: Final = "no-store"
# What one party may read, no other site's page may: the edge leaves CORS out where this stands.
OWN: Final[Mapping[str, str]] = {"Cross-Origin-Resource-Policy": "same-origin", "Vary": "Cookie, Authorization"}


def answer(
    document: object, *, status: int = 200, cache: str = PRIVATE, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON document."""
    body = document if isinstance(document, bytes) else orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return Response(body, status_code=status, media_type=JSON, headers={"Cache-Control": cache, **(headers or {})})


def tagged(request: Request, body: bytes, *, cache: str, headers: Mapping[str, str] | None = None) -> Response:
    """The same with an ETag; 304 when the client has it already (RFC 9110, 13.1.2)."""
    etag = entity_tag(body)
    sent = {"Cache-Control": cache, "ETag": etag, **(headers or {})}
    if tag_matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=sent)
    return Response(body, media_type=JSON, headers=sent)


def tagged_document(
    request: Request, document: object, *, cache: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON document with an ETag."""
    return tagged(request, orjson.dumps(document, option=orjson.OPT_SORT_KEYS), cache=cache, headers=headers)


def entity_tag(body: bytes) -> str:
    """A strong tag: equal tags mean equal bytes."""
    return f'"{sha256(body).hexdigest()[:32]}"'


def tag_matches(given: str | None, etag: str) -> bool:
    """Whether If-None-Match names the tag; weak ones compare by their text."""
    if given is None:
        return False
    return given.strip() == "*" or etag in {one.strip().removeprefix("W/") for one in given.split(",")}
