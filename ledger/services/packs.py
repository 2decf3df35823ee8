"""Inspection packs (docs/spec/10): every certificate wanted with its evidence and labels, and one snapshot that answers for all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from ledger.ports.store import LedgerReader
from ledger.services.evidence import BodyUnavailableError, EvidenceBuilder, NotAnchoredError, StatementUnknownError
from verifier.bodies import parse_certificate, parse_labels
from verifier.deployment import Deployment
from verifier.errors import MalformedError
from verifier.evidence import Evidence, Item
from verifier.pack.content import ContentBuilder, PackContent
from verifier.questions import questions_of
from verifier.rpc.builder import build_snapshot
from verifier.rpc.client import RpcClient
from verifier.rpc.hints import Hints
from verifier.rpc.quorum import AgreedBlock
from verifier.statement import parse_entry, statement_id
from verifier.types import StatementId

_PAGE: Final = 5_000
# Canonical entries hold these texts; what merely quotes one in a name has a backslash before its quotes.
_CERTIFICATE: Final = b'"kind":"certificate"'
_LABELS: Final = b'"kind":"labels"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Certificates for a pack, in the log's order, and the labels statements that name each."""

    certificates: tuple[StatementId, ...]
    labels: dict[StatementId, tuple[StatementId, ...]]


@dataclass(slots=True, kw_only=True)
class PackCounts:
    """What went into a pack; `left_out` are statements in the log that no anchor covers yet."""

    certificates: int = 0
    labels: int = 0
    left_out: list[StatementId] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltPack:
    """A pack's content, and what went into it."""

    content: PackContent
    counts: PackCounts


def find_certificates(reader: LedgerReader, categories: Collection[str] = ()) -> Wanted:
    """Every certificate in the log, or those of these categories. Raises StoreUnavailableError, StoreError."""
    certificates: dict[StatementId, str] = {}
    labels: dict[StatementId, dict[StatementId, str]] = {}
    size = reader.size()
    for first in range(0, size, _PAGE):
        for _, data in reader.leaves(first, min(first + _PAGE, size)):
            if _CERTIFICATE in data or _LABELS in data:
                with suppress(MalformedError):  # logged below admission: what nobody can read certifies nothing
                    _note(data, categories, certificates, labels)
    return Wanted(
        certificates=tuple(certificates),
        # what somebody else says of a holder's certificate is no batch of it
        labels={
            key: tuple(one for one, issuer in labels.get(key, {}).items() if issuer == holder)
            for key, holder in certificates.items()
        },
    )


def _note(
    data: bytes,
    categories: Collection[str],
    certificates: dict[StatementId, str],
    labels: dict[StatementId, dict[StatementId, str]],
) -> None:
    entry = parse_entry(data)
    if entry.body is None:
        return
    if entry.kind == "certificate":
        certificate = parse_certificate(entry.body)
        if not categories or certificate.category in categories:
            certificates[statement_id(entry)] = certificate.holder
    if entry.kind == "labels":
        labels.setdefault(parse_labels(entry.body).certificate, {})[statement_id(entry)] = entry.issuer


def build_pack(
    builder: EvidenceBuilder,
    wanted: Wanted,
    clients: Sequence[RpcClient],
    agreed: AgreedBlock,
    *,
    deployment: Deployment,
    hints: Sequence[Hints] = (),
    progress: Callable[[int], None] = lambda _done: None,
) -> BuiltPack:
    """Collect evidence, then fetch one snapshot that answers everything it asks. Every item is held once in memory.

    Args:
        builder: reads store, tiles and anchors.
        wanted: from `find_certificates`.
        clients: endpoints asked for proofs, in order.
        agreed: the block of the snapshot; who uses the pack learns its hash elsewhere.
        deployment: the one whose log this is.
        hints: preimages of anchors and profiles.
        progress: told how many certificates are collected.

    Raises:
        EndpointError, TrieError: as `verifier.rpc.builder.build_snapshot`.
        UnpackableError: a statement's proof contradicts another's.
    """
    collected = ContentBuilder(deployment.origin)
    counts = PackCounts()

    def evidences() -> Iterator[Evidence]:
        for number, certificate in enumerate(wanted.certificates, 1):
            for evidence in _evidences_of(builder, certificate, wanted.labels.get(certificate, ()), counts):
                collected.add(evidence)
                yield evidence
            progress(number)

    questions = questions_of(evidences(), deployment)
    built = build_snapshot(
        clients,
        number=agreed.number,
        block_hash=agreed.block_hash,
        deployment=deployment,
        questions=questions,
        hints=hints,
    )
    return BuiltPack(content=collected.build(built.snapshot), counts=counts)


def _evidences_of(
    builder: EvidenceBuilder, certificate: StatementId, labels: Sequence[StatementId], counts: PackCounts
) -> Iterator[Evidence]:
    try:
        yield builder.of(certificate)
    except (NotAnchoredError, StatementUnknownError):
        counts.left_out.append(certificate)
        return
    counts.certificates += 1
    for statement in labels:
        item = _item(builder, statement)
        if item is None:
            counts.left_out.append(statement)
        else:
            counts.labels += 1
            yield Evidence(origin=builder.origin, labels=item)


def _item(builder: EvidenceBuilder, statement: StatementId) -> Item | None:
    try:
        return builder.item(statement)
    except (NotAnchoredError, StatementUnknownError, BodyUnavailableError):
        return None
