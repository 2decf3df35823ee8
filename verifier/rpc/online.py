"""From endpoints to something the ladder can judge by: an agreed block, a snapshot under it, and a glance at `latest`.

Nothing here raises for what endpoints do: too few of them, disagreement, lies and gaps become `NoTrustedBlock` with a stable
reason, so the verdict is inconclusive and says who said what (D04, P7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verifier.deployment import Deployment
from verifier.errors import CannotCheckError, MalformedError
from verifier.evidence import Evidence
from verifier.questions import Questions, latest_word, questions_of
from verifier.rpc.builder import BuiltSnapshot, build_snapshot
from verifier.rpc.client import HttpRpcClient, Limits, RpcClient
from verifier.rpc.early import early_warnings
from verifier.rpc.endpoints import EndpointSet
from verifier.rpc.errors import QuorumError
from verifier.rpc.hints import EventHints, Hints
from verifier.rpc.quorum import AgreedBlock, agree_on_block
from verifier.snapshot import Snapshot
from verifier.trust import EarlyWarning, NoTrustedBlock, Trust, TrustedBlock, TrustSource
from verifier.words import decode_latest

NOTHING_SEEN = Snapshot(chain_id=0, header=b"", nodes=())
"""Stands where no snapshot could be built; a verdict under it is inconclusive or rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineView:
    """What endpoints showed. `account` is for people: who said what, or what went wrong, one line each."""

    trust: Trust
    snapshot: Snapshot
    warnings: tuple[EarlyWarning, ...] = ()
    account: tuple[str, ...] = ()
    unanchored: tuple[int, ...] = ()


def open_clients(endpoints: EndpointSet, limits: Limits | None = None) -> tuple[HttpRpcClient, ...]:
    """One client per endpoint; nothing is asked yet."""
    return tuple(HttpRpcClient(endpoint, limits=limits) for endpoint in endpoints.endpoints)


def look_online(
    clients: Sequence[RpcClient],
    evidences: Sequence[Evidence],
    deployment: Deployment,
    *,
    quorum: int,
    depth: int,
    hints: Sequence[Hints] = (),
) -> OnlineView:
    """Agree on a block, build the snapshot that answers these evidences, and look ahead. Never raises VerifierError."""
    try:
        agreed = agree_on_block(clients, chain_id=deployment.chain_id, quorum=quorum, depth=depth)
    except QuorumError as error:
        return _nothing(error.code, str(error), *map(str, error.sayings))
    told = tuple(map(str, agreed.sayings))
    # Only those who agreed are asked for proofs: a dissenter follows another chain.
    agreeing = [client for client in clients if client.operator in agreed.agreeing]
    questions = questions_of(evidences, deployment)
    try:
        built = _build(agreeing, agreed, deployment, questions, hints)
        warnings = early_warnings(agreeing, questions.lanes, built.read, deployment)
    except CannotCheckError as error:
        return _nothing(error.code, *told, str(error))
    told += _unanchored(built, deployment)
    return OnlineView(
        trust=TrustedBlock(
            hash=agreed.block_hash, source=TrustSource.QUORUM, number=agreed.number, vouchers=agreed.agreeing
        ),
        snapshot=built.snapshot,
        warnings=warnings,
        account=told,
        unanchored=built.unanchored,
    )


def _build(
    clients: Sequence[RpcClient],
    agreed: AgreedBlock,
    deployment: Deployment,
    questions: Questions,
    hints: Sequence[Hints],
) -> BuiltSnapshot:
    events = [EventHints(client, anchor_log=deployment.anchor_log, until_block=agreed.number) for client in clients]
    return build_snapshot(
        clients,
        number=agreed.number,
        block_hash=agreed.block_hash,
        deployment=deployment,
        questions=questions,
        hints=[*hints, *events],
    )


def _unanchored(built: BuiltSnapshot, deployment: Deployment) -> tuple[str, ...]:
    """Why an entry's anchor is not shown: it has none yet, or nobody gave its preimage."""
    if not built.unanchored:
        return ()
    try:
        size = decode_latest(built.read(latest_word(deployment))).size
    except MalformedError:
        return ()
    return tuple(
        f"第 {index} 条记录在此区块尚未上链 entry {index} is not anchored yet: the log is anchored up to {size}"
        if index >= size
        else f"第 {index} 条记录的锚点原像未知，请用 --hints 给出旧快照 the anchor of entry {index} is not known to these "
        "endpoints; give an earlier snapshot (--hints)"
        for index in built.unanchored
    )


def _nothing(reason: str, *account: str) -> OnlineView:
    return OnlineView(trust=NoTrustedBlock(reason=reason), snapshot=NOTHING_SEEN, account=account)
