"""What was signed elsewhere, handed in from a file: one statement, a bundle of them (one a line), or a status change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.http.errors import RequestError
from api.http.routes.access import blocking
from api.http.service import Service
from api.http.submissions import Submitted
from ledger.services.submission import MAX_BYTES
from verifier.canonical import canonicalize, parse
from verifier.encoding import to_hex
from verifier.errors import MalformedError
from verifier.receipt import receipt_document
from verifier.types import JsonValue

MOST_LINES: Final = 1_000


class BundleTooLongError(RequestError):
    """More lines than are taken at once."""

    code = "desk.bundle-too-long"

    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most} statements at once", rule="lines")
        self.most = most


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One document and what became of it. document: the receipt as JSON, "" where it was refused. is_unsigned: a draft, refused for that."""

    position: int
    title: str
    document: str
    index: int | None = None
    anchor_by: int | None = None
    block: int | None = None
    is_new: bool = True
    field: str = ""
    rule: str = ""
    detail: str = ""
    is_unsigned: bool = False


async def hand_in(service: Service, data: bytes) -> tuple[Handed, ...]:
    """Submit what a file holds.

    Raises MalformedError (no document at all), BundleTooLongError, ReadOnlyError; for a single status change what `ChangeDesk.submit` raises.
    """
    documents = _documents(data)
    if len(documents) == 1 and _is_change(documents[0]):
        return (await _change(service, documents[0]),)
    outcomes = await service.writer().submit_many(documents)
    return tuple(
        _submitted(number, one) if isinstance(one, Submitted) else _refused(number, documents[number - 1], one)
        for number, one in enumerate(outcomes, 1)
    )


def _documents(data: bytes) -> list[bytes]:
    """The file as one document where it is one, else its lines."""
    try:
        return [canonicalize(parse(data, MAX_BYTES))]
    except MalformedError as error:
        lines = [line for line in data.splitlines() if line.strip()]
        if len(lines) < 2:  # a document alone, and not of the profile
            raise error from None
    if len(lines) > MOST_LINES:
        raise BundleTooLongError(MOST_LINES)
    return lines


def _is_change(document: bytes) -> bool:
    found = parse(document)
    return isinstance(found, dict) and "statusChange" in found


async def _change(service: Service, document: bytes) -> Handed:
    done = await blocking(service.relaying().submit, document)
    block = done["block"]
    return Handed(
        position=1,
        title=f"{done['status']} · {done['subject']}",
        document=canonicalize(done).decode("utf-8"),
        block=block if isinstance(block, int) else None,
        is_new=bool(done["isNew"]),
    )


def _submitted(position: int, done: Submitted) -> Handed:
    receipt = done.receipt
    return Handed(
        position=position,
        title=to_hex(receipt.id),
        document=canonicalize(receipt_document(receipt)).decode("utf-8"),
        index=receipt.index,
        anchor_by=receipt.anchor_by,
        is_new=done.is_new,
    )


def _refused(position: int, document: bytes, error: Exception) -> Handed:
    found = _members(document)
    return Handed(
        position=position,
        title=str(found.get("kind", "–"))[:40],
        document="",
        is_unsigned="body" in found and "signature" not in found,
        field=str(getattr(error, "field", "")),
        rule=str(getattr(error, "rule", "") or getattr(error, "code", "")),
        detail=str(error)[:300],
    )


def _members(document: bytes) -> dict[str, JsonValue]:
    """What a refused document holds, for telling which it was; nothing where it is no object."""
    try:
        found = parse(document, MAX_BYTES)
    except MalformedError:
        return {}
    return found if isinstance(found, dict) else {}
