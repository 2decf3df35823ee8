"""The signing core over HTTP: prepare, look at, download, hand in what was signed elsewhere. No key is ever asked for.

POST /desk/prepare     a document (api.desks.preparing) as JSON; all that its signature covers, as JSON
GET  /desk/keys/{a}    whose key an account is: the registry's word
GET, POST /desk/sign   a draft from a file, shown for signing
POST /desk/download    the document in a form, as a file
GET, POST /desk/submit a signed statement, a bundle of them (one a line), or a signed status change, from a file
"""

from __future__ import annotations

from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desks.fields import Trouble
from api.desks.handing import Handed, hand_in
from api.desks.keys import key_document
from api.desks.parts import DeskParts
from api.desks.preparing import MAX_BYTES, Prepared, prepare
from api.desks.routes.common import LARGE, MOST_BYTES, lane_length, show, signing_page
from api.http.answers import answer
from api.http.errors import RequestError
from api.http.forms import Upload, read_form
from api.http.problems import problem_document, problem_response
from api.http.requests import Query, read_body
from api.http.routes.access import blocking
from api.runtime.errors import RuntimeSetupError
from ledger.domain.errors import LedgerError
from ledger.intake.pact import FootprintRefusedError
from verifier.canonical import canonicalize, parse
from verifier.errors import MalformedError, VerifierError
from verifier.signature import parse_address

BUNDLE: Final = "application/x-ndjson"
_ERRORS: Final = (RequestError, LedgerError, VerifierError, RuntimeSetupError)


def signing_router(parts: DeskParts) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    router.add_route("/desk/prepare", partial(_prepare, parts), methods=["POST"])
    router.add_route("/desk/keys/{address}", partial(_key, parts), methods=["GET"])
    router.add_route("/desk/sign", partial(_sign, parts), methods=["GET", "POST"])
    router.add_route("/desk/download", _download, methods=["POST"])
    router.add_route("/desk/submit", partial(_submit, parts), methods=["GET", "POST"])
    return router


def prepare_document(parts: DeskParts, data: bytes) -> Prepared:
    """Prepare at this moment. Raises as `preparing.prepare`."""
    service = parts.service
    return prepare(data, service.deployment, now=service.clock.now(), lane_length=lane_length(parts))


async def _prepare(parts: DeskParts, request: Request) -> Response:
    data = await read_body(request, MAX_BYTES)
    try:
        prepared = await blocking(prepare_document, parts, data)
    except FootprintRefusedError as error:
        return _findings(error, parts.service.clock.now())
    return answer(prepared.document())


def _findings(error: FootprintRefusedError, now: int) -> Response:
    """The problem with every broken rule, not only the first."""
    document = problem_document(error, now)
    document["findings"] = [
        {"field": one.field, "rule": one.rule, "severity": one.severity.value, "detail": one.detail}
        for one in error.findings
    ]
    plain = problem_response(error, now)
    found = answer(document, status=plain.status_code)
    found.headers["content-type"] = plain.headers["content-type"]
    return found


async def _key(parts: DeskParts, request: Request) -> Response:
    party = Query(request, ("party",)).party("party")
    address = parse_address(request.path_params["address"], "/address")
    return answer(await blocking(key_document, parts.service, address, party))


async def _sign(parts: DeskParts, request: Request) -> Response:
    if request.method == "GET":
        return show(parts, request, "open.html", trouble=None)
    async with read_form(request, most=MOST_BYTES, files=1, limits=LARGE) as form:
        upload = form.files.get("file")
        data = form.fields.get("document", "").encode("utf-8") if upload is None else _read(upload, MAX_BYTES)
    try:
        prepared = await blocking(prepare_document, parts, data)
    except _ERRORS as error:
        return show(parts, request, "open.html", status=422, trouble=trouble_of(error))
    return signing_page(parts, request, prepared, title=("查看并签名", "Look at it and sign"), back="/desk")


def _read(upload: Upload, most: int) -> bytes:
    """A file's bytes, one more than `most` where there are more: whoever parses them refuses by size."""
    return upload.file.read(most + 1)


def trouble_of(error: Exception) -> Trouble:
    """A typed error as a person meets it."""
    rule = str(getattr(error, "rule", "") or getattr(error, "code", ""))
    field = str(getattr(error, "field", getattr(error, "place", "")))
    detail = str(error)[:500]
    return Trouble(field=field, rule=rule, zh=f"没有被接受：{detail}", en=f"Not taken: {detail}")


async def _download(request: Request) -> Response:
    """Give back what the form holds, as a file; only JSON of the strict profile, so that nothing else is ever served from here."""
    async with read_form(request, most=MOST_BYTES, files=1, limits=LARGE) as form:
        text = form.fields.get("document", "")
    lines = [line for line in text.split("\n") if line.strip()]  # not splitlines: JSON may hold U+2028 as it is
    if not lines:
        raise MalformedError("missing-member", "/document")
    documents = [canonicalize(parse(line.strip())) for line in lines]
    name, media = ("bundle.ndjson", BUNDLE) if len(documents) > 1 else ("document.json", "application/json")
    return Response(
        b"\n".join(documents) + b"\n",
        media_type=media,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


async def _submit(parts: DeskParts, request: Request) -> Response:
    if request.method == "GET":
        return show(parts, request, "submit.html", trouble=None, handed=None)
    async with read_form(request, most=MOST_BYTES, files=1, limits=LARGE) as form:
        upload = form.files.get("file")
        data = b"" if upload is None else _read(upload, MOST_BYTES)
    try:
        handed: tuple[Handed, ...] = await hand_in(parts.service, data)
    except _ERRORS as error:
        return show(parts, request, "submit.html", status=422, trouble=trouble_of(error), handed=None)
    receipts = "\n".join(one.document for one in handed if one.document)
    status = 200 if any(one.document for one in handed) else 422
    return show(parts, request, "submit.html", status=status, trouble=None, handed=handed, receipts=receipts)
