"""From submitted bytes to a `Received`: everything that can be checked from the statement alone.

Pure and free of state, so that it may run in other processes. What needs the store or the chain is `admission`.
"""

from __future__ import annotations

from typing import Final

from ledger.domain.entries import Received
from ledger.domain.errors import SubmissionMalformedError, SubmissionRefusedError
from ledger.intake.pact import errors_of, validate_footprint
from ledger.log.layout import MAX_ENTRY_BYTES
from verifier.bodies import Certificate, Labels, parse_body
from verifier.canonical import parse
from verifier.eip712 import hashed_statement_digest
from verifier.errors import MalformedError, RecoveryError
from verifier.merkle import leaf_hash
from verifier.signature import recover, to_checksum
from verifier.statement import PUBLIC_KINDS, Statement, entry_bytes, parse_statement, statement_id
from verifier.summary import hash_summary, summarize

MAX_BYTES: Final = 1_048_576


def examine(data: bytes, separator: bytes) -> Received:
    """Check a submitted statement by itself.

    Args:
        data: the statement's JSON text, UTF-8.
        separator: the 32-byte EIP-712 domain separator of the log's deployment.

    Raises:
        SubmissionMalformedError: not a statement, or its body has not its kind's form.
        SubmissionRefusedError: well-formed, but no verifier would accept it.
    """
    try:
        statement = parse_statement(parse(data, MAX_BYTES))
        body = parse_body(statement.kind, statement.body, "/body")
        summary_hash = hash_summary(f"Unknown statement kind {statement.kind}" if body is None else summarize(body))
        require_signed(statement, summary_hash, separator)
    except MalformedError as error:
        raise SubmissionMalformedError(error.place, error.rule, error.detail) from error
    if statement.kind == "footprint":
        require_pact(statement)
    entry = entry_bytes(statement, summary_hash)
    if len(entry) > MAX_ENTRY_BYTES:
        raise SubmissionRefusedError(
            "entry", "too-large", f"{len(entry)} bytes, at most {MAX_ENTRY_BYTES} fit a log entry"
        )
    return Received(
        statement_id=statement_id(statement),
        leaf_hash=leaf_hash(entry),
        entry=entry,
        body=None if statement.kind in PUBLIC_KINDS else statement.body_bytes,
        kind=statement.kind,
        issuer=statement.issuer,
        issued_at=statement.issued_at,
        signer=statement.signer,
        stands_on=body if isinstance(body, Certificate | Labels) else None,
    )


def require_signed(statement: Statement, summary_hash: bytes, separator: bytes) -> None:
    """Raise SubmissionRefusedError unless the signature recovers to the statement's signer in the log's domain."""
    if not statement.signature:
        raise SubmissionRefusedError("/signature", "missing", "nothing was signed")
    digest = hashed_statement_digest(
        separator, statement.kind, statement.issuer, summary_hash, statement.body_hash, statement.issued_at
    )
    try:
        signer = recover(digest, statement.signature)
    except RecoveryError as error:
        raise SubmissionRefusedError("/signature", "wrong-signer", "nobody can have made it") from error
    if signer != statement.signer:
        detail = f"it recovers to {to_checksum(signer)}: other text, another domain, or another key was signed"
        raise SubmissionRefusedError("/signature", "wrong-signer", detail)


def require_pact(statement: Statement) -> None:
    """Raise SubmissionRefusedError for a footprint that breaks a rule of PACT v3 (docs/design/intake.md)."""
    findings = errors_of(validate_footprint(statement.body))
    if findings:
        first = findings[0]
        more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
        raise SubmissionRefusedError(f"/body{first.field}", first.rule, f"{first.detail}{more}")
