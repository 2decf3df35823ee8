"""The enterprise's desk: what awaits it, its footprints in the log, what waits for a signature, its standing."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desks.awaiting import LOOKED_AT
from api.desks.holding import held_by, holding
from api.desks.parts import DeskParts
from api.desks.routes.common import PER_PAGE, desk_path, name_of, no_party, party_in, show
from api.desks.standing import standing_of
from api.http.routes.access import blocking
from api.pages.routes.common import cursor
from api.pages.statuses import STATES


def enterprise_router(parts: DeskParts) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    for rest, work in (
        ("", _show_overview),
        ("/footprints", _show_footprints),
        ("/queue", _show_queue),
        ("/accreditation", _show_standing),
    ):
        router.add_route("/desk/enterprise/{party}" + rest, partial(_page, parts, work), methods=["GET"])
    return router


def desk_values(parts: DeskParts, party: str, tab: str) -> dict[str, Any]:
    """What every page of this desk shows."""
    return {
        "party": party,
        "own": name_of(parts, party),
        "tab": tab,
        "role": "enterprise",
        "base": desk_path("enterprise", party),
    }


async def _page(parts: DeskParts, work: Any, request: Request) -> Response:
    party = party_in(request)
    if party is None:
        return no_party(parts, request)
    found: Response = await blocking(work, parts, request, party)
    return found


def _show_overview(parts: DeskParts, request: Request, party: str) -> Response:
    listed = held_by(parts, party)
    states = parts.pages.statuses.states(listed)
    found = holding(parts, party, listed, states)
    counts = {state: sum(one == state for one in states.values()) for state in (*STATES, "unknown")}
    return show(
        parts,
        request,
        "enterprise.html",
        **desk_values(parts, party, ""),
        holding=found,
        states=states,
        certifiers={
            card.statement: name_of(parts, card.issuer)
            for card in (*found.ending, *found.troubled, *(one.card for one in found.quotas))
        },
        footprints=found.footprints[:PER_PAGE],
        standing=standing_of(parts.service, party, ()),
        counts={state: count for state, count in counts.items() if count},
        total=len(listed),
    )


def _show_footprints(parts: DeskParts, request: Request, party: str) -> Response:
    before = cursor(request, "before")
    found = parts.book.footprints(party, before=before, limit=PER_PAGE + 1)
    page = found[:PER_PAGE]
    named = parts.pages.catalogue.of_party(party, LOOKED_AT)
    cards = {one.statement: [card for card in named if card.certificate.footprint == one.statement] for one in page}
    kept = {"lang": request.query_params["lang"]} if "lang" in request.query_params else {}
    return show(
        parts,
        request,
        "footprints.html",
        **desk_values(parts, party, "footprints"),
        rows=[(one, cards[one.statement]) for one in page],
        states=parts.pages.statuses.states([card.listed for many in cards.values() for card in many]),
        following="?" + urlencode({**kept, "before": page[-1].index}) if len(found) > PER_PAGE else "",
        is_first=before is None,
    )


def _show_queue(parts: DeskParts, request: Request, party: str) -> Response:
    return show(parts, request, "queue.html", **desk_values(parts, party, "queue"))


def _show_standing(parts: DeskParts, request: Request, party: str) -> Response:
    return show(
        parts,
        request,
        "accreditation.html",
        **desk_values(parts, party, "accreditation"),
        standing=standing_of(parts.service, party, ()),
    )
