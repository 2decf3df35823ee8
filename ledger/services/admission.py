"""Whether a received statement is let into the log: key, time, and the statements it stands on.

Refused is only what no verifier could accept. What is let in is not thereby true: the verifier judges at the entry's time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from ledger.domain.entries import Received, Sequenced
from ledger.domain.errors import SubmissionRefusedError
from ledger.ports.directory import KeyDirectory
from ledger.services.anchored import AnchorIndex
from ledger.services.references import Referenced, check_certificate, check_labels
from ledger.services.standing import EARLIEST, OLDEST, standing_problem
from verifier.bodies import Certificate, Labels
from verifier.contracts import Purpose
from verifier.identifiers import party_id
from verifier.signature import to_checksum
from verifier.statement import parse_entry
from verifier.types import Address, StatementId
from verifier.words import party_tag

PURPOSE_OF_KIND: Final[Mapping[str, Purpose]] = {
    "footprint": Purpose.FOOTPRINT,
    "certificate": Purpose.CERTIFICATE,
    "labels": Purpose.LABELS,
    "rule": Purpose.RULE,
}


class AdmissionRule(Protocol):
    """A further rule of the operator's or of a later release (the quota of labels is the first)."""

    def check(self, received: Received, known: Mapping[StatementId, Referenced]) -> None:
        """Raise SubmissionRefusedError to keep the statement out."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The rules under which statements enter one log."""

    directory: KeyDirectory
    anchors: AnchorIndex
    rules: tuple[AdmissionRule, ...] = ()

    def gate(self, now: int) -> Gate:
        """These rules at one moment, unix seconds: for one batch."""
        return Gate(self, now)

    def holds(self, earlier: Sequenced) -> bool:
        """Whether an earlier entry need not be repeated: not anchored yet, or passing time and key at its anchor's time.

        Raises BackpressureError when chain or anchors cannot be asked.
        """
        anchor = self.anchors.covering(earlier.index)
        if anchor is None:
            return True
        entry = parse_entry(earlier.entry)
        key = self.directory.lookup(entry.signer)
        return (
            key is not None
            and anchor.time - OLDEST <= entry.issued_at <= anchor.time + EARLIEST
            and key.party_tag == party_tag(party_id(entry.issuer))
            and bool(key.purposes & _purposes_of(entry.kind))
            and key.in_force_at(anchor.time)
            and not key.compromised_at(anchor.time)
        )


class Gate:
    """Admission at one moment: each key is looked up once, and then may sign more of the kind for its party."""

    __slots__ = ("_admission", "_fitting", "_now")

    def __init__(self, admission: Admission, now: int) -> None:
        self._admission = admission
        self._now = now
        self._fitting: set[tuple[Address, str, str]] = set()

    def check(self, received: Received, known: Mapping[StatementId, Referenced]) -> None:
        """Let a statement in or raise SubmissionRefusedError.

        Args:
            received: the statement.
            known: the statements it refers to, as far as they are in the log.
        """
        now, issued_at = self._now, received.issued_at
        if issued_at < now - OLDEST:
            raise SubmissionRefusedError("/issuedAt", "too-old", f"signed {now - issued_at} s ago, at most {OLDEST}")
        if issued_at > now + EARLIEST:
            raise SubmissionRefusedError("/issuedAt", "in-the-future", f"{issued_at - now} s ahead, at most {EARLIEST}")
        if (received.signer, received.issuer, received.kind) not in self._fitting:
            self._check_key(received)
        stands_on = received.stands_on
        if isinstance(stands_on, Certificate):
            check_certificate(received.issuer, stands_on, known)
        elif isinstance(stands_on, Labels):
            check_labels(received.issuer, stands_on, known)
        for rule in self._admission.rules:
            rule.check(received, known)

    def _check_key(self, received: Received) -> None:
        problem = standing_problem(
            self._admission.directory.lookup(received.signer),
            party=received.issuer,
            purposes=_purposes_of(received.kind),
            now=self._now,
            what=f"sign a {received.kind}",
        )
        if problem is not None:
            raise SubmissionRefusedError(problem.field, problem.rule, f"{to_checksum(received.signer)} {problem.what}")
        self._fitting.add((received.signer, received.issuer, received.kind))


def _purposes_of(kind: str) -> int:
    """Any of these lets a key sign. An unknown kind is logged for whoever may sign statements at all; what it is worth, a later release says."""
    return PURPOSE_OF_KIND.get(kind, _ANY_STATEMENT)


_ANY_STATEMENT: Final = Purpose.FOOTPRINT | Purpose.CERTIFICATE | Purpose.LABELS | Purpose.RULE
