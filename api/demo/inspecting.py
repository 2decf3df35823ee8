"""The morning's pack of the story, its bulletin, and how they lie ready for the scanner: `packs/` of the demo's folder."""

from __future__ import annotations

from typing import Final

from api.demo import cast
from api.demo.operator import admission_of
from api.demo.output import Output
from api.demo.pack import DEPTH
from api.demo.products import DemoSet
from api.demo.stage import Stage
from ledger.log.files import TileDirectory
from ledger.log.tree import TreeReader
from ledger.services.bulletin import sign_agreed_block
from ledger.services.evidence import EvidenceBuilder
from ledger.services.packs import build_pack, find_certificates
from ledger.store.anchor_journal import StoredAnchors
from ledger.store.reader import StoreReader
from verifier.bulletin import serialize_bulletin
from verifier.pack.writer import serialize_pack
from verifier.rpc.endpoints import endpoint_set
from verifier.rpc.hints import KnownHints
from verifier.rpc.online import open_clients
from verifier.rpc.quorum import agree_on_block

FOLDER: Final = "packs"
PACK: Final = f"{FOLDER}/inspection.tanji"
BULLETIN: Final = f"{FOLDER}/bulletin.json"


def publish_pack(stage: Stage, output: Output, data: DemoSet) -> None:
    """Write a pack of every certificate under the newest final block, and a bulletin of that block."""
    endpoints = endpoint_set([f"local={stage.url}"], quorum=1, depth=DEPTH)
    clients = open_clients(endpoints)
    agreed = agree_on_block(clients, chain_id=stage.deployment.chain_id, quorum=endpoints.quorum, depth=endpoints.depth)
    profiles = [*cast.PROFILES, cast.REGULATOR_PROFILE, *map(cast.enterprise_profile, data.enterprises)]
    reader, anchors = StoreReader.open(output.database), StoredAnchors.open(output.database)
    try:
        builder = EvidenceBuilder(
            origin=stage.deployment.origin,
            reader=reader,
            tree=TreeReader(TileDirectory(output.tiles), reader.size()),
            admission=admission_of(stage, anchors),
        )
        built = build_pack(
            builder,
            find_certificates(reader),
            clients,
            agreed,
            deployment=stage.deployment,
            hints=[KnownHints(anchors=anchors.anchors(), profiles=profiles)],
        )
    finally:
        anchors.close()
        reader.close()
    bulletin = sign_agreed_block(cast.key("bulletin"), clients, agreed, deployment=stage.deployment)
    output.write(PACK, serialize_pack(built.content))
    output.write(BULLETIN, serialize_bulletin(bulletin))
