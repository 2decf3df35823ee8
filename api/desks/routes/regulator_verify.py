"""Bulk verification by upload: take a file, wait, look at the report or take it along. For a regulator's session alone; nothing is kept for an hour."""

from __future__ import annotations

from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from api.bulk.judging import OUTCOME_ZH
from api.desks.checking import ChecksBusyError
from api.desks.desk_regulator import RegulatorDesk
from api.desks.entry import Visitor
from api.desks.parts import DeskParts
from api.desks.routes.regulator_common import BASE, back_to, desk_page, door_of, for_regulators, readings_of
from api.desks.unpacking import MOST_BYTES, UploadRefusedError
from api.http.answers import OWN
from api.http.forms import read_form
from api.http.routes.access import blocking
from api.pages.routes.common import message
from api.pages.words import Pair

TAB: Final = "verify"
_BESIDE: Final = 16_384
_BUSY: Final[Pair] = (
    "前面还有别的上传在核验，请过一分钟再试。",
    "Other uploads are being checked; try again in a minute.",
)
_NONE: Final[Pair] = ("请选择一个文件。", "Choose a file.")
_MEDIA: Final = {
    "index.html": "text/html; charset=utf-8",
    "summary.json": "application/json",
}
# The report is one file with its style inside, and whatever the upload brought as text.
_REPORT_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
OUTCOMES: Final[dict[str, Pair]] = {
    "authentic": (OUTCOME_ZH["authentic"], "Authentic"),
    "rejected": (OUTCOME_ZH["rejected"], "Rejected"),
    "suspect": (OUTCOME_ZH["suspect"], "Suspect"),
    "inconclusive": (OUTCOME_ZH["inconclusive"], "Not decided"),
    "unreadable": (OUTCOME_ZH["unreadable"], "Unreadable"),
}


def verify_router(parts: DeskParts, desk: RegulatorDesk) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    router.add_route(f"{BASE}/verify", partial(_begin, parts, desk), methods=["GET", "POST"])
    router.add_route(f"{BASE}/verify/{{check}}", partial(_check, parts, desk), methods=["GET", "POST"])
    router.add_route(f"{BASE}/verify/{{check}}/{{file}}", partial(_file, parts, desk), methods=["GET"])
    return router


async def _begin(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    if request.method == "GET":
        return await for_regulators(parts, request, TAB, lambda visitor: _show(parts, desk, request, visitor))
    door = door_of(parts)
    if door is None or not await blocking(door.knows, request):  # nobody's megabytes are read
        return await for_regulators(parts, request, TAB, lambda visitor: _show(parts, desk, request, visitor))
    async with read_form(request, most=MOST_BYTES + _BESIDE, files=1) as form:
        csrf, upload = form.text("csrf", 64), form.files.get("file")

        def take(visitor: Visitor) -> Response:
            if upload is None:
                return _show(parts, desk, request, visitor, _NONE)
            try:
                made = desk.checks.begin(visitor.session.party, upload.name, upload.file, upload.size)
            except UploadRefusedError as error:
                return _show(parts, desk, request, visitor, error.said)
            except ChecksBusyError:
                return _show(parts, desk, request, visitor, _BUSY)
            if desk.queue is not None:
                readings_of(desk.queue).add(visitor, "check", made.id, parts.service.clock.now())
            return back_to(request, f"{BASE}/verify/{made.id}")

        return await for_regulators(parts, request, TAB, take, csrf=csrf)


def _show(
    parts: DeskParts, desk: RegulatorDesk, request: Request, visitor: Visitor, trouble: Pair | None = None
) -> Response:
    return desk_page(
        parts,
        request,
        "regulator_verify.html",
        tab=TAB,
        visitor=visitor,
        status=422 if trouble else 200,
        trouble=trouble,
        checks=desk.checks.all_of(visitor.session.party),
    )


async def _check(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    wanted = request.path_params["check"]
    if request.method == "GET":
        return await for_regulators(parts, request, TAB, lambda visitor: _show_check(parts, desk, request, visitor))
    async with read_form(request, most=_BESIDE) as form:
        csrf = form.text("csrf", 64)

    def drop(visitor: Visitor) -> Response:
        desk.checks.drop(visitor.session.party, wanted)
        return back_to(request, f"{BASE}/verify")

    return await for_regulators(parts, request, TAB, drop, csrf=csrf)


def _show_check(parts: DeskParts, desk: RegulatorDesk, request: Request, visitor: Visitor) -> Response:
    check = desk.checks.of(visitor.session.party, request.path_params["check"])
    if check is None:
        return _gone(parts, request)
    return desk_page(
        parts,
        request,
        "regulator_check.html",
        tab=TAB,
        visitor=visitor,
        check=check,
        outcomes_shown=OUTCOMES,
        waits=check.state in ("waiting", "running"),
    )


def _gone(parts: DeskParts, request: Request) -> Response:
    return message(
        parts.pages, request, "inconclusive", ("没有这次核验", "No such check"),
        ("结果一小时内就会删除，也可能在另一台服务器上。请重新上传。", "Results go away within the hour, and may be on another machine. Upload again."),
        status=404, back=f"{BASE}/verify",
    )  # fmt: skip


async def _file(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    def work(visitor: Visitor) -> Response:
        check = desk.checks.of(visitor.session.party, request.path_params["check"])
        name = request.path_params["file"]
        path = None if check is None else check.file(name)
        if path is None:
            return _gone(parts, request)
        kind = "inline" if name == "index.html" and "download" not in request.query_params else "attachment"
        shown = "report.html" if name == "index.html" else name
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": _REPORT_POLICY,
            "Content-Disposition": f'{kind}; filename="{shown}"',
            **OWN,
        }
        return FileResponse(path, media_type=_MEDIA.get(name, "text/csv; charset=utf-8"), headers=headers)

    return await for_regulators(parts, request, TAB, work)
