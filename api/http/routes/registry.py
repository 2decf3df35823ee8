"""Parties with their whole history, why a certifier counted, and what became of a subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import BRIEF, tagged_document
from api.http.errors import QueryError, UnknownError
from api.http.openapi import (
    HASH,
    LIMIT_SCHEMA,
    PARTY,
    PARTY_SCHEMA,
    answers,
    described,
    ok,
    path_parameter,
    query_parameter,
)
from api.http.requests import Query
from api.http.routes.access import blocking, service_of
from ledger.services.evidence import NotAnchoredError, StatementUnknownError
from verifier.bodies import Certificate, parse_body
from verifier.encoding import parse_hex, to_hex
from verifier.identifiers import parse_party, party_id
from verifier.statement import parse_entry
from verifier.types import JsonValue, StatementId

if TYPE_CHECKING:
    from api.http.service import Service

router = APIRouter(prefix="/v1", tags=["parties"])
_PARTY_PATH = path_parameter("party", PARTY_SCHEMA, "uscc:… or lei:…")


@router.get(
    "/parties",
    operation_id="listParties",
    summary="Parties whose public profile is known here, and whether the chain holds its hash",
    responses=answers(
        {200: ok("a page, by party", {"parties": [{"party": PARTY, "registered": True}], "next": PARTY})}, 304, 400, 503
    ),
    openapi_extra=described(
        query_parameter("cursor", PARTY_SCHEMA, "`next` of the page before"),
        query_parameter("limit", LIMIT_SCHEMA, "how many at most"),
    ),
)
async def parties(request: Request) -> Response:
    """A page of parties."""
    query = Query(request, ("cursor", "limit"))
    after = query.party("cursor") or ""
    limit = query.number("limit", 50, least=1, most=200)
    page = await blocking(service_of(request).registries().parties, after, limit)
    return tagged_document(request, page, cache=BRIEF)


@router.get(
    "/parties/{party}",
    operation_id="getParty",
    summary="A party: profile, keys and grants with their full history",
    description="Which keys and grants there are is known from the chain's events, as far as the node has them; their words are read now.",
    responses=answers({200: ok("the party", {"party": PARTY, "keys": [], "grants": []})}, 304, 400, 404, 503),
    openapi_extra=described(_PARTY_PATH),
)
async def party(request: Request) -> Response:
    """One party."""
    Query(request, ())
    wanted = parse_party(request.path_params["party"], "/party")
    return tagged_document(request, await blocking(service_of(request).registries().party, wanted), cache=BRIEF)


@router.get(
    "/parties/{party}/explain",
    operation_id="explainParty",
    summary="Why this certifier was acceptable for a certificate: which grant, by whom, since when, at the entry's time",
    responses=answers({200: ok("the explanation", {"entitled": True, "category": "urn:…"})}, 304, 400, 404, 409, 503),
    openapi_extra=described(
        _PARTY_PATH, query_parameter("certificate", HASH, "the certificate's statement id", required="due")
    ),
)
async def explain(request: Request) -> Response:
    """One certifier and one certificate."""
    certificate = Query(request, ("certificate",)).statement("certificate")
    wanted = parse_party(request.path_params["party"], "/party")
    if certificate is None:
        raise QueryError("certificate", "missing")
    return tagged_document(request, await blocking(_explain, service_of(request), wanted, certificate), cache=BRIEF)


def _explain(service: Service, wanted: str, certificate: StatementId) -> dict[str, JsonValue]:
    entries = service.store.find([certificate]).get(certificate, [])
    if not entries:
        raise StatementUnknownError(certificate)
    said = parse_entry(entries[0].entry)
    body = parse_body(said.kind, said.body) if said.body is not None else None
    if not isinstance(body, Certificate) or said.issuer != wanted:
        raise UnknownError(f"no certificate of {wanted}", field="certificate")
    anchored = [(entry, service.shelf.covering(entry.index)) for entry in entries]
    found = next(((entry, anchor) for entry, anchor in anchored if anchor is not None), None)
    if found is None:
        raise NotAnchoredError(certificate, entries[0].index, entries[0].anchor_by)
    entry, anchor = found
    explained = service.registries().explain(
        wanted, category=body.category, signer=parse_entry(entry.entry).signer, time=anchor.time
    )
    return {"certificate": to_hex(certificate), "index": entry.index, "anchor": anchor.seq, **explained}


@router.get(
    "/status/{subject}",
    operation_id="getStatus",
    summary="Both lanes of a subject: its issuer's and the regulators', every transition with its signer",
    description="The subject is a statement id, the hash of a certificate number, or a partyId (docs/spec/05). The issuer of a statement "
    "of this log is known; for other subjects name the party.",
    responses=answers({200: ok("the lanes, newest first", {"issuer": [], "regulators": []})}, 304, 400, 404, 503),
    openapi_extra=described(
        path_parameter("subject", HASH, "32 bytes"),
        query_parameter("party", PARTY_SCHEMA, "whose lane besides the regulators'"),
    ),
    tags=["status"],
)
async def status(request: Request) -> Response:
    """One subject."""
    party = Query(request, ("party",)).party("party")
    subject = parse_hex(request.path_params["subject"], "/subject", 32)
    return tagged_document(request, await blocking(_lanes, service_of(request), subject, party), cache=BRIEF)


def _lanes(service: Service, subject: bytes, party: str | None) -> dict[str, JsonValue]:
    if party is None:
        entries = service.store.find([StatementId(subject)]).get(StatementId(subject), [])
        if not entries:
            raise UnknownError("no statement of this log; name its party with ?party=", field="subject")
        party = parse_entry(entries[0].entry).issuer
    return {"party": party, **service.registries().lanes(subject, party_id(party))}
