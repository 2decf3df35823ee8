"""A statement of the evidence made ready for its checks: body read, summary, entry and leaf derived once."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.bodies import Body, parse_body
from verifier.eip712 import hashed_statement_digest
from verifier.errors import MalformedError, RecoveryError
from verifier.evidence import Evidence, Item
from verifier.merkle import leaf_hash
from verifier.signature import recover
from verifier.statement import Statement, entry_bytes, statement_id
from verifier.summary import hash_summary, summarize
from verifier.types import Address, LeafHash, StatementId


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`body` is None for an unknown kind and for a body without its kind's form, which `form_error` then explains.

    `summary_hash` and `leaf` are None exactly when there is a `form_error`: such a statement has no entry.
    `recovered` is the address whose key made the signature; None where there is no signature, none possible, or no entry.
    """

    item: Item
    id: StatementId
    body: Body | None
    summary_hash: bytes | None
    leaf: LeafHash | None
    form_error: MalformedError | None
    recovered: Address | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The entries of one evidence, in their roles; upstream: certificate and, if given, its footprint."""

    certificate: Entry | None
    footprint: Entry | None
    rule: Entry | None
    upstream: tuple[tuple[Entry, Entry | None], ...]
    labels: Entry | None


def derive_entries(evidence: Evidence, separator: bytes) -> Entries:
    """Every entry of the evidence, in the domain with this separator."""

    def derived(item: Item | None) -> Entry | None:
        return None if item is None else derive_entry(item, separator)

    return Entries(
        certificate=derived(evidence.certificate),
        footprint=derived(evidence.footprint),
        rule=derived(evidence.rule),
        upstream=tuple(
            (derive_entry(supply.certificate, separator), derived(supply.footprint)) for supply in evidence.upstream
        ),
        labels=derived(evidence.labels),
    )


def derive_entry(item: Item, separator: bytes) -> Entry:
    """Read the body by its kind, derive summary, entry and leaf, recover the signer (docs/spec/02)."""
    statement = item.statement
    named = statement_id(statement)
    try:
        body = parse_body(statement.kind, statement.body)
    except MalformedError as error:
        return Entry(item=item, id=named, body=None, summary_hash=None, leaf=None, form_error=error, recovered=None)
    summary = f"Unknown statement kind {statement.kind}" if body is None else summarize(body)
    summary_hash = hash_summary(summary)
    return Entry(
        item=item,
        id=named,
        body=body,
        summary_hash=summary_hash,
        leaf=leaf_hash(entry_bytes(statement, summary_hash)),
        form_error=None,
        recovered=_recover(statement, summary_hash, separator),
    )


def _recover(statement: Statement, summary_hash: bytes, separator: bytes) -> Address | None:
    if not statement.signature:
        return None
    digest = hashed_statement_digest(
        separator, statement.kind, statement.issuer, summary_hash, statement.body_hash, statement.issued_at
    )
    try:
        return recover(digest, statement.signature)
    except RecoveryError:
        return None
