"""What a verifier is given besides evidence: a snapshot under one block, and that block's hash vouched for elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from api.demo import cast
from api.demo.operator import admission_of
from api.demo.output import Output
from api.demo.products import DemoSet
from api.demo.stage import Stage
from ledger.domain.chain import BlockRef
from ledger.log.files import TileDirectory
from ledger.log.tree import TreeReader
from ledger.services.bulletin import sign_bulletin
from ledger.services.evidence import EvidenceBuilder
from ledger.store.anchor_journal import StoredAnchors
from ledger.store.reader import StoreReader
from verifier.bulletin import Bulletin
from verifier.contracts import log_key_slot
from verifier.evidence import Evidence
from verifier.questions import Word, questions_of
from verifier.rpc.builder import build_snapshot
from verifier.rpc.endpoints import endpoint_set
from verifier.rpc.hints import KnownHints
from verifier.rpc.online import open_clients
from verifier.rpc.quorum import AgreedBlock, agree_on_block
from verifier.snapshot import Snapshot
from verifier.types import BlockHash, StatementId

DEPTH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A snapshot and the bulletin that names its block."""

    snapshot: Snapshot
    bulletin: Bulletin


def evidence_of(stage: Stage, output: Output, statements: Sequence[StatementId]) -> list[Evidence]:
    """Evidence of certificates, built by the ledger's own service."""
    reader, anchors = StoreReader.open(output.database), StoredAnchors.open(output.database)
    try:
        builder = EvidenceBuilder(
            origin=stage.deployment.origin,
            reader=reader,
            tree=TreeReader(TileDirectory(output.tiles), reader.size()),
            admission=admission_of(stage, anchors),
        )
        return [builder.of(statement) for statement in statements]
    finally:
        anchors.close()
        reader.close()


def agree(stage: Stage) -> AgreedBlock:
    """The newest final block the endpoints agree on; here there is one endpoint, elsewhere there must be several."""
    endpoints = endpoint_set([f"local={stage.url}"], quorum=1, depth=DEPTH)
    return agree_on_block(
        open_clients(endpoints), chain_id=stage.deployment.chain_id, quorum=endpoints.quorum, depth=endpoints.depth
    )


def take_pack(
    stage: Stage, output: Output, data: DemoSet, evidences: Sequence[Evidence], *, number: int, block_hash: BlockHash
) -> Pack:
    """A snapshot that answers what these evidence files ask, under one block, and a bulletin of that block."""
    endpoints = endpoint_set([f"local={stage.url}"], quorum=1, depth=DEPTH)
    profiles = [*cast.PROFILES, cast.REGULATOR_PROFILE, *map(cast.enterprise_profile, data.enterprises)]
    asked = questions_of(evidences, stage.deployment)
    # Evidence never asks for the log's key; a broken promise does (docs/spec/06).
    log_key = Word(account=stage.deployment.trust_registry, slot=log_key_slot(cast.log_key().public_key))
    anchors = StoredAnchors.open(output.database)
    try:
        built = build_snapshot(
            open_clients(endpoints),
            number=number,
            block_hash=block_hash,
            deployment=stage.deployment,
            questions=replace(asked, words=(*asked.words, log_key)),
            hints=[KnownHints(anchors=anchors.anchors(), profiles=profiles)],
        )
    finally:
        anchors.close()
    bulletin = sign_bulletin(
        cast.key("bulletin"),
        deployment=stage.deployment,
        number=number,
        block_hash=block_hash,
        time=built.header.time,
    )
    return Pack(snapshot=built.snapshot, bulletin=bulletin)


def pack_at_head(stage: Stage, output: Output, data: DemoSet, evidences: Sequence[Evidence]) -> Pack:
    """A pack of the story's moment."""
    head: BlockRef = stage.head()
    return take_pack(stage, output, data, evidences, number=head.number, block_hash=head.hash)
