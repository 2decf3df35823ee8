"""Statements: submitted singly or as a stream, read singly or page by page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import orjson
from fastapi import APIRouter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.http.answers import BRIEF, PRIVATE, REVALIDATE, tagged, tagged_document
from api.http.openapi import (
    CURSOR_SCHEMA,
    LIMIT_SCHEMA,
    PARTY_SCHEMA,
    RECEIPT,
    STATEMENT,
    STATEMENT_PATH,
    answers,
    body_of,
    described,
    ok,
    query_parameter,
)
from api.http.problems import problem_document
from api.http.requests import NDJSON, Query, path_statement, read_body, read_lines, require_media
from api.http.routes.access import blocking, service_of
from api.http.streams import DuplexResponse
from api.http.submissions import Submissions, Submitted
from ledger.domain.errors import LedgerError
from ledger.services.submission import MAX_BYTES
from verifier.canonical import canonicalize
from verifier.receipt import receipt_document

router = APIRouter(prefix="/v1", tags=["statements"])
MOST_LINES: Final = 10_000
_KINDS: Final = ("footprint", "certificate", "labels", "rule")
_LINE: Final = '{"v":1,"kind":"footprint",…}\n{"v":1,"kind":"certificate",…}\n'
_LINES: Final = '{"anchorBy":1790003600,"id":"0x…",…}\n{"position":1,"error":{"code":"submission.refused",…}}\n'


@router.post(
    "/statements",
    operation_id="submitStatement",
    summary="Submit a statement; answered with the log's receipt once it is durable and has its place",
    description="The statement carries its own signature, so no account is needed. The same statement again gets the same receipt.",
    status_code=201,
    responses=answers(
        {200: ok("here already: the earlier receipt", RECEIPT), 201: ok("logged: the receipt", RECEIPT)},
        400, 413, 415, 422, 503,
    ),
    openapi_extra=described(body=body_of(STATEMENT, text="a statement (docs/spec/02), at most 1 MiB")),
)  # fmt: skip
async def submit(request: Request) -> Response:
    """One statement."""
    writer = service_of(request).writer()
    submitted = await writer.submit(await read_body(request, MAX_BYTES))
    receipt = submitted.receipt
    return Response(
        orjson.dumps(receipt_document(receipt), option=orjson.OPT_SORT_KEYS),
        status_code=201 if submitted.is_new else 200,
        media_type="application/json",
        headers={"Location": f"/v1/statements/0x{receipt.id.hex()}", "Cache-Control": PRIVATE},
    )


@router.post(
    "/statements:bulk",
    operation_id="submitStatements",
    response_class=Response,
    summary="Submit a stream of statements, one a line; answered line by line with a receipt or a refusal",
    description=f"At most {MOST_LINES} lines a request. The answers keep the order of the lines; a refusal concerns its line alone.",
    responses=answers({200: ok("one answer a line", _LINES, NDJSON)}, 415, 503),
    openapi_extra=described(body=body_of(_LINE, NDJSON)),
)
async def submit_bulk(request: Request) -> Response:
    """Many statements."""
    writer = service_of(request).writer()
    require_media(request, NDJSON)
    return DuplexResponse(_answers(request, writer), NDJSON, {"Cache-Control": PRIVATE})


async def _answers(request: Request, writer: Submissions) -> AsyncIterator[bytes]:
    """Lines out while lines come in. What is answered and not read yet is kept, so that who sends first and reads then is served."""
    ready: asyncio.Queue[bytes | None] = asyncio.Queue()
    task = asyncio.create_task(_take(request, writer, ready))
    try:
        while (lines := await ready.get()) is not None:
            yield lines
    finally:
        task.cancel()


async def _take(request: Request, writer: Submissions, ready: asyncio.Queue[bytes | None]) -> None:
    position = 0
    try:
        now = service_of(request).clock.now()
        gathered: list[bytes] = []
        async for outcome in writer.submit_all(_first(request)):
            gathered.append(answer_line(position, outcome, now))
            position += 1
            if len(gathered) == 100:
                ready.put_nowait(b"".join(gathered))
                gathered = []
        ready.put_nowait(b"".join(gathered))
        if position == MOST_LINES:
            ready.put_nowait(orjson.dumps({"position": position, "error": _TOO_MANY}) + b"\n")
    except LedgerError as error:
        ready.put_nowait(answer_line(position, error, service_of(request).clock.now()))
    except ClientDisconnect:
        pass  # nobody is there to be answered; what was sent whole is logged
    finally:
        ready.put_nowait(None)


_TOO_MANY: Final = {
    "code": "request.too-many-lines",
    "detail": f"at most {MOST_LINES} lines a request; send the rest again",
}


async def _first(request: Request) -> AsyncIterator[bytes]:
    count = 0
    async for line in read_lines(request, MAX_BYTES):
        yield line
        count += 1
        if count == MOST_LINES:
            return


def answer_line(position: int, outcome: Submitted | LedgerError, now: int) -> bytes:
    """One line of the answers: a receipt, or `{ position, error }` with a problem's members."""
    if isinstance(outcome, Submitted):
        return canonicalize(receipt_document(outcome.receipt)) + b"\n"
    return orjson.dumps({"position": position, "error": problem_document(outcome, now)}) + b"\n"


