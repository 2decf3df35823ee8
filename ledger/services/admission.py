"""Whether a received statement is let into the log: key, time, and the statements it stands on.

Refused is only what no verifier could accept. What is let in is not thereby true: the verifier judges at the entry's time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from ledger.domain.entries import Received, Sequenced
from ledger.domain.errors import SubmissionRefusedError
from ledger.ports.directory import KeyDirectory, KeyRecord
from ledger.services.anchored import AnchorIndex
from ledger.services.references import Referenced, check_certificate, check_labels
from verifier.bodies import Certificate, Labels
from verifier.contracts import Purpose
from verifier.identifiers import party_id
from verifier.signature import to_checksum
from verifier.statement import parse_entry
from verifier.types import StatementId
from verifier.words import party_tag

OLDEST: Final = 7 * 86_400
EARLIEST: Final = 120
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

    def check(self, received: Received, known: Mapping[StatementId, Referenced], now: int) -> None:
        """Let a statement in or raise SubmissionRefusedError.

        Args:
            received: the statement.
            known: the statements it refers to, as far as they are in the log.
            now: unix seconds.
        """
        if received.issued_at < now - OLDEST:
            raise SubmissionRefusedError(
                "/issuedAt", "too-old", f"signed {now - received.issued_at} s ago, at most {OLDEST}"
            )
        if received.issued_at > now + EARLIEST:
            raise SubmissionRefusedError(
                "/issuedAt", "in-the-future", f"{received.issued_at - now} s ahead, at most {EARLIEST}"
            )
        self._check_key(received, now)
        if isinstance(received.stands_on, Certificate):
            check_certificate(received.issuer, received.stands_on, known)
        elif isinstance(received.stands_on, Labels):
            check_labels(received.issuer, received.stands_on, known)
        for rule in self.rules:
            rule.check(received, known)

    def _check_key(self, received: Received, now: int) -> None:
        key = self.directory.lookup(received.signer)
        problem = _key_problem(received, key, now)
        if problem is not None:
            field, rule, what = problem
            raise SubmissionRefusedError(field, rule, f"{to_checksum(received.signer)} {what}")

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
            and _purpose_fits(key, entry.kind)
            and key.in_force_at(anchor.time)
            and not key.compromised_at(anchor.time)
        )


def _key_problem(received: Received, key: KeyRecord | None, now: int) -> tuple[str, str, str] | None:
    """Field, rule and what is wrong with the key for this statement at this time, or None."""
    if key is None:
        return "/signer", "unknown", "is not registered"
    if key.party_tag != party_tag(party_id(received.issuer)):
        return "/issuer", "not-the-key's-party", "belongs to another party"
    if not _purpose_fits(key, received.kind):
        return "/signer", "wrong-purpose", f"may not sign a {received.kind}"
    # The chain's clock may be ahead of ours: a key of the newest block is let in, its entry is anchored later still.
    if not key.starts_at <= now + EARLIEST or not now < key.ends_at:
        return "/signer", "not-in-force", f"is in force in [{key.starts_at}, {key.ends_at})"
    if key.compromised_at(now):
        return "/signer", "compromised", f"was reported stolen since {key.compromised_since}"
    return None


def _purpose_fits(key: KeyRecord, kind: str) -> bool:
    purpose = PURPOSE_OF_KIND.get(kind)
    # An unknown kind is logged for whoever may sign statements at all; what it is worth, a later release says.
    return bool(key.purposes & (_ANY_STATEMENT if purpose is None else purpose))


_ANY_STATEMENT: Final = Purpose.FOOTPRINT | Purpose.CERTIFICATE | Purpose.LABELS | Purpose.RULE
