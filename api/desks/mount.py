"""All the desks' routers: add them to the pages' for `create_app(service, extra=…)`.

pages = page_parts(service, …)
create_app(service, extra=(*page_routers(pages), *desk_routers(desk_parts(pages, reasons))))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.desks.parts import DeskParts, desk_parts
from api.desks.routes.certifier import certifier_router
from api.desks.routes.changing import changing_router
from api.desks.routes.door import door_router
from api.desks.routes.enterprise import enterprise_router
from api.desks.routes.enterprise_labels import enterprise_labels_router
from api.desks.routes.enterprise_upload import enterprise_upload_router
from api.desks.routes.signing import signing_router

if TYPE_CHECKING:
    from fastapi import APIRouter


def desk_routers(parts: DeskParts) -> tuple[tuple[str, APIRouter], ...]:
    """The routers, each with its prefix (none)."""
    return (
        ("", door_router(parts)),
        ("", signing_router(parts)),
        ("", certifier_router(parts)),
        ("", enterprise_router(parts)),
        ("", enterprise_upload_router(parts)),
        ("", enterprise_labels_router(parts)),
        ("", changing_router(parts)),
    )


__all__ = ["DeskParts", "desk_parts", "desk_routers"]
