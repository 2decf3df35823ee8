"""All the desks' routers: add them to the pages' for `create_app(service, extra=…)`.

pages = page_parts(service, …)
create_app(service, extra=(*page_routers(pages), *desk_routers(desk_parts(pages, reasons))))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.desks.desk_regulator import RegulatorDesk
from api.desks.parts import DeskParts, desk_parts
from api.desks.routes.certifier import certifier_router
from api.desks.routes.changing import changing_router
from api.desks.routes.door import door_router
from api.desks.routes.enterprise import enterprise_router
from api.desks.routes.enterprise_labels import enterprise_labels_router
from api.desks.routes.enterprise_own import enterprise_own_router
from api.desks.routes.enterprise_upload import enterprise_upload_router
from api.desks.routes.regulator import regulator_router
from api.desks.routes.regulator_acts import acts_router
from api.desks.routes.regulator_copies import copies_router
from api.desks.routes.regulator_reports import reports_router
from api.desks.routes.regulator_rules import rules_router
from api.desks.routes.regulator_statistics import statistics_router
from api.desks.routes.regulator_verify import verify_router
from api.desks.routes.signing import signing_router

if TYPE_CHECKING:
    from fastapi import APIRouter


def desk_routers(parts: DeskParts) -> tuple[tuple[str, APIRouter], ...]:
    """The routers, each with its prefix (none)."""
    regulator = RegulatorDesk(parts)
    return (
        ("", door_router(parts)),
        ("", signing_router(parts)),
        ("", certifier_router(parts)),
        ("", enterprise_router(parts)),
        ("", enterprise_upload_router(parts)),
        ("", enterprise_labels_router(parts)),
        ("", enterprise_own_router(parts)),
        ("", changing_router(parts)),
        ("", regulator_router(parts, regulator)),
        ("", acts_router(parts, regulator)),
        ("", reports_router(parts, regulator)),
        ("", copies_router(parts, regulator)),
        ("", verify_router(parts, regulator)),
        ("", statistics_router(parts, regulator)),
        ("", rules_router(parts, regulator)),
    )


__all__ = ["DeskParts", "desk_parts", "desk_routers"]
