"""Signing in with a registered key, and out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import OWN, answer
from api.http.openapi import PARTY, TIME, answers, body_of, described, ok, path_parameter, with_session
from api.http.requests import Query, read_json
from api.http.routes.access import blocking, confidential_of
from api.http.sessions import csrf_of
from ledger.domain.payload_errors import PayloadUnknownError
from ledger.domain.payloads import Session, SessionId
from verifier.bodies.fields import read_object
from verifier.encoding import parse_hex, to_hex
from verifier.errors import MalformedError
from verifier.identifiers import parse_party
from verifier.signature import parse_address, parse_signature, to_checksum

if TYPE_CHECKING:
    from ledger.services.sessions import Opened, Sessions

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])
MOST: Final = 8_192
_ADDRESS: Final = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
_ID: Final[dict[str, Any]] = {"type": "string", "pattern": "^0x[0-9a-f]{32}$", "example": "0x" + "1f" * 16}
_SESSION: Final = {
    "id": "0x" + "1f" * 16,
    "party": PARTY,
    "address": _ADDRESS,
    "createdAt": TIME["example"],
    "expiresAt": TIME["example"] + 28_800,
    "current": True,
}
_MESSAGE: Final = "ledger.example wants you to sign in with your Ethereum account:\n0x7E5F…\n\nSign in to Tanji as …"


@router.post(
    "/nonce",
    operation_id="signInMessage",
    summary="The message (EIP-4361) that a registered key signs to sign in; good for five minutes, once",
    description="Sign `message` as it stands with personal_sign (EIP-191) and send both to POST /v1/sessions.",
    responses=answers(
        {200: ok("message", {"message": _MESSAGE, "nonce": "00…", "expiresAt": TIME["example"]})},
        400,
        403,
        413,
        415,
        503,
    ),
    openapi_extra=described(body=body_of({"address": _ADDRESS, "party": PARTY})),
)
async def nonce(request: Request) -> Response:
    """A message to sign."""
    Query(request, ())
    door = confidential_of(request).door
    door.require_own_page(request)
    members = read_object(await read_json(request, MOST), "", frozenset({"address", "party"}))
    address, party = parse_address(members["address"], "/address"), parse_party(members["party"], "/party")
    made = await blocking(door.sessions.challenge, address, party, door.own_origin(request))
    return answer({"message": made.message, "nonce": made.nonce, "expiresAt": made.expires_at}, headers=OWN)


@router.post(
    "",
    operation_id="signIn",
    summary="Sign in with a signed message",
    description="`use` cookie: the browser keeps the token where no script reads it, and `csrf` goes into X-Tanji-CSRF of later writes. "
    "`use` bearer: `token` goes into Authorization. The key must be registered for the party, in force, and more than a label or sequencer key.",
    status_code=201,
    responses=answers({201: ok("signed in", {"session": _SESSION, "csrf": "Jx0…"})}, 400, 403, 413, 415, 503),
    openapi_extra=described(body=body_of({"message": _MESSAGE, "signature": "0x" + "6f" * 65, "use": "bearer"})),
)
async def sign_in(request: Request) -> Response:
    """A session."""
    Query(request, ())
    door = confidential_of(request).door
    door.require_own_page(request)
    members = read_object(await read_json(request, MOST), "", frozenset({"message", "signature", "use"}))
    if members["use"] not in ("cookie", "bearer"):
        raise MalformedError("choice", "/use", "cookie or bearer")
    signature = parse_signature(parse_hex(members["signature"], "/signature", 65), "/signature")
    opened = await blocking(door.sessions.sign_in, members["message"], signature, door.own_origin(request))
    document: dict[str, object] = {"session": _document(opened.session, opened.session)}
    if members["use"] == "bearer":
        return answer({**document, "token": opened.token}, status=201, headers=OWN)
    response = answer({**document, "csrf": csrf_of(opened.token)}, status=201, headers=OWN)
    door.set_cookie(request, response, opened.token, _seconds(opened))
    return response


@router.get(
    "",
    operation_id="listSessions",
    summary="The sessions of one's own party",
    responses=answers({200: ok("newest first", {"sessions": [_SESSION]})}, 400, 401, 503),
    openapi_extra=with_session(),
)
async def sessions(request: Request) -> Response:
    """All of the party's."""
    Query(request, ())
    door = confidential_of(request).door
    session = await blocking(door.enter, request)
    found = await blocking(door.sessions.of_party, session)
    return answer({"sessions": [_document(one, session) for one in found]}, headers=OWN)


@router.get(
    "/current",
    operation_id="currentSession",
    summary="Who is signed in, what the key may do, and the token that writes of a page carry",
    responses=answers(
        {200: ok("session", {"session": _SESSION, "purposes": ["certificate"], "csrf": "Jx0…"})}, 400, 401, 503
    ),
    openapi_extra=with_session(),
)
async def current(request: Request) -> Response:
    """Who I am."""
    Query(request, ())
    door = confidential_of(request).door
    session = await blocking(door.enter, request)
    document = {
        "session": _document(session, session),
        "purposes": await blocking(_purposes, door.sessions, session),
    }
    csrf = door.csrf(request)
    return answer(document if csrf is None else {**document, "csrf": csrf}, headers=OWN)


@router.delete(
    "/current",
    operation_id="signOut",
    summary="Sign out",
    status_code=204,
    responses=answers({204: {"description": "signed out"}}, 400, 401, 403, 503),
    openapi_extra=with_session(),
)
async def sign_out(request: Request) -> Response:
    """End this session."""
    Query(request, ())
    door = confidential_of(request).door
    session = await blocking(door.enter, request)
    await blocking(door.sessions.end, session, session.id)
    response = Response(status_code=204, headers={"Cache-Control": "no-store", **OWN})
    door.clear_cookie(request, response)
    return response


@router.delete(
    "/{session}",
    operation_id="endSession",
    summary="End another session: of one's own key, or, with an admin key, of one's party",
    status_code=204,
    responses=answers({204: {"description": "ended"}}, 400, 401, 403, 404, 503),
    openapi_extra=with_session(path_parameter("session", _ID, "a session's id")),
)
async def end(request: Request) -> Response:
    """End that session."""
    Query(request, ())
    door = confidential_of(request).door
    ended = SessionId(parse_hex(request.path_params["session"], "/session", 16))
    session = await blocking(door.enter, request)
    if not await blocking(door.sessions.end, session, ended):
        raise PayloadUnknownError
    return Response(status_code=204, headers={"Cache-Control": "no-store", **OWN})


def _purposes(sessions: Sessions, session: Session) -> list[str]:
    return list(sessions.purposes(session))


def _seconds(opened: Opened) -> int:
    return opened.session.expires_at - opened.session.created_at


def _document(session: Session, mine: Session) -> dict[str, object]:
    return {
        "id": to_hex(session.id),
        "party": session.party,
        "address": to_checksum(session.signer),
        "createdAt": session.created_at,
        "expiresAt": session.expires_at,
        "current": session.id == mine.id,
    }
