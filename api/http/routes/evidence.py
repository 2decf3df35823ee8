"""Evidence, and the snapshot that answers what it asks: everything it takes to judge without us."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import BRIEF, FINAL, REVALIDATE, tagged
from api.http.errors import QueryError
from api.http.evidence import BuiltEvidence
from api.http.openapi import HASH, STATEMENT_PATH, answers, described, ok, query_parameter
from api.http.requests import Query, path_statement
from api.http.routes.access import blocking, service_of

router = APIRouter(prefix="/v1", tags=["evidence"])


@router.get(
    "/evidence/{statement}",
    operation_id="getEvidence",
    summary="Evidence of a certificate (with its footprint, rule and upstream) or a rule; it carries no trust",
    description="Immutable once every anchor in it is final and nothing it names is missing. A footprint's body is shown only by a "
    "certificate that rests on it.",
    responses=answers({200: ok("an evidence document (docs/spec/06)", {"v": 1})}, 304, 400, 404, 409, 503),
    openapi_extra=described(STATEMENT_PATH),
)
async def evidence(request: Request) -> Response:
    """One statement's evidence."""
    Query(request, ())
    wanted = path_statement(request)
    desk = service_of(request).evidence
    kept = desk.kept(wanted)
    # what is kept may be a footprint's, judged here and not for handing out
    if kept is None or kept.evidence.certificate is None:
        kept = await blocking(desk.public, wanted)
    return _sent(request, kept)


def _sent(request: Request, built: BuiltEvidence) -> Response:
    return tagged(request, built.data, cache=FINAL if built.is_final else REVALIDATE)


@router.get(
    "/snapshot",
    operation_id="getSnapshot",
    summary="The snapshot that answers a statement's evidence, under the newest block this service's endpoints agree on",
    description="Proves nothing by itself: compare its header's hash with a bulletin, or with endpoints of your own.",
    responses=answers({200: ok("a snapshot document (docs/spec/06)", {"v": 1})}, 304, 400, 404, 409, 503),
    openapi_extra=described(query_parameter("statement", HASH, "statement id", required="due")),
)
async def snapshot(request: Request) -> Response:
    """One statement's snapshot."""
    wanted = Query(request, ("statement",)).statement("statement")
    if wanted is None:
        raise QueryError("statement", "missing")
    service = service_of(request)
    data = await blocking(lambda: service.verdicts.snapshot_bytes(service.evidence.of(wanted).evidence))
    return tagged(request, data, cache=BRIEF)
