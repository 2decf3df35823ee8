"""From a home to a service: the reading parts always, the writing ones where this process is the writer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.http.anchors import ShelfHints
from api.http.changes import ChangeDesk
from api.http.edge import EdgeSettings
from api.http.evidence import EvidenceDesk
from api.http.labels import LabelDesk, PrefixReader
from api.http.limits import Rate
from api.http.listing import Listing
from api.http.payloads import Confidential
from api.http.profiles import ProfileShelf
from api.http.registry import RegistryDesk, RegistryEvents
from api.http.service import Service
from api.http.submissions import Submissions
from api.http.verdicts import VerdictDesk, ViewSettings
from ledger.log.files import TileSource
from ledger.log.tree import TreeReader
from ledger.ports.anchor_journal import AnchorBookReader
from ledger.ports.chain import ChainReader
from ledger.ports.clock import Clock
from ledger.ports.directory import KeyDirectory
from ledger.services.admission import Admission
from ledger.services.anchored import AnchorIndex
from ledger.services.evidence import EvidenceBuilder
from ledger.services.finality import Finality
from ledger.services.lifecycle import Lifecycle
from verifier.deployment import Deployment
from verifier.rpc.client import Limits, RpcClient
from verifier.rpc.endpoints import endpoint_set
from verifier.rpc.online import open_clients

BURST: Final = 10
# A node that hangs must not hold a request for half a minute.
RPC_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceParts:
    """What a service is made of. chain, clients: None without a node; quorum, depth: as `verifier.rpc.endpoints`."""

    deployment: Deployment
    store: PrefixReader
    tree: TreeReader
    files: TileSource
    anchors: AnchorBookReader
    directory: KeyDirectory
    clock: Clock
    chain: ChainReader | None = None
    clients: Callable[[], Sequence[RpcClient]] | None = None
    quorum: int = 1
    depth: int = 64
    profiles: ProfileShelf | None = None
    bulletin: Path | None = None
    leaves: Path | None = None
    submissions: Submissions | None = None
    changes: ChangeDesk | None = None
    confidential: Confidential | None = None
    edge: EdgeSettings | None = None


def make_service(parts: ServiceParts) -> Service:
    """Put the desks over the parts. Nothing is asked yet."""
    deployment, clock = parts.deployment, parts.clock
    shelf = AnchorIndex(parts.anchors, clock)
    profiles = parts.profiles or ProfileShelf()
    finality = None if parts.chain is None else Finality(parts.chain, deployment, clock, parts.depth)
    admission = Admission(directory=parts.directory, anchors=shelf)
    builder = EvidenceBuilder(origin=deployment.origin, reader=parts.store, tree=parts.tree, admission=admission)
    evidence = EvidenceDesk(builder=builder, store=parts.store, tree=parts.tree, shelf=shelf, finality=finality)
    view = (
        None if parts.clients is None else ViewSettings(clients=parts.clients, quorum=parts.quorum, depth=parts.depth)
    )
    return Service(
        deployment=deployment,
        store=parts.store,
        tree=parts.tree,
        files=parts.files,
        clock=clock,
        shelf=shelf,
        evidence=evidence,
        verdicts=VerdictDesk(
            deployment=deployment,
            settings=view,
            hints=lambda: ShelfHints(shelf=shelf, known=profiles.all()),
            clock=clock,
        ),
        labels=LabelDesk(store=parts.store, desk=evidence, leaves=parts.leaves),
        listing=Listing(
            origin=deployment.origin,
            store=parts.store,
            catalogue=parts.store.catalogue(),
            shelf=shelf,
            life=Lifecycle(store=parts.store, anchors=shelf, finality=finality),
        ),
        profiles=profiles,
        chain=parts.chain,
        finality=finality,
        registry=_registry(parts, profiles),
        submissions=parts.submissions,
        changes=parts.changes,
        confidential=parts.confidential,
        bulletin=parts.bulletin,
        edge=parts.edge or EdgeSettings(),
    )


def _registry(parts: ServiceParts, profiles: ProfileShelf) -> RegistryDesk | None:
    if parts.chain is None:
        return None
    events = RegistryEvents(parts.chain, parts.deployment.trust_registry)
    return RegistryDesk(chain=parts.chain, deployment=parts.deployment, events=events, profiles=profiles)


def rpc_clients(urls: Sequence[str], depth: int) -> tuple[Callable[[], Sequence[RpcClient]], int]:
    """How clients of these endpoints are opened, and how many of them must agree. Raises ConfigurationError."""
    endpoints = endpoint_set(urls, quorum=None, depth=depth)
    limits = Limits(seconds=RPC_SECONDS)
    return lambda: open_clients(endpoints, limits), endpoints.quorum


def edge_settings(*, reads: int, writes: int, hsts: int) -> EdgeSettings:
    """Rates per second, ten times as many at once; 0 for no limit."""
    return EdgeSettings(
        reads=Rate(per_second=reads, burst=BURST * max(1, reads)),
        writes=Rate(per_second=writes, burst=BURST * max(1, writes)),
        hsts=hsts,
    )
