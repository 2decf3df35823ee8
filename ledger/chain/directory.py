"""Which keys are registered, remembered for a few seconds: `ports.directory.KeyDirectory` for the sequencer.

Only who may submit depends on it. What a signature is worth is decided by the verifier, at the entry's time, from proofs.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import ClassVar, Final

from ledger.chain.registry import registry_at_head
from ledger.domain.chain_errors import BlockUnknownError, ChainUnavailableError
from ledger.domain.errors import BackpressureError
from ledger.ports.chain import ChainReader
from ledger.ports.clock import Clock
from ledger.ports.directory import KeyRecord
from verifier.deployment import Deployment
from verifier.types import Address

RETRY_AFTER: Final = 2.0


class DirectoryStaleError(BackpressureError):
    """The chain cannot be asked and nothing fresh enough is remembered about the key."""

    code: ClassVar[str] = "directory.stale"

    def __init__(self, address: Address) -> None:
        super().__init__(f"the key 0x{address.hex()} cannot be looked up on the chain now", RETRY_AFTER)
        self.address = address


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPolicy:
    """Seconds on the monotonic clock.

    fresh: an answer is reused without asking. unknown: the same for "not registered", shorter, since a party that has
    just been registered is at the door. usable: how old an answer may be while the chain is away. away: how long a chain that
    did not answer is left alone, so that a node that hangs is waited for once and not by every submission. size: keys
    remembered.
    """

    fresh: float = 5.0
    unknown: float = 1.0
    usable: float = 120.0
    away: float = 2.0
    size: int = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remembered:
    record: KeyRecord | None
    at: float


class CachedKeyDirectory:
    """Asks the node's head and remembers. Safe for several threads."""

    def __init__(
        self, chain: ChainReader, deployment: Deployment, clock: Clock, policy: DirectoryPolicy | None = None
    ) -> None:
        self._chain = chain
        self._deployment = deployment
        self._clock = clock
        self._policy = policy or DirectoryPolicy()
        self._known: OrderedDict[Address, _Remembered] = OrderedDict()
        self._away_until = float("-inf")
        self._lock = Lock()

    def lookup(self, address: Address) -> KeyRecord | None:
        """The key's record, None when it was never registered. Raises DirectoryStaleError."""
        with self._lock:
            found = self._known.get(address)
        now = self._clock.monotonic()
        if found is not None and now - found.at <= self._lifetime(found):
            return found.record
        record = self._ask(address) if now >= self._away_until else None
        if record is not None:
            self._remember(address, record)
            return record.record
        if found is not None and found.record is not None and now - found.at <= self._policy.usable:
            return found.record
        raise DirectoryStaleError(address)

    def _ask(self, address: Address) -> _Remembered | None:
        """What the chain says now; None when it does not answer."""
        try:
            record = registry_at_head(self._chain, self._deployment).key(address)
        except (ChainUnavailableError, BlockUnknownError):
            self._away_until = self._clock.monotonic() + self._policy.away
            return None
        return _Remembered(record=record, at=self._clock.monotonic())

    def _lifetime(self, found: _Remembered) -> float:
        return self._policy.fresh if found.record is not None else self._policy.unknown

    def _remember(self, address: Address, found: _Remembered) -> None:
        with self._lock:
            self._known[address] = found
            self._known.move_to_end(address)
            if len(self._known) > self._policy.size:
                self._known.popitem(last=False)
