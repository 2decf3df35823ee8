"""What can go wrong with signing in. No message holds a token."""

from __future__ import annotations

from typing import ClassVar

from ledger.domain.errors import LedgerError


class SessionError(LedgerError):
    """Base."""

    code: ClassVar[str] = "session.error"


class SessionRequiredError(SessionError):
    """No session, or one that is over or was never here: sign in."""

    code: ClassVar[str] = "session.required"

    def __init__(self, reason: str = "请先登录 sign in first") -> None:
        super().__init__(reason)


class SessionKeyEndedError(SessionRequiredError):
    """The key that signed in is no longer in force on the chain; the session is over."""

    code: ClassVar[str] = "session.key-ended"

    def __init__(self, rule: str) -> None:
        super().__init__(f"登录所用密钥已失效 the key that signed in is no longer in force: {rule}")
        self.rule = rule


class SignInRefusedError(SessionError):
    """A well-formed sign-in that is not accepted. `field`: the line of the message or the member; `rule`: why."""

    code: ClassVar[str] = "session.sign-in-refused"

    def __init__(self, field: str, rule: str, detail: str = "") -> None:
        super().__init__(f"{field}: {rule}" + (f" ({detail})" if detail else ""))
        self.field = field
        self.rule = rule


class SessionForbiddenError(SessionError):
    """The request does not come from this service's own pages (CSRF), or sessions are not to be had over this address."""

    code: ClassVar[str] = "session.forbidden"

    def __init__(self, field: str, rule: str, detail: str = "") -> None:
        super().__init__(f"{field}: {rule}" + (f" ({detail})" if detail else ""))
        self.field = field
        self.rule = rule
