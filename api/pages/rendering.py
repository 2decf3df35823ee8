"""Templates to answers: everything escaped, nothing undefined, one strict policy for what a browser may load."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from api.pages.assets import Asset, Assets, accepts_gzip
from api.pages.categories import CategoryNames
from api.pages.drawing import drawings
from api.pages.language import Language, language_of
from api.pages.mould import Mould
from api.pages.provinces import provinces
from api.pages.words import FILTERS, WORDS

HTML: Final = "text/html; charset=utf-8"
_PLAIN: Final = Request({"type": "http", "headers": []})  # of a client that takes no encoding
LEVEL: Final = 5  # gzip: nearly the size of 9 in a third of the time
# Nothing may be loaded but what is named after this; no inline script, no other origin at all, no frame around us.
_POLICY: Final = (
    "default-src 'none'; img-src 'self'; script-src 'self'; worker-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; style-src {styles}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Styling:
    """How a page brings its style: by link, cached for ever, or inside the page, allowed by its hash (one round trip)."""

    policy: str
    inline: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripts:
    """The browser's own verifier (api/pages_js), and what loads it once the page has been painted."""

    verifier: Asset
    boot: Asset


class Pages:
    """Renders templates. Made once; safe for several threads."""

    def __init__(self, assets: Assets | None = None, categories: CategoryNames | None = None) -> None:
        self.assets = assets or Assets.load()
        style = self.assets["style.css"]
        self.linked = Styling(policy=_POLICY.format(styles="'self'"), inline=None)
        self.inlined = Styling(policy=_POLICY.format(styles=style.csp_hash), inline=style.text)
        self.scripts = Scripts(verifier=self.assets["verify.js"], boot=self.assets["verify-boot.js"])
        self._environment = _environment(categories or CategoryNames())

    def text(
        self, template: str, language: Language, *, given: Mapping[str, str], styling: Styling, **values: object
    ) -> str:
        """A page as text. `given`: parameters of the request, which the language switch keeps."""
        switch = "?" + urlencode({**given, "lang": language.other.value})
        return self._environment.get_template(template).render(
            lang=language,
            t=language.pick,
            switch=switch,
            style=self.assets["style.css"],
            icon=self.assets["mark.svg"],
            scripts=self.scripts,
            inline_style=styling.inline,
            keep=f"?lang={language.value}" if "lang" in given else "",
            **values,
        )

    def respond(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        cache: str = "no-store",
        styling: Styling | None = None,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> Response:
        """A page as an answer to a request."""
        styling = styling or self.linked
        given = dict(request.query_params)
        text = self.text(template, language_of(request), given=given, styling=styling, **values)
        return answer(request, text.encode("utf-8"), status=status, cache=cache, styling=styling, headers=headers)


def answer(
    request: Request,
    body: bytes,
    *,
    status: int = 200,
    cache: str = "no-store",
    styling: Styling,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """HTML with its headers, gzipped for who takes it."""
    sent = {
        "Cache-Control": cache,
        "Content-Security-Policy": styling.policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Vary": "Accept, Accept-Encoding, Accept-Language",
        **(headers or {}),
    }
    if accepts_gzip(request):
        body = gzip.compress(body, LEVEL, mtime=0)
        sent["Content-Encoding"] = "gzip"
    return Response(body, status_code=status, headers=sent, media_type=HTML)


def answer_moulded(
    request: Request, mould: Mould, values: Mapping[str, bytes], *, styling: Styling, headers: Mapping[str, str]
) -> Response:
    """The same from a mould: nothing is rendered and nothing compressed."""
    if not accepts_gzip(request):
        return answer(request, mould.plain(values), styling=styling, headers=headers)
    packed = answer(_PLAIN, b"", styling=styling, headers={**headers, "Content-Encoding": "gzip"})
    packed.body = mould.gzipped(values)
    packed.headers["content-length"] = str(len(packed.body))
    return packed


def _environment(categories: CategoryNames) -> Environment:
    environment = Environment(
        loader=PackageLoader("api.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(FILTERS)
    environment.globals.update(drawings())
    environment.globals.update(WORDS)
    environment.globals["category_name"] = categories
    environment.globals["provinces"] = tuple(provinces().values())
    return environment
