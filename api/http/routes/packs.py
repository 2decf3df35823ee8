"""Inspection packs over HTTP: a list, the newest, any by its name. Downloads can be taken up where they broke off (Range)."""

from __future__ import annotations

from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from api.http.answers import IMMUTABLE, REVALIDATE, answer, tag_matches
from api.http.errors import UnknownError
from api.http.openapi import HASH, answers, described, file_of, ok, path_parameter
from api.http.packs import PackShelf, PublishedPack
from api.http.requests import Query
from api.http.routes.access import blocking
from verifier.encoding import parse_hex, to_hex

MEDIA: Final = "application/octet-stream"
_EXAMPLE: Final = {
    "items": [
        {
            "name": "0x5d…",
            "block": {"number": 118, "hash": "0x8c…", "time": 1795348800},
            "bytes": 14187948,
            "statements": 30000,
            "labels": 10000,
            "href": "/v1/packs/0x5d…",
        }
    ]
}


def packs_router(shelf: PackShelf) -> APIRouter:
    """The routes over one shelf."""
    router = APIRouter(prefix="/v1/packs", tags=["chain"])
    file = file_of("the pack's bytes (docs/spec/10)", MEDIA)
    router.add_api_route(
        "",
        partial(_listed, shelf),
        methods=["GET"],
        operation_id="listPacks",
        summary="Inspection packs that were put here, the newest block first; each counts only under a block hash obtained elsewhere",
        responses=answers({200: ok("the packs", _EXAMPLE)}, 400),
        response_class=Response,
        response_model=None,
    )
    router.add_api_route(
        "/latest",
        partial(_latest, shelf),
        methods=["GET"],
        operation_id="getLatestPack",
        summary="The pack of the newest block",
        responses=answers({200: file}, 304, 400, 404),
        response_class=Response,
        response_model=None,
    )
    router.add_api_route(
        "/{name}",
        partial(_named, shelf),
        methods=["GET"],
        operation_id="getPack",
        summary="A pack by its name, 0x and 64 hex digits",
        responses=answers({200: file}, 304, 400, 404),
        openapi_extra=described(path_parameter("name", HASH, "the pack's name")),
        response_class=Response,
        response_model=None,
    )
    return router


async def _listed(shelf: PackShelf, request: Request) -> Response:
    Query(request, ())
    return answer({"items": [one.document() for one in await blocking(shelf.all)]}, cache=REVALIDATE)


async def _latest(shelf: PackShelf, request: Request) -> Response:
    Query(request, ())
    found = await blocking(shelf.latest)
    if found is None:
        raise UnknownError("no pack was put here", field="packs")
    return _file(request, found, REVALIDATE)


async def _named(shelf: PackShelf, request: Request) -> Response:
    Query(request, ())
    found = await blocking(shelf.named, parse_hex(request.path_params["name"], "/name", 32))
    if found is None:
        raise UnknownError("no pack of this name was put here", field="name")
    return _file(request, found, IMMUTABLE)


def _file(request: Request, found: PublishedPack, cache: str) -> Response:
    etag = f'"{to_hex(found.name)}"'
    headers = {"Cache-Control": cache, "ETag": etag}
    if tag_matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    named = f"tanji-{found.number}.tanji"
    return FileResponse(found.path, media_type=MEDIA, filename=named, headers=headers)
