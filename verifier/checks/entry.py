"""A statement of the evidence made ready for its checks: body read, summary, entry and leaf derived once."""

from __future__ import annotations

from typing import NamedTuple

from verifier.bodies import Body, parse_body
from verifier.eip712 import hashed_statement_digest
from verifier.errors import MalformedError, RecoveryError
from verifier.evidence import Evidence, Item
from verifier.merkle import leaf_hash
from verifier.signature import recover
from verifier.statement import Statement, entry_bytes, statement_id
from verifier.summary import hash_summary, summarize
from verifier.types import Address, LeafHash, StatementId


class Entry(NamedTuple):
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


class Entries(NamedTuple):
    """The entries of one evidence, in their roles; upstream: certificate and, if given, its footprint."""

    certificate: Entry | None
    footprint: Entry | None
    rule: Entry | None
    upstream: tuple[tuple[Entry, Entry | None], ...]
    labels: Entry | None


def derive_entries(evidence: Evidence, separator: bytes) -> Entries:
    """Every entry of the evidence, in the domain with this separator."""

    upstream = [
        (derive_entry(supply.certificate, separator), _derive(supply.footprint, separator))
        for supply in evidence.upstream
    ]
    return Entries(
        _derive(evidence.certificate, separator),
        _derive(evidence.footprint, separator),
        _derive(evidence.rule, separator),
        tuple(upstream),
        _derive(evidence.labels, separator),
    )


def _derive(item: Item | None, separator: bytes) -> Entry | None:
    return None if item is None else derive_entry(item, separator)


def derive_entry(item: Item, separator: bytes) -> Entry:
    """Read the body by its kind, derive summary, entry and leaf, recover the signer (docs/spec/02)."""
    statement = item.statement
    named = statement_id(statement)
    try:
        body = parse_body(statement.kind, statement.body)
    except MalformedError as error:
        return Entry(item, named, None, None, None, error, None)
    summary = f"Unknown statement kind {statement.kind}" if body is None else summarize(body)
    summary_hash = hash_summary(summary)
    leaf = leaf_hash(entry_bytes(statement, summary_hash))
    return Entry(item, named, body, summary_hash, leaf, None, _recover(statement, summary_hash, separator))


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
