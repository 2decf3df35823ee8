"""The stage: a local node whose chain begins in the past, the three contracts, and everybody registered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.demo import cast
from api.demo.clock import StoryClock
from api.demo.errors import NodeMissingError
from api.demo.products import DemoEnterprise, DemoSet
from ledger.chain.client import NodeChain, connect
from ledger.chain.deploy import DeploymentPlan, deploy
from ledger.chain.localnode import DEV_KEYS, NODE_FOLDER, LocalNode, anvil_command, running_node
from ledger.chain.sending import Sender
from ledger.domain.chain import BlockRef, BlockTag
from ledger.domain.chain_errors import BlockUnknownError
from ledger.keys.memory import MemorySigner
from ledger.services.registry import KeyRegistration, TrustOperations, sign_registration
from ledger.services.status import StatusOperations
from verifier.contracts import Purpose
from verifier.deployment import Deployment
from verifier.snapshot import Profile
from verifier.types import Address

DAY: Final = 86_400
STORY_DAYS: Final = 75
_FUNDS: Final = 10**20
_DEPLOYER: Final = MemorySigner.from_bytes(DEV_KEYS[0])

Step = tuple[str, Callable[[], object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A node with a deployment. `today`: the present the story ends at (unix seconds)."""

    url: str
    chain: NodeChain
    deployment: Deployment
    deployment_gas: int
    clock: StoryClock
    today: int

    def days_ago(self, days: float) -> int:
        """Unix seconds of a moment of the story."""
        return self.today - int(days * DAY)

    def go_to(self, days: float) -> None:
        """Move the story to so many days ago."""
        self.clock.advance(self.chain, self.days_ago(days))

    def trust(self) -> TrustOperations:
        """TrustRegistry's operations as the regulator."""
        return TrustOperations(sender=self._sender("regulator"), deployment=self.deployment)

    def status(self, name: str) -> StatusOperations:
        """StatusRegistry's operations as a role."""
        return StatusOperations(sender=self._sender(name), deployment=self.deployment)

    def head(self) -> BlockRef:
        """The newest block."""
        found = self.chain.head(BlockTag.LATEST)
        if found is None:
            raise BlockUnknownError(BlockTag.LATEST.value)
        return found

    def register(self, name: str, role: cast.KeyRole, signer: MemorySigner | None = None) -> None:
        """Register a key that signs its own registration."""
        key = signer or cast.key(name)
        asked = KeyRegistration(key=key.address, party=role.party, purposes=int(role.purposes))
        self.trust().register_key(sign_registration(asked, key, self.deployment))

    def _sender(self, name: str) -> Sender:
        return Sender(chain=self.chain, chain_id=self.deployment.chain_id, signer=cast.key(name))


def require_node() -> None:
    """Raise NodeMissingError where the node is not installed."""
    if not (NODE_FOLDER / "node_modules").is_dir():
        raise NodeMissingError(str(NODE_FOLDER))


@contextmanager
def local_chain(today: int, kept: Path | None = None) -> Iterator[tuple[LocalNode, NodeChain, StoryClock]]:
    """A node whose first block is 75 days before `today`; it ends with the `with` block, however that ends.

    kept: file the chain is written to when it ends, for `resumed_chain`. Raises NodeMissingError, LocalNodeError.
    """
    require_node()
    start = today - STORY_DAYS * DAY
    dump = () if kept is None else ("--dump-state", str(kept.absolute()))
    with running_node(anvil_command("--timestamp", str(start), *dump)) as node:
        yield node, connect(node.url), StoryClock(start)


@contextmanager
def resumed_chain(kept: Path) -> Iterator[tuple[LocalNode, NodeChain]]:
    """The chain that `local_chain` wrote down, going on from there at the machine's own time. A block is final after two more.

    Raises NodeMissingError, LocalNodeError.
    """
    require_node()
    with running_node(anvil_command("--load-state", str(kept.absolute()), "--slots-in-an-epoch", "1")) as node:
        yield node, connect(node.url)


def set_stage(node: LocalNode, chain: NodeChain, clock: StoryClock, today: int) -> Stage:
    """Deploy the contracts and fund the accounts that pay for gas."""
    for name in cast.PAYING:
        fund(chain, cast.key(name).address)
    before = chain.head(BlockTag.LATEST)
    plan = DeploymentPlan(
        name="演示 demo",
        regulator=cast.REGULATOR_PROFILE,
        regulator_key=cast.key("regulator").address,
        bulletin_key=cast.key("bulletin").address,
    )
    deployment = deploy(chain, _DEPLOYER, plan)
    stage = Stage(
        url=node.url,
        chain=chain,
        deployment=deployment,
        deployment_gas=_gas_since(chain, 0 if before is None else before.number),
        clock=clock,
        today=today,
    )
    clock.advance(chain, stage.days_ago(STORY_DAYS - 1))
    return stage


def fund(chain: NodeChain, account: Address) -> None:
    """Give an account what gas costs; a local node does that for the asking."""
    chain.call("hardhat_setBalance", "0x" + account.hex(), hex(_FUNDS))


def _gas_since(chain: NodeChain, number: int) -> int:
    """Gas of all blocks after `number`."""
    head = chain.head(BlockTag.LATEST)
    total = 0
    for height in range(number + 1, 1 + (number if head is None else head.number)):
        block = chain.call("eth_getBlockByNumber", hex(height), False)
        if isinstance(block, dict):
            total += int(str(block["gasUsed"]), 16)
    return total


def authorities(stage: Stage, data: DemoSet) -> Iterator[Step]:
    """The operator, the certifiers and their accreditations, one transaction a step."""
    trust = stage.trust()
    for profile in cast.PROFILES:
        yield f"{profile.name} {profile.name_en}", _party(trust, profile)
    for name, role in cast.KEY_ROLES.items():
        yield name, _key(stage, name, role)
    yield "rule", lambda: trust.open_grant(cast.REGULATOR, Purpose.RULE)
    for certifier, urn in cast.accreditations(data):
        yield urn, _grant(trust, certifier, Purpose.CERTIFICATE, urn)
    yield "log key", lambda: trust.register_log_key(cast.log_key().public_key)


def enterprises(stage: Stage, data: DemoSet) -> Iterator[Step]:
    """The enterprises, each with its key, the right to state footprints, and its GS1 prefix."""
    trust = stage.trust()
    for enterprise in data.enterprises:
        yield enterprise.name, _enterprise(stage, trust, enterprise)


def _party(trust: TrustOperations, profile: Profile) -> Callable[[], object]:
    return lambda: trust.register_party(profile)


def _key(stage: Stage, name: str, role: cast.KeyRole) -> Callable[[], object]:
    return lambda: stage.register(name, role)


def _grant(trust: TrustOperations, party: str, purpose: Purpose, scope: str) -> Callable[[], object]:
    return lambda: trust.open_grant(party, purpose, scope)


def _enterprise(stage: Stage, trust: TrustOperations, enterprise: DemoEnterprise) -> Callable[[], object]:
    def admit() -> None:
        trust.register_party(cast.enterprise_profile(enterprise))
        role = cast.KeyRole(party=enterprise.party, purposes=Purpose.FOOTPRINT)
        stage.register("", role, cast.enterprise_key(enterprise))
        trust.open_grant(enterprise.party, Purpose.FOOTPRINT)
        trust.open_grant(enterprise.party, Purpose.LABELS, f"gs1:{enterprise.gs1_prefix}")

    return admit
