"""What several desk routes share: pages with the desks' script and style, the party in the path, the panel where something is signed."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.desks import words
from api.desks.parts import DeskParts
from api.desks.preparing import LaneLength, Prepared
from api.http.changes import Reason
from api.http.forms import FormLimits
from api.pages.facts import Named
from api.pages.routes.common import message
from api.pages.words import Pair
from ledger.chain.registry import registry_at_head
from verifier.errors import MalformedError
from verifier.identifiers import parse_party
from verifier.types import PartyId

MOST_BYTES: Final = 4 << 20  # of a form with its file
LARGE: Final = FormLimits(fields=128, field_bytes=2 << 20)
PER_PAGE: Final = 25


def show(parts: DeskParts, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """A desk's page. Never kept by anybody: what awaits whom changes."""
    assets = parts.pages.pages.assets
    return parts.pages.pages.respond(
        request,
        f"desks/{template}",
        status=status,
        section="/desk",
        desk_style=assets["desk.css"],
        desk_script=assets["desk.js"],
        deployment=json_text(parts.deployment()),
        reasons=words.REASONS,
        purposes=words.PURPOSES,
        **values,
    )


def json_text(value: object) -> str:
    """JSON for a data attribute."""
    return orjson.dumps(value).decode("utf-8")


def pretty(value: object) -> str:
    """JSON for people."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode("utf-8")


def party_in(request: Request) -> str | None:
    """The party in the path; None for what is none."""
    try:
        return parse_party(request.path_params["party"], "/party")
    except MalformedError:
        return None


def no_party(parts: DeskParts, request: Request) -> Response:
    """The page for a path that names no party."""
    return message(
        parts.pages, request, "inconclusive", ("没有这个主体", "No such party"),
        ("地址里的主体代码不合格式，形如 uscc:91110000MA0C0EXAM2。", "The party in this address is not of its form, like uscc:91110000MA0C0EXAM2."),
        status=404, back="/desk",
    )  # fmt: skip


def refused(
    parts: DeskParts, request: Request, title: Pair, *lines: Pair, status: int = 422, back: str = "/desk"
) -> Response:
    """A page that says why something was not taken."""
    return message(parts.pages, request, "rejected", title, *lines, status=status, back=back)


def name_of(parts: DeskParts, party: str) -> Named:
    """A party's name, from the operator's own list."""
    profile = parts.service.profiles.of(party)
    if profile is None:
        return Named(party=party, name=None, name_en=None)
    return Named(party=party, name=profile.name, name_en=profile.name_en)


def lane_length(parts: DeskParts) -> LaneLength:
    """How many transitions a lane has at the node's head. Raises NoChainError, ChainUnavailableError, BlockUnknownError."""

    def length(owner: PartyId, subject: bytes) -> int:
        desk = parts.service.registries()
        return len(registry_at_head(desk.chain, desk.deployment).lane(owner, subject))

    return length


def signing_page(
    parts: DeskParts, request: Request, prepared: Prepared, *, title: Pair, back: str, notes: tuple[Pair, ...] = (), reason: Reason | None = None
) -> Response:  # fmt: skip
    """The page where one prepared document is looked at, signed and handed in.

    Args:
        notes: what signing it means, shown before the buttons.
        reason: of a status change; goes along with it.
    """
    document = prepared.document()
    body = document.get("document")
    if reason is not None:
        document["reason"] = {"code": reason.code, "note": reason.note}
    shown = body.get("body", body.get("statusChange")) if isinstance(body, dict) else body
    return show(
        parts,
        request,
        "sign.html",
        title=title,
        back=back,
        notes=notes,
        prepared=document,
        prepared_json=json_text(document),
        body_text=pretty(shown),
        file_text=prepared.file().decode("utf-8"),
        reason=reason,
    )


def desk_path(role: str, party: str, rest: str = "") -> str:
    """The address of a desk's page. The regulator's is one for all regulators."""
    if role == "regulator":
        return f"/desk/regulator{rest}"
    return f"/desk/{role}/{quote(party, safe=':')}{rest}"
