"""What several routes share."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.pages import words
from api.pages.parts import PageParts

_DIGITS: Final = 16


def message(
    parts: PageParts,
    request: Request,
    look: str,
    title: words.Pair,
    *lines: words.Pair,
    status: int = 200,
    back: str = "",
) -> Response:
    """A page that says one thing. `look`: the verdict whose shape and colour it borrows."""
    return parts.pages.respond(
        request,
        "message.html",
        status=status,
        styling=parts.pages.inlined,
        look=look,
        title=title,
        lines=lines,
        back=back,
    )


def cursor(request: Request, name: str) -> int | None:
    """A cursor from the query; one that is no number counts as none, and the list begins anew."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None
