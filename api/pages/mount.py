"""All the pages' routers: hand the result to `create_app(service, extra=…)`.

parts = page_parts(service, scans=…, reports=…, identifiers=…)
create_app(service, extra=page_routers(parts))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.http.routes.packs import packs_router
from api.http.routes.scans import scans_router
from api.http.scans import ScanDesk
from api.pages.parts import PageParts, page_parts
from api.pages.routes.explorer import explorer_router
from api.pages.routes.industrial import industrial_router
from api.pages.routes.portal import portal_router
from api.pages.routes.recheck import recheck_router
from api.pages.routes.reporting import reporting_router
from api.pages.routes.scanner import scanner_router
from api.pages.routes.shopper import shopper_router

if TYPE_CHECKING:
    from fastapi import APIRouter


def page_routers(parts: PageParts) -> tuple[tuple[str, APIRouter], ...]:
    """The routers, each with its prefix (none)."""
    return (
        ("", shopper_router(parts)),
        ("", reporting_router(parts)),
        ("", portal_router(parts)),
        ("", explorer_router(parts)),
        ("", recheck_router(parts)),
        ("", industrial_router(parts)),
        ("", scanner_router(parts)),
        *(() if parts.packs is None else (("", packs_router(parts.packs)),)),
        *_scans(parts),
    )


def _scans(parts: PageParts) -> tuple[tuple[str, APIRouter], ...]:
    if parts.scans is None or parts.seen is None:
        return ()
    desk = ScanDesk(records=parts.scans, waiting=parts.seen, labels=parts.judge, platforms=parts.platforms)
    return (("", scans_router(desk)),)


__all__ = ["PageParts", "page_parts", "page_routers"]
