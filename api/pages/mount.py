"""All the pages' routers over one service: hand the result to `create_app(service, extra=…)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.pages.parts import Scans, page_parts
from api.pages.routes.explorer import explorer_router
from api.pages.routes.portal import portal_router
from api.pages.routes.shopper import shopper_router

if TYPE_CHECKING:
    from fastapi import APIRouter

    from api.http.service import Service
    from api.pages.reports import ReportBook


def page_routers(
    service: Service, *, scans: Scans | None = None, reports: ReportBook | None = None
) -> tuple[tuple[str, APIRouter], ...]:
    """The routers, each with its prefix.

    Args:
        service: what the pages read.
        scans: records scans and PINs; None where nobody does.
        reports: keeps what shoppers report; None where nobody does.
    """
    parts = page_parts(service, scans=scans, reports=reports)
    return (("", shopper_router(parts)), ("", portal_router(parts)), ("", explorer_router(parts)))
