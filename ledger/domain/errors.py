"""The one exception base of the ledger. Every error has a stable `code` and carries the offending values as fields."""

from __future__ import annotations

from typing import ClassVar


class LedgerError(Exception):
    """Base of everything the ledger raises on purpose."""

    code: ClassVar[str] = "ledger.error"


class BackpressureError(LedgerError):
    """Nothing is wrong with the request; try again after `retry_after` seconds (HTTP 503 + Retry-After)."""

    code: ClassVar[str] = "ledger.busy"

    def __init__(self, reason: str, retry_after: float) -> None:
        super().__init__(f"{reason}; try again in {retry_after:g} s")
        self.reason = reason
        self.retry_after = retry_after


class QueueFullError(BackpressureError):
    """More submissions wait than the sequencer is set to hold."""

    code: ClassVar[str] = "ledger.queue-full"


class WriterStoppedError(BackpressureError):
    """The writer is shutting down, or has failed and must be opened again; nothing was sequenced."""

    code: ClassVar[str] = "ledger.writer-stopped"


class ClockJumpedError(BackpressureError):
    """The system clock moved by more than the tolerance against the monotonic one: no promise is dated by it yet."""

    code: ClassVar[str] = "ledger.clock-jumped"

    def __init__(self, jump: float, retry_after: float) -> None:
        super().__init__(f"the clock jumped by {jump:+.0f} s", retry_after)
        self.jump = jump


class SubmissionRefusedError(LedgerError):
    """A statement that no verifier would accept is not logged: `field` names the member, `rule` the broken rule."""

    code: ClassVar[str] = "submission.refused"

    def __init__(self, field: str, rule: str, detail: str = "") -> None:
        super().__init__(f"{field}: {rule}" + (f" ({detail})" if detail else ""))
        self.field = field
        self.rule = rule
        self.detail = detail

    def __reduce__(self) -> tuple[type[SubmissionRefusedError], tuple[str, str, str]]:
        # Refusals cross process borders during parallel checking; the default form would call __init__ with one argument.
        return type(self), (self.field, self.rule, self.detail)


class SubmissionMalformedError(SubmissionRefusedError):
    """The bytes are not a statement at all (HTTP 400, exit 4)."""

    code: ClassVar[str] = "submission.malformed"
