"""Reported labels: the queue, one report with its photo, what becomes of it, and who read what.

For a regulator's session alone; every reading is noted first.
"""

from __future__ import annotations

from functools import partial
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desks.desk_regulator import RegulatorDesk
from api.desks.entry import Visitor
from api.desks.parts import DeskParts
from api.desks.reported import LONGEST_NOTE, STATES, Report, ReportQueue, ReportUnknownError, Wanted
from api.desks.routes.common import name_of
from api.desks.routes.regulator_common import BASE, back_to, closed, desk_page, for_regulators, readings_of
from api.http.answers import OWN
from api.http.forms import read_form
from api.pages.provinces import chosen_province
from api.pages.routes.common import cursor, message
from api.pages.words import REPORT_REASONS, VERDICTS, Pair
from verifier.errors import MalformedError
from verifier.label import parse_label

TAB: Final = "reports"
PER_PAGE: Final = 25
READINGS: Final = 100
FORM_BYTES: Final = 16_384
_NOBODY: Final[Pair] = ("这个服务不收标签报告。", "This service takes no reports of labels.")
# A photo is a JPEG made here; even so it may run nothing and be shown nowhere else.
_PHOTO_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": 'inline; filename="report.jpg"',
    **OWN,
}


def reports_router(parts: DeskParts, desk: RegulatorDesk) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    router.add_route(f"{BASE}/reports", partial(_list, parts, desk), methods=["GET"])
    router.add_route(f"{BASE}/readings", partial(_readings, parts, desk), methods=["GET"])
    router.add_route(f"{BASE}/reports/{{report}}", partial(_report, parts, desk), methods=["GET", "POST"])
    router.add_route(f"{BASE}/reports/{{report}}/photo", partial(_photo, parts, desk), methods=["GET"])
    return router


def _wanted(request: Request) -> Wanted:
    given = request.query_params
    return Wanted(
        state=given.get("state", "") if given.get("state") in STATES else "",
        reason=given.get("reason", "") if given.get("reason") in REPORT_REASONS else "",
        outcome=given.get("outcome", "") if given.get("outcome") in VERDICTS else "",
        region=chosen_province(given.get("region", "")),
        product=given.get("product", "").strip()[:40],
    )


