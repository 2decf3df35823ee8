"""What only the enterprise itself may read or record, for a session of one of its keys: what speaks against its labels, states of its items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.desks.concerns import SHOWN, copies_of, reports_of
from api.desks.fields import Trouble
from api.desks.parts import DeskParts
from api.desks.routes.common import desk_path, no_party, party_in, show
from api.desks.routes.enterprise import desk_values
from api.http.answers import OWN
from api.http.errors import RequestError
from api.http.forms import FormLimits, read_form
from api.http.routes.access import blocking
from api.http.scans import LabelUnsignedError, ScanDesk
from api.http.sessions import Door
from api.pages import words as page_words
from ledger.domain.errors import LedgerError
from ledger.domain.payloads import Session
from ledger.domain.scan_errors import TransitionError, UnknownItemError
from ledger.domain.scans import ItemState, StateChange
from ledger.domain.session_errors import SessionForbiddenError, SessionRequiredError
from verifier.errors import MalformedError
from verifier.sentences import sentence

MOST_ITEMS: Final = 200
MOST_BYTES: Final = 200_000
STATES: Final = (ItemState.SOLD, ItemState.RETURNED, ItemState.CONSUMED, ItemState.RECALLED)
_LIMITS: Final = FormLimits(fields=8, field_bytes=MOST_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who is signed in for this enterprise. csrf: what forms of its pages carry."""

    session: Session
    csrf: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """Why nobody is: sign_in False where this service opens no sessions; other: whose session it is instead."""

    sign_in: bool
    other: str = ""
    csrf: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """One label of the form, and what became of it."""

    number: int
    text: str
    gtin: str = ""
    serial: str = ""
    states: tuple[StateChange, ...] = ()
    signals: tuple[tuple[str, str], ...] = ()
    trouble: Trouble | None = None


class _Work(Protocol):
    def __call__(self, parts: DeskParts, request: Request, party: str, who: Visitor | Away) -> Response: ...


def enterprise_own_router(parts: DeskParts) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    base = "/desk/enterprise/{party}"
    router.add_route(base + "/signals", partial(_page, parts, _show_signals), methods=["GET"])
    router.add_route(base + "/items", partial(_page, parts, _show_items), methods=["GET"])
    router.add_route(base + "/items", partial(_record, parts), methods=["POST"])
    router.add_route(base + "/leave", partial(_leave, parts), methods=["POST"])
    return router


def door_of(parts: DeskParts) -> Door | None:
    """Where sessions are had; None where they are not."""
    return None if parts.service.confidential is None else parts.service.confidential.door


def enter(parts: DeskParts, request: Request, party: str, csrf: str = "") -> Visitor | Away:
    """Whose session it is. Raises SessionForbiddenError (a form from elsewhere), BackpressureError, StoreError. Blocks."""
    door = door_of(parts)
    if door is None:
        return Away(sign_in=False)
    try:
        session = door.enter_page(request, csrf)
    except SessionRequiredError:
        return Away(sign_in=True)
    except SessionForbiddenError:
        if request.method not in ("GET", "HEAD"):
            raise
        return Away(sign_in=False)  # not over this address
    token = door.csrf(request) or ""
    if session.party != party:
        return Away(sign_in=True, other=session.party, csrf=token)
    return Visitor(session=session, csrf=token)


async def _page(parts: DeskParts, work: _Work, request: Request) -> Response:
    party = party_in(request)
    if party is None:
        return no_party(parts, request)
    return await blocking(lambda: work(parts, request, party, enter(parts, request, party)))


def _values(parts: DeskParts, party: str, tab: str, who: Visitor | Away) -> dict[str, Any]:
    is_in = isinstance(who, Visitor)
    return {
        **desk_values(parts, party, tab),
        "who_is": who if is_in else None,
        "away": None if is_in else who,
        "headers": OWN,
    }


def _show_signals(parts: DeskParts, request: Request, party: str, who: Visitor | Away) -> Response:
    is_in = isinstance(who, Visitor)
    return show(
        parts,
        request,
        "signals.html",
        **_values(parts, party, "signals", who),
        kept=parts.pages.scans is not None,
        copies=copies_of(parts, party) if is_in else (),
        reports=reports_of(parts, party) if is_in else (),
        report_reasons=dict(page_words.REPORT_REASONS),
        verdicts=page_words.VERDICTS,
        most=SHOWN,
    )


# ---------------------------------------------------------------- items


def _show_items(
    parts: DeskParts, request: Request, party: str, who: Visitor | Away, *, lines: Sequence[ItemLine] = (),
    form: Mapping[str, str] | None = None, troubles: Sequence[Trouble] = (),
) -> Response:  # fmt: skip
    form = form or {}
    return show(
        parts,
        request,
        "items.html",
        status=422 if troubles else 200,
        **_values(parts, party, "labels", who),
        kept=parts.pages.scans is not None,
        lines=lines,
        typed=form.get("labels", ""),
        chosen=form.get("state", ""),
        states_shown=[one.value for one in STATES],
        troubles=troubles,
        most=MOST_ITEMS,
    )


