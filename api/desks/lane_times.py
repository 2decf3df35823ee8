"""When lanes were changed: every transition that counts, with its time. Events say which lanes were written; what they say is read as words (trap 12)."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Final, NamedTuple

from api.http.service import Service
from ledger.chain.deploy import latest_block
from ledger.chain.registry import RegistryView
from ledger.domain.chain_errors import BlockUnknownError, ChainUnavailableError
from verifier.contracts import Status
from verifier.hashing import keccak256
from verifier.types import PartyId

SPAN: Final = 10_000
AGAIN: Final = 64  # blocks looked at again: what a reorganisation put elsewhere
_CHANGED: Final = keccak256(b"StatusChanged(bytes32,bytes32,address,uint8,bytes32,uint256)")


class LaneChange(NamedTuple):
    """One transition. time: unix seconds."""

    owner: PartyId
    subject: bytes
    status: Status
    time: int


class LaneTimes:
    """Reads the lanes that were written. Safe for several threads."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = Lock()
        self._next = 0
        self._written: set[tuple[PartyId, bytes]] = set()

    def changes(self) -> Sequence[LaneChange] | None:
        """Every transition by a key that was not stolen, oldest first; None while the node cannot be asked."""
        chain, deployment = self._service.chain, self._service.deployment
        if chain is None:
            return None
        try:
            with self._lock:
                head = latest_block(chain)
                for start in range(max(0, self._next - AGAIN), head.number + 1, SPAN):
                    last = min(head.number, start + SPAN - 1)
                    for record in chain.logs(deployment.status_registry, _CHANGED, start, last):
                        self._written.add((PartyId(record.topics[1]), record.topics[2]))
                self._next = head.number + 1
                written = list(self._written)
            registry = RegistryView(chain=chain, deployment=deployment, block=head)
            found = [change for owner, subject in written for change in _of_lane(registry, owner, subject)]
        except (ChainUnavailableError, BlockUnknownError):
            return None
        return sorted(found, key=lambda one: one.time)


def _of_lane(registry: RegistryView, owner: PartyId, subject: bytes) -> list[LaneChange]:
    found: list[LaneChange] = []
    for step in reversed(registry.lane(owner, subject)):
        address = registry.status_key(owner, step.ordinal)
        key = None if address is None else registry.key(address)
        if key is None or 0 < key.compromised_since <= step.time:
            continue
        found.append(LaneChange(owner, subject, step.status, step.time))
        if step.status.is_terminal:
            break
    return found
