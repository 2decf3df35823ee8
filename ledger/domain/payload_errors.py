"""What can go wrong with confidential payloads. No message holds a content or a key."""

from __future__ import annotations

from typing import ClassVar

from ledger.domain.errors import LedgerError
from ledger.domain.payloads import StoredPayload


class PayloadError(LedgerError):
    """Base."""

    code: ClassVar[str] = "payload.error"


class PayloadUnknownError(PayloadError):
    """No such payload, or none that the asker may know of: which of the two is not told."""

    code: ClassVar[str] = "payload.unknown"

    def __init__(self) -> None:
        super().__init__("没有这份文件，或者您不在收件方之列 no such payload, or none that is addressed to you")


class PayloadErasedError(PayloadError):
    """Its keys were destroyed. Erased is not invalid: what was signed and logged stands as before."""

    code: ClassVar[str] = "payload.erased"

    def __init__(self, stored: StoredPayload, reason: str, erased_at: int) -> None:
        super().__init__(f"已销毁 erased at {erased_at} (unix seconds): {reason}")
        self.stored = stored
        self.reason = reason
        self.erased_at = erased_at


class PayloadRefusedError(PayloadError):
    """Well-formed, but not taken: `field` names the member, `rule` the broken rule."""

    code: ClassVar[str] = "payload.refused"

    def __init__(self, field: str, rule: str, detail: str = "") -> None:
        super().__init__(f"{field}: {rule}" + (f" ({detail})" if detail else ""))
        self.field = field
        self.rule = rule


class PayloadTooLargeError(PayloadRefusedError):
    """Larger than this service keeps, in one payload or for one party."""

    code: ClassVar[str] = "payload.too-large"


class PayloadSealError(PayloadError):
    """What was opened is not what was sealed: another key, or altered on the way. `part`: wrap, key or content."""

    code: ClassVar[str] = "payload.seal"

    def __init__(self, part: str, detail: str) -> None:
        super().__init__(f"{part}: {detail}")
        self.part = part


class NotARecipientError(PayloadError):
    """Nothing in the payload is wrapped for this key."""

    code: ClassVar[str] = "payload.not-a-recipient"

    def __init__(self, party: str) -> None:
        super().__init__(f"nothing here is wrapped for this key of {party}")
        self.party = party
