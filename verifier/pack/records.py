"""Records: items of evidence without their proofs, which come from the pack's shared table (docs/spec/10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from verifier.bodies import Certificate, Labels, parse_body
from verifier.canonical import canonicalize, parse
from verifier.errors import MalformedError
from verifier.evidence import Item, item_document, parse_item
from verifier.statement import Statement, statement_id
from verifier.types import JsonValue, StatementId

MAX_RECORD: Final = 1 << 21
KINDS: Final[Mapping[str, int]] = {"certificate": 1, "footprint": 2, "rule": 3, "labels": 4}
PREFIX: Final = 16
# A batch row's GTIN where its labels statement names a GMN: no 14 digits are as large.
NO_GTIN: Final = (1 << 48) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record with what the index and the order need of it. `body` is None for a body without its kind's form."""

    data: bytes
    id: StatementId
    kind: int
    certificate: Certificate | None = None
    labels: Labels | None = None


def record_data(item: Item) -> bytes:
    """The bytes of a record."""
    document = item_document(item)
    del document["proof"]
    return canonicalize(document, MAX_RECORD)


def read_record(data: bytes, place: str) -> Item:
    """The item of a record, its proof still to come. Raises MalformedError."""
    document = parse(data, MAX_RECORD)
    if not isinstance(document, dict) or "proof" in document:
        raise MalformedError("record", place, "an item without its proof is due")
    statement = document.get("statement")
    role = statement.get("kind") if isinstance(statement, dict) else None
    return parse_item({**document, "proof": ""}, place, role if isinstance(role, str) else "")


def describe(data: bytes, place: str) -> tuple[Record, Item]:
    """The record with id, kind and form. Raises MalformedError, also for a kind that packs do not hold."""
    item = read_record(data, place)
    statement: Statement = item.statement
    kind = KINDS.get(statement.kind)
    if kind is None:
        raise MalformedError("record-kind", place, statement.kind)
    body = _body(statement.kind, statement.body) if kind in (1, 4) else None
    record = Record(
        data=data,
        id=statement_id(statement),
        kind=kind,
        certificate=body if isinstance(body, Certificate) else None,
        labels=body if isinstance(body, Labels) else None,
    )
    return record, item


def describe_labels(body: JsonValue) -> Labels | None:
    """A labels body; None where it has not the form of one."""
    found = _body("labels", body)
    return found if isinstance(found, Labels) else None


def _body(kind: str, body: JsonValue) -> object:
    try:
        return parse_body(kind, body)
    except MalformedError:
        return None  # the ladder says so
