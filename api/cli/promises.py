"""Judging a broken promise online: a quorum's final block, a snapshot that answers the accusation, one verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verifier.deployment import Deployment
    from verifier.promise import BrokenPromise, PromiseFinding


def judge_online(
    promise: BrokenPromise,
    deployment: Deployment,
    endpoints: tuple[str, ...],
    *,
    quorum: int | None,
    depth: int | None,
) -> PromiseFinding:
    """Agree on a block, fetch log key, latest word and anchors, judge.

    Raises ConfigurationError for unusable endpoints, CannotCheckError when they cannot be asked or do not agree.
    """
    from verifier.contracts import StatusSlot, log_key_slot, plain_slot
    from verifier.promise import check_broken_promise
    from verifier.questions import Questions, Word, latest_word
    from verifier.rpc.builder import build_snapshot
    from verifier.rpc.endpoints import endpoint_set
    from verifier.rpc.hints import EventHints
    from verifier.rpc.online import open_clients
    from verifier.rpc.quorum import agree_on_block
    from verifier.state import open_view
    from verifier.trust import TrustedBlock, TrustSource

    chosen = endpoint_set(endpoints, quorum=quorum, depth=depth)
    clients = open_clients(chosen)
    agreed = agree_on_block(clients, chain_id=deployment.chain_id, quorum=chosen.quorum, depth=chosen.depth)
    agreeing = [client for client in clients if client.operator in agreed.agreeing]
    key = Word(account=deployment.trust_registry, slot=log_key_slot(promise.receipt.key))
    # A view is opened under all three accounts, so the third must be shown too, whichever word is asked of it.
    status = Word(account=deployment.status_registry, slot=plain_slot(StatusSlot.LANES))
    indices = () if promise.item is None else (promise.item.index,)
    built = build_snapshot(
        agreeing,
        number=agreed.number,
        block_hash=agreed.block_hash,
        deployment=deployment,
        questions=Questions(words=(latest_word(deployment), key, status), lanes=(), indices=indices, parties=()),
        hints=[EventHints(one, anchor_log=deployment.anchor_log, until_block=agreed.number) for one in agreeing],
    )
    trust = TrustedBlock(
        hash=agreed.block_hash, source=TrustSource.QUORUM, number=agreed.number, vouchers=agreed.agreeing
    )
    return check_broken_promise(promise, open_view(built.snapshot, trust, deployment))
