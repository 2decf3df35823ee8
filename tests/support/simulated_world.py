"""The genuine story of `tests.support.world` on a simulated chain, behind endpoints that can be made to lie."""

from __future__ import annotations

from typing import Any

from tests.support.rpc_simulator import SimulatedChain, SimulatedEndpoint
from tests.support.world import CHAIN_ID, NOW, World
from verifier.hashing import keccak256

BLOCKS = 40
FINAL = 30


def chain_of(
    world: World, *, latest: World | None = None, seen_at: int = NOW - 60, salt: bytes = b""
) -> SimulatedChain:
    """A chain whose final block shows `world` and whose newest blocks show `latest` (the same, where not given)."""
    chain = SimulatedChain(chain_id=CHAIN_ID, salt=salt)
    final = accounts_of(world)
    newest = final if latest is None else accounts_of(latest)
    for number in range(BLOCKS):
        shown = None if number < FINAL else final if number == FINAL else newest
        chain.mine(shown, time=seen_at + 12 * (number - FINAL))
    return chain


def accounts_of(world: World) -> dict[bytes, Any]:
    deployment = world.deployment
    strangers = {keccak256(b"somebody %d" % number)[:20]: (keccak256(b""), {}) for number in range(20)}
    return strangers | {
        deployment.trust_registry: (deployment.trust_registry_code_hash, dict(world.trust)),
        deployment.status_registry: (deployment.status_registry_code_hash, dict(world.statuses)),
        deployment.anchor_log: (deployment.anchor_log_code_hash, dict(world.anchor_words)),
    }


def endpoint_of(operator: str, chain: SimulatedChain, world: World, **settings: Any) -> SimulatedEndpoint:
    """An honest endpoint with a `finalized` tag and the anchors' events."""
    return SimulatedEndpoint(operator, chain, finalized=FINAL, logs=event_logs(world), **settings)


def event_logs(world: World) -> list[dict[str, Any]]:
    signature = "0x" + keccak256(b"Anchored(uint64,uint64,bytes32,uint64)").hex()
    return [
        {
            "blockNumber": hex(min(anchor.seq, FINAL)),
            "topics": [signature, "0x" + anchor.seq.to_bytes(32, "big").hex()],
            "data": "0x" + (anchor.size.to_bytes(32, "big") + anchor.root + anchor.time.to_bytes(32, "big")).hex(),
        }
        for anchor in world.anchors
    ]
