"""A statement's way through the ledger, as types: who holds a later type has proof of the earlier steps.

    Received ─▶ Sequenced ─▶ Integrated ─▶ Anchored ─▶ Final
    checked     durable,     in tiles and  covered by   and past any
                index and    a checkpoint  an anchor    reorganisation
                receipt                    on the chain

Received and sequenced become durable in one transaction: there is no state in which a statement is kept but has no place.
`Received` and `Sequenced` are named tuples where the house has frozen dataclasses: made for every statement in a fifth of the time,
and handed to another process in less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from verifier.bodies import Certificate, Footprint, Labels
from verifier.types import Address, LeafHash, NodeHash, StatementId


class Figures(NamedTuple):
    """What a certificate must repeat of its footprint (docs/spec/07, steps 7 to 10); quantities as written."""

    pcf: str
    unit_amount: str
    unit: str
    product_ids: frozenset[str]
    classifications: frozenset[str]
    validity_end: int


def figures_of(footprint: Footprint) -> Figures:
    """A footprint's figures."""
    return Figures(
        pcf=footprint.pcf.text,
        unit_amount=footprint.unit_amount.text,
        unit=footprint.unit,
        product_ids=frozenset(footprint.product_ids),
        classifications=frozenset(footprint.classifications),
        validity_end=footprint.validity_end,
    )


class Received(NamedTuple):
    """A statement that parsed, whose signature recovers to its signer, and that no rule refuses.

    `entry` is the leaf data; `body` the canonical body where the entry does not carry it (footprints, unknown kinds);
    `stands_on` is the parsed body of the kinds that name another statement, `figures` what is compared of a footprint.
    """

    statement_id: StatementId
    leaf_hash: LeafHash
    entry: bytes
    body: bytes | None
    kind: str
    issuer: str
    issued_at: int
    signer: Address
    stands_on: Certificate | Labels | None = None
    figures: Figures | None = None


class Sequenced(NamedTuple):
    """An entry as stored: durable, with its place, the time it was given it, and the receipt's promise and signature."""

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody asks an entry for
    statement_id: StatementId
    leaf_hash: LeafHash
    entry: bytes
    received_at: int
    anchor_by: int
    log_key: bytes
    receipt_signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrated:
    """A sequenced entry under a published checkpoint of `size` entries."""

    sequenced: Sequenced
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """An entry under the first anchor that covers it; `time` (the anchor's block) is the entry's time (P3)."""

    sequenced: Sequenced
    seq: int
    size: int
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Final:
    """An anchored entry whose anchor lies under a final block."""

    anchored: Anchored


EntryState: TypeAlias = Sequenced | Integrated | Anchored | Final


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheckpoint:
    """A checkpoint the log has signed: tree size and root, the note as published, and when (unix seconds)."""

    size: int
    root: NodeHash
    note: str
    time: int
