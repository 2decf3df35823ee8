"""Files of statements in, files of answers out.

statements   .json: one statement; anything else (.ndjson, .jsonl, standard input): one a line
answers      one JSON document a line, in the statements' order: a receipt (docs/spec/06), or
             { position, error: { code, field, rule, message } }
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from api.runtime.files import UnreadableError, read_document
from verifier.canonical import canonicalize
from verifier.receipt import Receipt, receipt_document
from verifier.types import JsonValue

if TYPE_CHECKING:
    from ledger.services.ingest import Refusal

MAX_STATEMENT: Final = 1_048_576


def read_statements(path: Path) -> Iterator[bytes]:
    """The statements of a file, as bytes. Raises UnreadableError; what is no statement is refused later, alone."""
    if path.suffix == ".json":
        yield read_document(path, MAX_STATEMENT)
        return
    try:
        with path.open("rb") as file:
            yield from read_lines(file)
    except OSError as error:
        raise UnreadableError(str(path), error.strerror or "cannot be read") from error


def read_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The non-empty lines, each cut one byte past the largest statement, so that its refusal names the size."""
    while line := file.readline(MAX_STATEMENT + 2):
        whole = line.endswith(b"\n")
        stripped = line.strip(b" \t\r\n")
        if stripped:
            yield stripped
        while not whole:  # the rest of a line that is too long is no statement of its own
            rest = file.readline(MAX_STATEMENT)
            whole = not rest or rest.endswith(b"\n")


def answer_document(outcome: Receipt | Refusal) -> dict[str, JsonValue]:
    """One line of the answers."""
    if isinstance(outcome, Receipt):
        return receipt_document(outcome)
    return {"position": outcome.position, "error": error_document(outcome.error)}


def error_document(error: Exception) -> dict[str, JsonValue]:
    """A typed error as JSON: code, message, and the member and rule where it has them."""
    document: dict[str, JsonValue] = {"code": str(getattr(error, "code", "error")), "message": str(error)}
    for name in ("field", "rule"):
        value = getattr(error, name, None)
        if isinstance(value, str):
            document[name] = value
    return document


def answer_lines(outcomes: Iterable[Receipt | Refusal]) -> bytes:
    """The answers as a file."""
    return b"".join(canonicalize(answer_document(outcome)) + b"\n" for outcome in outcomes)
