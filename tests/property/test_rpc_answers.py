"""Whatever an endpoint answers, the verifier's I/O gives a typed error or a value, and no verdict turns authentic by it."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.rpc_simulator import SimulatedChain, SimulatedEndpoint
from tests.support.simulated_world import chain_of, endpoint_of
from tests.support.world import DEPLOYMENT, NOW, Story
from verifier.contracts import Status
from verifier.ladder import verify
from verifier.policy import CONSUMER
from verifier.rpc.block import assemble_header
from verifier.rpc.online import look_online
from verifier.verdict import Outcome

HEX = st.text("0123456789abcdefABCDEFx", max_size=80).map(lambda digits: "0x" + digits)
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | HEX | st.binary(max_size=40).map(
    lambda data: "0x" + data.hex()
)  # fmt: skip
NAMES = st.sampled_from(
    ["number", "hash", "stateRoot", "accountProof", "storageProof", "proof", "topics", "data", "timestamp", "x"]
)
ANSWERS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
METHODS = ["eth_chainId", "eth_getBlockByNumber", "eth_getProof", "eth_getStorageAt", "eth_getLogs"]


def withdrawn() -> Story:
    story = Story().publish()
    story.world.change_status("certifier-status", story.id("certificate"), Status.WITHDRAWN, NOW - 900)
    return story


STORY = withdrawn()
CHAIN: SimulatedChain = chain_of(STORY.world)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(method=st.sampled_from(METHODS), answer=ANSWERS, deep=st.booleans(), place=st.integers(0, 5))
def test_no_answer_makes_a_withdrawn_certificate_authentic(method: str, answer: Any, deep: bool, place: int) -> None:
    def lie(asked: str, params: tuple[object, ...], honest: Any) -> Any:
        if asked != method:
            return honest
        if deep and isinstance(honest, dict) and honest:
            return {**honest, sorted(honest)[place % len(honest)]: answer}
        return answer

    endpoint: SimulatedEndpoint = endpoint_of("liar", CHAIN, STORY.world, lie=lie)
    seen = look_online([endpoint], [STORY.evidence()], DEPLOYMENT, quorum=1, depth=5)
    verdict = verify(
        STORY.evidence(),
        snapshot=seen.snapshot,
        trusted_block=seen.trust,
        deployment=DEPLOYMENT,
        policy=CONSUMER,
        now=NOW,
        early_warnings=seen.warnings,
    )
    assert verdict.outcome in {Outcome.REJECTED, Outcome.INCONCLUSIVE}


@settings(max_examples=200, deadline=None)
@given(fields=st.dictionaries(NAMES | st.just("parentHash"), LEAVES, max_size=12))
def test_headers_from_arbitrary_fields_are_refused(fields: dict[str, Any]) -> None:
    genuine: dict[str, Any] = dict(CHAIN.blocks[30].fields)
    changed = genuine | fields
    try:
        header = assemble_header(changed, CHAIN.blocks[30].hash)
    except ValueError:
        return
    assert header == CHAIN.blocks[30].header
