"""Labels at the enterprise's desk: its batches and quotas, how labels are made on its own machine, sheets printed from a batch's public table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desks.book import LoggedBatch
from api.desks.fields import Trouble
from api.desks.holding import USABLE, held_by, quotas_of
from api.desks.label_rows import MOST_BYTES, MOST_LABELS, Excerpt, Ground, LabelRowsError, WrongRow, check_rows
from api.desks.parts import DeskParts
from api.desks.printing import Job, draw, plan_job, read_layout
from api.desks.routes.common import PER_PAGE, desk_path, name_of, no_party, party_in, refused, show
from api.desks.routes.enterprise import desk_values
from api.http.forms import FormLimits, read_form
from api.http.routes.access import blocking
from api.labels_print.sheet import PAGES
from api.pages.catalogue import Card
from api.pages.routes.common import cursor
from verifier.canonical import canonicalize
from verifier.encoding import parse_hex, to_hex
from verifier.errors import MalformedError
from verifier.statement import Statement, parse_entry, statement_document
from verifier.types import StatementId

_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,251}[A-Za-z0-9])?(?::[0-9]{1,5})?", re.ASCII)
_LIMITS: Final = FormLimits(fields=16, field_bytes=MOST_BYTES)
_DEFAULT_COUNT: Final = 1_000


def enterprise_labels_router(parts: DeskParts) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    base = "/desk/enterprise/{party}/labels"
    router.add_route(base, partial(_page, parts, _show_batches), methods=["GET"])
    router.add_route(base + "/make", partial(_page, parts, _show_making), methods=["GET"])
    router.add_route(base + "/certificate.json", partial(_page, parts, _certificate), methods=["GET"])
    router.add_route(base + "/print", partial(_print, parts), methods=["GET", "POST"])
    return router


async def _page(parts: DeskParts, work: Any, request: Request) -> Response:
    party = party_in(request)
    if party is None:
        return no_party(parts, request)
    found: Response = await blocking(work, parts, request, party)
    return found


# ---------------------------------------------------------------- batches


def _show_batches(parts: DeskParts, request: Request, party: str) -> Response:
    before = cursor(request, "before")
    read = list(
        {one.statement: one for one in parts.book.batches_of(party, before=before, limit=PER_PAGE + 1)}.values()
    )
    page = read[:PER_PAGE]
    cards = {one.labels.certificate: parts.pages.catalogue.card(one.labels.certificate) for one in page}
    listed = held_by(parts, party)
    states = parts.pages.statuses.states(listed)
    kept = {"lang": request.query_params["lang"]} if "lang" in request.query_params else {}
    usable = [one for one in listed if states[one.statement] in USABLE]
    return show(
        parts,
        request,
        "labels.html",
        **desk_values(parts, party, "labels"),
        rows=[(one, cards[one.labels.certificate]) for one in page],
        states=states,
        quotas=quotas_of(parts, party, usable[:PER_PAGE]),
        more_quotas=len(usable) > PER_PAGE,
        following="?" + urlencode({**kept, "before": page[-1].index}) if len(read) > PER_PAGE else "",
        is_first=before is None,
        most=MOST_LABELS,
    )


# ---------------------------------------------------------------- making


def _certificate_of(parts: DeskParts, request: Request, party: str) -> Card | None:
    """The certificate in the query, where it is held by the party."""
    try:
        statement = StatementId(parse_hex(request.query_params.get("certificate", ""), "/certificate", 32))
    except MalformedError:
        return None
    card = parts.pages.catalogue.card(statement)
    return card if card is not None and card.certificate.holder == party else None


def _no_certificate(parts: DeskParts, request: Request, party: str) -> Response:
    return refused(
        parts, request, ("没有这张证书", "No such certificate"),
        ("日志里没有这张证书，或者持证人不是这家企业。", "The log has no such certificate, or this enterprise does not hold it."),
        status=404, back=desk_path("enterprise", party, "/labels"),
    )  # fmt: skip


def _show_making(parts: DeskParts, request: Request, party: str) -> Response:
    card = _certificate_of(parts, request, party)
    if card is None:
        return _no_certificate(parts, request, party)
    (quota,) = quotas_of(parts, party, [card.listed])
    states = parts.pages.statuses.states([card.listed])
    host = request.headers.get("host", "")
    is_item = card.certificate.granularity == "item"
    return show(
        parts,
        request,
        "labels_make.html",
        **desk_values(parts, party, "labels"),
        card=card,
        certifier=name_of(parts, card.issuer),
        quota=quota,
        state=states[card.statement],
        resolver=host if _HOST.fullmatch(host) else "RESOLVER",
        count=min(quota.left, _DEFAULT_COUNT) if is_item else 1,
        is_item=is_item,
        is_model=card.certificate.granularity == "model",
    )


def _certificate(parts: DeskParts, request: Request, party: str) -> Response:
    """The certificate's statement as a file, for `tanji enterprise labels issue --certificate`."""
    card = _certificate_of(parts, request, party)
    found = () if card is None else parts.service.store.find([card.statement]).get(card.statement, ())
    for stored in found:
        entry = parse_entry(stored.entry)
        if entry.body is None or entry.body_bytes is None:
            continue
        statement = Statement(
            kind=entry.kind, issuer=entry.issuer, body=entry.body, issued_at=entry.issued_at, signer=entry.signer,
            signature=entry.signature, body_bytes=entry.body_bytes, body_hash=entry.body_hash,
        )  # fmt: skip
        headers = {"Content-Disposition": 'attachment; filename="certificate.json"'}
        return Response(canonicalize(statement_document(statement)), media_type="application/json", headers=headers)
    return _no_certificate(parts, request, party)


