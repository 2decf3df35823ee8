"""The regulator's desk: what awaits it, parties with their keys and grants, grade rules, signing out; and names kept once the chain vouches for them."""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desks.desk_regulator import RegulatorDesk
from api.desks.parts import DeskParts
from api.desks.registered import AWAY, Registered
from api.desks.routes.common import name_of, no_party, party_in, refused
from api.desks.routes.regulator_common import BASE, back_to, desk_page, door_of, visitor_of
from api.desks.standing import Standing, standing_of
from api.http.answers import answer
from api.http.errors import RequestError, UnknownError
from api.http.forms import MULTIPART, read_form
from api.http.requests import read_body
from api.http.routes.access import blocking
from api.pages.facts import Named
from ledger.chain.registry import registry_at_head
from verifier.canonical import parse
from verifier.documents import SMALL_DOCUMENT_BYTES
from verifier.errors import MalformedError
from verifier.identifiers import party_id
from verifier.snapshot import Profile, parse_profile
from verifier.types import JsonValue

PER_PAGE: Final = 25
NEWEST: Final = 5
FORM_BYTES: Final = 4_096


class ProfileRefusedError(RequestError):
    """A profile whose hash the chain does not hold."""

    code = "desk.profile"
    status = 409


def regulator_router(parts: DeskParts, desk: RegulatorDesk) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    router.add_route(BASE, partial(_overview, parts, desk), methods=["GET"])
    router.add_route(f"{BASE}/parties", partial(_parties, parts, desk), methods=["GET"])
    router.add_route(f"{BASE}/parties/{{party}}", partial(_party, parts, desk), methods=["GET"])
    router.add_route(f"{BASE}/profiles", partial(_profiles, parts), methods=["POST"])
    router.add_route(f"{BASE}/leave", partial(_leave, parts), methods=["POST"])
    return router


# ---------------------------------------------------------------- overview


