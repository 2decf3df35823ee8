"""Step 6, `*.status`: has anybody who may withdraw the statement done so (docs/spec/05, StatusRegistry; docs/spec/07; P4)?

Lanes read: {issuer, regulators} × {statement id, certificate number, issuer's party}; the worse of all counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from verifier.bodies import Certificate, Footprint
from verifier.checks.entry import Entry
from verifier.checks.inquiry import Inquiry, unanswered
from verifier.contracts import REGULATORS, Status
from verifier.encoding import to_hex
from verifier.errors import CannotCheckError
from verifier.identifiers import party_id
from verifier.state import ChainView
from verifier.statement import subject_of_number
from verifier.types import JsonValue, PartyId
from verifier.verdict import Check, CheckId, failed, inconclusive, noted, passed
from verifier.words import Transition

# Which of two statuses is worse. Superseded with labels good is the mildest: what was built on it still stands.
_SEVERITY: Final = {
    Status.ACTIVE: 0,
    Status.SUPERSEDED_LABELS_GOOD: 1,
    Status.SUSPENDED: 2,
    Status.SUPERSEDED_LABELS_VOID: 3,
    Status.CANCELLED: 4,
    Status.WITHDRAWN: 5,
}
DEPRECATED: Final = "Deprecated"  # PACT v3: another footprint has taken its place
_REASONS: Final = {
    Status.SUPERSEDED_LABELS_GOOD: "superseded",
    Status.SUSPENDED: "suspended",
    Status.SUPERSEDED_LABELS_VOID: "superseded-void",
    Status.CANCELLED: "cancelled",
    Status.WITHDRAWN: "withdrawn",
}


class Use(Enum):
    """What the statement is to the question: asked about itself, or something else was built on it while it was good."""

    SUBJECT = "subject"
    RELIED_ON = "relied-on"


class _Lane(NamedTuple):
    """A lane: owner, what it is about, and the 32-byte subject."""

    owner: PartyId
    about: str
    subject: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """The status a lane gives at the moment asked about, and since when."""

    lane: _Lane
    status: Status
    since: int


def check_status(inquiry: Inquiry, entry: Entry, use: Use, check: CheckId) -> Check:
    """The worse of all lanes, as of the moment asked about; and a footprint must not call itself out of use."""
    if isinstance(entry.body, Footprint) and entry.body.status == DEPRECATED:
        return failed(check, "deprecated")
    issuer = party_id(entry.item.statement.issuer)
    subjects = _subjects(entry, issuer)
    view = inquiry.view
    worst: _Reading | None = None
    gap: CannotCheckError | None = None
    for about, subject in subjects:
        for owner in (issuer, REGULATORS):
            try:
                history = view.lane(owner, subject)
                if not history:  # nearly every lane
                    continue
                reading = _read_lane(view, _Lane(owner, about, subject), history, inquiry.at)
            except CannotCheckError as error:
                gap = gap or error
                continue
            if reading is not None and (worst is None or _SEVERITY[reading.status] > _SEVERITY[worst.status]):
                worst = reading
    warned = _early_warning(inquiry, issuer, subjects, check) if inquiry.warnings else None
    if worst is None:
        return unanswered(check, gap) if gap is not None else _or(warned, passed(check))
    verdict = _judge(inquiry, worst, use, check)
    if verdict.outcome == "passed":
        return unanswered(check, gap) if gap is not None else _or(warned, verdict)
    return verdict


def _or(warned: Check | None, otherwise: Check) -> Check:
    return otherwise if warned is None else warned


def _subjects(entry: Entry, issuer: PartyId) -> list[tuple[str, bytes]]:
    """What the lanes are about: each subject has a lane of the issuer's and one of the regulators'."""
    subjects: list[tuple[str, bytes]] = [("statement", entry.id), ("party", issuer)]
    if isinstance(entry.body, Certificate):
        subjects.append(("number", subject_of_number(entry.item.statement.issuer, entry.body.number)))
    return subjects


def _read_lane(view: ChainView, lane: _Lane, history: tuple[Transition, ...], at: int | None) -> _Reading | None:
    """The status that a lane's transitions give, None when it is nothing bad. Raises CannotCheckError."""
    latest: Transition | None = None
    for transition in reversed(history):
        # asked about now, all that is final counts: a block may be a little ahead of this device's clock
        if (at is not None and transition.time > at) or not _counts(view, lane.owner, transition):
            continue
        latest = transition
        if transition.status.is_terminal:
            break  # terminal is terminal: nothing later in this lane undoes it (D08)
    if latest is None or latest.status is Status.ACTIVE:
        return None
    return _Reading(lane=lane, status=latest.status, since=latest.time)


def _counts(view: ChainView, owner: PartyId, transition: Transition) -> bool:
    """A transition by a key that was compromised by then does not count (docs/spec/05)."""
    key = view.status_key(owner, transition.ordinal)
    return key is None or not key.compromised_at(transition.time)


def _judge(inquiry: Inquiry, worst: _Reading, use: Use, check: CheckId) -> Check:
    lane = worst.lane
    fields: dict[str, JsonValue] = {
        "about": lane.about,
        "by": "regulators" if lane.owner == REGULATORS else "issuer",
        "since": worst.since,
    }
    reason = _REASONS[worst.status]
    if worst.status in (Status.SUPERSEDED_LABELS_GOOD, Status.SUPERSEDED_LABELS_VOID):
        fields["successor"] = _successor(inquiry.view, lane)
    if worst.status is Status.SUPERSEDED_LABELS_GOOD and use is Use.RELIED_ON:
        return noted(check, "superseded-later", **fields)
    if worst.status is Status.SUSPENDED and inquiry.view_is_old and inquiry.at is None:
        # an old view cannot say that the suspension still stands, only that it did
        return inconclusive(check, "suspended-when-seen", **fields)
    return failed(check, reason, **fields)


def _successor(view: ChainView, lane: _Lane) -> str | None:
    """The id of what came after, for a link; a view without it takes nothing from the verdict."""
    try:
        successor = view.successor(lane.owner, lane.subject)
    except CannotCheckError:
        return None
    return None if successor is None else to_hex(successor)


def _early_warning(
    inquiry: Inquiry, issuer: PartyId, subjects: Sequence[tuple[str, bytes]], check: CheckId
) -> Check | None:
    """A change for the worse that is mined but not final counts early, as inconclusive (D19)."""
    for lane in [(owner, subject) for _, subject in subjects for owner in (issuer, REGULATORS)]:
        warning = inquiry.warnings.get(lane)
        if warning is None or warning.status is Status.ACTIVE or (inquiry.at is not None and warning.time > inquiry.at):
            continue
        return inconclusive(check, "early-warning", status=warning.status.name.lower(), since=warning.time)
    return None
