"""A local node with the contracts deployed and everybody registered: the world that integration and end-to-end tests start in.

    with running_node() as node:
        world = deployed_world(node)
        world.keys["certifier"].sign_digest(...)

Keys are deterministic (`test_key("certifier")`), parties are those of `tests/support/bodies.py`.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pytest

from ledger.chain.client import NodeChain, connect
from ledger.chain.deploy import DeploymentPlan, deploy
from ledger.chain.localnode import DEV_KEYS, NODE_FOLDER, LocalNode
from ledger.chain.sending import Sender
from ledger.domain.chain import BlockTag
from ledger.keys.memory import MemoryLogSigner, MemorySigner
from ledger.services.registry import KeyRegistration, TrustOperations, sign_registration
from ledger.services.status import StatusOperations
from tests.support.bodies import CATEGORY, CERTIFIER, HOLDER, REGULATOR
from verifier.contracts import Purpose
from verifier.deployment import Deployment
from verifier.hashing import keccak256
from verifier.snapshot import Profile

OPERATOR = "uscc:91210100MA0P0EXAM9"
OTHER_CERTIFIER = "uscc:91110000MA0C0EXAM8"
OTHER_CATEGORY = "urn:pact:tanji.example:category:steel"
GS1_PREFIX = "gs1:690123456"

PROFILES: Mapping[str, Profile] = {
    REGULATOR: Profile(party=REGULATOR, name="示例市市场监督管理局", name_en="Example City Market Regulator"),
    OPERATOR: Profile(party=OPERATOR, name="示例碳迹运营中心", name_en="Example Tanji Operator"),
    CERTIFIER: Profile(party=CERTIFIER, name="示例认证有限公司", name_en="Example Certification Co."),
    OTHER_CERTIFIER: Profile(party=OTHER_CERTIFIER, name="另一认证有限公司", name_en="Other Certification Co."),
    HOLDER: Profile(party=HOLDER, name="沈阳示例电器有限公司", name_en="Shenyang Example Appliances"),
}

# name of the key -> party, purposes. "regulator" is in the deployment itself.
KEYS: Mapping[str, tuple[str, int]] = {
    "rule": (REGULATOR, Purpose.RULE),
    "sequencer": (OPERATOR, Purpose.SEQUENCER),
    "next-sequencer": (OPERATOR, Purpose.SEQUENCER),
    "certifier": (CERTIFIER, Purpose.CERTIFICATE),
    "certifier-status": (CERTIFIER, Purpose.STATUS),
    "certifier-admin": (CERTIFIER, Purpose.ADMIN),
    "other-certifier": (OTHER_CERTIFIER, Purpose.CERTIFICATE | Purpose.STATUS),
    "holder": (HOLDER, Purpose.FOOTPRINT),
    "holder-labels": (HOLDER, Purpose.LABELS),
    "holder-status": (HOLDER, Purpose.STATUS),
}
GRANTS: tuple[tuple[str, Purpose, str], ...] = (
    (REGULATOR, Purpose.RULE, ""),
    (CERTIFIER, Purpose.CERTIFICATE, CATEGORY),
    (OTHER_CERTIFIER, Purpose.CERTIFICATE, OTHER_CATEGORY),
    (HOLDER, Purpose.FOOTPRINT, ""),
    (HOLDER, Purpose.LABELS, GS1_PREFIX),
)


@cache
def test_key(name: str) -> MemorySigner:
    """The account key of a role; the same in every run."""
    return MemorySigner.from_bytes(keccak256(b"tanji test key " + name.encode()))


test_key.__test__ = False  # type: ignore[attr-defined]  # a name pytest would collect


@cache
def log_key() -> MemoryLogSigner:
    """The log's Ed25519 key; the same in every run."""
    return MemoryLogSigner.from_seed(keccak256(b"tanji test log key"))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A node with a deployment and its cast."""

    url: str
    chain: NodeChain
    deployment: Deployment
    keys: Mapping[str, MemorySigner]
    log_key: MemoryLogSigner

    def sender(self, name: str) -> Sender:
        """Sends from the key of a role."""
        return Sender(chain=self.chain, chain_id=self.deployment.chain_id, signer=self.keys[name])

    def trust(self, name: str = "regulator") -> TrustOperations:
        """TrustRegistry's operations as a role."""
        return TrustOperations(sender=self.sender(name), deployment=self.deployment)

    def status(self, name: str) -> StatusOperations:
        """StatusRegistry's operations as a role."""
        return StatusOperations(sender=self.sender(name), deployment=self.deployment)

    def mine(self, blocks: int = 1, seconds: int = 1) -> None:
        """Mine blocks, each some seconds after the one before."""
        self.chain.call("hardhat_mine", hex(blocks), hex(seconds))

    def now(self) -> int:
        """Time of the newest block."""
        head = self.chain.head(BlockTag.LATEST)
        if head is None:
            raise RuntimeError("the node has no block")
        return head.time


def require_node() -> None:
    """Skip the test where the node's programs are not installed."""
    if not (NODE_FOLDER / "node_modules").is_dir() or shutil.which("node") is None:
        pytest.skip("hardhat-local/node_modules is not installed (make setup)")


def deployed_world(node: LocalNode) -> World:
    """Deploy on a fresh node, fund every key, register parties, keys, grants and the log key, and let them take effect."""
    chain = connect(node.url)
    keys = {name: test_key(name) for name in ("regulator", "bulletin", *KEYS)}
    for signer in keys.values():
        chain.call("hardhat_setBalance", "0x" + signer.address.hex(), hex(10**20))
    plan = DeploymentPlan(
        name="test",
        regulator=PROFILES[REGULATOR],
        regulator_key=keys["regulator"].address,
        bulletin_key=keys["bulletin"].address,
    )
    deployment = deploy(chain, MemorySigner.from_bytes(DEV_KEYS[0]), plan)
    world = World(url=node.url, chain=chain, deployment=deployment, keys=keys, log_key=log_key())
    world.mine()  # in force when from < T, and a local node puts several blocks into one second
    _register_everybody(world)
    world.mine(2)
    return world


def _register_everybody(world: World) -> None:
    trust = world.trust()
    for party, profile in PROFILES.items():
        if party != REGULATOR:
            trust.register_party(profile)
    for name, (party, purposes) in KEYS.items():
        key = world.keys[name]
        asked = KeyRegistration(key=key.address, party=party, purposes=int(purposes))
        trust.register_key(sign_registration(asked, key, world.deployment))
    for party, purpose, scope in GRANTS:
        trust.open_grant(party, purpose, scope)
    trust.register_log_key(world.log_key.public_key)
