"""The inspectors' scanner: one page that works without a network, what keeps it so, and the packs it judges by.

GET /scan                  the page                       GET /scan/worker.js        its service worker
GET /scan/app.webmanifest  for installing it              GET /packs                 packs that were put here
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import REVALIDATE
from api.http.packs import PublishedPack
from api.http.routes.access import blocking
from api.labels_print.symbol import QUIET_ZONE, RunTable, make_symbol
from api.pages.assets import Assets
from api.pages.language import Language, language_of
from api.pages.parts import PageParts
from api.pages.rendering import Styling, answer
from api.pages.scan_words import script_words
from verifier.bulletin import Bulletin, parse_bulletin, serialize_bulletin
from verifier.deployment import serialize_deployment
from verifier.errors import MalformedError

SCOPE: Final = "/scan"
WORKER: Final = "/scan/worker.js"
# The only page that may connect elsewhere: to endpoints that the inspector names, a node on the device itself among them.
# Its workers reach no network at all (api.pages.assets).
_POLICY: Final = (
    "default-src 'none'; img-src 'self'; script-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "connect-src 'self' https: http://127.0.0.1:* http://localhost:*; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'self'"
)
_WORKER_POLICY: Final = "default-src 'none'; connect-src 'self'"
_CAMERA: Final = {"Permissions-Policy": "camera=(self), screen-wake-lock=(self), geolocation=(), microphone=()"}
_STYLING: Final = Styling(policy=_POLICY, inline=None)
_FILES: Final = (
    "style.css", "scan.css", "mark.svg", "scan.js", "scan-judge.js", "scan-decoder.js", "zxing_reader.wasm",
    "scan-192.png", "scan-512.png", "scan-maskable-512.png",
)  # fmt: skip
_COLOUR: Final = "#172b4d"
_CURSOR: Final = re.compile(r"([0-9]{1,16})\.([0-9a-f]{64})", re.ASCII)
PAGE: Final = 20  # packs


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """All that the installed scanner holds: the page in each language, the files, and a version that is a hash of them."""

    pages: dict[Language, str]
    worker: str

    def page(self, language: Language) -> bytes:
        """The page."""
        return self.pages[language].encode("utf-8")


def make_shell(parts: PageParts) -> Shell:
    """Render the pages and name their version."""
    pages = {language: _render(parts, language) for language in Language}
    assets = parts.pages.assets
    files = [assets[name].path for name in _FILES]
    files += [f"{SCOPE}/app.webmanifest?lang={language.value}" for language in Language]
    version = sha256("\n".join((*files, *pages.values())).encode()).hexdigest()[:16]
    held = {
        "version": version,
        "pages": {language.value: f"{SCOPE}?lang={language.value}" for language in Language},
        "files": files,
    }
    return Shell(pages=pages, worker=f"self.SHELL={json.dumps(held)};\n{assets['scan-sw.js'].text}")


def _render(parts: PageParts, language: Language) -> str:
    return parts.pages.text(
        "scan.html",
        language,
        given={"lang": language.value},
        styling=_STYLING,
        section=SCOPE,
        assets=parts.pages.assets,
        worker=WORKER,
        scope=SCOPE,
        words=_data(json.dumps(script_words(language), ensure_ascii=False, sort_keys=True)),
        deployment=_data(serialize_deployment(parts.service.deployment).decode("utf-8")),
    )


def _data(text: str) -> str:
    """JSON that can stand in a script element: nothing in it ends the element."""
    return text.replace("<", "\\u003c")


def scanner_router(parts: PageParts) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    shell = make_shell(parts)
    router.add_route(SCOPE, partial(_page, shell), methods=["GET"])
    router.add_route(WORKER, partial(_worker, shell), methods=["GET"])
    router.add_route(f"{SCOPE}/app.webmanifest", partial(_manifest, parts.pages.assets), methods=["GET"])
    router.add_route("/packs", partial(_packs, parts), methods=["GET"])
    return router


async def _page(shell: Shell, request: Request) -> Response:
    return answer(request, shell.page(language_of(request)), styling=_STYLING, headers=_CAMERA)


async def _worker(shell: Shell, _request: Request) -> Response:
    headers = {
        "Cache-Control": REVALIDATE,
        "Content-Security-Policy": _WORKER_POLICY,
        "Service-Worker-Allowed": SCOPE,
    }
    return Response(shell.worker, media_type="text/javascript; charset=utf-8", headers=headers)


async def _manifest(assets: Assets, request: Request) -> Response:
    language = language_of(request)
    icons = [
        {"src": assets[name].path, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for name, size, purpose in (
            ("scan-192.png", 192, "any"),
            ("scan-512.png", 512, "any"),
            ("scan-maskable-512.png", 512, "maskable"),
        )
    ]
    manifest = {
        "id": SCOPE,
        "name": language.pick("碳迹扫码核验", "Tanji Scanner"),
        "short_name": language.pick("碳迹核验", "Tanji"),
        "description": language.pick(
            "不靠网络核验产品碳足迹标签", "Verifies carbon footprint labels without a network"
        ),
        "lang": language.value,
        "start_url": f"{SCOPE}?lang={language.value}",
        "scope": SCOPE,
        "display": "standalone",
        "background_color": "#f6f4ef",
        "theme_color": _COLOUR,
        "icons": icons,
    }
    body = json.dumps(manifest, ensure_ascii=False)
    return Response(body, media_type="application/manifest+json", headers={"Cache-Control": REVALIDATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBulletin:
    """The newest bulletin as a QR code: `side` modules with the quiet zone, `path` of the dark ones (SVG)."""

    bulletin: Bulletin
    side: int
    path: str


def _bulletin(file: Path | None) -> ShownBulletin | None:
    """The bulletin that was put here; None where there is none, or it is none."""
    try:
        bulletin = None if file is None else parse_bulletin(file.read_bytes())
    except (OSError, MalformedError):
        bulletin = None
    if bulletin is None:
        return None
    symbol = make_symbol(serialize_bulletin(bulletin).decode("ascii"))
    path = RunTable("M{x} {y}h{w}v1h-{w}z").spell(symbol).decode("ascii")
    return ShownBulletin(bulletin=bulletin, side=symbol.modules + 2 * QUIET_ZONE, path=path)


async def _packs(parts: PageParts, request: Request) -> Response:
    found = () if parts.packs is None else await blocking(parts.packs.all)
    before = _cursor(request.query_params.get("before", ""))
    older = [one for one in found if before is None or (-one.number, one.name) > before]
    following = _following(request, older[PAGE - 1]) if len(older) > PAGE else ""
    bulletin = await blocking(_bulletin, parts.service.bulletin)
    return parts.pages.respond(
        request,
        "packs.html",
        packs=older[:PAGE],
        is_first=before is None,
        following=following,
        bulletin=bulletin,
        quiet=QUIET_ZONE,
        section=SCOPE,
    )


def _following(request: Request, last: PublishedPack) -> str:
    kept = {"lang": request.query_params["lang"]} if "lang" in request.query_params else {}
    return "?" + urlencode({**kept, "before": f"{last.number}.{last.name.hex()}"})


def _cursor(text: str) -> tuple[int, bytes] | None:
    """Where a page of packs starts, in the shelf's order; None, the newest, for what is no cursor."""
    match = _CURSOR.fullmatch(text)
    return None if match is None else (-int(match[1]), bytes.fromhex(match[2]))
