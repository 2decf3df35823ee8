"""Status changes, signed elsewhere and relayed from here."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import answer
from api.http.openapi import ID, PARTY, answers, body_of, described, ok
from api.http.requests import read_body
from api.http.routes.access import blocking, service_of
from verifier.documents import SMALL_DOCUMENT_BYTES

router = APIRouter(prefix="/v1", tags=["status"])
_CHANGE: Final = {
    "v": 1,
    "statusChange": {
        "owner": PARTY,
        "subject": ID,
        "status": "suspended",
        "nonce": 0,
        "deadline": 1_790_600_000,
    },
    "signature": "0x" + "6f" * 65,
    "reason": {"code": "surveillance-missed", "note": ""},
}
_DONE: Final = {
    "owner": PARTY,
    "subject": ID,
    "status": "suspended",
    "position": 0,
    "signer": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    "isNew": True,
    "block": 1_200_000,
    "transaction": ID,
}


@router.post(
    "/status-changes",
    operation_id="relayStatusChange",
    summary="Carry a signed status change (EIP-712) to the chain; answered once it is mined",
    description=(
        "The change carries its own signature, so no account is needed, and the relay pays. On the chain already counts as success (`isNew` false). "
        "`reason` is kept as testimony beside a change that this request puts on the chain."
    ),
    responses=answers({200: ok("on the chain", _DONE)}, 400, 413, 415, 422, 503),
    openapi_extra=described(body=body_of(_CHANGE, text="a signed status change (docs/spec/05), at most 64 KiB")),
)
async def relay(request: Request) -> Response:
    """One change."""
    desk = service_of(request).relaying()
    data = await read_body(request, SMALL_DOCUMENT_BYTES)
    return answer(await blocking(desk.submit, data))
