"""Anchors, the regulator's bulletin, the deployment everything is checked against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import BRIEF, REVALIDATE, answer, tagged
from api.http.errors import UnknownError
from api.http.openapi import CURSOR_SCHEMA, LIMIT_SCHEMA, answers, described, ok, query_parameter
from api.http.registry import block_document
from api.http.requests import Query
from api.http.routes.access import blocking, service_of
from verifier.bulletin import parse_bulletin, serialize_bulletin
from verifier.deployment import serialize_deployment
from verifier.documents import SMALL_DOCUMENT_BYTES
from verifier.encoding import to_hex
from verifier.types import JsonValue

if TYPE_CHECKING:
    from api.http.service import Service

router = APIRouter(prefix="/v1", tags=["chain"])


@router.get(
    "/anchors",
    operation_id="listAnchors",
    summary="The log's anchors by sequence number, and how far they are final",
    responses=answers({200: ok("a page", {"items": [{"seq": 1, "size": 17}], "next": "2"})}, 400, 503),
    openapi_extra=described(
        query_parameter("cursor", CURSOR_SCHEMA, "`next` of the page before"),
        query_parameter("limit", LIMIT_SCHEMA, "how many at most"),
    ),
)
async def anchors(request: Request) -> Response:
    """A page of anchors."""
    query = Query(request, ("cursor", "limit"))
    first = query.number("cursor", 1, least=1, most=2**53 - 1)
    limit = query.number("limit", 50, least=1, most=200)
    return answer(await blocking(_page, service_of(request), first, limit), cache=BRIEF)


def _page(service: Service, first: int, limit: int) -> dict[str, JsonValue]:
    found = service.shelf.anchors(first)
    page, rest = found[:limit], found[limit:]
    document: dict[str, JsonValue] = {
        "items": [{"seq": one.seq, "size": one.size, "root": to_hex(one.root), "time": one.time} for one in page],
        "final": None,
    }
    if service.finality is not None:
        sight = service.finality.sight()
        document["final"] = {
            "seq": sight.final_seq,
            "size": sight.final_size,
            "block": None if sight.final is None else block_document(sight.final),
        }
    if rest:
        document["next"] = str(rest[0].seq)
    return document


@router.get(
    "/bulletin",
    operation_id="getBulletin",
    summary="The regulator's newest bulletin that was put here: a final block, signed by the pinned key",
    responses=answers({200: ok("a bulletin document (docs/spec/06)", {"v": 1})}, 304, 400, 404),
)
async def bulletin(request: Request) -> Response:
    """The newest bulletin."""
    Query(request, ())
    path = service_of(request).bulletin
    data = None
    if path is not None and path.is_file():
        data = await blocking(path.read_bytes)
    if data is None or len(data) > SMALL_DOCUMENT_BYTES:
        raise UnknownError("no bulletin was put here", field="bulletin")
    return tagged(request, serialize_bulletin(parse_bulletin(data)), cache=REVALIDATE)


@router.get(
    "/deployment",
    operation_id="getDeployment",
    summary="The deployment this service works with; pin your own copy, got from the regulator",
    responses=answers({200: ok("a deployment document (docs/spec/06)", {"v": 1})}, 304, 400),
)
async def deployment(request: Request) -> Response:
    """The deployment."""
    Query(request, ())
    return tagged(request, serialize_deployment(service_of(request).deployment), cache=REVALIDATE)
