"""The label's own address: a verdict for people, links for machines; the PIN that starts from it.

Answers to a label whose signature does not hold leave at a multiple of a tenth of a second since they were asked: who guesses
serials cannot tell by the clock which were issued (F02).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter
from jinja2.utils import url_quote
from markupsafe import escape
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.http.forms import read_form
from api.http.routes.access import blocking
from api.http.scans import client_hint, until_tick
from api.pages import words
from api.pages.facts import show
from api.pages.gs1 import Asked, IdentifierError, asked
from api.pages.judging import JudgedLabel
from api.pages.language import Language, language_of
from api.pages.linkset import (
    MEDIA,
    Link,
    link_header,
    link_type,
    links_of,
    linkset,
    resolver_description,
    wants_linkset,
)
from api.pages.mould import cast, token
from api.pages.parts import PageParts
from api.pages.rendering import answer_moulded
from api.pages.routes.common import message, not_a_label
from ledger.domain.scan_errors import PinRefusedError, PinThrottledError, PinUsedError
from ledger.domain.scans import Item, PinUse, ScanKind, ScanReport
from verifier.encoding import to_hex
from verifier.errors import MalformedError
from verifier.label import Label, parse_label

FORM_BYTES: Final = 8_192
LONGEST_PIN: Final = 24
MOULDS: Final = 64  # of one batch: languages, and ways to fail
_PATHS: Final = ("/01/{gtin}", "/01/{gtin}/21/{serial}", "/01/{gtin}/10/{batch}", "/8013/{gmn}")


def shopper_router(parts: PageParts) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    for path in _PATHS:
        router.add_route(path, partial(_label, parts), methods=["GET"])
    router.add_route("/.well-known/gs1resolver", _resolver, methods=["GET"])
    router.add_route("/pin", partial(_pin, parts), methods=["POST"])
    return router


async def _label(parts: PageParts, request: Request) -> Response:
    started = time.monotonic()
    try:
        wanted = asked(request)
    except IdentifierError as error:
        return _bad_identifier(parts, request, error)
    kind, is_for_machines = link_type(request), wants_linkset(request)
    links, judged = await _looked_up(parts, wanted, None if is_for_machines or kind is not None else wanted.read)
    if links is None:
        return _unknown_product(parts, request)
    if is_for_machines:
        return _linkset(request, wanted, links)
    if kind is not None:
        return _redirect(links, kind)
    if judged is None:
        return _without_label(parts, request, wanted)
    if judged.is_signed:
        _scanned(parts, request, judged)
    else:
        await until_tick(started)
    return _page(parts, request, wanted, judged, links)


async def _looked_up(
    parts: PageParts, wanted: Asked, label: Label | None
) -> tuple[tuple[Link, ...] | None, JudgedLabel | None]:
    """The product's links and the label's verdict; the links alone without a label."""
    if label is None or wanted.label is None:
        return await blocking(_links, parts, wanted), None
    links, judged = await parts.warm.run(_both, parts, wanted, wanted.label, label)
    if links is None or judged is not None:
        return links, judged
    return links, await blocking(parts.judge.judge, wanted.label)


def _both(
    parts: PageParts, wanted: Asked, text: str, label: Label
) -> tuple[tuple[Link, ...] | None, JudgedLabel | None]:
    links = _links(parts, wanted)
    return links, None if links is None else parts.judge.judge_warm(text, label)


def _links(parts: PageParts, wanted: Asked) -> tuple[Link, ...] | None:
    """The links of a product that some certificate names; None for any other."""
    return links_of(wanted, _named(parts, wanted)) if parts.catalogue.knows(wanted.product) else None


def _without_label(parts: PageParts, request: Request, wanted: Asked) -> Response:
    """A product's address leads to its page; what is no label is told so."""
    if not wanted.has_label_form:
        return not_a_label(parts, request)
    keep = f"?lang={language_of(request).value}" if "lang" in request.query_params else ""
    return RedirectResponse(f"/products/{wanted.product}{keep}", status_code=307)


