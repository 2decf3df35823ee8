"""Industrial-internet identifiers (工业互联网标识): GET /id/88.118.8/fridge-300 leads to the product that GS1's own address leads to.

307 to the product's page, whose `Accept` gives the same linkset; 400 for what is no identifier, 404 for one that is not registered here.
"""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.http.errors import RequestError, UnknownError
from api.http.routes.access import blocking
from api.pages.parts import PageParts
from ledger.domain.identifiers import IdentifierError, parse_industrial
from verifier.gs1 import build_digital_link

_GMN = "8013:"


def industrial_router(parts: PageParts) -> APIRouter:
    """The route."""
    router = APIRouter(include_in_schema=False)
    router.add_route("/id/{code:path}", partial(_resolve, parts), methods=["GET", "HEAD"])
    return router


async def _resolve(parts: PageParts, request: Request) -> Response:
    try:
        identifier = parse_industrial(request.path_params["code"])
    except IdentifierError as error:
        raise RequestError(str(error), field="identifier", rule=error.code) from error
    found = None if parts.identifiers is None else await blocking(parts.identifiers.find, identifier)
    if found is None:
        raise UnknownError(f"{identifier} is not registered here", field="identifier")
    product = found.product
    elements = {"8013": product.removeprefix(_GMN)} if product.startswith(_GMN) else {"01": product}
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(build_digital_link("", elements) + query, status_code=307)
