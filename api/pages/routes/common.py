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


def not_a_label(parts: PageParts, request: Request) -> Response:
    """Said of an address or a text that has not the form of a label."""
    return message(
        parts, request, "rejected",
        ("不是本系统的标签", "Not one of our labels"),
        ("这个地址不合标签的格式：可能被截断、改动，或者是仿制的。", "This address has not the form of a label: it was cut short, altered, or imitated."),
        ("请用手机相机重新扫描整个二维码；仍是这样，就不要相信它。", "Scan the whole code again with your camera; if it stays so, do not rely on it."),
        status=400,
    )  # fmt: skip


def cursor(request: Request, name: str) -> int | None:
    """A cursor from the query; one that is no number counts as none, and the list begins anew."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None
