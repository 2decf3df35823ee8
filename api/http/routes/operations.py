"""For those who run it: alive, ready, metrics. And the event stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import PRIVATE, answer
from api.http.edge import HEAD_ONLY
from api.http.events import parse_cursor
from api.http.metrics import CONTENT_TYPE
from api.http.openapi import answers, described, ok, query_parameter
from api.http.requests import Query
from api.http.routes.access import blocking, service_of
from api.http.takeover import EventStream
from ledger.domain.errors import LedgerError

if TYPE_CHECKING:
    from api.http.hub import EventHub
    from api.http.service import Service

router = APIRouter(tags=["operations"])
events_router = APIRouter(prefix="/v1", tags=["events"])
_STREAM: Final = "text/event-stream"
_FRAME: Final = 'event: statement\nid: 18-3-1200\ndata: {"id":"0x…","index":17,"kind":"certificate"}\n\n'


@router.get(
    "/healthz",
    operation_id="health",
    summary="Whether the process answers",
    responses={200: ok("it does", {"status": "ok"})},
)
async def health() -> Response:
    """Alive."""
    return answer({"status": "ok"})


@router.get(
    "/readyz",
    operation_id="readiness",
    summary="Whether database and node answer; 503 while one does not",
    responses={200: ok("ready", {"ready": True}), 503: ok("not ready", {"ready": False})},
)
async def ready(request: Request) -> Response:
    """Ready."""
    document = await blocking(_readiness, service_of(request))
    return answer(document, status=200 if document["ready"] else 503)


def _readiness(service: Service) -> dict[str, object]:
    parts: dict[str, object] = {}
    try:
        parts["entries"] = service.store.size()
        parts["store"] = "ok"
    except LedgerError as error:
        parts["store"] = error.code
    if service.finality is not None:
        try:
            parts["block"] = service.finality.sight().head.number
            parts["chain"] = "ok"
        except LedgerError as error:
            parts["chain"] = error.code
    is_ready = all(parts.get(name, "ok") == "ok" for name in ("store", "chain"))
    return {"ready": is_ready, "writes": service.submissions is not None, **parts}


@router.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    summary="Prometheus metrics",
    responses={200: ok("exposition text", "tanji_log_entries 18.0\n", "text/plain")},
)
async def metrics(request: Request) -> Response:
    """Metrics."""
    text = await blocking(request.app.state.metrics.text)
    return Response(text, headers={"Content-Type": CONTENT_TYPE, "Cache-Control": PRIVATE})


@events_router.get(
    "/events",
    operation_id="events",
    response_class=Response,
    summary="Statements, final anchors and changes of status as they happen: a stream that can be taken up again anywhere",
    description="Server-sent events. Every event's id is a cursor: give the last one seen as ?cursor= or Last-Event-ID and nothing is missed. "
    "0-0-0 is the beginning; without one the stream starts now. A change of status comes at once with final false, and again once final.",
    responses=answers({200: ok("the stream", _FRAME, _STREAM)}, 400, 503),
    openapi_extra=described(query_parameter("cursor", {"type": "string", "example": "0-0-0"}, "where to go on")),
)
async def events(request: Request) -> Response:
    """The stream."""
    given = Query(request, ("cursor",)).text("cursor", 64) or request.headers.get("last-event-id")
    cursor = None if given is None else parse_cursor(given)
    hub: EventHub = request.app.state.events
    headers = {"Cache-Control": PRIVATE, "X-Accel-Buffering": "no"}
    if request.scope.get(HEAD_ONLY):
        return Response(media_type=_STREAM, headers=headers)
    now = await hub.ready()
    return EventStream(hub, cursor or now, headers)
