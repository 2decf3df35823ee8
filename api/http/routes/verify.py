"""Verdicts. A failed verdict is an answer, not an error: 200. Policy and moment come from the body alone, never from a URL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import PRIVATE, answer
from api.http.errors import RequestError
from api.http.openapi import ID, VERDICT, answers, body_of, described, ok
from api.http.problems import problem_document
from api.http.requests import NDJSON, Query, read_body, read_lines, require_media
from api.http.routes.access import blocking, service_of
from api.http.streams import DuplexResponse
from api.http.verdicts import Judged
from ledger.domain.errors import LedgerError
from verifier.bodies.fields import read_object
from verifier.bulletin import Bulletin, parse_bulletin
from verifier.canonical import encode_parsed, parse
from verifier.documents import EVIDENCE_BYTES, read_time
from verifier.encoding import parse_hex
from verifier.errors import MalformedError, VerifierError
from verifier.evidence import Evidence, parse_evidence
from verifier.label import LONGEST_LABEL
from verifier.policy import CONSUMER, Policy, policy_named
from verifier.promise import parse_broken_promise
from verifier.snapshot import Snapshot, parse_snapshot
from verifier.trust import TrustedBlock
from verifier.types import JsonValue, StatementId

if TYPE_CHECKING:
    from api.http.service import Service

T = TypeVar("T")
router = APIRouter(prefix="/v1", tags=["verify"])
MOST_BYTES: Final = 2 * EVIDENCE_BYTES
MOST_LINES: Final = 10_000
_OPTIONAL: Final = frozenset({"id", "label", "evidence", "snapshot", "bulletin", "policy", "at"})
_SUBJECTS: Final = ("id", "label", "evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: a statement here, a label by its text, or evidence that was brought; under which policy and when."""

    wanted: StatementId | str | Evidence
    policy: Policy
    at: int | None
    snapshot: Snapshot | None = None
    bulletin: Bulletin | None = None


@router.post(
    "/verify",
    operation_id="verify",
    summary="Judge a statement of this log, a label by its text, or evidence that is sent along",
    description="Exactly one of id, label, evidence. With a snapshot the verdict is read from it, its block vouched for by the bulletin that "
    "is sent along, else by this service's endpoints. policy: consumer (default), inspection, regulator, auditor. at: unix seconds.",
    responses=answers({200: ok("the verdict, whatever it is", VERDICT)}, 400, 404, 409, 413, 415, 503),
    openapi_extra=described(body=body_of({"id": ID, "policy": "regulator"})),
)
async def verify(request: Request) -> Response:
    """One verdict."""
    Query(request, ())
    data = await read_body(request, MOST_BYTES)
    service = service_of(request)
    document = await blocking(lambda: _document(service, parse_question(data)))
    return answer(document, cache=PRIVATE)


@router.post(
    "/verify:bulk",
    operation_id="verifyMany",
    response_class=Response,
    summary="Judge a stream of questions, one a line; answered line by line",
    description=f"Each line is a body of /v1/verify, at most 8 MiB; at most {MOST_LINES} lines a request.",
    responses=answers({200: ok("one verdict or error a line", '{"position":0,"verdict":{…}}\n', NDJSON)}, 415),
    openapi_extra=described(body=body_of(f'{{"id":"{ID}"}}\n', NDJSON)),
)
async def verify_bulk(request: Request) -> Response:
    """Many verdicts."""
    Query(request, ())
    require_media(request, NDJSON)
    return DuplexResponse(_verdicts(request), NDJSON, {"Cache-Control": PRIVATE})


async def _verdicts(request: Request) -> AsyncIterator[bytes]:
    service = service_of(request)
    position = 0
    async for line in read_lines(request, EVIDENCE_BYTES):
        yield await blocking(_line, service, position, line)
        position += 1
        if position == MOST_LINES:
            return