async def _overview(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    return await blocking(_show_overview, parts, desk, request)


def _show_overview(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    visitor = visitor_of(parts, request)
    found = _registered(desk)
    keys = () if found is None else found.keys_ending()
    grants = () if found is None else found.grants_ending()
    unusual = desk.statistics.unusual()
    return desk_page(
        parts,
        request,
        "regulator.html",
        tab="",
        visitor=visitor,
        known=found is not None,
        parties=0 if found is None else len(found.parties),
        keys=[(one, name_of(parts, one.party)) for one in keys[:PER_PAGE]],
        grants=[(one, name_of(parts, one.party)) for one in grants[:PER_PAGE]],
        keys_total=len(keys),
        grants_total=len(grants),
        unusual=[(one, name_of(parts, one.party)) for one in unusual],
        reports=None if visitor is None or desk.queue is None else desk.queue.counts(),
        copies=None if visitor is None else desk.copies_lately(),
    )


def _registered(desk: RegulatorDesk) -> Registered | None:
    try:
        return desk.registered()
    except AWAY:
        return None


# ---------------------------------------------------------------- parties


async def _parties(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    return await blocking(_show_parties, parts, desk, request)


def _show_parties(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    query = request.query_params.get("q", "").strip()[:100]
    after = request.query_params.get("after", "")[:64]
    found = _registered(desk)
    fitting = [one for one in parts.service.profiles.all() if _fits(one, query) and one.party > after]
    page = fitting[:PER_PAGE]
    kept = {name: request.query_params[name] for name in ("lang",) if name in request.query_params}
    wanted = kept | ({"q": query} if query else {})
    following = "?" + urlencode({**wanted, "after": page[-1].party}) if len(fitting) > PER_PAGE else ""
    return desk_page(
        parts,
        request,
        "regulator_parties.html",
        tab="parties",
        visitor=visitor_of(parts, request),
        query=query,
        rows=[_row(one, found) for one in page],
        known=found is not None,
        following=following,
        is_first=not after,
        total=len(fitting),
    )


def _fits(profile: Profile, query: str) -> bool:
    text = f"{profile.party} {profile.name} {profile.name_en or ''}".casefold()
    return all(word in text for word in query.casefold().split())


def _row(profile: Profile, found: Registered | None) -> dict[str, Any]:
    now = 0 if found is None else found.time
    keys = [] if found is None else [one for one in found.keys if one.party == profile.party]
    grants = [] if found is None else [one for one in found.grants if one.party == profile.party]
    return {
        "profile": profile,
        "registered": found is not None and profile.party in found.parties,
        "keys": sum(one.interval.in_force_at(now) and one.compromised_since is None for one in keys),
        "grants": sum(one.interval.in_force_at(now) for one in grants),
        "purposes": sorted({one.purpose for one in grants if one.interval.in_force_at(now)}),
    }


async def _party(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    party = party_in(request)
    if party is None:
        return no_party(parts, request)
    return await blocking(_show_party, parts, desk, request, party)


def _show_party(parts: DeskParts, desk: RegulatorDesk, request: Request, party: str) -> Response:
    scopes = desk.scopes()
    standing: Standing = standing_of(parts.service, party, scopes)
    own: Named = name_of(parts, party)
    return desk_page(
        parts,
        request,
        "regulator_party.html",
        tab="parties",
        visitor=visitor_of(parts, request),
        party=party,
        own=own,
        standing=standing,
        successor=_successor(parts, party) if standing.registered else None,
        now=parts.service.clock.now(),
        profile=parts.service.profiles.of(party),
    )


def _successor(parts: DeskParts, party: str) -> str | None:
    try:
        found = parts.service.registries().party(party)["successor"]
    except (UnknownError, *AWAY):
        return None
    return found if isinstance(found, str) else None


# ---------------------------------------------------------------- names


async def _profiles(parts: DeskParts, request: Request) -> Response:
    """Keep a party's public profile, as JSON or from a form. Anybody may bring it: the chain holds its hash, which the regulator put there."""
    if not request.headers.get("content-type", "").lower().startswith(MULTIPART):
        return answer(await blocking(_keep_profile, parts, await read_body(request, SMALL_DOCUMENT_BYTES)))
    async with read_form(request, most=2 * SMALL_DOCUMENT_BYTES, files=1) as form:
        upload = form.files.get("file")
        data = b"" if upload is None else upload.file.read(SMALL_DOCUMENT_BYTES + 1)
    try:
        kept = await blocking(_keep_profile, parts, data)
    except (MalformedError, ProfileRefusedError) as error:
        return refused(
            parts, request, ("没有登记", "Not taken"), (f"{error}", f"{error}"),
            ("链上没有这份档案的哈希，或文件不是档案。", "The chain does not hold this profile's hash, or the file is no profile."), back=f"{BASE}/parties",
        )  # fmt: skip
    return back_to(request, f"{BASE}/parties/{kept['party']}")


def _keep_profile(parts: DeskParts, data: bytes) -> dict[str, JsonValue]:
    profile = parse_profile(parse(data, SMALL_DOCUMENT_BYTES), "")
    desk = parts.service.registries()
    if registry_at_head(desk.chain, desk.deployment).profile_hash(party_id(profile.party)) != profile.digest():
        raise ProfileRefusedError(
            f"the chain does not hold this profile of {profile.party}", field="profile", rule="profile-hash"
        )
    parts.service.profiles.keep(profile)
    return {"party": profile.party, "kept": True}


# ---------------------------------------------------------------- signing out


async def _leave(parts: DeskParts, request: Request) -> Response:
    async with read_form(request, most=FORM_BYTES) as form:
        csrf = form.text("csrf", 64)
    door = door_of(parts)
    if door is None:
        return back_to(request, BASE)

    def end() -> Response:
        session = door.enter_page(request, csrf)
        door.sessions.end(session, session.id)
        response = back_to(request, BASE)
        door.clear_cookie(request, response)
        return response

    return await blocking(end)
