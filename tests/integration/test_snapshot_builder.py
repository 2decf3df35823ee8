"""Snapshots built from real nodes (anvil and Hardhat): every word the ladder asks is answered, and nothing more is believed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from ledger.chain.localnode import anvil_command, hardhat_command, running_node
from ledger.services.status import StatusChange
from tests.support.bodies import CERTIFIER
from tests.support.chain import PROFILES, World, deployed_world, require_node
from tests.support.published import Published, publish
from verifier.contracts import Status
from verifier.identifiers import party_id
from verifier.ladder import verify
from verifier.policy import CONSUMER, REGULATOR
from verifier.rpc.client import HttpRpcClient
from verifier.rpc.endpoints import Endpoint
from verifier.rpc.hints import KnownHints
from verifier.rpc.online import OnlineView, look_online
from verifier.snapshot import parse_snapshot, serialize_snapshot
from verifier.trust import TrustedBlock
from verifier.verdict import CheckId, Outcome, Verdict

COMMANDS = {"anvil": anvil_command(), "hardhat": hardhat_command()}


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.xdist_group(f"node-{name}")) for name in COMMANDS],
)
def published(request: pytest.FixtureRequest) -> Iterator[Published]:
    require_node()
    with running_node(COMMANDS[request.param]) as node:
        made = publish(deployed_world(node))
        made.world.mine(3)
        yield made


pytestmark = pytest.mark.node


def client(world: World, operator: str = "local") -> HttpRpcClient:
    return HttpRpcClient(Endpoint(operator=operator, url=world.url))


def look(published: Published, depth: int = 1) -> OnlineView:
    world = published.world
    return look_online(
        # The local node's `finalized` lies 64 blocks back, before the deployment: go by depth, as for nodes without the tag.
        [WithoutTag(client(world))],
        [published.evidence],
        world.deployment,
        quorum=1,
        depth=depth,
        hints=[KnownHints(profiles=PROFILES.values())],
    )


class WithoutTag:
    """An endpoint whose node does not know `finalized`."""

    def __init__(self, inner: HttpRpcClient) -> None:
        self.inner = inner
        self.operator = inner.operator

    def call(self, method: str, *params: object) -> object:
        return self.inner.call(method, *params)

    def batch(self, calls):
        answers = self.inner.batch(calls)
        return [
            None if call.params[:1] == ("finalized",) else answer for call, answer in zip(calls, answers, strict=True)
        ]


def judge(published: Published, seen: OnlineView, policy=CONSUMER) -> Verdict:
    return verify(
        published.evidence,
        snapshot=seen.snapshot,
        trusted_block=seen.trust,
        deployment=published.world.deployment,
        policy=policy,
        now=published.world.now() + 5,
        early_warnings=seen.warnings,
    )


def telling(verdict: Verdict) -> list[str]:
    return [f"{check.id} {check.outcome} {check.reason} {dict(check.fields)}" for check in verdict.checks]


def test_genuine_evidence_is_authentic(published: Published) -> None:
    seen = look(published)
    verdict = judge(published, seen)
    assert verdict.outcome is Outcome.AUTHENTIC, (seen.account, telling(verdict))
    assert judge(published, seen, REGULATOR).outcome is Outcome.AUTHENTIC
    assert seen.unanchored == ()
    assert {profile.party for profile in seen.snapshot.profiles} >= {CERTIFIER}


def test_a_saved_snapshot_gives_the_same_verdict(published: Published) -> None:
    seen = look(published)
    data = serialize_snapshot(seen.snapshot)
    again = OnlineView(trust=seen.trust, snapshot=parse_snapshot(data))
    assert judge(published, again).outcome is Outcome.AUTHENTIC
    assert len(data) < 64_000


def test_an_earlier_final_block_knows_less(published: Published) -> None:
    head = published.world.chain.call("eth_blockNumber")
    verdict = judge(published, look(published, depth=int(str(head), 16)))
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_every_recent_header_is_put_together_right(published: Published) -> None:
    from verifier.rpc.block import fetch_header
    from verifier.types import BlockHash

    asked = client(published.world)
    head = int(str(asked.call("eth_blockNumber")), 16)
    for number in range(max(1, head - 20), head + 1):
        block = asked.call("eth_getBlockByNumber", hex(number), False)
        assert isinstance(block, dict)
        assert fetch_header(asked, number, BlockHash(bytes.fromhex(block["hash"][2:])))


def test_withdrawn_early_and_then_final(published: Published) -> None:
    """Last in this module: it changes the chain for good."""
    world = published.world
    change = StatusChange(owner=party_id(CERTIFIER), subject=published.certificate_id, status=Status.WITHDRAWN)
    world.status("certifier-status").change(change)
    early = judge(published, look(published))
    assert early.outcome is Outcome.INCONCLUSIVE
    assert [check.reason for check in early.checks if check.id == CheckId.CERTIFICATE_STATUS] == ["early-warning"]
    world.mine(2)
    seen = look(published)
    assert isinstance(seen.trust, TrustedBlock)
    final = judge(published, seen)
    assert final.outcome is Outcome.REJECTED
    assert [check.reason for check in final.checks if check.id == CheckId.CERTIFICATE_STATUS] == ["withdrawn"]
    assert time.time() < world.now() + 3600
