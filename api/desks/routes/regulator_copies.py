"""The copies map: where labels that rules suspect were scanned, or where one label was, by province and day. For a regulator's session alone."""

from __future__ import annotations

from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desks.copies import DAY, SPANS, CopyRecords, Suspect, days_of, regions_of, scan_map, suspects
from api.desks.desk_regulator import RegulatorDesk
from api.desks.entry import Visitor
from api.desks.parts import DeskParts
from api.desks.routes.common import name_of
from api.desks.routes.regulator_common import BASE, closed, desk_page, for_regulators, readings_of
from api.pages.words import Pair
from ledger.domain.scans import Item, ItemHistory
from verifier.errors import MalformedError
from verifier.identifiers import check_gtin
from verifier.label import parse_label
from verifier.signals import COPY_SENTENCES

TAB: Final = "copies"
LISTED: Final = 50
_NOBODY: Final[Pair] = ("这个服务不记录扫描。", "This service records no scans.")


def copies_router(parts: DeskParts, desk: RegulatorDesk) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    router.add_route(f"{BASE}/copies", partial(_copies, parts, desk), methods=["GET"])
    return router


async def _copies(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    asked = request.query_params.get("label", "").strip()[:600]
    text = request.query_params.get("days", "")
    days = int(text) if text in {str(one) for one in SPANS} else SPANS[1]

    def work(visitor: Visitor) -> Response:
        records = desk.copies
        if records is None:
            return closed(parts, request, TAB, _NOBODY, 503, can_sign_in=False)
        now = parts.service.clock.now()
        if desk.queue is not None:
            readings_of(desk.queue).add(visitor, "copies", asked or f"{days} days", now)
        since = now - days * DAY
        if asked:
            return _of_label(parts, request, visitor, records, _Asked(asked, days, since))
        return _of_suspects(parts, request, visitor, records, _Asked("", days, since))

    return await for_regulators(parts, request, TAB, work)


class _Asked:
    """What is looked at: a label's text or `GTIN serial`, and since when."""

    def __init__(self, label: str, days: int, since: int) -> None:
        self.label, self.days, self.since = label, days, since


def item_in(text: str) -> Item | None:
    """The item a label's text names, or `GTIN serial` as a table has them; None for anything else."""
    try:
        label = parse_label(text)
    except MalformedError:
        return _item_of_words(text.split())
    return None if label.gtin is None or label.serial is None else Item(gtin=label.gtin, serial=label.serial)


def _item_of_words(words: list[str]) -> Item | None:
    if len(words) != 2:
        return None
    gtin = words[0].zfill(14)
    try:
        check_gtin(gtin)
    except MalformedError:
        return None
    return Item(gtin=gtin, serial=words[1].upper()) if words[1].isalnum() and words[1].isascii() else None


def _page(parts: DeskParts, request: Request, visitor: Visitor, asked: _Asked, **values: object) -> Response:
    shown: dict[str, object] = {
        "item": None,
        "days_seen": (),
        "suspects": (),
        "refused": False,
        "names": {},
        "history": None,
    }
    return desk_page(
        parts, request, "regulator_copies.html", tab=TAB, visitor=visitor, asked=asked.label, days=asked.days, spans=SPANS,
        sentences=COPY_SENTENCES, **(shown | values),
    )  # fmt: skip


def _of_suspects(parts: DeskParts, request: Request, visitor: Visitor, records: CopyRecords, asked: _Asked) -> Response:
    found: tuple[Suspect, ...] = suspects(records, asked.since)
    return _page(
        parts,
        request,
        visitor,
        asked,
        map=scan_map(regions_of(found)),
        suspects=found[:LISTED],
        more=max(0, len(found) - LISTED),
        names={one.issuer: name_of(parts, one.issuer) for one in found[:LISTED]},
    )


def _of_label(parts: DeskParts, request: Request, visitor: Visitor, records: CopyRecords, asked: _Asked) -> Response:
    item = item_in(asked.label)
    if item is None:
        return _page(parts, request, visitor, asked, map=scan_map(()), refused=True, status=422, more=0)
    history = records.histories_of([item], asked.since).get(item, ItemHistory())
    scans = [scan for scan in history.scans if scan.at >= asked.since]
    return _page(
        parts,
        request,
        visitor,
        asked,
        map=scan_map(scan.region for scan in scans),
        item=item,
        days_seen=days_of(scans),
        history=history,
        more=0,
    )
