"""A statement of the evidence made ready for its checks: body read, summary, entry and leaf derived once."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.bodies import Body, parse_body
from verifier.errors import MalformedError
from verifier.evidence import Item
from verifier.merkle import leaf_hash
from verifier.statement import entry_bytes, statement_id
from verifier.summary import hash_summary, summarize
from verifier.types import LeafHash, StatementId


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`body` is None for an unknown kind and for a body without its kind's form, which `form_error` then explains.

    `summary_hash` and `leaf` are None exactly when there is a `form_error`: such a statement has no entry.
    """

    item: Item
    id: StatementId
    body: Body | None
    summary_hash: bytes | None
    leaf: LeafHash | None
    form_error: MalformedError | None


def derive_entry(item: Item) -> Entry:
    """Read the body by its kind and derive summary, entry and leaf (docs/spec/02)."""
    statement = item.statement
    try:
        body = parse_body(statement.kind, statement.body)
    except MalformedError as error:
        return Entry(item=item, id=statement_id(statement), body=None, summary_hash=None, leaf=None, form_error=error)
    summary = f"Unknown statement kind {statement.kind}" if body is None else summarize(body)
    summary_hash = hash_summary(summary)
    return Entry(
        item=item,
        id=statement_id(statement),
        body=body,
        summary_hash=summary_hash,
        leaf=leaf_hash(entry_bytes(statement, summary_hash)),
        form_error=None,
    )