async def _list(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    def work(visitor: Visitor) -> Response:
        queue = desk.queue
        if queue is None:
            return closed(parts, request, TAB, _NOBODY, 503, can_sign_in=False)
        wanted, before = _wanted(request), cursor(request, "before")
        page, following = queue.page(wanted, before=before, limit=PER_PAGE)
        readings_of(queue).add(visitor, "list", " ".join(one.filed.id for one in page), parts.service.clock.now())
        kept = {
            "lang": request.query_params.get("lang", ""),
            "state": wanted.state,
            "reason": wanted.reason,
            "outcome": wanted.outcome,
            "region": wanted.region or "",
            "product": wanted.product,
            "before": following,
        }
        return desk_page(
            parts,
            request,
            "regulator_reports.html",
            tab=TAB,
            visitor=visitor,
            rows=[(one, _product_name(parts, one)) for one in page],
            wanted=wanted,
            filtered=wanted != Wanted(),
            counts=queue.counts(),
            report_reasons=REPORT_REASONS,
            verdicts=VERDICTS,
            following=""
            if following is None
            else "?" + urlencode({key: value for key, value in kept.items() if value != ""}),
            is_first=before is None,
        )

    return await for_regulators(parts, request, TAB, work)


def _product_name(parts: DeskParts, report: Report) -> str:
    """The product's own name, where a certificate names it."""
    found = parts.pages.catalogue.product(report.filed.product) if report.filed.product else None
    return "" if found is None else found.name


async def _report(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    wanted = request.path_params["report"]
    if request.method == "GET":
        return await for_regulators(parts, request, TAB, lambda visitor: _show(parts, desk, request, wanted, visitor))
    async with read_form(request, most=FORM_BYTES) as form:
        csrf, state = form.text("csrf", 64), form.text("state", 16)
        note = "".join(char for char in form.text("note", LONGEST_NOTE) if char.isprintable() or char == "\n").strip()

    def handle(visitor: Visitor) -> Response:
        if desk.queue is None:
            return closed(parts, request, TAB, _NOBODY, 503, can_sign_in=False)
        if state not in STATES or (state == "settled" and not note):
            return _show(parts, desk, request, wanted, visitor, asked=state, note=note)
        try:
            desk.queue.handle(wanted, state, note, visitor, parts.service.clock.now())
        except ReportUnknownError:
            return _unknown(parts, request)
        return back_to(request, f"{BASE}/reports/{wanted}")

    return await for_regulators(parts, request, TAB, handle, csrf=csrf)


def _show(
    parts: DeskParts,
    desk: RegulatorDesk,
    request: Request,
    wanted: str,
    visitor: Visitor,
    *,
    asked: str = "",
    note: str = "",
) -> Response:
    queue = desk.queue
    if queue is None:
        return closed(parts, request, TAB, _NOBODY, 503, can_sign_in=False)
    try:
        report = queue.report(wanted)
    except ReportUnknownError:
        return _unknown(parts, request)
    readings_of(queue).add(visitor, "report", report.filed.id, parts.service.clock.now())
    return desk_page(
        parts,
        request,
        "regulator_report.html",
        tab=TAB,
        visitor=visitor,
        status=422 if request.method == "POST" else 200,
        report=report,
        product_name=_product_name(parts, report),
        handlers={one.party: name_of(parts, one.party) for one in report.handled},
        label_path=_label_path(report.label),
        certificate=_certificate(parts, report),
        report_reasons=REPORT_REASONS,
        verdicts=VERDICTS,
        states=STATES,
        refused=request.method == "POST",
        asked=asked,
        note=note,
    )


def _label_path(text: str) -> str:
    """The label's own page here; only for what has the form of a label."""
    try:
        parse_label(text)
    except MalformedError:
        return ""
    return "/" + text.split("/", 3)[3]


def _certificate(parts: DeskParts, report: Report) -> str:
    """The certificate that the label names, 0x hex; "" where the log has none."""
    if not report.filed.certificate:
        return ""
    found = parts.service.store.with_prefix(bytes.fromhex(report.filed.certificate))
    return next((f"0x{one.hex()}" for one in found if parts.pages.catalogue.card(one) is not None), "")


def _unknown(parts: DeskParts, request: Request) -> Response:
    return message(
        parts.pages, request, "inconclusive", ("没有这份报告", "No such report"),
        ("地址可能抄错了，或报告文件已被取走。", "The address may be mistyped, or the file of reports was taken away."),
        status=404, back=f"{BASE}/reports",
    )  # fmt: skip


async def _photo(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    wanted = request.path_params["report"]

    def work(visitor: Visitor) -> Response:
        queue: ReportQueue | None = desk.queue
        data = None
        if queue is not None:
            try:
                report = queue.report(wanted)
            except ReportUnknownError:
                return _unknown(parts, request)
            data = None if report.photo is None else queue.book.photos.read(report.photo)
            readings_of(queue).add(visitor, "photo", wanted, parts.service.clock.now())
        if data is None:
            return _unknown(parts, request)
        return Response(data, media_type="image/jpeg", headers=_PHOTO_HEADERS)

    return await for_regulators(parts, request, TAB, work)


async def _readings(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    def work(visitor: Visitor) -> Response:
        if desk.queue is None:
            return closed(parts, request, TAB, _NOBODY, 503, can_sign_in=False)
        return desk_page(
            parts,
            request,
            "regulator_readings.html",
            tab=TAB,
            visitor=visitor,
            readings=[(one, name_of(parts, one.party)) for one in readings_of(desk.queue).newest(READINGS)],
        )

    return await for_regulators(parts, request, TAB, work)
