"""What a validator says about one field: typed, so that a page, a test and a certifier's refusal read the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from ledger.domain.errors import LedgerError


class Severity(StrEnum):
    """`error`: the footprint is not accepted. `warning`: it is, and the finding is shown beside it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One broken rule.

    `field` is an RFC 6901 pointer into the body, `rule` a stable name from this package, `detail` one English sentence
    with the offending values.
    """

    field: str
    rule: str
    severity: Severity
    detail: str


class FootprintRefusedError(LedgerError):
    """The footprint breaks at least one hard rule. `findings` holds all of them, warnings included."""

    code: ClassVar[str] = "footprint.refused"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        super().__init__("; ".join(f"{finding.field or '/'}: {finding.rule}: {finding.detail}" for finding in errors))
        self.findings = findings


def error(field: str, rule: str, detail: str) -> Finding:
    """A finding that refuses the footprint."""
    return Finding(field=field, rule=rule, severity=Severity.ERROR, detail=detail)


def warning(field: str, rule: str, detail: str) -> Finding:
    """A finding that is shown, and refuses nothing."""
    return Finding(field=field, rule=rule, severity=Severity.WARNING, detail=detail)


def pointer_token(name: str) -> str:
    """One reference token of RFC 6901, escaped."""
    return name.replace("~", "~0").replace("/", "~1")
