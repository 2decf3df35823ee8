"""Confidential payloads and the keys they are encrypted to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.http.answers import BRIEF, OWN, PRIVATE, answer, tagged_document
from api.http.openapi import (
    CURSOR_SCHEMA,
    HASH,
    ID,
    LIMIT_SCHEMA,
    PARTY,
    PARTY_SCHEMA,
    TIME,
    answers,
    body_of,
    described,
    file_of,
    ok,
    path_parameter,
    query_parameter,
    with_session,
)
from api.http.payloads import MEDIA_TYPE, stored_document
from api.http.requests import Query, read_json
from api.http.routes.access import blocking, confidential_of
from ledger.domain.payload_documents import (
    encryption_key_document,
    parse_encryption_key,
    parse_erasure,
    parse_share,
)
from ledger.domain.payload_errors import PayloadRefusedError
from ledger.domain.payloads import PayloadId
from verifier.documents import SMALL_DOCUMENT_BYTES
from verifier.encoding import parse_hex, to_hex
from verifier.identifiers import parse_party
from verifier.signature import to_checksum

if TYPE_CHECKING:
    from ledger.domain.payloads import Access

router = APIRouter(prefix="/v1", tags=["payloads"])
_NEWEST: Final = 2**53
_ADDRESS: Final = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
_SIGNED: Final = {"signer": _ADDRESS, "signature": "0x" + "6f" * 65}
_DESCRIPTOR: Final = {
    "kind": "disclosures",
    "submitter": PARTY,
    "statement": ID,
    "createdAt": TIME["example"],
    "size": 4_096,
    "sha256": ID,
    "keyHash": ID,
}
_KEPT: Final = {"id": ID, "payload": _DESCRIPTOR, "storedAt": TIME["example"]}
_STORED: Final = {**_KEPT, "parties": [PARTY]}
_ERASURE: Final = {"v": 1, "payload": ID, "reason": "保存期满", "erasedAt": TIME["example"], **_SIGNED}
_SHARE: Final = {
    "wraps": [{"party": PARTY, "key": ID, "wrapped": "AA…"}],
    "sharedAt": TIME["example"],
    **_SIGNED,
}
_KEY: Final = {
    "v": 1, "party": PARTY, "publicKey": ID, "from": TIME["example"], "until": TIME["example"] + 31_536_000, **_SIGNED,
}  # fmt: skip
_ACCESS: Final = {"number": 1, "at": TIME["example"], "party": PARTY, "address": _ADDRESS, "session": "0x" + "1f" * 16}
_PATH: Final = path_parameter("payload", HASH, "payload id")
_PARTY_PATH: Final = path_parameter("party", PARTY_SCHEMA, "party")


@router.post(
    "/payloads",
    operation_id="submitPayload",
    summary="Leave a payload for the parties named in it (docs/spec/11: the file `tanji enterprise payloads seal` writes)",
    description="The file carries its submitter's signature: no session is needed. 200 where it is here already.",
    status_code=201,
    responses=answers({201: ok("kept", _KEPT), 200: ok("was here already", _KEPT)}, 400, 408, 410, 413, 415, 422, 503),
    openapi_extra=described(body={"required": True, **file_of("the payload's file", MEDIA_TYPE)}),
)
async def submit(request: Request) -> Response:
    """Take a payload."""
    Query(request, ())
    stored, outcome = await confidential_of(request).receive(request)
    headers = {"Location": f"/v1/payloads/{to_hex(stored.payload)}", **OWN}
    status = 201 if outcome == "new" else 200
    return answer(stored_document(stored), status=status, headers=headers)


@router.get(
    "/payloads",
    operation_id="listPayloads",
    summary="Payloads one's party submitted or is named in, newest first",
    responses=answers({200: ok("a page", {"payloads": [_STORED], "next": "17"})}, 400, 401, 503),
    openapi_extra=with_session(
        query_parameter("statement", HASH, "only those of this statement"),
        query_parameter("cursor", CURSOR_SCHEMA, "`next` of the page before"),
        query_parameter("limit", LIMIT_SCHEMA, "payloads a page"),
    ),
)
async def listing(request: Request) -> Response:
    """A page."""
    query = Query(request, ("statement", "cursor", "limit"))
    statement = query.statement("statement")
    before = query.number("cursor", _NEWEST, least=0, most=_NEWEST)
    limit = query.number("limit", 50, least=1, most=200)
    desk = confidential_of(request)
    session = await blocking(desk.door.enter, request)

    def page() -> dict[str, object]:
        found = desk.payloads.listed(session, statement=statement, before=before, limit=limit)
        document: dict[str, object] = {"payloads": [stored_document(one, session.party) for one in found]}
        return document if len(found) < limit else {**document, "next": str(found[-1].number)}

    return answer(await blocking(page), headers=OWN)


@router.get(
    "/payloads/{payload}",
    operation_id="readPayload",
    response_class=Response,
    summary="The payload's file, for a party named in it; every reading is noted",
    description="404 for whoever it is not addressed to, whether it exists or not; 410 `payload.erased` once its keys are destroyed.",
    responses=answers(
        {200: file_of("the file, with the wrapped keys of the shares that name one's party", MEDIA_TYPE)},
        400,
        401,
        404,
        410,
        503,
    ),
    openapi_extra=with_session(_PATH),
)
async def read(request: Request) -> Response:
    """The file."""
    Query(request, ())
    payload, desk = _payload(request), confidential_of(request)
    session = await blocking(desk.door.enter, request)
    reading = await blocking(desk.payloads.open, session, payload)

    def pieces() -> Any:
        yield reading.head
        yield from reading.body

    headers = {"Content-Length": str(len(reading.head) + reading.size), "Cache-Control": PRIVATE, **OWN}
    return StreamingResponse(pieces(), media_type=MEDIA_TYPE, headers=headers)


@router.get(
    "/payloads/{payload}/accesses",
    operation_id="payloadAccesses",
    summary="Who read the payload, and when; for its submitter",
    responses=answers({200: ok("in order", {"accesses": [_ACCESS]})}, 400, 401, 404, 503),
    openapi_extra=with_session(
        _PATH,
        query_parameter("cursor", CURSOR_SCHEMA, "`next` of the page before"),
        query_parameter("limit", LIMIT_SCHEMA, "readings a page"),
    ),
)
async def accesses(request: Request) -> Response:
    """The log of readings."""
    query = Query(request, ("cursor", "limit"))
    after = query.number("cursor", 0, least=0, most=_NEWEST)
    limit = query.number("limit", 50, least=1, most=200)
    payload, desk = _payload(request), confidential_of(request)
    session = await blocking(desk.door.enter, request)

    def page() -> dict[str, object]:
        found = desk.payloads.accesses(session, payload, after=after, limit=limit)
        document: dict[str, object] = {"accesses": [_access_document(one) for one in found]}
        return document if len(found) < limit else {**document, "next": str(found[-1].number)}

    return answer(await blocking(page), headers=OWN)


@router.post(
    "/payloads/{payload}/shares",
    operation_id="sharePayload",
    summary="Open the payload to further parties; signed by its submitter",
    responses=answers({200: ok("shared", _KEPT)}, 400, 404, 410, 413, 415, 422, 503),
    openapi_extra=described(_PATH, body=body_of(_SHARE)),
)
async def share(request: Request) -> Response:
    """Name further parties."""
    Query(request, ())
    payload = _payload(request)
    wanted = parse_share(await read_json(request, SMALL_DOCUMENT_BYTES), "")
    stored = await blocking(confidential_of(request).payloads.share, payload, wanted)
    return answer(stored_document(stored), headers=OWN)


@router.delete(
    "/payloads/{payload}",
    operation_id="erasePayload",
    summary="Destroy the payload's keys and content, by order of its submitter's party or of a regulator; the signed order stays",
    responses=answers({200: ok("erased", {**_KEPT, "erasure": _ERASURE})}, 400, 404, 413, 415, 422, 503),
    openapi_extra=described(_PATH, body=body_of(_ERASURE)),
)
async def erase(request: Request) -> Response:
    """Erase."""
    Query(request, ())
    payload = _payload(request)
    order = parse_erasure(await read_json(request, SMALL_DOCUMENT_BYTES))
    if order.payload != payload:
        raise PayloadRefusedError("/payload", "other-payload", "the order is about another payload than the address")
    stored = await blocking(confidential_of(request).payloads.erase, order)
    return answer(stored_document(stored), headers=OWN)


@router.get(
    "/parties/{party}/encryption-keys",
    operation_id="encryptionKeys",
    summary="A party's X25519 keys that are not over, each signed by one of its registered keys",
    description="Check signature and signer yourself before you encrypt to one: this service is not to be believed about it.",
    responses=answers({200: ok("latest begin first", {"party": PARTY, "keys": [_KEY]})}, 304, 400, 404, 503),
    openapi_extra=described(_PARTY_PATH),
)
async def encryption_keys(request: Request) -> Response:
    """The keys."""
    Query(request, ())
    party = parse_party(request.path_params["party"], "/party")
    found = await blocking(confidential_of(request).payloads.keys, party)
    document = {"party": party, "keys": [encryption_key_document(key) for key in found]}
    return tagged_document(request, document, cache=BRIEF)


@router.put(
    "/parties/{party}/encryption-keys",
    operation_id="registerEncryptionKey",
    summary="Register an encryption key, signed by one of the party's registered keys",
    responses=answers({200: ok("registered", _KEY)}, 400, 413, 415, 422, 503),
    openapi_extra=described(_PARTY_PATH, body=body_of(_KEY)),
)
async def register_encryption_key(request: Request) -> Response:
    """Keep it."""
    Query(request, ())
    party = parse_party(request.path_params["party"], "/party")
    key = parse_encryption_key(await read_json(request, SMALL_DOCUMENT_BYTES))
    if key.party != party:
        raise PayloadRefusedError("/party", "other-party", "the key is of another party than the address")
    kept = await blocking(confidential_of(request).payloads.register_key, key)
    return answer(encryption_key_document(kept))


def _payload(request: Request) -> PayloadId:
    return PayloadId(parse_hex(request.path_params["payload"], "/payload", 32))


def _access_document(access: Access) -> dict[str, object]:
    return {
        "number": access.number,
        "at": access.at,
        "party": access.party,
        "address": to_checksum(access.signer),
        "session": to_hex(access.session),
    }
