"""The certifier's desk: what awaits it, its certificates, a certificate drafted from a footprint, the state of its accreditation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desks.awaiting import SHOWN, Awaiting, awaiting, issued_by
from api.desks.book import LoggedRule
from api.desks.certifying import HandedFootprint, certificate_body, checks_of, has_table, read_footprint, terms_of
from api.desks.fields import Trouble
from api.desks.parts import DeskParts
from api.desks.preparing import prepare_statement
from api.desks.routes.common import (
    LARGE,
    MOST_BYTES,
    PER_PAGE,
    desk_path,
    name_of,
    no_party,
    party_in,
    show,
    signing_page,
)
from api.desks.standing import Standing, standing_of
from api.desks.words import CERTIFICATE_FIELDS as LABELS
from api.desks.words import product_labels
from api.http.forms import read_form
from api.http.routes.access import blocking
from api.pages.catalogue import Card
from api.pages.facts import Named
from api.pages.routes.common import cursor
from api.pages.statuses import STATES
from api.runtime.statements import make_draft
from ledger.domain.catalogue import Listed
from ledger.services.evidence import BodyUnavailableError, NotAnchoredError, StatementUnknownError
from verifier.canonical import canonicalize
from verifier.encoding import parse_hex
from verifier.errors import MalformedError
from verifier.times import shanghai_date
from verifier.types import JsonValue, StatementId

_YEAR = 365 * 86_400
_NOT_LOGGED = Trouble(
    field="",
    rule="footprint.logged",
    zh="日志里没有这份足迹：请企业先签名提交",
    en="The log has no such footprint: the enterprise signs and submits it first",
)
_NOT_GRANTED = Trouble(
    field="category",
    rule="certificate.issuer",
    zh="贵机构现在没有这一类别的资质",
    en="You hold no accreditation for this category now",
)
_NO_KEY = Trouble(
    field="",
    rule="certificate.issuer",
    zh="贵机构没有可以签证书的有效密钥",
    en="You have no key in force that signs certificates",
)


def certifier_router(parts: DeskParts) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    router.add_route("/desk/certifier/{party}", partial(_overview, parts), methods=["GET"])
    router.add_route("/desk/certifier/{party}/certificates", partial(_certificates, parts), methods=["GET"])
    router.add_route("/desk/certifier/{party}/accreditation", partial(_accreditation, parts), methods=["GET"])
    router.add_route("/desk/certifier/{party}/draft", partial(_draft, parts), methods=["GET", "POST"])
    return router


def known_scopes(parts: DeskParts, party: str) -> set[str]:
    """Categories that a party's certificates and the rules name: what a scope's hash may stand for."""
    found = {one.category for one in parts.pages.catalogue.listed(party)}
    return found | {table.category for one in parts.book.rules() for table in one.rule.tables}


def rules_in_effect(parts: DeskParts, now: int) -> list[LoggedRule]:
    """The rules that count now, newest first: anybody may log one, but only those of issuers who may are followed."""
    found = [one for one in parts.book.rules() if one.rule.in_effect(now)]
    standings = {issuer: standing_of(parts.service, issuer, ()) for issuer in {one.issuer for one in found}}
    return [
        one for one in found if not standings[one.issuer].known or standings[one.issuer].categories("rule")
    ]  # a chain that cannot be asked hides none: the verdict looks again


def desk_values(parts: DeskParts, party: str, tab: str) -> dict[str, Any]:
    """What every page of this desk shows."""
    return {"party": party, "own": name_of(parts, party), "tab": tab, "base": desk_path("certifier", party)}


# ---------------------------------------------------------------- overview


async def _overview(parts: DeskParts, request: Request) -> Response:
    party = party_in(request)
    return no_party(parts, request) if party is None else await blocking(_show_overview, parts, request, party)


def _show_overview(parts: DeskParts, request: Request, party: str) -> Response:
    listed = issued_by(parts, party)
    states = parts.pages.statuses.states(listed)
    found: Awaiting = awaiting(parts, party, listed, states)
    standing = standing_of(parts.service, party, known_scopes(parts, party))
    counts = {state: sum(one == state for one in states.values()) for state in (*STATES, "unknown")}
    return show(
        parts,
        request,
        "certifier.html",
        **desk_values(parts, party, ""),
        awaiting=found,
        shown_most=SHOWN,
        footprints=[(one, name_of(parts, one.issuer)) for one in found.footprints[:PER_PAGE]],
        holders={
            card.statement: name_of(parts, card.certificate.holder)
            for card in (*found.ending, *found.suspended, *(old for old, _ in found.replaced))
        },
        standing=standing,
        counts={state: count for state, count in counts.items() if count},
        total=len(listed),
    )


# ---------------------------------------------------------------- own certificates


async def _certificates(parts: DeskParts, request: Request) -> Response:
    party = party_in(request)
    return no_party(parts, request) if party is None else await blocking(_show_certificates, parts, request, party)


def _show_certificates(parts: DeskParts, request: Request, party: str) -> Response:
    state = request.query_params.get("state", "")
    state = state if state in STATES else ""
    before = cursor(request, "before")
    listed = [one for one in issued_by(parts, party) if before is None or one.leaf_index < before]
    states = parts.pages.statuses.states(listed if state else listed[:PER_PAGE])
    chosen = [one for one in listed if states[one.statement] == state] if state else listed
    page = chosen[:PER_PAGE]
    kept = {"lang": request.query_params["lang"]} if "lang" in request.query_params else {}
    wanted = {**kept, **({"state": state} if state else {})}
    return show(
        parts,
        request,
        "certificates.html",
        **desk_values(parts, party, "certificates"),
        rows=_rows(parts, page),
        states=states,
        state=state,
        states_shown=STATES,
        filters={one: "?" + urlencode({**kept, **({"state": one} if one else {})}) for one in ("", *STATES)},
        following="?" + urlencode({**wanted, "before": page[-1].leaf_index}) if len(chosen) > PER_PAGE else "",
        is_first=before is None,
    )


def _rows(parts: DeskParts, page: Sequence[Listed]) -> list[tuple[Card, Named]]:
    cards = (parts.pages.catalogue.card(one.statement) for one in page)
    return [(card, name_of(parts, card.certificate.holder)) for card in cards if card is not None]


# ---------------------------------------------------------------- accreditation


async def _accreditation(parts: DeskParts, request: Request) -> Response:
    party = party_in(request)
    return no_party(parts, request) if party is None else await blocking(_show_accreditation, parts, request, party)


def _show_accreditation(parts: DeskParts, request: Request, party: str) -> Response:
    standing: Standing = standing_of(parts.service, party, known_scopes(parts, party))
    values = desk_values(parts, party, "accreditation")
    return show(parts, request, "accreditation.html", **values, standing=standing)


# ---------------------------------------------------------------- drafting


async def _draft(parts: DeskParts, request: Request) -> Response:
    party = party_in(request)
    if party is None:
        return no_party(parts, request)
    if request.method == "GET":
        return await blocking(_begin, parts, request, party)
    async with read_form(request, most=MOST_BYTES, files=1, limits=LARGE) as form:
        upload, fields = form.files.get("file"), dict(form.fields)
        data = fields.get("footprint", "").encode("utf-8") if upload is None else upload.file.read(MOST_BYTES)
    try:
        handed = read_footprint(data)
    except MalformedError as error:
        trouble = Trouble(
            field="file", rule=error.rule, zh=f"这份文件读不了：{error}", en=f"This file cannot be read: {error}"
        )
        return _ask_for_footprint(parts, request, party, (trouble,))
    if "number" not in fields or "resume" in fields:  # a draft kept in the browser comes back to be typed on
        given = fields if "number" in fields else _defaults(parts, handed)
        return await blocking(_show_form, parts, request, _Drafting(party=party, handed=handed, given=given))
    return await blocking(_examine, parts, request, _Drafting(party=party, handed=handed, given=fields))


def _begin(parts: DeskParts, request: Request, party: str) -> Response:
    """Ask for the footprint, or take it from a certificate that has shown it already (renewal, correction)."""
    certificate = request.query_params.get("certificate", "")
    if not certificate:
        return _ask_for_footprint(parts, request, party, ())
    found = _shown_before(parts, certificate)
    if found is None:
        trouble = Trouble(
            field="", rule="service.unknown",
            zh="这张证书的足迹现在取不到（未上链，或没有这张证书）。",
            en="This certificate's footprint cannot be had now (not anchored, or no such certificate).",
        )  # fmt: skip
        return _ask_for_footprint(parts, request, party, (trouble,))
    handed, card = found
    given = _defaults_from(parts, handed, card, request)
    return _show_form(parts, request, _Drafting(party=party, handed=handed, given=given))


def _shown_before(parts: DeskParts, text: str) -> tuple[HandedFootprint, Card] | None:
    try:
        statement = StatementId(parse_hex(text, "/certificate", 32))
        card = parts.pages.catalogue.card(statement)
        evidence = parts.service.evidence.of(statement).evidence
    except (MalformedError, StatementUnknownError, NotAnchoredError, BodyUnavailableError):
        return None
    if card is None or evidence.footprint is None:
        return None
    said = evidence.footprint.statement
    document: dict[str, JsonValue] = {"v": 1, "kind": said.kind, "issuer": said.issuer, "body": said.body}
    try:
        return read_footprint(canonicalize(document)), card
    except MalformedError:
        return None


def _defaults(parts: DeskParts, handed: HandedFootprint) -> dict[str, str]:
    now = parts.service.clock.now()
    until = min(now + _YEAR, handed.read.validity_end)
    rule = next((one for one in rules_in_effect(parts, now) if has_table(one, handed.read)), None)
    given = {
        "number": "",
        "version": "1",
        "category": handed.read.classifications[0] if handed.read.classifications else "",
        "assurance": "limited",
        "granularity": "item",
        "validFrom": shanghai_date(now),
        "validUntil": shanghai_date(until),
        "quota": "10000",
        "rule": "" if rule is None else f"0x{rule.statement.hex()}",
    }
    for number, code in enumerate(handed.products):
        given |= {f"product{number}": code, f"name{number}": handed.read.product_name}
    return given


def _defaults_from(parts: DeskParts, handed: HandedFootprint, card: Card, request: Request) -> dict[str, str]:
    """What an earlier certificate says, for its correction (`mode=correct`) or renewal."""
    old = card.certificate
    given = _defaults(parts, handed) | {
        "category": old.category,
        "schemeId": old.scheme_id,
        "schemeName": old.scheme_name,
        "assurance": old.assurance,
        "granularity": old.granularity,
        "quota": str(old.quota),
    }
    if request.query_params.get("mode") == "correct":
        given |= {
            "number": old.number,
            "version": str(old.version + 1),
            "replaces": f"0x{card.statement.hex()}",
            "validUntil": shanghai_date(old.valid_until),
        }
    return given


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drafting:
    """A certificate being drafted: by whom, from what, with which values in the form."""

    party: str
    handed: HandedFootprint
    given: Mapping[str, str]


def _ask_for_footprint(parts: DeskParts, request: Request, party: str, troubles: tuple[Trouble, ...]) -> Response:
    wanted = request.query_params.get("footprint", "")[:66]
    return show(
        parts,
        request,
        "draft_begin.html",
        status=422 if troubles else 200,
        **desk_values(parts, party, "draft"),
        troubles=troubles,
        wanted=wanted,
    )


def _show_form(parts: DeskParts, request: Request, drafting: _Drafting, troubles: tuple[Trouble, ...] = ()) -> Response:
    party, handed, given = drafting.party, drafting.handed, drafting.given
    now = parts.service.clock.now()
    standing = standing_of(parts.service, party, {*known_scopes(parts, party), *handed.read.classifications})
    return show(
        parts,
        request,
        "draft.html",
        status=422 if troubles else 200,
        **desk_values(parts, party, "draft"),
        handed=handed,
        footprint=handed.read,
        holder=name_of(parts, handed.signed.issuer),
        checks=checks_of(handed, parts.book, certifier=party, now=now),
        granted=standing.categories("certificate"),
        standing=standing,
        rules=[(one, has_table(one, handed.read)) for one in rules_in_effect(parts, now)],
        labels={**LABELS, **{name: words for n in range(len(handed.products)) for name, words in product_labels(n)}},
        filled=_Given(given),
        troubles=troubles,
        answered="number" in given and bool(troubles),
    )


class _Given(dict[str, str]):
    """A form's values; what was not given is empty."""

    def __missing__(self, key: str) -> str:
        return ""


