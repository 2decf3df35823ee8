"""What every step is asked under: the view, the clock read once, the moment asked about, and how to say "could not check"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from verifier.errors import CannotCheckError
from verifier.policy import Policy
from verifier.state import ChainView, ViewGapError
from verifier.trust import EarlyWarning
from verifier.types import JsonValue, PartyId
from verifier.verdict import Check, CheckId, inconclusive

CLOCK_TOLERANCE: Final = 120
# Reason of every check that asked the view something it does not answer; chain.view repeats it (docs/spec/07, 1).
UNANSWERED: Final = "unanswered"


class Inquiry(NamedTuple):
    """One question. `now` is the only clock reading, `at` the moment asked about (None: now), unix seconds.

    `origin` is the log the evidence names; `warnings` are transitions seen at `latest`, by lane (owner, subject).
    """

    view: ChainView
    policy: Policy
    origin: str
    now: int
    at: int | None
    warnings: Mapping[tuple[PartyId, bytes], EarlyWarning]

    @property
    def moment(self) -> int:
        """The time the verdict is about."""
        return self.now if self.at is None else self.at

    @property
    def age(self) -> int | None:
        """Seconds between the header and the clock, negative when the header is ahead; None without a header."""
        return None if self.view.header is None else self.now - self.view.header.time

    @property
    def view_is_old(self) -> bool:
        """Whether the header is older than the policy accepts."""
        return self.age is not None and self.age > self.policy.max_age

    @property
    def clock_is_behind(self) -> bool:
        """Whether the header is further ahead of the clock than clocks may differ."""
        return self.age is not None and self.age < -CLOCK_TOLERANCE


def unanswered(check: CheckId, error: CannotCheckError) -> Check:
    """The check as it stands when the view does not answer what it asked."""
    fields: dict[str, JsonValue] = {"why": error.code}
    if isinstance(error, ViewGapError):
        fields = {"why": error.reason, **error.fields}
    return inconclusive(check, UNANSWERED, **fields)
