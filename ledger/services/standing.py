"""Whether a registered key may do something for its party now. What a signature is worth later, the verifier says from proofs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.ports.directory import KeyRecord
from verifier.contracts import Purpose
from verifier.identifiers import party_id
from verifier.words import party_tag

EARLIEST: Final = 120  # seconds that our clock may be behind the chain's
OLDEST: Final = 7 * 86_400
# Keys that people hold. Label keys and the sequencer's lie open on machines: they neither read nor order anything.
BY_PEOPLE: Final = (
    Purpose.REGULATOR | Purpose.FOOTPRINT | Purpose.CERTIFICATE | Purpose.STATUS | Purpose.ADMIN | Purpose.RULE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Why a key may not: `field` of the signed document, stable `rule`, and what is wrong, to stand behind the key's address."""

    field: str
    rule: str
    what: str


def standing_problem(
    key: KeyRecord | None, *, party: str, purposes: int, now: int, what: str, field: str = "/issuer"
) -> Standing | None:
    """Why this key may not act for the party now; None when it may.

    Args:
        purposes: any of these bits suffices. now: unix seconds. what: the act, for people ("sign a footprint").
        field: the document's member that names the party.
    """
    if key is None:
        return Standing(field="/signer", rule="unknown", what="is not registered")
    if key.party_tag != party_tag(party_id(party)):
        return Standing(field=field, rule="not-the-key's-party", what="belongs to another party")
    if not key.purposes & purposes:
        return Standing(field="/signer", rule="wrong-purpose", what=f"may not {what}")
    # The chain's clock may be ahead of ours: a key of the newest block is let in.
    if not key.starts_at <= now + EARLIEST or not now < key.ends_at:
        return Standing(field="/signer", rule="not-in-force", what=f"is in force in [{key.starts_at}, {key.ends_at})")
    if key.compromised_at(now):
        return Standing(field="/signer", rule="compromised", what=f"was reported stolen since {key.compromised_since}")
    return None
