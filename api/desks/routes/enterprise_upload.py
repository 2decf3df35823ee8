"""Many footprints from one file: a template to fill in, every row judged, the good ones prepared. Nothing is kept between two requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desks.columns import COLUMNS, example_csv, template_csv, template_workbook
from api.desks.fields import Trouble
from api.desks.parts import DeskParts
from api.desks.preparing import MAX_BYTES, prepare_statement
from api.desks.routes.common import LARGE, MOST_BYTES, desk_path, json_text, no_party, party_in, show, signing_page
from api.desks.routes.enterprise import desk_values
from api.desks.uploads import MOST_BYTES as MOST_FILE
from api.desks.uploads import MOST_ROWS, Row, Upload, UploadError, read_rows
from api.http.forms import read_form
from api.http.routes.access import blocking
from api.runtime.statements import parse_draft
from ledger.intake.pact import FootprintRefusedError
from verifier.encoding import parse_hex
from verifier.errors import MalformedError
from verifier.types import StatementId

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The rows of a file: what cannot be signed, what can, and what the log has already."""

    refused: tuple[Row, ...]
    ready: tuple[Row, ...]
    logged: tuple[Row, ...]

    @property
    def bundle(self) -> str:
        """The drafts to sign, one a line."""
        return "\n".join(one.prepared.file().decode("utf-8") for one in self.ready if one.prepared is not None)

    @property
    def offered(self) -> str:
        """What the page's script puts into the queue beside the drafts, in their order: id and line of each."""
        return json_text(
            [{"id": one.prepared.id, "summary": one.prepared.summary} for one in self.ready if one.prepared is not None]
        )


def enterprise_upload_router(parts: DeskParts) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    base = "/desk/enterprise/{party}"
    router.add_route(base + "/upload", partial(_upload, parts), methods=["GET", "POST"])
    router.add_route(base + "/upload/row", partial(_row, parts), methods=["POST"])
    for name in ("template.csv", "template.xlsx", "example.csv"):
        router.add_route(f"{base}/{name}", partial(_template, parts, name), methods=["GET"])
    return router


async def _template(parts: DeskParts, name: str, request: Request) -> Response:
    party = party_in(request)
    if party is None:
        return no_party(parts, request)
    now = parts.service.clock.now()
    made = {
        "template.csv": lambda: (template_csv(), _CSV),
        "example.csv": lambda: (example_csv(party, now), _CSV),
        "template.xlsx": lambda: (template_workbook(party, now), _SHEET),
    }
    data, media = made[name]()
    headers = {"Content-Disposition": f'attachment; filename="footprints-{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type=media, headers=headers)


async def _upload(parts: DeskParts, request: Request) -> Response:
    party = party_in(request)
    if party is None:
        return no_party(parts, request)
    if request.method == "GET":
        return _ask(parts, request, party, ())
    async with read_form(request, most=MOST_BYTES, files=1, limits=LARGE) as form:
        upload = form.files.get("file")
        data, name = (b"", "") if upload is None else (upload.file.read(MOST_FILE + 1), upload.name)
    if not data:
        return _ask(parts, request, party, (_trouble("missing-member", "请选择一个文件", "Choose a file"),))
    return await blocking(_judge, parts, request, party, data, name)


def _trouble(rule: str, zh: str, en: str) -> Trouble:
    return Trouble(field="file", rule=rule, zh=zh, en=en)


def _ask(parts: DeskParts, request: Request, party: str, troubles: Sequence[Trouble]) -> Response:
    return show(
        parts,
        request,
        "upload.html",
        status=422 if troubles else 200,
        **desk_values(parts, party, "upload"),
        troubles=troubles,
        columns=COLUMNS,
        most_rows=MOST_ROWS,
        most_megabytes=MOST_FILE >> 20,
    )


def _judge(parts: DeskParts, request: Request, party: str, data: bytes, name: str) -> Response:
    service = parts.service
    try:
        rows = read_rows(data, Upload(party=party, deployment=service.deployment, now=service.clock.now()))
    except UploadError as error:
        return _ask(parts, request, party, (_trouble(error.rule, error.zh, error.en),))
    found = _sort(parts, rows)
    return show(
        parts,
        request,
        "upload_rows.html",
        status=200 if found.ready or found.logged else 422,
        **desk_values(parts, party, "upload"),
        file=name[:120],
        total=len(rows),
        found=found,
        warned=sum(bool(one.warnings) for one in found.ready),
    )


def _sort(parts: DeskParts, rows: Sequence[Row]) -> Sorted:
    known = parts.book.known([_id(one) for one in rows if one.prepared is not None])
    good = [one for one in rows if one.prepared is not None]
    return Sorted(
        refused=tuple(one for one in rows if one.prepared is None),
        ready=tuple(one for one in good if _id(one) not in known),
        logged=tuple(one for one in good if _id(one) in known),
    )


def _id(row: Row) -> StatementId:
    return StatementId(parse_hex("" if row.prepared is None else row.prepared.id, "/id", 32))


async def _row(parts: DeskParts, request: Request) -> Response:
    """One of a bundle's drafts, to be looked at and signed alone: line `line` of the form's `document`."""
    party = party_in(request)
    if party is None:
        return no_party(parts, request)
    async with read_form(request, most=MOST_BYTES, files=1, limits=LARGE) as form:
        lines = [line for line in form.fields.get("document", "").split("\n") if line.strip()]
        number = form.fields.get("line", "")
    place = int(number) if number.isascii() and number.isdigit() and len(number) <= 4 else 0
    if not 1 <= place <= len(lines) or len(lines[place - 1]) > MAX_BYTES:
        return _ask(parts, request, party, (_trouble("line", "没有这一行", "There is no such row"),))
    return await blocking(_show_row, parts, request, party, lines[place - 1].strip().encode("utf-8"))


def _show_row(parts: DeskParts, request: Request, party: str, data: bytes) -> Response:
    try:
        draft = parse_draft(data)
    except (MalformedError, FootprintRefusedError) as error:
        return _ask(
            parts, request, party, (_trouble("draft", f"这一行读不了：{error}", f"This row cannot be read: {error}"),)
        )
    prepared = prepare_statement(draft, parts.service.deployment, now=parts.service.clock.now())
    title = ("签署碳足迹", "Sign a footprint")
    return signing_page(parts, request, prepared, title=title, back=desk_path("enterprise", party, "/upload"))
