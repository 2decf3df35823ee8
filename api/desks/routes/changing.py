"""A status change by a party in its own lane: where the subject stands, what is possible, why, and what it means; then the text to sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desks.awaiting import LOOKED_AT
from api.desks.fields import Trouble
from api.desks.parts import DeskParts
from api.desks.preparing import RELAYED_WITHIN, prepare_change
from api.desks.routes.common import LARGE, MOST_BYTES, desk_path, name_of, no_party, party_in, show, signing_page
from api.desks.subjects import is_footprint, worded
from api.desks.words import CHANGE_FIELDS, VERBS, Verb
from api.http.changes import LONGEST_NOTE, Reason
from api.http.forms import read_form
from api.http.routes.access import blocking
from api.pages.catalogue import Card
from api.runtime.requests import REGULATORS_TEXT, STATUSES, ChangeRequest
from verifier.contracts import REGULATORS
from verifier.encoding import parse_hex, to_hex
from verifier.errors import MalformedError
from verifier.identifiers import party_id
from verifier.types import StatementId

# What may follow what, by the newest status of the own lane (docs/spec/05).
_POSSIBLE: Mapping[str, tuple[str, ...]] = {
    "active": ("suspend", "withdraw", "cancel", "supersede"),
    "suspended": ("restore", "withdraw", "cancel", "supersede"),
}
_FULL = 6
_REGULATORS = ("suspend", "restore", "withdraw", "cancel")  # whom a certificate gives way to is its issuer's to say
_NO_SUBJECT = Trouble(
    field="subject",
    rule="hex",
    zh="不是声明编号（0x 加 64 位十六进制）",
    en="Not a statement id (0x and 64 hex digits)",
)
_NOT_NOW = Trouble(
    field="verb", rule="choice", zh="请选择一项现在可做的变更", en="Choose one of the changes possible now"
)
_NOT_UNDERSTOOD = Trouble(
    field="understood",
    rule="missing-member",
    zh="此变更不可逆，请勾选确认",
    en="This cannot be undone: tick to confirm",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One transition of a lane, newest last; reason: as whoever brought it said."""

    status: str
    time: int
    signer: str | None
    final: bool
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """The own lane about a subject, and the other: the regulators', or for them the issuer's."""

    own: tuple[Step, ...]
    other: tuple[Step, ...]
    verbs_known: tuple[str, ...] = tuple(VERBS)

    @property
    def present(self) -> str:
        """The newest status of the own lane; `active` for an empty one."""
        return self.own[-1].status if self.own else "active"

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """What may follow. The sixth transition must be a final one, after it there is none."""
        found = [VERBS[name] for name in _POSSIBLE.get(self.present, ()) if name in self.verbs_known]
        if len(self.own) >= _FULL:
            return ()
        return tuple(one for one in found if one.is_final or len(self.own) < _FULL - 1)


def changing_router(parts: DeskParts) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    for role in ("certifier", "enterprise"):
        router.add_route(f"/desk/{role}/{{party}}/status", partial(_status, parts, role), methods=["GET", "POST"])
    router.add_route("/desk/regulator/status", partial(_status, parts, "regulator"), methods=["GET", "POST"])
    return router


def lanes_of(parts: DeskParts, party: str, subject: bytes, issuer: str | None = None) -> Lanes:
    """Both lanes at the node's head. party: a code, or `regulators`; then `own` is theirs, and `other` the issuer's.

    Raises NoChainError, ChainUnavailableError, BlockUnknownError.
    """
    theirs = party if party != REGULATORS_TEXT else issuer
    owners = {"issuer": REGULATORS if theirs is None else party_id(theirs), "regulators": REGULATORS}
    found: Mapping[str, Any] = parts.service.registries().lanes(subject, owners["issuer"])

    def steps(name: str) -> tuple[Step, ...]:
        lane = list(reversed(found[name]))
        owner = owners[name]
        return tuple(
            Step(
                status=one["status"],
                time=one["time"],
                signer=one["signer"],
                final=one["final"],
                reason=parts.reasons.of(owner, subject, place) if parts.reasons else None,
            )
            for place, one in enumerate(lane)
        )

    if party == REGULATORS_TEXT:
        return Lanes(own=steps("regulators"), other=() if issuer is None else steps("issuer"), verbs_known=_REGULATORS)
    return Lanes(own=steps("issuer"), other=steps("regulators"))


