"""Errors as pages: for browsers that asked for one, on addresses that are not the API's. Everything else stays a problem (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.http.problems import PageFor
from api.pages.language import Language, language_of
from api.pages.rendering import Pages, answer
from api.pages.words import Pair

_MACHINES: Final = ("/v1/", "/log/", "/.well-known/", "/healthz", "/readyz", "/metrics", "/recheck", "/open-data/")
# status: what it looks like, what is said of it
_SAID: Final[Mapping[int, tuple[str, Pair, Pair]]] = {
    400: (
        "rejected", ("这个请求不合格式", "This request is not of its form"),
        ("地址或表单里有不认识的内容。", "Something in the address or form is not known."),
    ),
    403: (
        "rejected", ("没有权限", "Not allowed"),
        ("这里需要另一种身份。", "This needs somebody else's key."),
    ),
    404: (
        "inconclusive", ("没有这个页面", "No such page"),
        ("地址可能抄错了，或页面已不在这里。", "The address may be mistyped, or the page is gone."),
    ),
    405: (
        "inconclusive", ("不能这样打开", "Not to be opened this way"),
        ("这个地址只接收表单。请从原来的页面再提交一次。", "This address takes forms only. Send it again from the page you came from."),
    ),
    413: (
        "inconclusive", ("内容过大", "Too large"),
        ("发来的内容超过了这里的上限，没有收下。", "What was sent is over the limit here and was not taken."),
    ),
    415: (
        "inconclusive", ("格式不受支持", "Not of a type that is read"),
        ("请用浏览器的表单提交。", "Send it with the browser's form."),
    ),
    429: (
        "inconclusive", ("请求过多", "Too many requests"),
        ("请稍等片刻再试。", "Please wait a moment and try again."),
    ),
    500: (
        "inconclusive", ("服务出错", "Something went wrong here"),
        ("这是本站的错，不表示标签或证书有问题。", "That is our fault; it says nothing about a label or a certificate."),
    ),
    503: (
        "inconclusive", ("暂时不可用", "Not available just now"),
        ("请过几分钟再试；这不表示标签或证书有问题。", "Try again in a few minutes; it says nothing about a label or a certificate."),
    ),
}  # fmt: skip
_LIKE: Final[Mapping[int, int]] = {401: 403, 406: 404, 409: 503, 414: 400, 422: 400}


def error_pages(pages: Pages) -> PageFor:
    """What makes the page of an error, for `create_app`. A page is rendered once for its status, code and language."""
    made: dict[tuple[int, str, Language], bytes] = {}

    def page(request: Request, status: int, code: str, headers: Mapping[str, str]) -> Response | None:
        if not is_for_people(request):
            return None
        language = language_of(request)
        key = (status, code, language)
        if key not in made:
            made[key] = _rendered(pages, *key)
        return answer(request, made[key], status=status, styling=pages.inlined, headers=headers)

    return page


def is_for_people(request: Request) -> bool:
    """Whether a browser asks, and for a page."""
    path = request.url.path
    return not path.startswith(_MACHINES) and "text/html" in request.headers.get("accept", "")


def _rendered(pages: Pages, status: int, code: str, language: Language) -> bytes:
    kind = _LIKE.get(status, status)
    look, title, line = _SAID.get(kind, _SAID[400 if status < 500 else 500])
    text = pages.text(
        "message.html",
        language,
        given={},
        styling=pages.inlined,
        look=look,
        title=title,
        lines=(line, (f"（{status} · {code}）", f"({status} · {code})")),
        back="/",
    )
    return text.encode("utf-8")
