"""Evidence as it is handed out: built once, kept as bytes when it is final, never with a body that is not public."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Final

from ledger.domain.chain_errors import BlockUnknownError, ChainUnavailableError
from ledger.log.tree import TreeReader
from ledger.ports.store import LedgerReader
from ledger.services.anchored import AnchorIndex
from ledger.services.evidence import BodyUnavailableError, EvidenceBuilder
from ledger.services.finality import Finality
from verifier.bodies import Certificate, Footprint, UpstreamSupply, parse_body
from verifier.evidence import Evidence, Item, serialize_evidence
from verifier.types import StatementId

KEPT: Final = 2_048
KEPT_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltEvidence:
    """Evidence and its canonical bytes. `is_final`: complete, and every anchor in it is past any reorganisation."""

    evidence: Evidence
    data: bytes
    is_final: bool


class EvidenceDesk:
    """Hands out evidence. Safe for several threads."""

    def __init__(
        self,
        *,
        builder: EvidenceBuilder,
        store: LedgerReader,
        tree: TreeReader,
        shelf: AnchorIndex,
        finality: Finality | None,
    ) -> None:
        self._builder = builder
        self._store = store
        self._tree = tree
        self._shelf = shelf
        self._finality = finality
        self._lock = Lock()
        self._kept: OrderedDict[StatementId, BuiltEvidence] = OrderedDict()
        self._kept_bytes = 0

    def kept(self, statement: StatementId) -> BuiltEvidence | None:
        """Final evidence in memory; None when it has to be built. Never waits for the database."""
        with self._lock:
            found = self._kept.get(statement)
            if found is not None:
                self._kept.move_to_end(statement)
            return found

    def public(self, statement: StatementId) -> BuiltEvidence:
        """Evidence anybody may have. A footprint's body comes with the certificate that rests on it, never by itself.

        Raises StatementUnknownError, NotAnchoredError, BodyUnavailableError, BackpressureError, StoreError.
        """
        built = self.of(statement)
        if built.evidence.certificate is None and built.evidence.footprint is not None:
            raise BodyUnavailableError(statement, built.evidence.footprint.index)
        return built

    def of(self, statement: StatementId) -> BuiltEvidence:
        """Evidence for judging here. Raises as `public`."""
        found = self.kept(statement)
        if found is not None:
            return found
        self._catch_up()
        evidence = self._builder.of(statement)
        is_final = _is_complete(evidence) and self._reaches(_items(evidence))
        built = BuiltEvidence(evidence=evidence, data=serialize_evidence(evidence), is_final=is_final)
        if is_final:
            self._keep(statement, built)
        return built

    def item(self, statement: StatementId) -> Item:
        """One statement in its place in the log. Raises as `of`."""
        self._catch_up()
        return self._builder.item(statement)

    def _catch_up(self) -> None:
        checkpoint = self._store.checkpoint()
        if checkpoint is not None:
            self._tree.grow(checkpoint.size)

    def _reaches(self, items: list[Item]) -> bool:
        if self._finality is None:
            return False
        try:
            final = self._finality.sight().final_seq
        except (ChainUnavailableError, BlockUnknownError):
            return False
        covering = [self._shelf.covering(item.index) for item in items]
        return all(anchor is not None and anchor.seq <= final for anchor in covering)

    def _keep(self, statement: StatementId, built: BuiltEvidence) -> None:
        with self._lock:
            if statement in self._kept:
                return
            self._kept[statement] = built
            self._kept_bytes += len(built.data)
            while len(self._kept) > KEPT or self._kept_bytes > KEPT_BYTES:
                _, gone = self._kept.popitem(last=False)
                self._kept_bytes -= len(gone.data)


def _items(evidence: Evidence) -> list[Item]:
    upstream = [item for one in evidence.upstream for item in (one.certificate, one.footprint)]
    found = (evidence.certificate, evidence.footprint, evidence.rule, evidence.labels, *upstream)
    return [item for item in found if item is not None]


def _is_complete(evidence: Evidence) -> bool:
    """Whether everything that is named is there: what is missing may be anchored tomorrow."""
    if evidence.certificate is not None:
        body = parse_body("certificate", evidence.certificate.statement.body)
        if not isinstance(body, Certificate) or evidence.footprint is None:
            return False
        if body.grade is not None and body.grade.rule is not None and evidence.rule is None:
            return False
    if evidence.footprint is None:
        return True
    footprint = parse_body("footprint", evidence.footprint.statement.body)
    extension = footprint.extension if isinstance(footprint, Footprint) else None
    named = extension.upstream if extension is not None else None
    if not isinstance(named, tuple):
        return True
    wanted = {one.statement for one in named if isinstance(one, UpstreamSupply) and isinstance(one.statement, bytes)}
    return len(wanted) <= sum(one.footprint is not None for one in evidence.upstream)