async def _status(parts: DeskParts, role: str, request: Request) -> Response:
    party = REGULATORS_TEXT if role == "regulator" else party_in(request)
    if party is None:
        return no_party(parts, request)
    if request.method == "GET":
        asked = _Asked(role=role, party=party, fields=dict(request.query_params))
        is_bad = bool(asked.fields.get("subject")) and _subject(asked.fields) is None
        return await blocking(_show, parts, request, asked, (_NO_SUBJECT,) if is_bad else ())
    async with read_form(request, most=MOST_BYTES, files=1, limits=LARGE) as form:
        fields = dict(form.fields)
    return await blocking(_examine, parts, request, _Asked(role=role, party=party, fields=fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What was asked for: in which desk, in whose lane, with which fields."""

    role: str
    party: str
    fields: Mapping[str, str]


def _subject(fields: Mapping[str, str]) -> StatementId | None:
    try:
        return StatementId(parse_hex(fields.get("subject", "").strip(), "/subject", 32))
    except MalformedError:
        return None


def _show(parts: DeskParts, request: Request, asked: _Asked, troubles: tuple[Trouble, ...] = ()) -> Response:
    role, party, fields = asked.role, asked.party, asked.fields
    subject = _subject(fields)
    card = None if subject is None else parts.pages.catalogue.card(subject)
    lanes = None if subject is None else lanes_of(parts, party, subject, None if card is None else card.issuer)
    successor = None if card is None else _newer(parts, card)
    return show(
        parts,
        request,
        "status.html",
        status=422 if troubles else 200,
        party=party,
        own=name_of(parts, party),
        role=role,
        base=desk_path(role, party),
        tab="status",
        subject="" if subject is None else to_hex(subject),
        asked=fields.get("subject", "")[:80],
        card=card,
        holder=None if card is None else name_of(parts, card.certificate.holder),
        lanes=lanes,
        verbs=() if lanes is None or subject is None else worded(parts, subject, lanes.verbs),
        of_footprint=is_footprint(parts, subject),
        chosen=fields.get("verb", ""),
        code=fields.get("code", ""),
        note=fields.get("note", ""),
        successor=fields.get("successor", "") or ("" if successor is None else to_hex(successor.statement)),
        troubles=troubles,
        labels=CHANGE_FIELDS,
        visitor=None,
    )


def _newer(parts: DeskParts, card: Card) -> Card | None:
    """The certificate that says it replaces this one."""
    mine = parts.pages.catalogue.of_party(card.issuer, LOOKED_AT)
    return next((one for one in mine if one.certificate.replaces == card.statement and one.issuer == card.issuer), None)


def _examine(parts: DeskParts, request: Request, asked: _Asked) -> Response:
    role, party, fields = asked.role, asked.party, asked.fields
    subject, verb = _subject(fields), VERBS.get(fields.get("verb", ""))
    troubles: list[Trouble] = []
    if subject is None:
        troubles.append(_NO_SUBJECT)
        return _show(parts, request, asked, tuple(troubles))
    card = parts.pages.catalogue.card(subject)
    lanes = lanes_of(parts, party, subject, None if card is None else card.issuer)
    if verb is None or verb not in lanes.verbs:
        troubles.append(_NOT_NOW)
        return _show(parts, request, asked, tuple(troubles))
    reason = _reason(fields, verb, troubles)
    successor = _successor(fields, verb, subject, troubles)
    if verb.is_final and fields.get("understood") != "yes":
        troubles.append(_NOT_UNDERSTOOD)
    if troubles:
        return _show(parts, request, asked, tuple(troubles))
    (said,) = worded(parts, subject, (verb,))
    change = ChangeRequest(
        owner=party,
        subject=subject,
        status=STATUSES[_status_of(verb, fields)],
        nonce=len(lanes.own),
        deadline=parts.service.clock.now() + RELAYED_WITHIN,
        successor=successor,
    )
    return signing_page(
        parts,
        request,
        prepare_change(change, parts.service.deployment),
        title=said.title,
        back=desk_path(role, party),
        notes=(said.warning, _about(parts, subject)),
        reason=reason,
    )


def _about(parts: DeskParts, subject: StatementId) -> tuple[str, str]:
    """What the subject is, in words: the text that is signed has only its id."""
    card = parts.pages.catalogue.card(subject)
    if card is None:
        if is_footprint(parts, subject):
            return (f"对象：碳足迹声明 {to_hex(subject)}", f"Subject: footprint statement {to_hex(subject)}")
        return (f"对象：声明 {to_hex(subject)}", f"Subject: statement {to_hex(subject)}")
    one = card.certificate
    return (
        f"对象：证书 {one.number} 第 {one.version} 版，{card.name}，编号即下文中的 subject。",
        f"Subject: certificate {one.number} v{one.version}, {card.name}; its id is the subject below.",
    )


def _status_of(verb: Verb, fields: Mapping[str, str]) -> str:
    if verb.name != "supersede":
        return verb.status
    return "superseded-labels-void" if fields.get("labels") == "void" else verb.status


def _reason(fields: Mapping[str, str], verb: Verb, troubles: list[Trouble]) -> Reason:
    code, note = fields.get("code", ""), fields.get("note", "").strip()
    if code not in verb.reasons:
        troubles.append(Trouble(field="code", rule="choice", zh="请选择理由", en="Choose a reason"))
    if code == "other" and not note:
        troubles.append(
            Trouble(field="note", rule="missing-member", zh="选“其他”时请写明理由", en="Say what, with “other”")
        )
    if len(note) > LONGEST_NOTE:
        troubles.append(Trouble(field="note", rule="string-length", zh=f"最多 {LONGEST_NOTE} 个字", en=f"At most {LONGEST_NOTE} characters"))  # fmt: skip
    return Reason(code=code, note=note)


def _successor(fields: Mapping[str, str], verb: Verb, subject: StatementId, troubles: list[Trouble]) -> bytes:
    if verb.name != "supersede":
        return bytes(32)
    try:
        found = parse_hex(fields.get("successor", "").strip(), "/successor", 32)
    except MalformedError as error:
        troubles.append(Trouble(field="successor", rule=error.rule, zh="请填新证书的声明编号", en="The new certificate's statement id is due"))  # fmt: skip
        return bytes(32)
    if found == subject or not any(found):
        troubles.append(Trouble(field="successor", rule="successor", zh="新证书不能是它自己", en="A certificate does not replace itself"))  # fmt: skip
    return found
