"""Anchors, the regulator's bulletin, the deployment everything is checked against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import BRIEF, REVALIDATE, answer, tagged, tagged_document
from api.http.bulletins import kept_bulletin, take_bulletin
from api.http.errors import ReadOnlyError, UnknownError
from api.http.openapi import BULLETIN, CURSOR_SCHEMA, LIMIT_SCHEMA, answers, body_of, described, ok, query_parameter
from api.http.registry import block_document
from api.http.requests import Query, read_body
from api.http.routes.access import blocking, service_of
from verifier.bulletin import serialize_bulletin
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
    responses=answers({200: ok("a page", {"items": [{"seq": 1, "size": 17}], "next": "2"})}, 304, 400, 503),
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
    return tagged_document(request, await blocking(_page, service_of(request), first, limit), cache=BRIEF)


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
    responses=answers({200: ok("a bulletin document (docs/spec/06)", BULLETIN)}, 304, 400, 404),
)
async def bulletin(request: Request) -> Response:
    """The newest bulletin."""
    Query(request, ())
    data = await blocking(kept_bulletin, service_of(request).bulletin)
    if data is None:
        raise UnknownError("no bulletin was put here", field="bulletin")
    return tagged(request, data, cache=REVALIDATE)


@router.post(
    "/bulletin",
    operation_id="publishBulletin",
    summary="Put a newer bulletin here; it is believed for the pinned key's signature alone",
    description="The same again is answered with 200. One of an earlier block than the one here is refused.",
    status_code=201,
    responses=answers({201: ok("kept", BULLETIN), 200: ok("was here already", BULLETIN)}, 400, 409, 413, 415, 422, 503),
    openapi_extra=described(body=body_of(BULLETIN, text="a bulletin document (docs/spec/06)")),
)
async def publish(request: Request) -> Response:
    """A newer one."""
    Query(request, ())
    service = service_of(request)
    data = await read_body(request, SMALL_DOCUMENT_BYTES)
    if service.bulletin is None:
        raise ReadOnlyError
    bulletin, is_new = await blocking(take_bulletin, service.bulletin, data, service.deployment)
    return answer(serialize_bulletin(bulletin), status=201 if is_new else 200)


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
