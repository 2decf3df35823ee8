"""Deploying the three contracts, and checking that a node shows the deployment one believes in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ledger.chain.abi import Argument, encode_creation
from ledger.chain.sending import Sender
from ledger.domain.chain import BlockRef, BlockTag
from ledger.domain.chain_errors import BlockUnknownError, WrongChainError, WrongCodeError
from ledger.ports.chain import AnchorChain, ChainReader
from ledger.ports.signer import Signer
from verifier.deployment import Deployment, Predecessor, serialize_deployment
from verifier.hashing import keccak256
from verifier.identifiers import party_id
from verifier.snapshot import Profile
from verifier.types import Address

EMPTY_CODE = keccak256(b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentPlan:
    """What a person decides: a name, the regulator's public profile and first key, the bulletin key, earlier logs."""

    name: str
    regulator: Profile
    regulator_key: Address
    bulletin_key: Address
    predecessors: tuple[Predecessor, ...] = ()


def deploy(chain: AnchorChain, deployer: Signer, plan: DeploymentPlan) -> Deployment:
    """Deploy TrustRegistry, StatusRegistry and AnchorLog; return the document with the code hashes the chain shows.

    The deployer's account pays and gets no power: the regulator's key in the plan is the first and only key.

    Raises:
        WrongCodeError: an address shows no code after deployment.
        CallRevertedError, TransactionFailedError, TransactionWaitingError, ChainUnavailableError, SigningError.
    """
    sender = Sender(chain=chain, chain_id=chain.chain_id(), signer=deployer)
    regulator = plan.regulator
    trust = _create(sender, "TrustRegistry", party_id(regulator.party), regulator.digest(), plan.regulator_key)
    status = _create(sender, "StatusRegistry", trust)
    anchor_log = _create(sender, "AnchorLog", trust)
    head = latest_block(chain)
    return Deployment(
        name=plan.name,
        chain_id=sender.chain_id,
        anchor_log=anchor_log,
        trust_registry=trust,
        status_registry=status,
        anchor_log_code_hash=_code(chain, "AnchorLog", anchor_log, head),
        trust_registry_code_hash=_code(chain, "TrustRegistry", trust, head),
        status_registry_code_hash=_code(chain, "StatusRegistry", status, head),
        bulletin_key=plan.bulletin_key,
        predecessors=plan.predecessors,
    )


def write_deployment(path: Path, deployment: Deployment) -> None:
    """Write the deployment document (docs/spec/06), exactly its canonical bytes; an existing file is replaced whole."""
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_bytes(serialize_deployment(deployment))
    temporary.replace(path)


def check_deployment(chain: ChainReader, deployment: Deployment) -> BlockRef:
    """Check that the node is on the deployment's chain and its contracts hold the pinned code; return the head used.

    Raises WrongChainError, WrongCodeError, BlockUnknownError, ChainUnavailableError.
    """
    found = chain.chain_id()
    if found != deployment.chain_id:
        raise WrongChainError(deployment.chain_id, found)
    head = latest_block(chain)
    pinned = (
        ("AnchorLog", deployment.anchor_log, deployment.anchor_log_code_hash),
        ("TrustRegistry", deployment.trust_registry, deployment.trust_registry_code_hash),
        ("StatusRegistry", deployment.status_registry, deployment.status_registry_code_hash),
    )
    for contract, address, expected in pinned:
        code = chain.code_hash(address, head.hash)
        if code != expected:
            raise WrongCodeError(contract, expected, code)
    return head


def latest_block(chain: ChainReader) -> BlockRef:
    """The head. Raises BlockUnknownError when the node has no block at all."""
    head = chain.head(BlockTag.LATEST)
    if head is None:
        raise BlockUnknownError(BlockTag.LATEST.value)
    return head


def _create(sender: Sender, contract: str, *arguments: Argument) -> Address:
    receipt = sender.send(None, encode_creation(contract, *arguments))
    if receipt.contract is None:
        raise WrongCodeError(contract, b"", EMPTY_CODE)
    return receipt.contract


def _code(chain: ChainReader, contract: str, address: Address, head: BlockRef) -> bytes:
    code = chain.code_hash(address, head.hash)
    if code == EMPTY_CODE:
        raise WrongCodeError(contract, b"", code)
    return code
