"""What to pay: EIP-1559 fees for a new transaction and for one that takes another's place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.domain.chain import FeeMarket, Fees

GWEI: Final = 10**9
# geth asks for 10 % more on both fees, some relatives for 12.5 %: the larger satisfies all.
BUMP_PER_MILLE: Final = 1125


@dataclass(frozen=True, slots=True, kw_only=True)
class FeePolicy:
    """cap: most wei per gas ever offered. base_fee_multiple: room for the base fee to rise (2: six full blocks)."""

    cap: int = 500 * GWEI
    base_fee_multiple: int = 2


def quote(market: FeeMarket, policy: FeePolicy) -> Fees | None:
    """Fees for a new transaction; None when even the next block's base fee is above the cap."""
    if market.base_fee > policy.cap:
        return None
    max_fee = min(policy.base_fee_multiple * market.base_fee + market.priority, policy.cap)
    return Fees(max_fee=max_fee, priority=min(market.priority, max_fee))


def replacement(present: Fees, market: FeeMarket, policy: FeePolicy) -> Fees | None:
    """Fees that beat a waiting transaction's by 12.5 % on both counts and suit the market; None above the cap."""
    wanted = quote(market, policy)
    if wanted is None:
        return None
    max_fee, priority = max(wanted.max_fee, _bumped(present.max_fee)), max(wanted.priority, _bumped(present.priority))
    max_fee = max(max_fee, priority)
    return Fees(max_fee=max_fee, priority=priority) if max_fee <= policy.cap else None


def _bumped(fee: int) -> int:
    return max(-(-fee * BUMP_PER_MILLE // 1000), fee + 1)  # rounded up; a chain may charge next to nothing
