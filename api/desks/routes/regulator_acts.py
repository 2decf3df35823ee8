"""A regulator's acts: a form for each, what it will do in plain words, the exact call, and the wallet that sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desks.acts import ACTS
from api.desks.desk_regulator import RegulatorDesk
from api.desks.examining import COMPROMISE_SECONDS, GRANTED, Examined, examine
from api.desks.fields import Trouble
from api.desks.parts import DeskParts
from api.desks.plain import TITLES
from api.desks.preparing import PreparedTransaction
from api.desks.registered import AWAY
from api.desks.routes.common import name_of, signing_page
from api.desks.routes.regulator_common import BASE, desk_page, visitor_of
from api.http.forms import read_form
from api.http.routes.access import blocking
from api.pages.routes.common import message
from verifier.documents import SMALL_DOCUMENT_BYTES

FORM_BYTES: Final = 2 * SMALL_DOCUMENT_BYTES
_FIELDS: Final = ("party", "name", "nameEn", "url", "irregular", "successor", "key", "at", "since", "purpose", "scope", "from", "until", "request")  # fmt: skip
_AWAY: Final = Trouble(
    field="",
    rule="chain.unavailable",
    zh="现在问不到链上节点，请稍后再试：什么都没有发出。",
    en="The chain cannot be asked just now; try again later. Nothing was sent.",
)


def acts_router(parts: DeskParts, desk: RegulatorDesk) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    router.add_route(f"{BASE}/act/{{name}}", partial(_act, parts, desk), methods=["GET", "POST"])
    return router


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """An act's name, what its form holds, and the file that came with it."""

    name: str
    fields: Mapping[str, str]
    file: bytes = b""


async def _act(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    name = request.path_params["name"]
    if name not in ACTS:
        return message(
            parts.pages, request, "inconclusive", ("没有这个页面", "No such page"),
            ("地址可能抄错了。", "The address may be mistyped."), status=404, back=BASE,
        )  # fmt: skip
    if request.method == "GET":
        return await blocking(_form, parts, desk, request, _Asked(name=name, fields=dict(request.query_params)))
    async with read_form(request, most=FORM_BYTES, files=1) as form:
        upload = form.files.get("file")
        file = b"" if upload is None else upload.file.read(SMALL_DOCUMENT_BYTES + 1)
        asked = _Asked(name=name, fields=dict(form.fields), file=file)
    return await blocking(_examine, parts, desk, request, asked)


def _form(
    parts: DeskParts, desk: RegulatorDesk, request: Request, asked: _Asked, troubles: tuple[Trouble, ...] = ()
) -> Response:
    name, fields = asked.name, asked.fields
    party = fields.get("party", "")[:64]
    now = parts.service.clock.now()
    return desk_page(
        parts,
        request,
        "regulator_act.html",
        tab="parties",
        visitor=visitor_of(parts, request),
        status=422 if troubles else 200,
        name=name,
        title=TITLES[name],
        filled={field: fields.get(field, "")[:2_048] for field in _FIELDS},
        own=name_of(parts, party) if party else None,
        scopes=sorted(one for one in desk.scopes() if not one.startswith("gs1:")) if name == "open-grant" else (),
        granted=GRANTED,
        earliest=now - COMPROMISE_SECONDS,
        now=now,
        troubles=troubles,
    )


def _examine(parts: DeskParts, desk: RegulatorDesk, request: Request, asked: _Asked) -> Response:
    name, fields = asked.name, asked.fields
    try:
        found = examine(name, fields, asked.file, parts.service)
    except AWAY:
        found = Examined(act=None, troubles=(_AWAY,))
    act = found.act
    if act is None:
        return _form(parts, desk, request, asked, found.troubles)
    after = None if act.profile is None else (f"{BASE}/profiles", act.profile.document())
    prepared = PreparedTransaction(
        summary=act.summary,
        call=act.call(parts.service.deployment),
        wish=act.wish,
        purpose="regulator",
        after=after,
        command=act.command_line,
    )
    party = fields.get("party", "")
    return signing_page(
        parts,
        request,
        prepared,
        title=TITLES[name],
        back=f"{BASE}/parties/{party}" if party and name != "admit" else f"{BASE}/parties",
        notes=found.notes,
    )