# ---------------------------------------------------------------- printing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is to be printed: whose, of which batch, from which table, how."""

    party: str
    batch: LoggedBatch
    card: Card
    form: Mapping[str, str]


def _batch(parts: DeskParts, party: str, text: str) -> tuple[LoggedBatch, Card] | None:
    """A batch of a party's under a certificate it holds."""
    try:
        batch = parts.book.batch(StatementId(parse_hex(text, "/batch", 32)))
    except MalformedError:
        return None
    card = None if batch is None else parts.pages.catalogue.card(batch.labels.certificate)
    if batch is None or card is None or batch.issuer != party or card.certificate.holder != party:
        return None
    return batch, card


def _no_batch(parts: DeskParts, request: Request, party: str) -> Response:
    return refused(
        parts, request, ("没有这个批次", "No such batch"),
        ("日志里没有这份标签声明，或者它不是这家企业签的。", "The log has no such labels statement, or another party signed it."),
        status=404, back=desk_path("enterprise", party, "/labels"),
    )  # fmt: skip


async def _print(parts: DeskParts, request: Request) -> Response:
    party = party_in(request)
    if party is None:
        return no_party(parts, request)
    wanted = request.query_params.get("batch", "")
    found = await blocking(_batch, parts, party, wanted)
    if found is None:
        return _no_batch(parts, request, party)
    batch, card = found
    if request.method == "GET":
        asked = _Asked(party=party, batch=batch, card=card, form={})
        return await blocking(_ask, parts, request, asked)
    async with read_form(request, most=MOST_BYTES + (1 << 20), files=1, limits=_LIMITS) as form:
        upload = form.files.get("file")
        data = form.fields.get("table", "").encode("utf-8") if upload is None else upload.file.read(MOST_BYTES + 1)
        asked = _Asked(party=party, batch=batch, card=card, form={**form.fields, "table": ""})
    return await blocking(_examine, parts, request, asked, data)


def _ask(
    parts: DeskParts, request: Request, asked: _Asked, troubles: Sequence[Trouble] = (), wrong: Sequence[WrongRow] = ()
) -> Response:
    given = {
        "page": "A4",
        "scale": "100",
        "gap": "0",
        "first": "1",
        "count": str(MOST_LABELS),
        "columns": "",
        "rows": "",
        **asked.form,
    }
    return show(
        parts,
        request,
        "labels_print.html",
        status=422 if troubles else 200,
        **desk_values(parts, asked.party, "labels"),
        batch=asked.batch,
        card=asked.card,
        state=parts.pages.statuses.states([asked.card.listed])[asked.card.statement],
        filled=given,
        pages=tuple(PAGES),
        troubles=troubles,
        wrong=wrong,
        most=MOST_LABELS,
    )


def _examine(parts: DeskParts, request: Request, asked: _Asked, data: bytes) -> Response:
    """Check every label; show the first one and the layout, or make the PDF."""
    layout, troubles = read_layout(asked.form)
    if not data:
        troubles = (
            *troubles,
            Trouble(field="file", rule="missing-member", zh="请选择 labels.csv", en="Choose labels.csv"),
        )
    if troubles:
        return _ask(parts, request, asked, troubles)
    host = request.headers.get("host", "")
    ground = Ground(
        batch=asked.batch,
        certificate=asked.card.certificate,
        separator=parts.service.deployment.domain_separator,
        resolver=host if _HOST.fullmatch(host) else "",
    )
    try:
        labels = check_rows(data, ground, Excerpt(first=layout.first, count=layout.count))
    except LabelRowsError as error:
        trouble = Trouble(field="file", rule=error.rule, zh=error.zh, en=error.en)
        return _ask(parts, request, asked, (trouble,), error.rows)
    certifier = name_of(parts, asked.card.issuer).name or asked.card.issuer
    job = plan_job(labels, ground, layout, certifier)
    if isinstance(job, Trouble):
        return _ask(parts, request, asked, (job,))
    if asked.form.get("as") == "pdf":
        return _pdf(job, asked)
    table = "\n".join(("url", *(one.url for one in labels)))
    return _preview(parts, request, asked, job, table)


def _preview(parts: DeskParts, request: Request, asked: _Asked, job: Job, table: str) -> Response:
    sheet, template = job.sheet, job.template
    left = (sheet.page[0] - sheet.columns * (template.width + sheet.gap) + sheet.gap) / 2
    top = (sheet.page[1] - sheet.rows * (template.height + sheet.gap) + sheet.gap) / 2
    kept = {name: asked.form.get(name, "") for name in ("page", "scale", "gap", "columns", "rows")}
    return show(
        parts,
        request,
        "labels_preview.html",
        **desk_values(parts, asked.party, "labels"),
        batch=asked.batch,
        card=asked.card,
        job=job,
        sample=job.sample(),
        cells=[
            (
                round(left + column * (template.width + sheet.gap), 2),
                round(top + row * (template.height + sheet.gap), 2),
            )
            for row in range(sheet.rows)
            for column in range(sheet.columns)
        ],
        kept={name: value for name, value in kept.items() if value},
        table=table,
    )


def _pdf(job: Job, asked: _Asked) -> Response:
    name = f"labels-{to_hex(asked.batch.statement)[2:14]}-{job.labels[0].serial or 'label'}-{len(job.labels)}.pdf"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(draw(job), media_type="application/pdf", headers=headers)
