"""Making drafts and signed statements from a body, the same for every kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.options import KeyChoice, Place, read_bytes, write_new
from api.cli.output import Output

if TYPE_CHECKING:
    from api.runtime.statements import Draft
    from verifier.types import JsonValue


def read_body(file: Path) -> JsonValue:
    """A body as strict JSON. Raises MalformedError, UnreadableError."""
    from verifier.canonical import parse

    return parse(read_bytes(file, 1_048_576))


def write_draft(draft: Draft, out: Path, output: Output) -> None:
    """Write a draft, and say how to sign it."""
    from api.runtime.statements import serialize_draft

    write_new(out, serialize_draft(draft))
    output.say(f"草稿 draft {out}\n  {draft.summary}")
    output.hint(f"sign it, offline if you like: tanji sign {out} --key KEYSTORE --deployment FILE -o statement.json")
    output.result({"file": str(out), "kind": draft.kind, "issuer": draft.issuer, "summary": draft.summary})


def write_signed(draft: Draft, key: KeyChoice, place: Place, out: Path, output: Output) -> None:
    """Show the summary, sign, write the statement."""
    from api.runtime.statements import serialize_statement, sign_draft
    from ledger.services.clocks import SystemClock
    from verifier.encoding import to_hex
    from verifier.statement import statement_id

    deployment = place.deployment()
    output.say(f"将要签署 about to sign:\n  {draft.summary}")
    statement = sign_draft(draft, key.open(), deployment.domain_separator, issued_at=SystemClock().now())
    write_new(out, serialize_statement(statement))
    identity = to_hex(statement_id(statement))
    output.say(f"已签 signed {identity} → {out}")
    output.hint(f"hand it to the log within 7 days: tanji operator submit {out}")
    output.result({"file": str(out), "id": identity, "kind": draft.kind, "summary": draft.summary})