def _line(service: Service, position: int, line: bytes) -> bytes:
    try:
        document: dict[str, object] = {
            "position": position, "verdict": _document(service, parse_question(line, EVIDENCE_BYTES)),
        }  # fmt: skip
    except (LedgerError, VerifierError, RequestError) as error:
        document = {"position": position, "error": problem_document(error, service.clock.now())}
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS) + b"\n"


def parse_question(data: bytes, most: int = MOST_BYTES) -> Question:
    """Read the body of /v1/verify. Raises MalformedError, PolicyError."""
    asked = read_object(parse(data, most), "", frozenset(), _OPTIONAL)
    given = [name for name in _SUBJECTS if name in asked]
    if len(given) != 1:
        raise MalformedError("one-subject", "", f"exactly one of {', '.join(_SUBJECTS)}")
    if "bulletin" in asked and "snapshot" not in asked:
        raise MalformedError("missing-member", "/snapshot", "a bulletin vouches for a snapshot")
    name = asked.get("policy", CONSUMER.name)
    if not isinstance(name, str):
        raise MalformedError("string", "/policy")
    return Question(
        wanted=_wanted(given[0], asked[given[0]]),
        policy=policy_named(name),
        at=read_time(asked["at"], "/at") if "at" in asked else None,
        snapshot=_inner(parse_snapshot, asked["snapshot"], "/snapshot") if "snapshot" in asked else None,
        bulletin=_inner(parse_bulletin, asked["bulletin"], "/bulletin") if "bulletin" in asked else None,
    )


def _wanted(name: str, value: JsonValue) -> StatementId | str | Evidence:
    if name == "id":
        return StatementId(parse_hex(value, "/id", 32))
    if name == "evidence":
        return _inner(parse_evidence, value, "/evidence")
    if not isinstance(value, str) or len(value) > LONGEST_LABEL:
        raise MalformedError("string", "/label", f"at most {LONGEST_LABEL} characters")
    return value


def _inner(reader: Callable[[bytes], T], value: JsonValue, place: str) -> T:
    try:
        return reader(encode_parsed(value))
    except MalformedError as error:
        raise error.within(place) from error


def _document(service: Service, question: Question) -> dict[str, JsonValue]:
    judged = _judged(service, question)
    trust = judged.sight.trust
    vouched: dict[str, JsonValue] = (
        {"source": trust.source.value, "vouchers": list(trust.vouchers)}
        if isinstance(trust, TrustedBlock)
        else {"source": None, "reason": trust.reason}
    )
    return {**judged.verdict.to_json(), "trust": vouched}


def _judged(service: Service, question: Question) -> Judged:
    wanted = question.wanted
    if question.snapshot is None and not isinstance(wanted, Evidence):
        return service.verdict_for(wanted, question.policy, question.at)
    evidence = wanted if isinstance(wanted, Evidence) else service.evidence_for(wanted)
    if question.snapshot is None:
        return service.verdicts.judge(evidence, policy=question.policy, at=question.at)
    return service.verdicts.judge_by(
        evidence, question.snapshot, question.bulletin, policy=question.policy, at=question.at
    )


@router.post(
    "/broken-promises:check",
    operation_id="checkBrokenPromise",
    summary="Judge an accusation: a receipt, and where another leaf stands in its place, that leaf",
    responses=answers({200: ok("the finding", {"finding": "broken", "reason": "anchored-size"})}, 400, 413, 415, 503),
    openapi_extra=described(body=body_of({"v": 1, "receipt": {}}, text="a BrokenPromise document (docs/spec/06)")),
    tags=["receipts"],
)
async def check_promise(request: Request) -> Response:
    """One accusation."""
    Query(request, ())
    promise = parse_broken_promise(await read_body(request, EVIDENCE_BYTES))
    found = await blocking(service_of(request).verdicts.check_promise, promise)
    return answer({"finding": found.finding.value, "reason": found.reason, "fields": dict(found.fields)})
