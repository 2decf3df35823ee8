"""Scans, signals and states of items, one-time PINs: the operator's testimony (docs/copies.md). PINs stand in no address and no log."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import PRIVATE, answer
from api.http.errors import QueryError
from api.http.openapi import (
    PARTY,
    TIME,
    answers,
    body_of,
    described,
    ok,
    path_parameter,
    query_parameter,
    with_session,
)
from api.http.requests import Query, read_json
from api.http.routes.access import blocking, confidential_of
from api.http.scans import (
    LONGEST_REFERENCE,
    LabelUnsignedError,
    ScanDesk,
    device_hint,
    read_hint,
    read_region,
    signal_document,
    state_document,
    until_tick,
)
from ledger.domain.errors import BackpressureError
from ledger.domain.scan_errors import PinRefusedError
from ledger.domain.scans import Item, ItemState, ScanReport
from ledger.scans.pins import read_item
from verifier.bodies.fields import read_choice, read_object
from verifier.encoding import to_hex
from verifier.errors import MalformedError
from verifier.label import LONGEST_LABEL, parse_label
from verifier.types import JsonValue

if TYPE_CHECKING:
    from ledger.domain.payloads import Session

MOST: Final = 4_096
LONGEST_PIN: Final = 24
KINDS: Final = frozenset({"anonymous", "enterprise", "inspector"})
STATES: Final = frozenset(state.value for state in ItemState if state is not ItemState.ISSUED)
# Any host: it is the path and the query that are signed.
_HOST: Final = "https://label.invalid"
_GTIN: Final = "06901234567892"
_SERIAL: Final = "00000G0123456789AB"
_C, _S = "q" * 21 + "g", "q" * 85 + "g"
LABEL: Final = f"https://id.example.cn/01/{_GTIN}/21/{_SERIAL}?c={_C}&s={_S}"
_ITEM: Final = (
    path_parameter("gtin", {"type": "string", "pattern": "^[0-9]{14}$", "example": _GTIN}, "14 digits"),
    path_parameter(
        "serial", {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{18}$", "example": _SERIAL}, "as printed"
    ),
)
_SIGNED: Final = (
    query_parameter(
        "c", {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$", "example": _C}, "as on the label", required="due"
    ),
    query_parameter(
        "s", {"type": "string", "pattern": "^[A-Za-z0-9_-]{86}$", "example": _S}, "as on the label", required="due"
    ),
)
_SHARED: Final[dict[str, Any]] = {"response_class": Response, "response_model": None}
_CHANGE: Final = {"state": "sold", "at": TIME["example"], "role": "enterprise", "party": PARTY}
_SEEN: Final = {
    "gtin": _GTIN,
    "serial": _SERIAL,
    "state": "sold",
    "states": [_CHANGE],
    "signals": [{"reason": "many-devices", "fields": {"devices": 41}}],
}


def scans_router(desk: ScanDesk) -> APIRouter:
    """The routes over one desk."""
    router = APIRouter(prefix="/v1", tags=["scans"])
    _add_seeing(router, desk)
    _add_changing(router, desk)
    return router


def _add_seeing(router: APIRouter, desk: ScanDesk) -> None:
    router.add_api_route(
        "/scans",
        partial(_scan, desk),
        methods=["POST"],
        status_code=202,
        operation_id="reportScan",
        summary="Say that a label was scanned: where, as coarsely as a city, and on which device",
        description="Kept after a second, without address or device (docs/copies.md). `region`: GB/T 2260, four digits. `device`: any text that "
        "tells devices behind one address apart; an address counts as two at most. `kind`: anonymous (default); enterprise and inspector "
        "need a session. A scan that is sent twice counts twice.",
        responses=answers({202: ok("taken", {"accepted": True})}, 400, 401, 403, 413, 415, 422, 503),
        openapi_extra=described(body=body_of({"label": LABEL, "region": 4403, "device": "5f0c"})),
        **_SHARED,
    )
    router.add_api_route(
        "/items/{gtin}/{serial}",
        partial(_item, desk),
        methods=["GET"],
        operation_id="getItem",
        summary="What is known of an item, to whoever holds its label: its states, and reasons to think that the label was copied",
        description="The operator's testimony. A reason makes a verdict suspect, and nothing else.",
        responses=answers({200: ok("states, oldest first, and signals", _SEEN)}, 400, 422, 503),
        openapi_extra=described(*_ITEM, *_SIGNED),
        **_SHARED,
    )


def _add_changing(router: APIRouter, desk: ScanDesk) -> None:
    router.add_api_route(
        "/items/{gtin}/{serial}/states",
        partial(_set_state, desk),
        methods=["POST"],
        operation_id="recordItemState",
        summary="Record an item's state: the enterprise whose labels they are, a points platform, or the regulator",
        description="Needs a session. The same again by the same party is answered with what was recorded.",
        responses=answers({200: ok("recorded", _CHANGE)}, 400, 401, 403, 404, 409, 413, 415, 503),
        openapi_extra={**with_session(*_ITEM), "requestBody": body_of({"state": "sold"})},
        **_SHARED,
    )
    router.add_api_route(
        "/pins:redeem",
        partial(_redeem, desk),
        methods=["POST"],
        operation_id="redeemPin",
        summary="Use a label's one-time PIN: the first use is recorded, a second is refused with the first one's time",
        description="A wrong PIN and an unknown item are one answer. Attempts are throttled by client, never by item: five at once, then one a "
        "minute; a points platform with a session is throttled by its customer (`device`). `reference`: the redemption's own number; the same again "
        "is answered with the first use, so that an answer that was lost can be asked for again.",
        responses=answers(
            {200: ok("the first use", {"at": TIME["example"], "reference": "P-77"})},
            400,
            401,
            403,
            409,
            413,
            415,
            422,
            503,
        ),
        openapi_extra=described(body=body_of({"label": LABEL, "pin": "7K3M9QX2TVWZ", "reference": "P-77"})),
        **_SHARED,
    )


async def _scan(desk: ScanDesk, request: Request) -> Response:
    Query(request, ())
    started = time.monotonic()
    given = read_object(
        await read_json(request, MOST), "", frozenset({"label"}), frozenset({"region", "device", "kind"})
    )
    text, region = _label(given["label"]), read_region(given.get("region"))
    device = read_hint(given.get("device"), "/device")
    wanted = read_choice(given.get("kind", "anonymous"), "/kind", KINDS)
    session, purposes = (None, ()) if wanted == "anonymous" else await _session(request)
    item, issuer = await _signed(desk, text, started)
    kind = desk.kind_of(wanted, session, purposes, issuer)
    hint = device_hint(request, device) if session is None else to_hex(session.signer).encode()
    if not desk.waiting.add(ScanReport(item=item, kind=kind, region=region, device_hint=hint)):
        raise BackpressureError("scans wait for the store", 5.0)
    return answer({"accepted": True}, status=202)


async def _item(desk: ScanDesk, request: Request) -> Response:
    started = time.monotonic()
    query = Query(request, ("c", "s"))
    given = [query.text(name, 86) for name in ("c", "s")]
    missing = next((name for name, value in zip(("c", "s"), given, strict=True) if value is None), None)
    if missing is not None:
        raise QueryError(missing, "missing")
    gtin, serial = request.path_params["gtin"], request.path_params["serial"]
    text = _label(f"{_HOST}/01/{gtin}/21/{serial}?c={given[0]}&s={given[1]}")
    item, _ = await _signed(desk, text, started)

    def known() -> dict[str, JsonValue]:
        states = desk.records.states_of(item)
        return {
            "gtin": item.gtin,
            "serial": item.serial,
            "state": (states[-1].state if states else ItemState.ISSUED).value,
            "states": [state_document(one) for one in states],
            "signals": [signal_document(one) for one in desk.records.signals_of(item)],
        }

    return answer(await blocking(known), cache=PRIVATE)


async def _set_state(desk: ScanDesk, request: Request) -> Response:
    Query(request, ())
    item = read_item(request.path_params["gtin"], request.path_params["serial"])
    given = read_object(await read_json(request, MOST), "", frozenset({"state"}))
    state = ItemState(read_choice(given["state"], "/state", STATES))
    session, purposes = await _session(request)

    def record() -> dict[str, JsonValue]:
        return state_document(desk.set_state(item, state, session, purposes))

    return answer(await blocking(record))


async def _redeem(desk: ScanDesk, request: Request) -> Response:
    Query(request, ())
    given = read_object(
        await read_json(request, MOST),
        "",
        frozenset({"label", "pin"}),
        frozenset({"region", "reference", "device"}),
    )
    label = parse_label(_label(given["label"]))
    region = read_region(given.get("region"))
    reference = read_hint(given.get("reference"), "/reference", LONGEST_REFERENCE)
    device = read_hint(given.get("device"), "/device")
    pin = given["pin"]
    if not isinstance(pin, str) or not 0 < len(pin) <= LONGEST_PIN:
        raise MalformedError("pin", "/pin", f"1 to {LONGEST_PIN} characters")
    if label.gtin is None or label.serial is None:
        raise PinRefusedError
    session = (await _session(request))[0] if "authorization" in request.headers else None
    item = Item(gtin=label.gtin, serial=label.serial)
    hint = desk.pin_hint(request, session, device)

    def use() -> dict[str, JsonValue]:
        used = desk.records.redeem_pin(item, pin, client_hint=hint, region=region, reference=reference)
        return {"at": used.at, "region": used.region, "reference": used.reference}

    return answer(await blocking(use))


async def _session(request: Request) -> tuple[Session, tuple[str, ...]]:
    """Whose session it is, and what its key may do. Raises as `Door.enter`."""
    door = confidential_of(request).door
    session = await blocking(door.enter, request)
    return session, await blocking(door.sessions.purposes, session)


async def _signed(desk: ScanDesk, text: str, started: float) -> tuple[Item, str | None]:
    try:
        return await blocking(desk.item, text)
    except LabelUnsignedError:
        await until_tick(started)
        raise


def _label(value: JsonValue) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_LABEL:
        raise MalformedError("string", "/label", f"at most {LONGEST_LABEL} characters")
    try:
        parse_label(value)
    except MalformedError as error:
        raise MalformedError(error.rule, "/label", f"{error.place} {error.detail}".strip()) from error
    return value
