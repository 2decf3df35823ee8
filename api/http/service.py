"""What every route and page works with: the ledger's parts and the desks over them, put together once.

create_app(service)        routes call service.submissions, service.evidence, service.verdict_for(…), …
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from api.http.changes import ChangeDesk
from api.http.edge import EdgeSettings
from api.http.errors import NoChainError, ReadOnlyError, UnknownError
from api.http.evidence import EvidenceDesk
from api.http.labels import LabelDesk, PrefixReader
from api.http.listing import Listing
from api.http.payloads import Confidential
from api.http.profiles import ProfileShelf
from api.http.registry import RegistryDesk
from api.http.submissions import Submissions
from api.http.verdicts import Judged, VerdictDesk
from ledger.log.files import TileSource
from ledger.log.tree import TreeReader
from ledger.ports.chain import ChainReader
from ledger.ports.clock import Clock
from ledger.services.anchored import AnchorIndex
from ledger.services.finality import Finality
from verifier.deployment import Deployment
from verifier.evidence import Evidence
from verifier.policy import CONSUMER, Policy
from verifier.types import StatementId
from verifier.verdict import Verdict

if TYPE_CHECKING:
    from api.http.webhooks import Webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Readers share nothing but the database and the tile files; `submissions`, `changes` and `webhooks` are None where this process only reads.

    chain, finality, registry: None without a node. bulletin: file the regulator's newest bulletin is put in.
    """

    deployment: Deployment
    store: PrefixReader
    tree: TreeReader
    files: TileSource
    clock: Clock
    shelf: AnchorIndex
    evidence: EvidenceDesk
    verdicts: VerdictDesk
    labels: LabelDesk
    listing: Listing
    profiles: ProfileShelf = field(default_factory=ProfileShelf)
    chain: ChainReader | None = None
    finality: Finality | None = None
    registry: RegistryDesk | None = None
    submissions: Submissions | None = None
    changes: ChangeDesk | None = None
    confidential: Confidential | None = None
    webhooks: Webhooks | None = None
    bulletin: Path | None = None
    edge: EdgeSettings = field(default_factory=EdgeSettings)

    def writer(self) -> Submissions:
        """The writing side. Raises ReadOnlyError."""
        if self.submissions is None:
            raise ReadOnlyError
        return self.submissions

    def relaying(self) -> ChangeDesk:
        """What carries signed status changes to the chain. Raises ReadOnlyError."""
        if self.changes is None:
            raise ReadOnlyError
        return self.changes

    def registries(self) -> RegistryDesk:
        """The registries. Raises NoChainError."""
        if self.registry is None:
            raise NoChainError
        return self.registry

    def evidence_for(self, wanted: StatementId | str) -> Evidence:
        """Evidence of a statement, or of a label by its text.

        Raises MalformedError (no label), UnknownError (a label of no certificate here), and what `EvidenceDesk.of` raises.
        """
        if isinstance(wanted, bytes):
            return self.evidence.of(wanted).evidence
        found = self.labels.evidence(wanted)
        if found is None:
            raise UnknownError("no certificate here that this label could name", field="label")
        return found

    def verdict_for(self, wanted: StatementId | str, policy: Policy = CONSUMER, at: int | None = None) -> Judged:
        """The verdict on a statement or a label's text by this service's endpoints; what was seen is kept per block.

        Blocks (database, endpoints): not on an event loop. Raises as `evidence_for`, and MomentError.
        """
        return self.verdicts.judge(self.evidence_for(wanted), policy=policy, at=at, key=wanted)

    def warm_verdict(self, wanted: StatementId | str, policy: Policy = CONSUMER) -> Verdict | None:
        """The same from memory, at most five seconds old; None when it has to be made. For the event loop."""
        return self.verdicts.warm(wanted, policy)
