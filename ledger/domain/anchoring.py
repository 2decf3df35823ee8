"""Values of the anchorer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ledger.domain.chain import AnchorHead, BlockRef, Fees
from verifier.types import Address, Digest, NodeHash


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorStep:
    """From which anchored tree to which: sizes in entries, RFC 9162 roots."""

    old_size: int
    old_root: NodeHash
    new_size: int
    new_root: NodeHash


@dataclass(frozen=True, slots=True, kw_only=True)
class JournaledTransaction:
    """A signed anchor transaction, written down before it is sent and never changed.

    Whether it is waiting, mined, dropped or displaced is not written down: the chain says, every time it is asked.
    made_at: unix seconds, for people.
    """

    sender: Address
    nonce: int
    hash: Digest
    raw: bytes
    fees: Fees
    step: AnchorStep
    made_at: int


class AnchorOutcome(StrEnum):
    """What one look at the chain led to."""

    IDLE = "idle"  # nothing to anchor, or not yet
    SENT = "sent"  # a new transaction
    REBROADCAST = "rebroadcast"  # the node had lost ours
    REPLACED = "replaced"  # stuck or outdated: sent again with the same nonce and higher fees
    WAITING = "waiting"  # in the node's pool, not for long yet
    HELD = "held"  # it would take fees above the cap
    OVERTAKEN = "overtaken"  # the chain moved between looking and sending: look again


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorReport:
    """What one step saw and did.

    head: block looked at. anchored, final: AnchorLog at the head and under the final block. deadline: the earliest
    `anchorBy` among entries not anchored at the head. transaction: the one sent or waited for.
    """

    outcome: AnchorOutcome
    head: BlockRef
    anchored: AnchorHead
    final: AnchorHead
    log_size: int
    deadline: int | None = None
    transaction: Digest | None = None

    @property
    def promise_broken(self) -> bool:
        """Whether a block later than a promise has been mined without covering the promised entry (P5)."""
        return self.deadline is not None and self.head.time > self.deadline
