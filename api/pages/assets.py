"""Static files: read once, named by a hash of what they hold, kept for ever by whoever fetched them."""

from __future__ import annotations

import gzip
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import IMMUTABLE

PREFIX: Final = "/static/"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wasm": "application/wasm",
}
# A worker is bound by the policy its own file comes with, not by the page's: these reach no network whatever they are handed.
_ISOLATED: Final = "default-src 'none'"
_POLICIES: Final = {
    "verify.js": _ISOLATED,
    "scan-judge.js": _ISOLATED,
    "scan-decoder.js": f"{_ISOLATED}; script-src 'wasm-unsafe-eval'",
}
_HASH_LENGTH: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file: its URL path, media type, bytes, the same bytes gzipped, and the policy it is bound by as a worker."""

    path: str
    media: str
    data: bytes
    packed: bytes
    policy: str = ""

    @property
    def text(self) -> str:
        """The file as text."""
        return self.data.decode("utf-8")

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, as hex: what is published for whoever compares scripts."""
        return sha256(self.data).hexdigest()

    @property
    def csp_hash(self) -> str:
        """How a Content-Security-Policy names these very bytes (CSP 3, hash-source)."""
        return f"'sha256-{b64encode(sha256(self.data).digest()).decode('ascii')}'"


class Assets:
    """The files of `api/pages/static`, by their own names and by the paths they are served at."""

    def __init__(self, files: Mapping[str, Asset]) -> None:
        self._files = MappingProxyType(dict(files))
        self._served = MappingProxyType({asset.path: asset for asset in files.values()})

    @classmethod
    def load(cls) -> Assets:
        """Read them from the package."""
        folder = resources.files("api.pages") / "static"
        return cls({file.name: _asset(file.name, file.read_bytes()) for file in folder.iterdir() if file.is_file()})

    def __getitem__(self, name: str) -> Asset:
        """A file by its own name."""
        return self._files[name]

    def respond(self, request: Request) -> Response:
        """The file at a request's path; 404 for a hash that is none of ours."""
        asset = self._served.get(request.url.path)
        if asset is None:
            return Response(status_code=404, headers={"Cache-Control": "no-store"})
        headers = {"Cache-Control": IMMUTABLE, "Vary": "Accept-Encoding"}
        if asset.policy:
            headers["Content-Security-Policy"] = asset.policy
        if accepts_gzip(request):
            return Response(asset.packed, media_type=asset.media, headers={**headers, "Content-Encoding": "gzip"})
        return Response(asset.data, media_type=asset.media, headers=headers)


def accepts_gzip(request: Request) -> bool:
    """Whether the client takes gzip (RFC 9110, 12.5.3); `gzip;q=0` is a refusal."""
    for part in request.headers.get("accept-encoding", "").split(","):
        coding, _, weight = part.strip().partition(";")
        if coding.strip().lower() == "gzip":
            return weight.replace(" ", "").rstrip("0") not in ("q=", "q=0.")
    return False


def pack(data: bytes) -> bytes:
    """Gzip without a time in it: equal bytes stay equal."""
    return gzip.compress(data, 9, mtime=0)


def _asset(name: str, data: bytes) -> Asset:
    stem, dot, suffix = name.rpartition(".")
    tag = sha256(data).hexdigest()[:_HASH_LENGTH]
    return Asset(
        path=f"{PREFIX}{stem}.{tag}.{suffix}",
        media=_TYPES[dot + suffix],
        data=data,
        packed=pack(data),
        policy=_POLICIES.get(name, ""),
    )