def _page(parts: PageParts, request: Request, wanted: Asked, judged: JudgedLabel, links: tuple[Link, ...]) -> Response:
    """The page of a label. All that depends on this one label alone are the four words of `values`."""
    label = judged.evidence.label
    text = "" if label is None else label.text
    serial = None if label is None else label.label.serial
    given = dict(request.query_params)
    language, has_lang = language_of(request), "lang" in given
    kept = urlencode({name: value for name, value in given.items() if name != "lang"})
    values = {
        "query": str(escape(kept)).encode("utf-8"),
        "text": str(escape(text)).encode("utf-8"),
        "quoted": url_quote(text, for_qs=True).encode("ascii"),
        "serial": (serial or "").encode("ascii"),
    }
    key = (language, has_lang, serial is None, wanted.elements[1:] if serial is None else (), _shape(judged))
    moulds = judged.ground.moulds
    mould = moulds.get(key)
    if mould is None:
        if len(moulds) >= MOULDS:
            moulds.clear()
        mould = moulds[key] = cast(_rendered(parts, judged, language, has_lang))
    headers = {"Link": link_header(wanted.path, links)}
    return answer_moulded(request, mould, values, styling=parts.pages.inlined, headers=headers)


def _shape(judged: JudgedLabel) -> Hashable:
    """The checks that depend on the label, with their values; all others are the ground's."""
    checks = [
        one for one in judged.judged.verdict.checks if one.id.startswith("label.") or one.id == "certificate.product"
    ]
    return tuple((one.id, one.outcome, one.reason, repr(dict(one.fields)) if one.fields else "") for one in checks)


def _rendered(parts: PageParts, judged: JudgedLabel, language: Language, has_lang: bool) -> str:
    shown = show(judged.judged, judged.evidence)
    if shown.label is not None:
        serial = None if shown.label.serial is None else token("serial")
        shown = replace(shown, label=replace(shown.label, serial=serial), label_text=token("text"))
    outcome = str(shown.verdict.outcome)
    statement = "" if shown.statement is None else "0x" + shown.statement.hex()
    page = parts.pages.text(
        "label.html",
        language,
        given={token("query"): "", **({"lang": language.value} if has_lang else {})},
        styling=parts.pages.inlined,
        shown=shown,
        words=words.VERDICTS[outcome],
        lead=words.LABEL_LEADS[outcome],
        advice=words.ADVICE.get(outcome, ()),
        reasons=words.REPORT_REASONS,
        evidence_link=f"/v1/evidence/{statement}" if statement else "",
    )
    # the same word stands once in a query, where it is spelt otherwise
    return page.replace("label=" + token("text"), "label=" + token("quoted")).replace(
        token("query") + "=", token("query")
    )


def _scanned(parts: PageParts, request: Request, judged: JudgedLabel) -> None:
    """Record that somebody looked."""
    label = None if judged.evidence.label is None else judged.evidence.label.label
    if parts.seen is None or label is None or label.gtin is None or label.serial is None:
        return
    item = Item(gtin=label.gtin, serial=label.serial)
    parts.seen.add(ScanReport(item=item, kind=ScanKind.ANONYMOUS, region=0, device_hint=client_hint(request)))


def _named(parts: PageParts, wanted: Asked) -> str | None:
    """The certificate that the label names, else the product's newest in force."""
    product = parts.catalogue.product(wanted.product)
    if product is None:
        return None
    if wanted.read is not None:
        prefix = wanted.read.certificate_prefix
        chosen = [card for card in product.cards if card.statement.startswith(prefix)]
    else:
        states = parts.statuses.states([card.listed for card in product.cards])
        chosen = [card for card in product.cards if states[card.statement] == "active"]
    return to_hex(chosen[0].statement) if chosen else None


def _linkset(request: Request, wanted: Asked, links: tuple[Link, ...]) -> Response:
    query = "" if not request.url.query or wanted.label is None else "?" + wanted.label.partition("?")[2]
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return Response(
        orjson.dumps(linkset(origin, wanted.path, query, links)),
        media_type=MEDIA,
        headers={"Link": link_header(wanted.path, links), "Vary": "Accept", "Cache-Control": "public, max-age=60"},
    )


