"""Policies: which checks must pass, how old the view may be, whether sealed values may stay sealed (docs/spec/07)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from verifier.errors import VerifierError
from verifier.verdict import CheckId

HOUR: Final = 3600
DAY: Final = 24 * HOUR


class PolicyError(VerifierError):
    """A policy that would let something through unchecked, or a name that is no policy."""

    code = "policy.unusable"

    def __init__(self, policy: str, detail: str) -> None:
        self.policy = policy
        self.detail = detail
        super().__init__(f"policy {policy!r}: {detail}")


class SealedValues(Enum):
    """What a policy makes of values that stay sealed."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


LABELLED: Final = frozenset(check for check in CheckId if check.startswith("label."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`required`: ids that must pass or not apply. `max_age`: seconds between header time and now. Raises PolicyError.

    `label_required`: the ids that must hold besides where the verdict is about a label (docs/spec/08).
    """

    name: str
    required: frozenset[CheckId]
    max_age: int
    sealed_values: SealedValues
    label_required: frozenset[CheckId] = LABELLED

    def __post_init__(self) -> None:
        if not self.required:
            raise PolicyError(self.name, "no check is required: everything would be authentic")
        if CheckId.CHAIN_VIEW not in self.required:
            raise PolicyError(self.name, "chain.view is not required: anybody's own chain would do")
        if self.max_age <= 0:
            raise PolicyError(self.name, f"an age limit of {self.max_age} s accepts no view")


_CERTIFIED: Final = frozenset(
    check
    for check in CheckId
    if check.startswith(("chain.", "certificate.", "footprint.", "grade."))
    and check is not CheckId.FOOTPRINT_ARITHMETIC  # a shopper does not need the inventory; a failed sum still rejects
)

CONSUMER: Final = Policy(name="consumer", required=_CERTIFIED, max_age=DAY, sealed_values=SealedValues.ACCEPTED)
# The same without a network: this morning's pack serves the whole day and the way home.
INSPECTION: Final = Policy(
    name="inspection",
    required=_CERTIFIED,
    max_age=36 * HOUR,
    sealed_values=SealedValues.ACCEPTED,
    # a pack holds no leaves: what the label key signed within its range is taken, and the verdict says so
    label_required=LABELLED - {CheckId.LABEL_ISSUED},
)
REGULATOR: Final = Policy(
    name="regulator",
    required=_CERTIFIED | {CheckId.FOOTPRINT_ARITHMETIC},
    max_age=DAY,
    sealed_values=SealedValues.REFUSED,
)
AUDITOR: Final = Policy(
    name="auditor",
    required=_CERTIFIED
    | {
        CheckId.FOOTPRINT_ARITHMETIC,
        CheckId.UPSTREAM_STATEMENT,
        CheckId.UPSTREAM_STATUS,
        CheckId.UPSTREAM_AMOUNT,
    },
    max_age=7 * DAY,
    sealed_values=SealedValues.REFUSED,
)

POLICIES: Final[Mapping[str, Policy]] = MappingProxyType(
    {policy.name: policy for policy in (CONSUMER, INSPECTION, REGULATOR, AUDITOR)}
)


def policy_named(name: str) -> Policy:
    """The policy of this name. Raises PolicyError."""
    try:
        return POLICIES[name]
    except KeyError as error:
        raise PolicyError(name, f"one of {', '.join(POLICIES)}") from error
