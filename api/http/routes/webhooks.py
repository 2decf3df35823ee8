"""Webhooks: signed orders about endpoints, and the keys that messages are signed with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import BRIEF, OWN, answer
from api.http.errors import ReadOnlyError, UnknownError
from api.http.openapi import ID, PARTY, TIME, answers, described, ok
from api.http.requests import Query, read_body
from api.http.routes.access import service_of
from api.http.webhooks import keys_document, outcome_document
from ledger.domain.webhook_orders import Action
from verifier.documents import SMALL_DOCUMENT_BYTES

if TYPE_CHECKING:
    from api.http.webhooks import Webhooks

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
_NOW: Final = int(TIME["example"])
_ENDPOINT: Final = "wh_" + "2b" * 16
_URL: Final = "https://hooks.bank.example/tanji"
# Action, target and details, with what each is for.
_ORDERS: Final[tuple[tuple[Action, str, dict[str, Any], str], ...]] = (
    (
        Action.ADD,
        _URL,
        {"kinds": ["status"], "certificates": [ID], "cursor": "17-3-1200"},
        "register an endpoint; `cursor` tells it what happened since, without one it begins now",
    ),
    (Action.LIST, "", {}, "the party's endpoints"),
    (Action.PAUSE, _ENDPOINT, {}, "tell it nothing until it is resumed"),
    (Action.RESUME, _ENDPOINT, {}, "go on where it stopped: nothing is left out"),
    (Action.REPLAY, _ENDPOINT, {"cursor": "0-0-1100"}, "tell everything after this cursor again, under the same message ids"),
    (Action.DELIVERIES, _ENDPOINT, {"after": 0, "state": "dead"}, "100 messages and how they fare, with larger numbers than `after`"),
    (Action.REMOVE, _ENDPOINT, {}, "end it for good"),
)  # fmt: skip
_SHOWN: Final = {
    "endpoint": _ENDPOINT,
    "party": PARTY,
    "url": _URL,
    "kinds": ["status"],
    "certificates": [ID],
    "parties": [],
    "state": "active",
    "reason": "",
    "createdAt": _NOW,
    "expiresAt": _NOW + 2 * 366 * 86_400,
    "cursor": "17-3-1200",
    "failures": 0,
}
_DELIVERY: Final = {
    "number": 41,
    "message": "msg_" + "1f" * 16,
    "kind": "status",
    "cursor": "17-3-1250",
    "state": "waiting",
    "attempts": 2,
    "nextAt": _NOW + 30,
    "answer": 503,
    "problem": "status: 503",
    "createdAt": _NOW,
    "settledAt": None,
}
_ADDED: Final = {"action": "add", "isNew": True, "endpoints": [_SHOWN]}
_FOUND: Final = {"action": "deliveries", "isNew": True, "endpoints": [_SHOWN], "deliveries": [_DELIVERY], "next": 41}
_KEY: Final = "whpk_" + "A" * 43 + "="


def _order(action: Action, target: str, details: dict[str, Any]) -> dict[str, Any]:
    members = {"action": str(action), "party": PARTY, "target": target, "details": details}
    return {
        "v": 1,
        "webhookOrder": {**members, "issuedAt": _NOW, "deadline": _NOW + 600},
        "signature": "0x" + "6f" * 65,
    }


def _body() -> dict[str, Any]:
    examples = {
        str(action): {"summary": text, "value": _order(action, target, details)}
        for action, target, details, text in _ORDERS
    }
    content = {"application/json": {"schema": {"type": "object"}, "examples": examples}}
    return {"required": True, "description": "a signed order, at most 64 KiB", "content": content}


@router.post(
    "",
    operation_id="orderWebhook",
    summary="Register, list, pause, resume, replay, look after and remove endpoints, by signed orders (EIP-712)",
    description=(
        "An order is signed by a key of the party whose endpoints it is about (`tanji webhook order` makes one), so no account is needed. "
        "It is carried out once: the same order again answers with how things stand (`isNew` false). Targets are https addresses with a public name."
    ),
    status_code=201,
    responses=answers({201: ok("registered", _ADDED), 200: ok("done", _FOUND)}, 400, 404, 413, 415, 422, 503),
    openapi_extra=described(body=_body()),
)
async def order(request: Request) -> Response:
    """Carry an order out."""
    Query(request, ())
    desk = _webhooks(request).desk
    outcome = await desk.take(await read_body(request, SMALL_DOCUMENT_BYTES))
    is_added = outcome.action is Action.ADD and outcome.is_new
    return answer(outcome_document(outcome), status=201 if is_added else 200, headers=OWN)


@router.get(
    "/keys",
    operation_id="webhookKeys",
    summary="The Ed25519 keys that messages are signed with (Standard Webhooks, v1a)",
    description="Pin them. There are two while one takes over from the other: messages carry a signature of each.",
    responses=answers({200: ok("newest first", {"keys": [_KEY]})}, 400, 404, 503),
)
async def keys(request: Request) -> Response:
    """The public keys."""
    Query(request, ())
    return answer(keys_document(_webhooks(request).keys), cache=BRIEF)


def _webhooks(request: Request) -> Webhooks:
    """What this service has of webhooks. Raises ReadOnlyError, UnknownError."""
    service = service_of(request)
    if service.webhooks is not None:
        return service.webhooks
    if service.submissions is None:
        raise ReadOnlyError
    raise UnknownError("this service sends no webhooks")
