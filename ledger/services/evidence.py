"""Evidence documents (docs/spec/06): the statements a verdict is about, each proven under the first anchor that covers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from ledger.domain.entries import Anchored, Sequenced
from ledger.domain.errors import LedgerError
from ledger.log.tree import TreeReader
from ledger.ports.store import LedgerReader
from ledger.services.admission import Admission
from verifier.bodies import Certificate, Footprint, Labels, UpstreamSupply, parse_body
from verifier.canonical import parse
from verifier.evidence import Evidence, Item, UpstreamEvidence
from verifier.sealed import Disclosure
from verifier.statement import Entry, Statement, parse_entry
from verifier.types import NodeHash, StatementId

MAX_UPSTREAM: Final = 1_000


class StatementUnknownError(LedgerError):
    """The log has no entry of this statement."""

    code: ClassVar[str] = "evidence.unknown"

    def __init__(self, statement: StatementId) -> None:
        super().__init__(f"no statement 0x{statement.hex()} in the log")
        self.statement = statement


class NotAnchoredError(LedgerError):
    """The statement is in the log, and no anchor covers it yet; `anchor_by` is when one was promised (unix seconds)."""

    code: ClassVar[str] = "evidence.not-anchored"

    def __init__(self, statement: StatementId, index: int, anchor_by: int) -> None:
        super().__init__(f"entry {index} is not anchored yet (promised by {anchor_by})")
        self.statement = statement
        self.index = index
        self.anchor_by = anchor_by


class BodyUnavailableError(LedgerError):
    """The log keeps only the hash of this statement's body: ask its owner."""

    code: ClassVar[str] = "evidence.body-unavailable"

    def __init__(self, statement: StatementId, index: int) -> None:
        super().__init__(f"the body of entry {index} is not kept here")
        self.statement = statement
        self.index = index


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceBuilder:
    """Builds evidence from store, tiles and anchors. Reads only."""

    origin: str
    reader: LedgerReader
    tree: TreeReader
    admission: Admission

    def of(self, statement: StatementId, *, disclosures: Sequence[Disclosure] = ()) -> Evidence:
        """Evidence of a certificate with its footprint, rule and upstream certificates; of a labels statement with all of
        that; or of a footprint or rule alone.

        What a certificate names and the log does not have, or not anchored, or without its body, is left out: the
        verifier says what it could not check.

        Args:
            statement: the id asked about.
            disclosures: openings of the footprint's sealed values that the asker may see.

        Raises:
            StatementUnknownError, NotAnchoredError, BodyUnavailableError: about the statement itself.
            BackpressureError, StoreError: it cannot be read now.
        """
        item = self.item(statement)
        body = parse_body(item.statement.kind, item.statement.body)
        if isinstance(body, Certificate):
            footprint = self._named(body.footprint, tuple(disclosures))
            rule = None if body.grade is None or body.grade.rule is None else self._named(body.grade.rule)
            return Evidence(
                origin=self.origin, certificate=item, footprint=footprint, rule=rule, upstream=self._upstream(footprint)
            )
        if isinstance(body, Footprint):
            footprint = self.item(statement, tuple(disclosures))
            return Evidence(origin=self.origin, footprint=footprint, upstream=self._upstream(footprint))
        if isinstance(body, Labels):
            return replace(self._labelled(body, disclosures), labels=item)
        if item.statement.kind == "rule":
            return Evidence(origin=self.origin, rule=item)
        raise StatementUnknownError(statement)

    def _labelled(self, labels: Labels, disclosures: Sequence[Disclosure]) -> Evidence:
        try:
            return self.of(labels.certificate, disclosures=disclosures)
        except (StatementUnknownError, NotAnchoredError):
            return Evidence(origin=self.origin)

    def item(self, statement: StatementId, disclosures: tuple[Disclosure, ...] = ()) -> Item:
        """One statement in its place. Raises as `of`."""
        anchored = self.anchored(statement)
        entry = parse_entry(anchored.sequenced.entry)
        index, size = anchored.sequenced.index, anchored.size
        return Item(
            statement=self._statement(entry, anchored.sequenced),
            index=index,
            size=size,
            proof=tuple(NodeHash(node) for node in self.tree.inclusion(index, size)),
            disclosures=disclosures,
        )

    def anchored(self, statement: StatementId) -> Anchored:
        """The entry that stands for a statement: the first that passes at its time, else the first anchored.

        Raises StatementUnknownError, NotAnchoredError.
        """
        entries = self.reader.find([statement]).get(statement, [])
        if not entries:
            raise StatementUnknownError(statement)
        anchored = [found for found in map(self._anchored, entries) if found is not None]
        if not anchored:
            raise NotAnchoredError(statement, entries[0].index, entries[0].anchor_by)
        return next((one for one in anchored if self.admission.holds(one.sequenced)), anchored[0])

    def _anchored(self, entry: Sequenced) -> Anchored | None:
        anchor = self.admission.anchors.covering(entry.index)
        if anchor is None:
            return None
        return Anchored(sequenced=entry, seq=anchor.seq, size=anchor.size, time=anchor.time)

    def _statement(self, entry: Entry, stored: Sequenced) -> Statement:
        body, body_bytes = entry.body, entry.body_bytes
        if body is None or body_bytes is None:
            body_bytes = self.reader.body(stored.index)
            found = None if body_bytes is None else parse(body_bytes)
            if body_bytes is None or not isinstance(found, dict):
                raise BodyUnavailableError(stored.statement_id, stored.index)
            body = found
        return Statement(
            kind=entry.kind,
            issuer=entry.issuer,
            body=body,
            issued_at=entry.issued_at,
            signer=entry.signer,
            signature=entry.signature,
            body_bytes=body_bytes,
            body_hash=entry.body_hash,
        )

    def _named(self, statement: StatementId, disclosures: tuple[Disclosure, ...] = ()) -> Item | None:
        try:
            return self.item(statement, disclosures)
        except (StatementUnknownError, NotAnchoredError, BodyUnavailableError):
            return None

    def _upstream(self, footprint: Item | None) -> tuple[UpstreamEvidence, ...]:
        if footprint is None:
            return ()
        body = parse_body(footprint.statement.kind, footprint.statement.body)
        extension = body.extension if isinstance(body, Footprint) else None
        named = extension.upstream if extension is not None else None
        if not isinstance(named, tuple):
            return ()
        wanted = [
            supply.statement
            for supply in named
            if isinstance(supply, UpstreamSupply) and isinstance(supply.statement, bytes)
        ]
        found = [self._supply(StatementId(one)) for one in dict.fromkeys(wanted[:MAX_UPSTREAM])]
        return tuple(one for one in found if one is not None)

    def _supply(self, statement: StatementId) -> UpstreamEvidence | None:
        item = self._named(statement)
        if item is None or item.statement.kind != "certificate":
            return None
        body = parse_body("certificate", item.statement.body)
        footprint = self._named(body.footprint) if isinstance(body, Certificate) else None
        return UpstreamEvidence(certificate=item, footprint=footprint)
