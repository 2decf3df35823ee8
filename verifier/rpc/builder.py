"""Builds a snapshot for some evidence: header, proofs, preimages, all under one agreed block.

The result is a document like any other: the verifier opens it again from scratch and believes only the block hash.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from verifier.contracts import party_slot
from verifier.deployment import Deployment
from verifier.header import Header, parse_header
from verifier.identifiers import party_id
from verifier.questions import Questions, ReadWord, Word, writer_key_questions, writer_questions
from verifier.rpc.anchors import AnchorBook
from verifier.rpc.block import fetch_header
from verifier.rpc.client import RpcClient
from verifier.rpc.errors import EndpointAnswerError, EndpointError
from verifier.rpc.fetcher import StateFetcher
from verifier.rpc.hints import Hints
from verifier.snapshot import Profile, Snapshot
from verifier.types import BlockHash

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltSnapshot:
    """A snapshot, its header, and the log indices whose anchors no hint could give (their checks stay inconclusive).

    `read` gives the words it proves.
    """

    snapshot: Snapshot
    header: Header
    unanchored: tuple[int, ...]
    read: ReadWord


def build_snapshot(
    clients: Sequence[RpcClient],
    *,
    number: int,
    block_hash: BlockHash,
    deployment: Deployment,
    questions: Questions,
    hints: Sequence[Hints] = (),
) -> BuiltSnapshot:
    """Fetch everything the questions ask, at block `number`, whose hash must be `block_hash`.

    `clients` are asked in order until one answers completely; `hints` likewise give preimages.

    Raises:
        EndpointError: no endpoint has the header or complete proofs (a pruned state, a lie, no connection).
        TrieError: a contract of the deployment does not exist in this block.
    """
    rlp = _first_answer(clients, lambda client: fetch_header(client, number, block_hash))
    header = parse_header(rlp)
    fetcher = StateFetcher(clients, number=number, state_root=header.state_root)
    fetcher.load(questions.words)
    fetcher.load(writer_questions(questions.lanes, fetcher.word, deployment))
    fetcher.load(writer_key_questions(questions.lanes, fetcher.word, deployment))
    book = AnchorBook(fetcher, deployment)
    for source in hints:
        uncovered = book.uncovered(questions.indices)
        if not uncovered:
            break
        book.search(source.anchors(uncovered), uncovered)
    snapshot = Snapshot(
        chain_id=deployment.chain_id,
        header=rlp,
        nodes=fetcher.nodes,
        anchors=book.anchors,
        profiles=_profiles(fetcher, questions.parties, deployment, hints),
    )
    return BuiltSnapshot(
        snapshot=snapshot, header=header, unanchored=book.uncovered(questions.indices), read=fetcher.word
    )


def _profiles(
    fetcher: StateFetcher, parties: Sequence[str], deployment: Deployment, hints: Sequence[Hints]
) -> tuple[Profile, ...]:
    """For each party the first candidate whose hash TrustRegistry holds."""
    found: dict[str, Profile] = {}
    for source in hints:
        missing = [party for party in parties if party not in found]
        for profile in source.profiles(missing):
            if profile.party not in found and profile.party in missing:
                word = Word(account=deployment.trust_registry, slot=party_slot(party_id(profile.party)))
                if fetcher.word(word) == profile.digest():
                    found[profile.party] = profile
    return tuple(found[party] for party in parties if party in found)


def _first_answer(clients: Sequence[RpcClient], question: Callable[[RpcClient], T]) -> T:
    trouble: EndpointError | None = None
    for client in clients:
        try:
            return question(client)
        except EndpointError as error:
            trouble = error
    raise trouble or EndpointAnswerError(endpoint="-", method="-", detail="no endpoint to ask")