def _redirect(links: tuple[Link, ...], kind: str) -> Response:
    target = next((link.path for link in links if link.kind == kind), None)
    if target is None:
        return Response(status_code=404, headers={"Cache-Control": "no-store"})
    return RedirectResponse(target, status_code=307)


async def _resolver(request: Request) -> Response:
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return Response(
        orjson.dumps(resolver_description(origin)),
        media_type="application/json",
        headers={"Cache-Control": "public, max-age=3600"},
    )


# ---------------------------------------------------------------- what is said instead of a verdict


def _bad_identifier(parts: PageParts, request: Request, error: IdentifierError) -> Response:
    return message(
        parts, request, "rejected",
        ("编码有误", "Not a GS1 identifier"),
        (f"地址里的产品编码不合 GS1 规则（{error.rule}，{error.place}）。", f"The identifier in this address breaks a GS1 rule ({error.rule}, {error.place})."),
        ("如果它印在商品上，请不要相信这枚标签。", "If it is printed on a product, do not rely on the label."),
        status=400,
    )  # fmt: skip


def _unknown_product(parts: PageParts, request: Request) -> Response:
    return message(
        parts, request, "inconclusive",
        ("没有这种产品", "No such product"),
        ("账本里没有任何证书写着这个产品编码。", "No certificate in the ledger names this product."),
        ("如果商品上印着碳足迹标签，请当作没有标签，并向监管部门报告（12315）。", "Treat the item as unlabelled and report it (12315 in China)."),
        status=404,
        back="/",
    )  # fmt: skip


# ---------------------------------------------------------------- forms


async def _pin(parts: PageParts, request: Request) -> Response:
    async with read_form(request, most=FORM_BYTES) as form:
        given, pin = form.text("label"), form.text("pin", LONGEST_PIN + 1)
    try:
        label = parse_label(given)
    except MalformedError:
        return not_a_label(parts, request)
    if parts.scans is None:
        return message(
            parts, request, "inconclusive", ("这里不能核对验证码", "PINs are not checked here"),
            ("本站没有开通验证码服务，请向企业查询。", "This site keeps no PIN service; ask the enterprise."), status=503,
        )  # fmt: skip
    if label.gtin is None or label.serial is None or not 0 < len(pin) <= LONGEST_PIN:
        return _pin_refused(parts, request)
    item = Item(gtin=label.gtin, serial=label.serial)
    return await _redeem(parts, request, partial(parts.scans.redeem_pin, item, pin, client_hint=client_hint(request)))


async def _redeem(parts: PageParts, request: Request, redeem: Callable[[], PinUse]) -> Response:
    try:
        await blocking(redeem)
    except PinRefusedError:
        return _pin_refused(parts, request)
    except PinUsedError as error:
        when = words.moment(error.first_at)
        return message(
            parts, request, "suspect", ("已经用过", "Used before"),
            (f"这个验证码第一次使用是在 {when}（北京时间）。", f"This PIN was first used at {when} (UTC+8)."),
            ("如果不是您自己用的，这枚标签可能是翻印的：请不要购买，并报告。", "If that was not you, the label may be a copy: do not buy it, and report it."),
        )  # fmt: skip
    except PinThrottledError as error:
        return message(
            parts, request, "inconclusive", ("请稍后再试", "Please wait"),
            (f"尝试过于频繁，请在 {error.retry_after:.0f} 秒后再试。", f"Too many attempts; try again in {error.retry_after:.0f} seconds."), status=429,
        )  # fmt: skip
    return message(
        parts, request, "authentic", ("首次使用", "First use"),
        ("验证码正确，这是第一次使用：您手里的很可能就是原件。", "The PIN is right and was never used before: what you hold is very likely the original."),
        ("它不能再用第二次。", "It cannot be used again."),
    )  # fmt: skip


def _pin_refused(parts: PageParts, request: Request) -> Response:
    return message(
        parts, request, "rejected", ("验证码不对", "The PIN is not right"),
        ("请对照涂层下的字符再输一次；字母 O 与数字 0、字母 I、L 与数字 1 不必分辨。", "Compare and try again; O and 0, I, L and 1 are taken as the same."),
        status=422,
    )  # fmt: skip
