"""What can go wrong when labels are issued; every error carries the numbers it is about."""

from __future__ import annotations

from typing import ClassVar

from ledger.domain.errors import LedgerError


class LabelsError(LedgerError):
    """Base of this package's errors."""

    code: ClassVar[str] = "labels.error"


class QuotaExceededError(LabelsError):
    """The certificate does not allow that many labels. `first` is the next free index."""

    code: ClassVar[str] = "labels.quota"

    def __init__(self, *, quota: int, first: int, asked: int) -> None:
        left = max(0, quota - first)
        super().__init__(
            f"超出配额 beyond the quota: {quota} allowed, {min(first, quota)} used or reserved, {left} left, {asked} asked"
        )
        self.quota = quota
        self.first = first
        self.asked = asked
        self.left = left


class NotOurProductError(LabelsError):
    """The certificate has no product with this GTIN."""

    code: ClassVar[str] = "labels.product"

    def __init__(self, gtin: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"GTIN {gtin} is not among the certificate's products ({', '.join(known) or 'it names no GTIN'})"
        )
        self.gtin = gtin
        self.known = known


class NotOurModelError(LabelsError):
    """A GMN stands on model labels only, and among the certificate's products."""

    code: ClassVar[str] = "labels.model"

    def __init__(self, gmn: str, granularity: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"GMN {gmn}: the certificate is for {granularity} labels and names the models {', '.join(known) or '(none)'}"
        )
        self.gmn = gmn
        self.granularity = granularity
        self.known = known


class CountError(LabelsError):
    """A batch or model has one label, printed as often as needed; an item batch has at least one."""

    code: ClassVar[str] = "labels.count"

    def __init__(self, granularity: str, count: int) -> None:
        super().__init__(
            f"{count} labels of granularity {granularity}: " + ("at least 1" if granularity == "item" else "exactly 1")
        )
        self.granularity = granularity
        self.count = count


class ResolverError(LabelsError):
    """The resolver's name cannot stand in a label's link."""

    code: ClassVar[str] = "labels.resolver"

    def __init__(self, resolver: str) -> None:
        super().__init__(f"not a host name (letters, digits, dots, hyphens; an optional port): {resolver[:80]!r}")
        self.resolver = resolver


class WrongLabelKeyError(LabelsError):
    """The key given is not the one the batch was begun with."""

    code: ClassVar[str] = "labels.key"

    def __init__(self, expected: str, given: str) -> None:
        super().__init__(f"the batch is signed by {expected}, this key is {given}")
        self.expected = expected
        self.given = given


class BatchDamagedError(LabelsError):
    """A batch's files are not what was committed."""

    code: ClassVar[str] = "labels.batch-damaged"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class BatchStateError(LabelsError):
    """The batch is not in the state that this step needs."""

    code: ClassVar[str] = "labels.batch-state"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class PinFileError(LabelsError):
    """The PIN file does not open: another passphrase, or its bytes were changed. Which of the two cannot be told."""

    code: ClassVar[str] = "labels.pins"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