async def _record(parts: DeskParts, request: Request) -> Response:
    party = party_in(request)
    if party is None:
        return no_party(parts, request)
    async with read_form(request, most=MOST_BYTES, files=1, limits=_LIMITS) as form:
        fields = dict(form.fields)
    return await blocking(_look, parts, request, party, fields)


def _look(parts: DeskParts, request: Request, party: str, fields: Mapping[str, str]) -> Response:
    """Look the labels up, and record the state chosen, each by itself: one that is refused keeps no other back."""
    who = enter(parts, request, party, fields.get("csrf", ""))
    texts = [line.strip() for line in fields.get("labels", "").split("\n") if line.strip()]
    troubles: list[Trouble] = []
    if not texts:
        troubles.append(
            Trouble(
                field="labels",
                rule="missing-member",
                zh="请填标签链接，一行一个",
                en="Labels' links are due, one a line",
            )
        )
    if len(texts) > MOST_ITEMS:
        troubles.append(
            Trouble(field="labels", rule="rows", zh=f"一次至多 {MOST_ITEMS} 个", en=f"At most {MOST_ITEMS} at once")
        )
    wanted = fields.get("state", "")
    if wanted and wanted not in [one.value for one in STATES]:
        troubles.append(Trouble(field="state", rule="choice", zh="请选择一种状态", en="Choose a state"))
    if troubles or isinstance(who, Away) or parts.pages.scans is None or parts.pages.seen is None:
        return _show_items(parts, request, party, who, form=fields, troubles=troubles)
    pages = parts.pages
    desk = ScanDesk(records=parts.pages.scans, waiting=parts.pages.seen, labels=pages.judge, platforms=pages.platforms)
    state = ItemState(wanted) if wanted else None
    purposes: tuple[str, ...] = ()  # at this desk nobody speaks as the regulator
    lines = [_line(desk, number, text, state, (who.session, purposes)) for number, text in enumerate(texts, 1)]
    return _show_items(parts, request, party, who, lines=lines, form=fields)


def _line(
    desk: ScanDesk, number: int, text: str, state: ItemState | None, speaker: tuple[Session, tuple[str, ...]]
) -> ItemLine:
    session, purposes = speaker
    shown = text[:200]
    try:
        item, issuer = desk.item(text)
        if issuer != session.party:
            trouble = Trouble(field="label", rule="labels-of-another", zh="不是贵企业的标签", en="Not a label of yours")
            return ItemLine(number=number, text=shown, trouble=trouble)
        if state is not None:
            desk.set_state(item, state, session, purposes)
        states, signals = tuple(desk.records.states_of(item)), desk.records.signals_of(item)
    except (MalformedError, RequestError, LedgerError) as error:
        return ItemLine(number=number, text=shown, trouble=_refusal(error))
    said = tuple(sentence("label.copied", "suspect", one.reason, one.fields) for one in signals)
    return ItemLine(number=number, text=shown, gtin=item.gtin, serial=item.serial, states=states, signals=said)


def _refusal(error: MalformedError | RequestError | LedgerError) -> Trouble:
    """Why nothing was recorded or told of a label."""
    rule = str(getattr(error, "rule", "") or getattr(error, "code", ""))
    match error:
        case MalformedError():
            zh, en = "不是标签链接", "Not a label's link"
        case LabelUnsignedError():
            zh, en = "签名不成立，或不是单件的标签", "The signature does not hold, or it is no item's label"
        case UnknownItemError():
            zh, en = (
                "运营者没有这枚标签的数据（请交 leaves.bin）",
                "The operator has no data of this label: hand in leaves.bin",
            )
        case TransitionError():
            zh, en = f"从现在的状态不能这样变更（{error}）", f"Not from where it stands ({error})"
        case _:
            zh, en = f"没有记录：{error}", f"Not recorded: {error}"
    return Trouble(field="label", rule=rule, zh=zh, en=en)


# ---------------------------------------------------------------- leaving


async def _leave(parts: DeskParts, request: Request) -> Response:
    party = party_in(request)
    if party is None:
        return no_party(parts, request)
    async with read_form(request, most=MOST_BYTES, files=1, limits=_LIMITS) as form:
        csrf = form.fields.get("csrf", "")
    return await blocking(_end, parts, request, party, csrf)


def _end(parts: DeskParts, request: Request, party: str, csrf: str) -> Response:
    door = door_of(parts)
    keep = f"?lang={request.query_params['lang']}" if request.query_params.get("lang") in ("zh", "en") else ""
    response = RedirectResponse(desk_path("enterprise", party) + keep, status_code=303, headers=dict(OWN))
    if door is not None:
        try:
            session: Session | None = door.enter_page(request, csrf)
        except SessionRequiredError:
            session = None  # ended already
        if session is not None:
            door.sessions.end(session, session.id)
        door.clear_cookie(request, response)
    return response
