"""What only HTTP can get wrong: the request itself, before any ledger service is asked."""

from __future__ import annotations

from typing import ClassVar


class RequestError(Exception):
    """Base. `code` is stable, `status` the HTTP status; `field` and `rule` as in the ledger's refusals."""

    code: ClassVar[str] = "request.refused"
    status: ClassVar[int] = 400

    def __init__(self, message: str, *, field: str = "", rule: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.rule = rule
        self.retry_after = retry_after


class QueryError(RequestError):
    """A query parameter that is unknown, given twice, or of another form. `field`: its name."""

    code: ClassVar[str] = "request.query"

    def __init__(self, field: str, rule: str, detail: str = "") -> None:
        super().__init__(f"?{field}: {rule}" + (f" ({detail})" if detail else ""), field=field, rule=rule)


class BodyTooLargeError(RequestError):
    """The body is longer than this endpoint reads."""

    code: ClassVar[str] = "request.body-too-large"
    status: ClassVar[int] = 413

    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most} bytes are read here", rule="size")
        self.most = most


class MediaTypeError(RequestError):
    """The body is of another media type, or compressed: neither is guessed."""

    code: ClassVar[str] = "request.media-type"
    status: ClassVar[int] = 415

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(f"{found or 'no content type'} where {wanted} is due", field="Content-Type", rule=wanted)
        self.found = found
        self.wanted = wanted


class UrlTooLongError(RequestError):
    """Path and query together are longer than any of ours."""

    code: ClassVar[str] = "request.url-too-long"
    status: ClassVar[int] = 414


class RateLimitedError(RequestError):
    """This client has used up what it may ask for; `retry_after` seconds until the next request is answered."""

    code: ClassVar[str] = "request.rate-limited"
    status: ClassVar[int] = 429

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"too many requests; try again in {retry_after:.1f} s", retry_after=retry_after)


class ReadOnlyError(RequestError):
    """This process only reads: another one takes submissions."""

    code: ClassVar[str] = "service.read-only"
    status: ClassVar[int] = 503

    def __init__(self) -> None:
        super().__init__("this process takes no submissions: send them to the writer", retry_after=5.0)


class NoChainError(RequestError):
    """No node is configured, so nothing can be said about the chain."""

    code: ClassVar[str] = "service.no-chain"
    status: ClassVar[int] = 503

    def __init__(self) -> None:
        super().__init__("this service has no node to ask", retry_after=60.0)


class ListenersFullError(RequestError):
    """This process tells as many listeners as it can; another one may have room."""

    code: ClassVar[str] = "service.listeners-full"
    status: ClassVar[int] = 503

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} listen here already", retry_after=30.0)
        self.most = most


class SlowRequestError(RequestError):
    """The body did not come within the time an upload has."""

    code: ClassVar[str] = "request.slow"
    status: ClassVar[int] = 408

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the body did not come within {seconds:g} s")
        self.seconds = seconds


class UnknownError(RequestError):
    """There is no such thing here. `field` names what was asked by."""

    code: ClassVar[str] = "service.unknown"
    status: ClassVar[int] = 404


class ForwardedError(RequestError):
    """The framework's own refusal (no such path, no such method), as a problem like every other."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.given_status = status
