"""`/desk`: which desk, by party code or by the wallet's key; drafts kept in this browser."""

from __future__ import annotations

from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.desks.parts import DeskParts
from api.desks.routes.common import desk_path, show
from verifier.errors import MalformedError
from verifier.identifiers import parse_party

_ROLES: Final = ("certifier", "enterprise")


def door_router(parts: DeskParts) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    router.add_route("/desk", partial(_door, parts), methods=["GET"])
    return router


async def _door(parts: DeskParts, request: Request) -> Response:
    given, role = request.query_params.get("party", "").strip()[:64], request.query_params.get("role", "")
    if not given:
        return show(parts, request, "door.html", asked="", role="certifier", refused=False)
    try:
        party = parse_party(given, "party")
    except MalformedError:
        return show(parts, request, "door.html", status=422, asked=given, role=role, refused=True)
    keep = f"?lang={request.query_params['lang']}" if request.query_params.get("lang") in ("zh", "en") else ""
    return RedirectResponse(desk_path(role if role in _ROLES else "certifier", party) + keep, status_code=303)