@router.get(
    "/statements/{statement}",
    operation_id="getStatement",
    summary="A statement: what it says where that is public, its entries in the log, and how far each has come",
    description="States: sequenced, integrated, anchored, final.",
    responses=answers(
        {200: ok("the statement", {"id": "0x…", "kind": "certificate", "entries": []})}, 304, 400, 404, 503
    ),
    openapi_extra=described(STATEMENT_PATH),
)
async def read(request: Request) -> Response:
    """One statement."""
    Query(request, ())
    wanted = path_statement(request)
    document = await blocking(service_of(request).listing.statement, wanted)
    return tagged(request, canonicalize(document), cache=REVALIDATE)


@router.get(
    "/statements",
    operation_id="listStatements",
    summary="Entries of the log in their order, a page at a time",
    description="A filter that seldom fits gives short or empty pages: go on while `next` is there.",
    responses=answers({200: ok("a page", {"items": [], "next": "4096"})}, 304, 400, 503),
    openapi_extra=described(
        query_parameter("issuer", PARTY_SCHEMA, "statements of this party"),
        query_parameter("kind", {"type": "string", "enum": list(_KINDS)}, "statements of this kind"),
        query_parameter("cursor", CURSOR_SCHEMA, "`next` of the page before"),
        query_parameter("limit", LIMIT_SCHEMA, "how many at most"),
    ),
)
async def browse(request: Request) -> Response:
    """A page."""
    query = Query(request, ("issuer", "kind", "cursor", "limit"))
    issuer, kind = query.party("issuer"), query.choice("kind", _KINDS)
    first = query.number("cursor", 0, least=0, most=2**53 - 1)
    limit = query.number("limit", 50, least=1, most=200)
    listing = service_of(request).listing
    page = await blocking(lambda: listing.page(kind=kind, issuer=issuer, first=first, limit=limit))
    document: dict[str, Any] = {"items": list(page.items)}
    if page.following is not None:
        document["next"] = str(page.following)
    return tagged_document(request, document, cache=BRIEF)


@router.get(
    "/receipts/{statement}",
    operation_id="getReceipts",
    summary="The receipts a statement was answered with",
    responses=answers({200: ok("oldest first", {"receipts": [RECEIPT]})}, 304, 400, 404, 503),
    openapi_extra=described(STATEMENT_PATH),
    tags=["receipts"],
)
async def receipts(request: Request) -> Response:
    """The receipts of a statement."""
    Query(request, ())
    wanted = path_statement(request)
    found = await blocking(service_of(request).listing.receipts, wanted)
    return tagged_document(request, {"receipts": found}, cache=REVALIDATE)
