"""The log explorer: checkpoint, growth, anchors on the chain, entries, and a consistency check between any two sizes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.routes.access import blocking
from api.pages.parts import PageParts
from api.pages.routes.common import cursor, message
from ledger.domain.store_errors import RangeError, TileDiffersError, TileMissingError
from verifier.errors import MalformedError, ProofError
from verifier.merkle import check_consistency
from verifier.statement import Entry, parse_entry
from verifier.types import NodeHash

PAGE: Final = 25
SHOWN_ANCHORS: Final = 12
PLOTTED: Final = 400
BRIEF: Final = "public, max-age=2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entry as listed."""

    index: int
    kind: str
    issuer: str
    statement: bytes
    received_at: int
    anchor_seq: int | None
    anchor_time: int | None
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """A proof between two sizes, checked here; the visitor's own tool gets the same from the tiles."""

    size1: int
    size2: int
    root1: bytes
    root2: bytes
    proof: tuple[bytes, ...]
    holds: bool


def explorer_router(parts: PageParts) -> APIRouter:
    """The routes. `/log` itself belongs to the tiles (C2SP tlog-tiles)."""
    router = APIRouter(include_in_schema=False)
    router.add_route("/explorer", partial(_explorer, parts), methods=["GET"])
    router.add_route("/explorer/{index}", partial(_entry, parts), methods=["GET"])
    return router


async def _explorer(parts: PageParts, request: Request) -> Response:
    return await blocking(_show_explorer, parts, request)


def _show_explorer(parts: PageParts, request: Request) -> Response:
    service = parts.service
    size = service.store.size()
    before = cursor(request, "before")
    end = size if before is None else min(before, size)
    first = max(0, end - PAGE)
    anchors = service.shelf.anchors()
    step = max(1, len(anchors) // PLOTTED)
    checkpoint = service.store.checkpoint()
    query = request.query_params
    asked = (cursor(request, "from"), cursor(request, "to"))
    return parts.pages.respond(
        request,
        "explorer.html",
        cache=BRIEF,
        section="/explorer",
        size=size,
        checkpoint=checkpoint,
        origin=service.deployment.origin,
        reach=service.listing.life.reach(),
        anchors=tuple(reversed(anchors[-SHOWN_ANCHORS:])),
        anchor_count=len(anchors),
        points=[(one.time, one.size) for one in (*anchors[::step], *anchors[-1:])],
        rows=[_row(parts, index) for index in range(end - 1, first - 1, -1)],
        following=f"?before={first}{_language(request)}" if first else "",
        is_first=before is None,
        asked=(query.get("from", ""), query.get("to", "")),
        consistency=_consistency(parts, *asked),
        was_asked="from" in query,
    )


def _language(request: Request) -> str:
    asked = request.query_params.get("lang", "")
    return f"&lang={asked}" if asked in ("zh", "en") else ""


def _row(parts: PageParts, index: int) -> Row:
    found = parts.service.store.entry(index)
    if found is None:  # the range was taken from the size read before: entries never go away
        raise RangeError("index", index, parts.service.store.size())
    entry = _parsed(found.entry)
    anchor = parts.service.shelf.covering(index)
    body = {} if entry is None or entry.body is None else entry.body
    number = body.get("number", body.get("code", ""))
    return Row(
        index=index,
        kind="" if entry is None else entry.kind,
        issuer="" if entry is None else entry.issuer,
        statement=found.statement_id,
        received_at=found.received_at,
        anchor_seq=None if anchor is None else anchor.seq,
        anchor_time=None if anchor is None else anchor.time,
        number=number if isinstance(number, str) else "",
    )


def _parsed(data: bytes) -> Entry | None:
    """An entry's members; None for bytes that are no entry, which a dishonest operator can log."""
    try:
        return parse_entry(data)
    except MalformedError:
        return None


def _consistency(parts: PageParts, size1: int | None, size2: int | None) -> Consistency | None:
    tree = parts.service.tree
    checkpoint = parts.service.store.checkpoint()
    if checkpoint is not None:
        tree.grow(checkpoint.size)
    if size1 is None or size2 is None or not 0 < size1 <= size2 <= tree.size:
        return None
    try:
        proof = tuple(NodeHash(node) for node in tree.consistency(size1, size2))
        root1, root2 = NodeHash(tree.root(size1)), NodeHash(tree.root(size2))
    except (RangeError, TileMissingError, TileDiffersError):
        return None
    try:
        check_consistency(size1, size2, root1, root2, proof)
    except ProofError:
        holds = False
    else:
        holds = True
    return Consistency(size1=size1, size2=size2, root1=root1, root2=root2, proof=proof, holds=holds)


async def _entry(parts: PageParts, request: Request) -> Response:
    return await blocking(_show_entry, parts, request)


def _show_entry(parts: PageParts, request: Request) -> Response:
    text = request.path_params["index"]
    index = int(text) if text.isascii() and text.isdigit() and len(text) <= 16 else -1
    found = parts.service.store.entry(index) if index >= 0 else None
    if found is None:
        return message(
            parts, request, "inconclusive", ("没有这一条", "No such entry"),
            ("日志还没有这么长。", "The log is not that long."), status=404, back="/explorer",
        )  # fmt: skip
    anchor = parts.service.shelf.covering(index)
    proof: tuple[bytes, ...] = ()
    if anchor is not None and anchor.size <= parts.service.tree.size:
        proof = tuple(parts.service.tree.inclusion(index, anchor.size))
    return parts.pages.respond(
        request,
        "entry.html",
        cache=BRIEF,
        section="/explorer",
        row=_row(parts, index),
        found=found,
        entry=_parsed(found.entry),
        text=found.entry.decode("utf-8", "replace"),
        anchor=anchor,
        proof=proof,
    )
