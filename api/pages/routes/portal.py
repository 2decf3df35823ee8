"""The public portal: search and browse, a page for each certificate, product and party, open data, and how to do without us."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Final
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.http.requests import NDJSON
from api.http.routes.access import blocking
from api.pages import words
from api.pages.assets import PREFIX
from api.pages.catalogue import CHUNK, LONGEST_QUERY, Card, ProductCard, Slice
from api.pages.facts import Named, named, show
from api.pages.parts import PageParts
from api.pages.routes.common import cursor, message
from api.pages.statuses import STATES
from ledger.domain.catalogue import PartyCount
from ledger.services.evidence import BodyUnavailableError, NotAnchoredError, StatementUnknownError
from verifier.encoding import parse_hex, to_hex
from verifier.errors import MalformedError
from verifier.identifiers import parse_party
from verifier.label import parse_label
from verifier.policy import CONSUMER
from verifier.snapshot import Profile
from verifier.types import StatementId

PAGE: Final = 25
LATEST: Final = 9
PARTIES_PAGE: Final = 50
LOOKED_AT: Final = 2_000  # certificates, for one page of a state that few are in
BRIEF: Final = "public, max-age=5"


def portal_router(parts: PageParts) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    router.add_route("/", partial(_home, parts), methods=["GET"])
    router.add_route("/certificates", partial(_certificates, parts), methods=["GET"])
    router.add_route("/certificates/{statement}", partial(_certificate, parts), methods=["GET"])
    router.add_route("/products", partial(_products, parts), methods=["GET"])
    router.add_route("/products/{key}", partial(_product, parts), methods=["GET"])
    router.add_route("/parties", partial(_parties, parts), methods=["GET"])
    router.add_route("/parties/{party}", partial(_party, parts), methods=["GET"])
    router.add_route("/verify", partial(_verify, parts), methods=["GET"])
    router.add_route("/open-data/certificates.ndjson", partial(_open_data, parts), methods=["GET"])
    router.add_route(PREFIX + "{name}", partial(_static, parts), methods=["GET"])
    return router


async def _static(parts: PageParts, request: Request) -> Response:
    return parts.pages.assets.respond(request)


# ---------------------------------------------------------------- the front page


async def _home(parts: PageParts, request: Request) -> Response:
    return await blocking(_show_home, parts, request)


def _show_home(parts: PageParts, request: Request) -> Response:
    latest, states = _latest(parts)
    overview = parts.overviews.overview()
    return parts.pages.respond(
        request,
        "home.html",
        cache=BRIEF,
        section="/",
        totals=overview.totals,
        entries=parts.service.store.size(),
        counts=overview.counts,
        categories=overview.categories,
        rows=_rows(parts, latest),
        states=states,
    )


def _latest(parts: PageParts) -> tuple[Sequence[Card], Mapping[StatementId, str]]:
    """The newest certificates in force, among the newest of all."""
    cards = list(islice(parts.catalogue.fitting("", before=None, chunk=4 * LATEST), 4 * LATEST))
    states = _states(parts, cards)
    return [card for card in cards if states[card.statement] == "active"][:LATEST], states


def _states(parts: PageParts, cards: Iterable[Card]) -> dict[StatementId, str]:
    return parts.statuses.states([card.listed for card in cards])


def _rows(parts: PageParts, cards: Sequence[Card]) -> list[tuple[Card, Named, Named]]:
    """Cards with certifier and holder by name."""
    return [(card, _name(parts, card.issuer), _name(parts, card.certificate.holder)) for card in cards]


def _name(parts: PageParts, party: str) -> Named:
    """A name for lists, from the operator's own profiles; a certificate's page shows the one the chain proves."""
    profile: Profile | None = parts.service.profiles.of(party)
    if profile is None:
        return Named(party=party, name=None, name_en=None)
    return Named(party=party, name=profile.name, name_en=profile.name_en)


# ---------------------------------------------------------------- certificates


async def _certificates(parts: PageParts, request: Request) -> Response:
    query = request.query_params.get("q", "")[:LONGEST_QUERY].strip()
    if _is_label(query):
        return message(
            parts, request, "inconclusive",
            ("这是一枚标签的内容", "This is a label's text"),
            ("请在手机上直接打开它的地址，或把它交给核对工具。", "Open its address, or hand it to a verifying tool."),
        )  # fmt: skip
    return await blocking(_show_certificates, parts, request, query)


def _is_label(query: str) -> bool:
    if not query.startswith("https://"):
        return False
    try:
        parse_label(query)
    except MalformedError:
        return False
    return True


def _show_certificates(parts: PageParts, request: Request, query: str) -> Response:
    state = request.query_params.get("state", "")
    state = state if state in STATES else ""
    before = cursor(request, "before")
    if state:
        page, states = _in_state(parts, query, state, before)
    else:
        page = parts.catalogue.page(query, before=before, limit=PAGE)
        states = _states(parts, page.cards)
    kept = _kept(request, query)
    chosen_state = {"state": state} if state else {}
    following = "" if page.following is None else "?" + urlencode({**kept, **chosen_state, "before": page.following})
    return parts.pages.respond(
        request,
        "certificates.html",
        cache=BRIEF,
        section="/certificates",
        query=query,
        state=state,
        states_shown=STATES,
        filters={one: "?" + urlencode({**kept, **({"state": one} if one else {})}) for one in ("", *STATES)},
        rows=_rows(parts, page.cards),
        states=states,
        following=following,
        is_first=before is None,
        looked_at=LOOKED_AT,
        unclear=sum(one == "unknown" for one in states.values()),
    )


def _in_state(parts: PageParts, query: str, state: str, before: int | None) -> tuple[Slice, Mapping[StatementId, str]]:
    """Where a certificate stands is no part of the catalogue: look through what fits until a page is full, or long enough."""
    chosen: list[Card] = []
    states: dict[StatementId, str] = {}
    looked: Card | None = None
    until = parts.statuses.deadline()
    fitting = parts.catalogue.fitting(query, before=before)
    for _ in range(LOOKED_AT // CHUNK):
        some = list(islice(fitting, CHUNK))
        states |= parts.statuses.states([card.listed for card in some], until)
        for looked in some:
            if states[looked.statement] == state:
                chosen.append(looked)
            if len(chosen) == PAGE:
                return Slice(cards=tuple(chosen), following=looked.index), states
        if len(some) < CHUNK:
            return Slice(cards=tuple(chosen), following=None), states
    return Slice(cards=tuple(chosen), following=None if looked is None else looked.index), states


def _kept(request: Request, query: str) -> dict[str, str | int]:
    kept: dict[str, str | int] = {"q": query} if query else {}
    if "lang" in request.query_params:
        kept["lang"] = request.query_params["lang"]
    return kept


async def _certificate(parts: PageParts, request: Request) -> Response:
    try:
        statement = StatementId(parse_hex(request.path_params["statement"], "/statement", 32))
    except MalformedError:
        return _missing(parts, request)
    return await blocking(_show_certificate, parts, request, statement)


def _show_certificate(parts: PageParts, request: Request, statement: StatementId) -> Response:
    service = parts.service
    if parts.catalogue.card(statement) is None:
        return _missing(parts, request)
    try:
        evidence = service.evidence.of(statement).evidence
    except NotAnchoredError as error:
        when = words.moment(error.anchor_by)
        return message(
            parts, request, "inconclusive",
            ("等待上链", "Awaiting its anchor"),
            (f"这张证书已入日志，最迟 {when}（北京时间）上链，之后才能核对。", f"It is logged, anchored by {when} (UTC+8), and can be judged then."),
        )  # fmt: skip
    except (StatementUnknownError, BodyUnavailableError):
        return _missing(parts, request)
    judged = service.verdicts.judge(evidence, policy=CONSUMER, key=statement)
    shown = show(judged, evidence)
    outcome = str(shown.verdict.outcome)
    return parts.pages.respond(
        request,
        "certificate.html",
        section="/certificates",
        shown=shown,
        words=words.VERDICTS[outcome],
        lead=words.CERTIFICATE_LEADS[outcome],
        evidence_link=f"/v1/evidence/{to_hex(statement)}",
    )


def _missing(parts: PageParts, request: Request) -> Response:
    return message(
        parts, request, "inconclusive",
        ("没有找到", "Not found"),
        ("账本里没有这一项。请核对编号，或从首页搜索。", "The ledger has no such thing. Check the number, or search from the front page."),
        status=404,
        back="/",
    )  # fmt: skip


# ---------------------------------------------------------------- products and parties


async def _products(parts: PageParts, request: Request) -> Response:
    return await blocking(_show_products, parts, request)


def _show_products(parts: PageParts, request: Request) -> Response:
    products, following = parts.catalogue.products(after=request.query_params.get("after", "")[:64], limit=PAGE)
    states = _states(parts, (card for product in products for card in product.cards))
    more = "" if following is None else "?" + urlencode({**_kept(request, ""), "after": following})
    return parts.pages.respond(
        request,
        "products.html",
        cache=BRIEF,
        section="/products",
        products=[(product, _standing(product, states)) for product in products],
        states=states,
        following=more,
    )


def _standing(product: ProductCard, states: Mapping[StatementId, str]) -> Card:
    """The certificate to show a product by: the newest in force, else the newest that holds at all, else the newest."""
    for wanted in (("active",), ("suspended", "superseded", "expired", "withdrawn", "pending")):
        for card in product.cards:
            if states[card.statement] in wanted:
                return card
    return product.cards[0]


async def _product(parts: PageParts, request: Request) -> Response:
    return await blocking(_show_product, parts, request)


def _show_product(parts: PageParts, request: Request) -> Response:
    product = parts.catalogue.product(request.path_params["key"][:64])
    if product is None:
        return _missing(parts, request)
    states = _states(parts, product.cards)
    return parts.pages.respond(
        request,
        "product.html",
        cache=BRIEF,
        section="/products",
        product=product,
        newest=_standing(product, states),
        rows=_rows(parts, product.cards),
        states=states,
        labels=parts.catalogue.issued_labels([card.statement for card in product.cards]),
    )


async def _parties(parts: PageParts, request: Request) -> Response:
    return await blocking(_show_parties, parts, request)


def _show_parties(parts: PageParts, request: Request) -> Response:
    counts = {one.party: one for one in parts.overviews.parties()}
    names = sorted({*counts, *(profile.party for profile in parts.service.profiles.all())})
    start = bisect_right(names, request.query_params.get("after", "")[:64])
    shown = names[start : start + PARTIES_PAGE]
    more = start + PARTIES_PAGE < len(names)
    none = PartyCount("", 0, 0)
    return parts.pages.respond(
        request,
        "parties.html",
        cache=BRIEF,
        section="/parties",
        parties=[(_name(parts, party), *counts.get(party, none)[1:]) for party in shown],
        following="?" + urlencode({**_kept(request, ""), "after": shown[-1]}) if more else "",
        is_first=start == 0,
    )


async def _party(parts: PageParts, request: Request) -> Response:
    try:
        party = parse_party(request.path_params["party"], "/party")
    except MalformedError:
        return _missing(parts, request)
    return await blocking(_show_party, parts, request, party)


def _show_party(parts: PageParts, request: Request, party: str) -> Response:
    cards = parts.catalogue.of_party(party, 2 * PAGE)
    profile = parts.service.profiles.of(party)
    if not cards and profile is None:
        return _missing(parts, request)
    counts = parts.overviews.of_party(party)
    proven = _proven(parts, party, cards)
    return parts.pages.respond(
        request,
        "party.html",
        cache=BRIEF,
        section="/parties",
        party=proven or _name(parts, party),
        is_proven=proven is not None,
        url=None if profile is None else profile.url,
        counts=counts,
        total=sum(counts.values()),
        rows=_rows(parts, cards),
        states=_states(parts, cards),
    )


def _proven(parts: PageParts, party: str, cards: Sequence[Card]) -> Named | None:
    """The name the chain holds the hash of, read from a proven view; None where no view shows it."""
    if not cards:
        return None
    try:
        evidence = parts.service.evidence.of(cards[0].statement).evidence
    except (StatementUnknownError, BodyUnavailableError, NotAnchoredError):
        return None
    judged = parts.service.verdicts.judge(evidence, policy=CONSUMER, key=cards[0].statement)
    found = named(judged.sight.view, party)
    return found if found.name is not None else None


# ---------------------------------------------------------------- without us, and for machines


async def _verify(parts: PageParts, request: Request) -> Response:
    return parts.pages.respond(
        request, "verify.html", cache=BRIEF, section="/verify", deployment=parts.service.deployment
    )


async def _open_data(parts: PageParts, _request: Request) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="tanji-certificates.ndjson"', "Cache-Control": BRIEF}
    return StreamingResponse(_lines(parts), media_type=NDJSON, headers=headers)


def _lines(parts: PageParts) -> Iterator[bytes]:
    """One certificate a line, oldest first, with what its lanes said when it was asked for."""
    onwards = parts.catalogue.onwards()
    while cards := list(islice(onwards, CHUNK)):
        states = _states(parts, cards)
        for card in cards:
            yield orjson.dumps(_open_document(card, states[card.statement])) + b"\n"


def _open_document(card: Card, state: str) -> dict[str, object]:
    certificate = card.certificate
    return {
        "id": to_hex(card.statement),
        "index": card.index,
        "issuer": card.issuer,
        "holder": certificate.holder,
        "number": certificate.number,
        "version": certificate.version,
        "products": [
            {"gtin": one.gtin, "gmn": one.gmn, "name": one.name, "model": one.model} for one in certificate.products
        ],
        "category": certificate.category,
        "pcf": str(certificate.pcf),
        "declaredUnit": {"amount": str(certificate.unit_amount), "unit": certificate.unit},
        "grade": None if certificate.grade is None else certificate.grade.value,
        "validFrom": certificate.valid_from,
        "validUntil": certificate.valid_until,
        "status": state,
    }