def _examine(parts: DeskParts, request: Request, drafting: _Drafting) -> Response:
    """The form came back: everything that is wrong beside its field, or the exact text to sign."""
    now, party, handed = parts.service.clock.now(), drafting.party, drafting.handed
    asked = terms_of(drafting.given, handed, rules_in_effect(parts, now), certifier=party, now=now)
    body, troubles = certificate_body(handed, asked, now=now)
    troubles = (*troubles, *_entitlement(parts, party, handed, "" if "category" in asked.bad else asked.terms.category))
    if body is None or troubles:
        return _show_form(parts, request, drafting, troubles)
    try:
        draft = make_draft("certificate", party, body)
    except MalformedError as error:
        trouble = Trouble(
            field="", rule=error.rule, zh=f"证书不合格式：{error}", en=f"The certificate is not of its form: {error}"
        )
        return _show_form(parts, request, drafting, (trouble,))
    return signing_page(
        parts,
        request,
        prepare_statement(draft, parts.service.deployment, now=now),
        title=("签发证书", "Issue a certificate"),
        back=desk_path("certifier", party),
        notes=(
            (
                "请把下面的文字与审定的内容核对一遍：签名之后就是公开的承诺，更正只能换证。",
                "Compare the text below with what you approved: once signed it is a public commitment, corrected only by a new version.",
            ),
        ),
    )  # fmt: skip


def _entitlement(parts: DeskParts, party: str, handed: HandedFootprint, category: str) -> tuple[Trouble, ...]:
    """What would make every verifier reject the certificate; said before anybody signs."""
    found: list[Trouble] = []
    if parts.book.footprint(handed.signed.id) is None:
        found.append(_NOT_LOGGED)
    standing = standing_of(parts.service, party, {category})
    if standing.known and category and category not in standing.categories("certificate"):
        found.append(_NOT_GRANTED)
    if standing.known and not standing.can("certificate"):
        found.append(_NO_KEY)
    return tuple(found)
