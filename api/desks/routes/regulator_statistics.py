"""Figures of each certifier. Public, since all of it comes from public data; but for reports, whose number is told to the regulator alone."""

from __future__ import annotations

from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desks.charts import columns, shares
from api.desks.desk_regulator import RegulatorDesk
from api.desks.parts import DeskParts
from api.desks.routes.common import name_of, no_party, party_in
from api.desks.routes.regulator_common import BASE, desk_page, visitor_of
from api.desks.statistics import GRADED, Figures
from api.http.routes.access import blocking

TAB: Final = "statistics"
MOST: Final = 200
CATEGORIES: Final = 20


def statistics_router(parts: DeskParts, desk: RegulatorDesk) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    router.add_route(f"{BASE}/statistics", partial(_all, parts, desk), methods=["GET"])
    router.add_route(f"{BASE}/statistics/{{party}}", partial(_one, parts, desk), methods=["GET"])
    return router


async def _all(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    return await blocking(_show_all, parts, desk, request)


def _show_all(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    visitor = visitor_of(parts, request)
    found = desk.statistics.all()
    reports = desk.queue.by_certificate() if visitor is not None and desk.queue is not None else None
    return desk_page(
        parts,
        request,
        "regulator_statistics.html",
        tab=TAB,
        visitor=visitor,
        known=found.known,
        rows=[
            (one, name_of(parts, one.party), None if reports is None else one.reported(reports))
            for one in found.certifiers[:MOST]
        ],
        more=max(0, len(found.certifiers) - MOST),
    )


async def _one(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    party = party_in(request)
    return no_party(parts, request) if party is None else await blocking(_show_one, parts, desk, request, party)


def _show_one(parts: DeskParts, desk: RegulatorDesk, request: Request, party: str) -> Response:
    visitor = visitor_of(parts, request)
    figures: Figures | None = desk.statistics.of(party)
    reports = desk.queue.by_certificate() if visitor is not None and desk.queue is not None else None
    grades = {} if figures is None else desk.statistics.grades(party)
    return desk_page(
        parts,
        request,
        "regulator_certifier.html",
        tab=TAB,
        visitor=visitor,
        party=party,
        own=name_of(parts, party),
        known=desk.statistics.all().known,
        figures=figures,
        grades=shares(grades),
        graded=sum(grades.values()),
        is_cut=figures is not None and figures.total > GRADED,
        chart=None if figures is None else columns(figures.months),
        categories=() if figures is None else figures.categories[:CATEGORIES],
        more=0 if figures is None else max(0, len(figures.categories) - CATEGORIES),
        reported=None if reports is None or figures is None else figures.reported(reports),
    )
