"""What the regulator's pages share: the head, who is signed in, and the door before what is not for everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.desks.entry import READINGS as READINGS_FILE
from api.desks.entry import NotRegulatorError, ReadingBook, Visitor, maybe_regulator, regulator_of
from api.desks.parts import DeskParts
from api.desks.reported import ReportQueue
from api.desks.routes.common import show
from api.http.answers import OWN
from api.http.routes.access import blocking
from api.http.sessions import Door
from api.pages.words import Pair
from ledger.domain.session_errors import SessionKeyEndedError, SessionRequiredError

BASE: Final = "/desk/regulator"
Work = Callable[[Visitor], Response]
_SIGN_IN: Final[Pair] = (
    "这里的内容只给监管部门看：请用登记为“监管”的密钥登录。",
    "This is for the regulator alone: sign in with a key that is registered for it.",
)
_ENDED: Final[Pair] = (
    "登录所用的密钥已经失效，请换一把登录。",
    "The key that signed in is no longer in force: sign in with another.",
)
_OTHER: Final[Pair] = (
    "您已登录，但这把密钥没有“监管”用途，看不到这里的内容。",
    "You are signed in, but this key is not registered to regulate: it does not open this.",
)
_NONE: Final[Pair] = (
    "这个服务没有开通登录，所以看不到这里的内容。",
    "This service opens no sessions, so this cannot be shown.",
)


def door_of(parts: DeskParts) -> Door | None:
    """Where sessions are had; None where they are not."""
    confidential = parts.service.confidential
    return None if confidential is None else confidential.door


def readings_of(queue: ReportQueue) -> ReadingBook:
    """Who read what, beside the reports."""
    return ReadingBook(path=queue.book.path.with_name(READINGS_FILE))


def desk_page(
    parts: DeskParts, request: Request, template: str, *, tab: str, visitor: Visitor | None, **values: Any
) -> Response:
    """A page of the regulator's desk. What depends on who looks is for them alone."""
    headers: Mapping[str, str] = {} if visitor is None else OWN
    return show(parts, request, template, base=BASE, tab=tab, visitor=visitor, headers=headers, **values)


def visitor_of(parts: DeskParts, request: Request) -> Visitor | None:
    """Who is signed in, for a page that everybody may see. Blocks."""
    return maybe_regulator(door_of(parts), request)


async def for_regulators(parts: DeskParts, request: Request, tab: str, work: Work, *, csrf: str = "") -> Response:
    """What `work` makes for a regulator who is signed in; for everybody else the way in. Raises SessionForbiddenError."""

    def admitted() -> Response:
        door = door_of(parts)
        if door is None:
            return closed(parts, request, tab, _NONE, 503, can_sign_in=False)
        try:
            visitor = regulator_of(door, request, csrf)
        except SessionKeyEndedError:
            return closed(parts, request, tab, _ENDED, 401)
        except SessionRequiredError:
            return closed(parts, request, tab, _SIGN_IN, 401)
        except NotRegulatorError:
            return closed(parts, request, tab, _OTHER, 403, csrf=door.csrf(request) or "")
        return work(visitor)

    return await blocking(admitted)


def closed(
    parts: DeskParts, request: Request, tab: str, why: Pair, status: int, *, can_sign_in: bool = True, csrf: str = ""
) -> Response:
    """The page before the door."""
    return show(
        parts, request, "regulator_closed.html", status=status, base=BASE, tab=tab, visitor=None, headers=OWN,
        why=why, can_sign_in=can_sign_in, leave_csrf=csrf,
    )  # fmt: skip


def back_to(request: Request, path: str) -> Response:
    """After a form: to a page, in the language it was in."""
    lang = request.query_params.get("lang")
    keep = f"{'&' if '?' in path else '?'}lang={lang}" if lang in ("zh", "en") else ""
    return RedirectResponse(path + keep, status_code=303, headers=OWN)
