"""Grade rules: those in the log, and a rule drafted from a form, to be signed by the regulator's rule key."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desks.desk_regulator import RegulatorDesk
from api.desks.fields import FieldReader, Trouble
from api.desks.parts import DeskParts
from api.desks.preparing import prepare_statement
from api.desks.registered import AWAY
from api.desks.routes.common import LARGE, MOST_BYTES, name_of, signing_page
from api.desks.routes.regulator_common import BASE, desk_page, visitor_of
from api.desks.standing import standing_of
from api.http.forms import read_form
from api.http.routes.access import blocking
from api.runtime.statements import make_draft
from verifier.bodies.fields import GRADES, UNITS
from verifier.errors import MalformedError
from verifier.identifiers import parse_party
from verifier.types import JsonValue

TAB: Final = "rules"
MOST_TABLES: Final = 200  # of a form; more by the command line
MAX_VERSION: Final = 2**31 - 1
_FIELDS: Final = ("party", "code", "version", "name", "effectiveFrom", "effectiveUntil", "tables")


def rules_router(parts: DeskParts, desk: RegulatorDesk) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    router.add_route(f"{BASE}/rules", partial(_rules, parts, desk), methods=["GET", "POST"])
    return router


async def _rules(parts: DeskParts, desk: RegulatorDesk, request: Request) -> Response:
    if request.method == "GET":
        return await blocking(_show, parts, desk, request, {})
    async with read_form(request, most=MOST_BYTES, limits=LARGE) as form:
        fields = dict(form.fields)
    return await blocking(_examine, parts, desk, request, fields)


def _show(
    parts: DeskParts,
    desk: RegulatorDesk,
    request: Request,
    fields: Mapping[str, str],
    troubles: tuple[Trouble, ...] = (),
) -> Response:
    now = parts.service.clock.now()
    rules = parts.book.rules()
    given = {name: fields.get(name, "") for name in _FIELDS}
    entitled = _entitled(desk)
    given["party"] = given["party"] or next(iter(sorted(entitled or ())), "")
    return desk_page(
        parts,
        request,
        "regulator_rules.html",
        tab=TAB,
        visitor=visitor_of(parts, request),
        status=422 if troubles else 200,
        rules=[(one, name_of(parts, one.issuer), one.rule.in_effect(now)) for one in rules],
        entitled=entitled,
        filled=given,
        troubles=troubles,
        units_known=sorted(UNITS),
    )


def _entitled(desk: RegulatorDesk) -> frozenset[str] | None:
    """Parties with a grant for rules now; None while the chain cannot be asked."""
    try:
        found = desk.registered()
    except AWAY:
        return None
    return frozenset(
        one.party for one in found.grants if one.purpose == "rule" and one.interval.in_force_at(found.time)
    )


def _examine(parts: DeskParts, desk: RegulatorDesk, request: Request, fields: Mapping[str, str]) -> Response:
    reader = FieldReader(fields)
    party = _party(reader)
    body: dict[str, JsonValue] = {
        "code": reader.text("code", 32),
        "version": reader.number("version", least=1, most=MAX_VERSION),
        "name": reader.text("name", 200),
        "effectiveFrom": reader.day("effectiveFrom"),
    }
    if reader.given("effectiveUntil").strip():
        body["effectiveUntil"] = reader.day("effectiveUntil")
    body["tables"] = _tables(reader)
    if party and not reader.troubles:
        _check_entitled(parts, reader, party)
    if reader.troubles:
        return _show(parts, desk, request, fields, tuple(reader.troubles))
    try:
        draft = make_draft("rule", party, body, "")
    except MalformedError as error:
        name = next((one for one in error.place.split("/") if one in _FIELDS), "")
        trouble = Trouble(field=name, rule=error.rule, zh=f"不合格式：{error}", en=f"Not of its form: {error}")
        return _show(parts, desk, request, fields, (trouble,))
    return signing_page(
        parts,
        request,
        prepare_statement(draft, parts.service.deployment, now=parts.service.clock.now()),
        title=("签发分级规则", "Sign a grade rule"),
        back=f"{BASE}/rules",
        notes=(
            (
                "规则一经锚定就公开，且不能改：更正要发新版本。证书用哪一版规则，由认证机构在签发时写明。",
                "Once anchored a rule is public and does not change: a correction is a new version. A certificate names the version it uses.",
            ),
            ("请用登记为“签规则”的密钥签名。", "Sign with the key that is registered for rules."),
        ),
    )  # fmt: skip


def _party(reader: FieldReader) -> str:
    try:
        return parse_party(reader.given("party").strip(), "party")
    except MalformedError:
        reader.trouble("party", "应为监管部门的主体代码", "The regulator's party code is due", "party")
        return ""


def _check_entitled(parts: DeskParts, reader: FieldReader, party: str) -> None:
    standing = standing_of(parts.service, party, ())
    if standing.known and not (standing.can("rule") and standing.categories("rule")):
        reader.trouble("party", "这个主体现在没有“签规则”的密钥或授权", "This party has no key or grant for rules now", "rule.issuer")  # fmt: skip


def _tables(reader: FieldReader) -> list[JsonValue]:
    """Lines `category, unit, amount, A, B, C, D`: the most of each grade, E above the last."""
    found: list[JsonValue] = []
    lines = [line.strip() for line in reader.given("tables").splitlines() if line.strip()]
    if not lines or len(lines) > MOST_TABLES:
        reader.trouble("tables", f"请填 1 至 {MOST_TABLES} 行", f"1 to {MOST_TABLES} lines are due", "tables")
        return found
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.replace("，", ",").replace("\t", ",").split(",")]
        if not 4 <= len(cells) <= len(GRADES) + 2 or cells[1] not in UNITS:
            reader.trouble(
                "tables",
                f"第 {number} 行应为：类别, 单位, 数量, A 上限, B 上限……（单位如 piece）",
                f"Line {number} is to be: category, unit, amount, most of A, most of B, … (a unit like piece)",
                "table",
            )
            continue
        category, unit, amount, *most = cells
        steps: list[JsonValue] = [{"grade": grade, "max": limit} for grade, limit in zip(GRADES, most, strict=False)]
        found.append({"category": category, "unit": unit, "amount": amount, "grades": [*steps, {"grade": GRADES[len(most)]}]})  # fmt: skip
    return found
