"""Verdicts: an outcome and the checks it rests on (design 3.7, docs/spec/07). Check ids are public API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple, NoReturn

from verifier.encoding import to_hex
from verifier.errors import VerifierError
from verifier.sentences import sentence
from verifier.types import BlockHash, JsonValue


class CheckId(StrEnum):
    """Every check there is. `label.*` ids belong to the label ladder (docs/spec/08)."""

    CHAIN_VIEW = "chain.view"
    LABEL_FORMAT = "label.format"
    LABEL_SIGNATURE = "label.signature"
    LABEL_ISSUER = "label.issuer"
    LABEL_ISSUED = "label.issued"
    LABEL_QUOTA = "label.quota"
    LABEL_COPIED = "label.copied"
    CERTIFICATE_ANCHORED = "certificate.anchored"
    CERTIFICATE_LOGGED = "certificate.logged"
    CERTIFICATE_SIGNATURE = "certificate.signature"
    CERTIFICATE_ISSUER = "certificate.issuer"
    CERTIFICATE_STATUS = "certificate.status"
    CERTIFICATE_PERIOD = "certificate.period"
    CERTIFICATE_HOLDER = "certificate.holder"
    CERTIFICATE_PRODUCT = "certificate.product"
    FOOTPRINT_ANCHORED = "footprint.anchored"
    FOOTPRINT_LOGGED = "footprint.logged"
    FOOTPRINT_SIGNATURE = "footprint.signature"
    FOOTPRINT_ISSUER = "footprint.issuer"
    FOOTPRINT_STATUS = "footprint.status"
    FOOTPRINT_FIGURES = "footprint.figures"
    FOOTPRINT_ARITHMETIC = "footprint.arithmetic"
    GRADE_RULE = "grade.rule"
    UPSTREAM_STATEMENT = "upstream.statement"
    UPSTREAM_STATUS = "upstream.status"
    UPSTREAM_AMOUNT = "upstream.amount"


class CheckOutcome(StrEnum):
    """How one check came out. `not_checked`: nothing to check it with was given. `not_applicable`: nothing to check."""

    PASSED = "passed"
    FAILED = "failed"
    SUSPECT = "suspect"
    INCONCLUSIVE = "inconclusive"
    NOT_CHECKED = "not_checked"
    NOT_APPLICABLE = "not_applicable"


class Outcome(StrEnum):
    """The four verdicts (P7)."""

    AUTHENTIC = "authentic"
    REJECTED = "rejected"
    SUSPECT = "suspect"
    INCONCLUSIVE = "inconclusive"


_NO_FIELDS: Final[Mapping[str, JsonValue]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One step of the ladder. `reason` is a stable code ("" for none; on a passed check it is a note), `fields` its values."""

    id: CheckId
    outcome: CheckOutcome
    reason: str = ""
    fields: Mapping[str, JsonValue] = field(default_factory=lambda: _NO_FIELDS)

    def __bool__(self) -> NoReturn:
        raise TypeError("a Check has no truth value: compare its outcome")

    def sentences(self) -> tuple[str, str]:
        """What happened, in Chinese and in English, for a person who shops."""
        return sentence(self.id, self.outcome, self.reason, self.fields)

    def document(self) -> dict[str, JsonValue]:
        """The check as JSON output has it."""
        chinese, english = self.sentences()
        return {
            "id": str(self.id),
            "outcome": str(self.outcome),
            "reason": self.reason,
            "fields": dict(self.fields),
            "zh": chinese,
            "en": english,
        }


@lru_cache(maxsize=128)
def passed(check: CheckId) -> Check:
    """A step that held, with nothing to add."""
    return Check(id=check, outcome=CheckOutcome.PASSED)


def noted(check: CheckId, reason: str, **fields: JsonValue) -> Check:
    """A step that held, with a note worth reading."""
    return Check(id=check, outcome=CheckOutcome.PASSED, reason=reason, fields=fields)


def failed(check: CheckId, reason: str, **fields: JsonValue) -> Check:
    """The evidence is wrong here."""
    return Check(id=check, outcome=CheckOutcome.FAILED, reason=reason, fields=fields)


def inconclusive(check: CheckId, reason: str, **fields: JsonValue) -> Check:
    """Could not be checked, which is never the same as wrong (P7)."""
    return Check(id=check, outcome=CheckOutcome.INCONCLUSIVE, reason=reason, fields=fields)


def not_checked(check: CheckId, reason: str, **fields: JsonValue) -> Check:
    """What it takes to check was not given, or an earlier step leaves nothing to check."""
    return Check(id=check, outcome=CheckOutcome.NOT_CHECKED, reason=reason, fields=fields)


@lru_cache(maxsize=128)
def not_applicable(check: CheckId, reason: str) -> Check:
    """There is nothing here that this step asks about."""
    return Check(id=check, outcome=CheckOutcome.NOT_APPLICABLE, reason=reason)


class SeenBlock(NamedTuple):
    """The block the verdict was read from; time in unix seconds, age = now − time in seconds."""

    number: int
    hash: BlockHash
    time: int
    age: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Outcome and checks. `at` is the moment asked about, None for now. It has no truth value: see `require_authentic`."""

    outcome: Outcome
    policy: str
    checks: tuple[Check, ...]
    block: SeenBlock | None
    at: int | None
    now: int

    def __bool__(self) -> NoReturn:
        raise TypeError("a Verdict has no truth value: compare its outcome, or call require_authentic")

    def check(self, check_id: str) -> Check | None:
        """The check with this id, or None when the ladder had no such step."""
        return next((check for check in self.checks if check.id == check_id), None)

    def with_outcome(self, outcome: CheckOutcome) -> tuple[Check, ...]:
        """The checks that came out so, in the ladder's order."""
        return tuple(check for check in self.checks if check.outcome is outcome)

    def to_json(self) -> dict[str, JsonValue]:
        """The JSON shape of CLI and API (docs/spec/07, Output)."""
        block: JsonValue = None
        if self.block is not None:
            block = {
                "number": self.block.number,
                "hash": to_hex(self.block.hash),
                "time": self.block.time,
                "age": self.block.age,
            }
        return {
            "outcome": str(self.outcome),
            "policy": self.policy,
            "checks": [check.document() for check in self.checks],
            "block": block,
            "at": self.at,
            "now": self.now,
        }


class NotAuthenticError(VerifierError):
    """The verdict is something other than authentic; it is carried whole."""

    code = "verdict.not-authentic"

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        telling = [f"{check.id} {check.outcome} {check.reason}".rstrip() for check in verdict.checks]
        wrong = [line for line, check in zip(telling, verdict.checks, strict=True) if check.outcome != "passed"]
        super().__init__(f"{verdict.outcome}: {'; '.join(wrong)}")


def require_authentic(verdict: Verdict) -> Verdict:
    """Give the verdict back when it is authentic. Raises NotAuthenticError otherwise."""
    if verdict.outcome is not Outcome.AUTHENTIC:
        raise NotAuthenticError(verdict)
    return verdict
