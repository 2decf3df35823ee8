"""Errors as RFC 9457 problems: the typed error's code, field and rule, and `Retry-After` where it is known.

{ type: "urn:tanji:problem:<code>", title, status, detail, code, field?, rule?, retryAfter?, ... }
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from math import ceil
from typing import Final, TypeAlias

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import OWN
from api.http.errors import ForwardedError, RequestError
from api.runtime.errors import RuntimeSetupError
from ledger.domain.chain_errors import (
    BlockUnknownError,
    ChainUnavailableError,
    FundsMissingError,
    TransactionWaitingError,
)
from ledger.domain.errors import (
    BackpressureError,
    LedgerError,
    SubmissionMalformedError,
    SubmissionRefusedError,
)
from ledger.domain.payload_documents import descriptor_document, erasure_document
from ledger.domain.payload_errors import (
    PayloadErasedError,
    PayloadError,
    PayloadRefusedError,
    PayloadTooLargeError,
    PayloadUnknownError,
)
from ledger.domain.scan_errors import (
    NotEntitledError,
    PinRefusedError,
    PinThrottledError,
    PinUsedError,
    TransitionError,
    UnknownItemError,
)
from ledger.domain.session_errors import SessionError, SessionRequiredError
from ledger.domain.store_errors import FencedError, RangeError
from ledger.domain.webhooks import EndpointUnknownError, OrderRefusedError, UnsafeTargetError
from ledger.intake.pact import FootprintRefusedError
from ledger.intake.refusals import CertificateRefusedError
from ledger.services.evidence import BodyUnavailableError, NotAnchoredError, StatementUnknownError
from ledger.services.relaying import ChangeRefusedError
from verifier.errors import CannotCheckError, MalformedError, VerifierError
from verifier.ladder import MomentError
from verifier.policy import PolicyError

# Makes a page of an error (status, code, headers) for who asked for a page; None for everybody else.
PageFor: TypeAlias = Callable[[Request, int, str, Mapping[str, str]], Response | None]
MEDIA_TYPE: Final = "application/problem+json"
URN: Final = "urn:tanji:problem:"
_PASSING: Final = 2.0

# The most specific class of an error's bases decides.
STATUSES: Final[Mapping[type[Exception], int]] = {
    SubmissionMalformedError: 400,
    SubmissionRefusedError: 422,
    MalformedError: 400,
    PolicyError: 400,
    MomentError: 400,
    RangeError: 404,
    StatementUnknownError: 404,
    BodyUnavailableError: 404,
    NotAnchoredError: 409,
    BackpressureError: 503,
    FencedError: 503,
    ChainUnavailableError: 503,
    BlockUnknownError: 503,
    TransactionWaitingError: 503,
    FundsMissingError: 503,
    FootprintRefusedError: 422,
    CertificateRefusedError: 422,
    ChangeRefusedError: 422,
    PayloadUnknownError: 404,
    PayloadErasedError: 410,
    PayloadTooLargeError: 413,
    PayloadRefusedError: 422,
    PinRefusedError: 422,
    PinUsedError: 409,
    PinThrottledError: 429,
    UnknownItemError: 404,
    TransitionError: 409,
    NotEntitledError: 403,
    SessionRequiredError: 401,
    SessionError: 403,
    EndpointUnknownError: 404,
    OrderRefusedError: 422,
    UnsafeTargetError: 422,
    CannotCheckError: 503,
    VerifierError: 400,
    LedgerError: 500,
    RuntimeSetupError: 500,
}
TITLES: Final[Mapping[int, str]] = {
    400: "请求不符合格式 The request is malformed",
    401: "请先登录 Sign in first",
    403: "不予接受 Not accepted",
    404: "没有找到 Not found",
    405: "此处不接受该方法 Method not allowed",
    406: "没有所要的表示 Not acceptable",
    408: "等待超时 Too slow",
    409: "与现状不符 Not in its present state",
    410: "已依令销毁 Erased",
    413: "内容过大 Too large",
    414: "地址过长 The address is too long",
    415: "内容类型不受支持 Unsupported media type",
    422: "内容被拒绝 Refused",
    429: "请求过多 Too many requests",
    500: "服务出错 Internal error",
    503: "暂时不可用 Try again later",
}


def no_page(_request: Request, _status: int, _code: str, _headers: Mapping[str, str]) -> Response | None:
    """Where there are no pages, every error is a problem."""
    return None


def status_of(error: Exception) -> int:
    """The HTTP status of a typed error; 500 for anything else."""
    if isinstance(error, ForwardedError):
        return error.given_status
    if isinstance(error, RequestError):
        return error.status
    return next((STATUSES[base] for base in type(error).__mro__ if base in STATUSES), 500)


def retry_after(error: Exception, now: int) -> float | None:
    """Seconds until it is worth trying again, None where trying again changes nothing."""
    known = getattr(error, "retry_after", None)
    if isinstance(known, int | float):
        return float(known)
    if isinstance(error, NotAnchoredError):
        return float(min(60, max(1, error.anchor_by - now)))
    return _PASSING if status_of(error) == 503 else None


def problem_document(error: Exception, now: int) -> dict[str, object]:
    """The members of a problem. Messages are made printable: what was sent never comes back raw."""
    status = status_of(error)
    code = str(getattr(error, "code", "internal")) if status != 500 or isinstance(error, LedgerError) else "internal"
    if isinstance(error, ForwardedError):
        code = f"http.{HTTPStatus(status).phrase.lower().replace(' ', '-')}"
    detail = str(error) if status != 500 else "see the log of the service under this request id"
    document: dict[str, object] = {
        "type": URN + code,
        "title": TITLES.get(status, HTTPStatus(status).phrase),
        "status": status,
        "detail": harmless(detail),
        "code": code,
    }
    field = getattr(error, "field", getattr(error, "place", None))
    if isinstance(field, str) and (field or isinstance(error, MalformedError)):
        document["field"] = harmless(field)
    rule = getattr(error, "rule", None)
    if isinstance(rule, str) and rule:
        document["rule"] = harmless(rule)
    if isinstance(error, NotAnchoredError):
        document |= {"index": error.index, "anchorBy": error.anchor_by}
    if isinstance(error, PinUsedError):
        document["firstUsedAt"] = error.first_at
    if isinstance(error, PayloadErasedError) and error.stored.erasure is not None:
        document["payload"] = descriptor_document(error.stored.descriptor)
        document["erasure"] = erasure_document(error.stored.erasure)
    wait = retry_after(error, now)
    if wait is not None:
        document["retryAfter"] = ceil(wait)
    return document


def error_response(
    request: Request, error: Exception, now: int, page_for: PageFor, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer to a request that failed so: a page where `page_for` makes one, else a problem."""
    problem = problem_response(error, now, headers)
    kept = {name: value for name in ("Retry-After", "Allow") if (value := problem.headers.get(name)) is not None}
    code = str(problem_document(error, now)["code"])
    return page_for(request, problem.status_code, code, kept) or problem


def problem_response(error: Exception, now: int, headers: Mapping[str, str] | None = None) -> Response:
    """The same as a problem, whoever asked."""
    document = problem_document(error, now)
    sent = {"Cache-Control": "no-store", **(headers or {})}
    if isinstance(error, SessionError | PayloadError):
        sent |= OWN
    if isinstance(error, SessionRequiredError):
        sent["WWW-Authenticate"] = 'Bearer realm="tanji"'
    wait = document.get("retryAfter")
    if wait is not None:
        sent["Retry-After"] = str(wait)
    return Response(orjson.dumps(document), status_code=status_of(error), headers=sent, media_type=MEDIA_TYPE)


def harmless(text: str) -> str:
    """At most 500 characters, every one encodable and none of them a control character."""
    cut = text[:500].encode("utf-8", "backslashreplace").decode("utf-8")
    return cut if cut.isprintable() else "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)
