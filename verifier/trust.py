"""A block hash and why it is believed. This is the only door through which trust enters a verdict (P1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from verifier.contracts import Status
from verifier.types import BlockHash, PartyId


class TrustSource(Enum):
    """How the block hash became trusted."""

    BY_HAND = "by-hand"
    BULLETIN = "bulletin"
    QUORUM = "quorum"
    REMEMBERED = "remembered"


class Finality(Enum):
    """Whether the block can still be reorganised away. Only FINAL is good enough for a verdict (D02)."""

    FINAL = "final"
    NOT_FINAL = "not-final"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedBlock:
    """A block hash vouched for by somebody other than the snapshot.

    `number` and `time` (unix seconds) are what the voucher said of the block, where it said so: the header must agree.
    `oldest_acceptable` is the number of the newest block this device has accepted before: an older one is refused (D05).
    """

    hash: BlockHash
    source: TrustSource
    finality: Finality = Finality.FINAL
    number: int | None = None
    time: int | None = None
    vouchers: tuple[str, ...] = ()
    oldest_acceptable: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NoTrustedBlock:
    """Nobody vouches for any block: endpoints disagree or are out of reach, a bulletin is not signed by the pinned key.

    `reason` is a stable code shown by `chain.view`. Every verdict under it is rejected or inconclusive.
    """

    reason: str


Trust = TrustedBlock | NoTrustedBlock


def trust_by_hand(block_hash: BlockHash) -> TrustedBlock:
    """A block hash that a person typed in, having compared it elsewhere; that the block is final is theirs to know."""
    return TrustedBlock(hash=block_hash, source=TrustSource.BY_HAND)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyWarning:
    """A transition seen at `latest`, not final yet (D19): lane owner, 32-byte subject, status, block time (unix seconds)."""

    owner: PartyId
    subject: bytes
    status: Status
    time: int
