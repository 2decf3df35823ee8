"""Where preimages come from. A hint is never trusted: AnchorLog and TrustRegistry hold its hash, and that is checked.

The chain keeps only `keccak256(abi.encode(size, root, time))` per anchor and the hash of a profile. Whoever has the
preimages may hand them over: an earlier snapshot, the log's operator, or the contract's own events where a node still
has them. Nodes prune logs and leave some out, so events are one source among others, never the proof.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from verifier.hashing import keccak256
from verifier.rpc.client import RpcClient
from verifier.rpc.errors import EndpointError, EndpointRefusalError
from verifier.rpc.quorum import quantity
from verifier.snapshot import Anchor, Profile, Snapshot
from verifier.types import Address, NodeHash

ANCHORED_EVENT = "Anchored(uint64,uint64,bytes32,uint64)"
FIRST_SPAN = 10_000
MAX_SPAN = 1_000_000
MIN_SPAN = 16
MAX_REQUESTS = 400
"""Upper bound of eth_getLogs calls of one search; who needs to look further back takes the operator's list."""
_METHOD = "eth_getLogs"


class Hints(Protocol):
    """A source of candidate preimages."""

    def anchors(self, indices: Collection[int]) -> Iterable[Anchor]:
        """Candidates for the anchors around these entry indices, in any order, possibly none, possibly wrong."""
        ...

    def profiles(self, parties: Collection[str]) -> Iterable[Profile]:
        """Candidates for the public profiles of these parties."""
        ...


class KnownHints:
    """Preimages that somebody handed over: a list from the operator, or those of an earlier snapshot."""

    def __init__(self, *, anchors: Iterable[Anchor] = (), profiles: Iterable[Profile] = ()) -> None:
        self._anchors = tuple(anchors)
        self._profiles = tuple(profiles)

    @classmethod
    def of_snapshot(cls, snapshot: Snapshot) -> KnownHints:
        """The preimages a snapshot document carries."""
        return cls(anchors=snapshot.anchors, profiles=snapshot.profiles)

    def anchors(self, indices: Collection[int]) -> Iterable[Anchor]:  # noqa: ARG002  the list is searched by the builder
        """All of them."""
        return self._anchors

    def profiles(self, parties: Collection[str]) -> Iterable[Profile]:
        """Those of the parties asked for."""
        return [profile for profile in self._profiles if profile.party in parties]


class EventHints:
    """The `Anchored` events an endpoint still has, searched backwards from the agreed block.

    Anchored(uint64 indexed seq, uint64 size, bytes32 root, uint64 time)
      topics  [keccak256(signature), seq as 32 bytes]      data  size (32 bytes) ‖ root (32) ‖ time (32)
    """

    def __init__(self, client: RpcClient, *, anchor_log: Address, until_block: int) -> None:
        self._client = client
        self._anchor_log = anchor_log
        self._until_block = until_block

    def anchors(self, indices: Collection[int]) -> Iterable[Anchor]:
        """Events from the agreed block back to the first anchor that does not reach the lowest index.

        A refusal or garbage ends the search with what was found: the endpoint is one source among others.
        """
        if not indices:
            return ()
        lowest = min(indices)
        found: list[Anchor] = []
        for anchors in self._backwards():
            found.extend(anchors)
            if any(anchor.size <= lowest or anchor.seq == 1 for anchor in anchors):
                break
        return found

    def profiles(self, parties: Collection[str]) -> Iterable[Profile]:  # noqa: ARG002  events carry profile hashes only
        """None: the chain never sees a profile's text."""
        return ()

    def _backwards(self) -> Iterator[list[Anchor]]:
        """Events of ever earlier block ranges; ranges grow while the endpoint bears them and shrink when it does not."""
        end, span = self._until_block, FIRST_SPAN
        for _ in range(MAX_REQUESTS):
            start = max(0, end - span + 1)
            try:
                answer = self._client.call(_METHOD, self._filter(start, end))
            except EndpointRefusalError:
                span //= 8
                if span < MIN_SPAN:
                    return
                continue
            except EndpointError:
                return
            yield list(_parse_events(answer))
            end, span = start - 1, min(2 * span, MAX_SPAN)
            if end < 0:
                return

    def _filter(self, start: int, end: int) -> dict[str, object]:
        return {
            "address": "0x" + self._anchor_log.hex(),
            "topics": ["0x" + keccak256(ANCHORED_EVENT.encode()).hex()],
            "fromBlock": hex(start),
            "toBlock": hex(end),
        }


def _parse_events(answer: object) -> Iterator[Anchor]:
    """The anchors in a list of logs; what does not have the event's form is passed over."""
    for log in answer if isinstance(answer, list) else ():
        topics, data = (log.get("topics"), log.get("data")) if isinstance(log, dict) else (None, None)
        if not isinstance(topics, list) or len(topics) != 2 or not isinstance(data, str) or len(data) != 2 + 6 * 32:
            continue
        words = [quantity(topics[1]), *(quantity("0x" + data[2 + 64 * place : 66 + 64 * place]) for place in range(3))]
        seq, size, root, time = words
        if seq and size and root is not None and time and max(seq, size, time) < 1 << 53:
            yield Anchor(seq=seq, size=size, root=NodeHash(root.to_bytes(32, "big")), time=time)
