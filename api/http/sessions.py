"""Sessions over HTTP: where a token stands, which origin is ours, and what a page of ours must send along (docs/spec/11).

https         cookie `__Host-tanji`   HttpOnly; Secure; SameSite=Strict; Path=/
http://127.0.0.1, localhost, [::1]    cookie `tanji-loopback`: the same without Secure, which browsers keep only for https.
                                      Nothing on the way can read what does not leave the machine; any other http is refused.
programs      Authorization: Bearer <token>      no cookie, so no page can be made to send it
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from ledger.domain.payloads import Session
from ledger.domain.session_errors import SessionForbiddenError, SessionRequiredError
from ledger.services.sessions import Sessions
from verifier.encoding import parse_base64url, to_base64url
from verifier.hashing import sha256

SECURE_COOKIE: Final = "__Host-tanji"
LOOPBACK_COOKIE: Final = "tanji-loopback"
CSRF_HEADER: Final = "X-Tanji-CSRF"
_LOOPBACK: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.ASCII)
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where sessions are had. `origin`: the service's own, as browsers write it (https://host); None: loopback alone."""

    sessions: Sessions
    origin: str | None = None

    def own_origin(self, request: Request) -> str:
        """This service's origin. Raises SessionForbiddenError where nobody has said it and the request is not of this machine."""
        if self.origin is not None:
            return self.origin
        host = request.headers.get("host", "")
        if request.url.scheme == "http" and _LOOPBACK.fullmatch(host):
            return f"http://{host}"
        raise SessionForbiddenError(
            "Host", "no-origin", "the operator names the service's origin: [http] origin in tanji.toml"
        )

    def enter(self, request: Request) -> Session:
        """Whose request it is; a write from a page must show that the page is ours.

        Raises SessionRequiredError, SessionForbiddenError, and what `Sessions.find` raises. Blocks.
        """
        bearer = _bearer(request)
        if bearer is not None:
            return self.sessions.find(bearer)
        token = request.cookies.get(self._cookie(request), "")
        if _TOKEN.fullmatch(token) is None:
            raise SessionRequiredError
        if request.method not in ("GET", "HEAD"):
            self.require_own_page(request)
            # Compared in constant time by nobody's need: the value is a hash of what the page cannot read.
            if request.headers.get(CSRF_HEADER) != csrf_of(token):
                raise SessionForbiddenError(CSRF_HEADER, "csrf", "the token of GET /v1/sessions/current is due")
        return self.sessions.find(token)

    def enter_page(self, request: Request, csrf: str = "") -> Session:
        """Whose page is asked for, by the cookie alone; a form shows `csrf` of the page it came from (docs/adr/0016).

        Raises SessionRequiredError, SessionForbiddenError, and what `Sessions.find` raises. Blocks.
        """
        token = request.cookies.get(self._cookie(request), "")
        if _TOKEN.fullmatch(token) is None:
            raise SessionRequiredError
        if request.method not in ("GET", "HEAD"):
            self.require_own_page(request)
            if csrf != csrf_of(token):
                raise SessionForbiddenError("csrf", "csrf", "send the form from the page it stands on")
        return self.sessions.find(token)

    def knows(self, request: Request) -> bool:
        """Whether the cookie is of a session, before anything large is read. Blocks; raises what `Sessions.find` raises but for sessions themselves."""
        token = request.cookies.get(self._cookie(request), "")
        try:
            return _TOKEN.fullmatch(token) is not None and self.sessions.find(token) is not None
        except SessionRequiredError:
            return False

    def require_own_page(self, request: Request) -> None:
        """Raise SessionForbiddenError when a browser says that another site's page sends this."""
        given, own = request.headers.get("origin"), self.own_origin(request)
        if given is not None and given != own:
            raise SessionForbiddenError("Origin", "other-origin", f"{given[:100]} is not {own}")
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise SessionForbiddenError("Sec-Fetch-Site", "other-origin")

    def csrf(self, request: Request) -> str | None:
        """The token a page of ours sends along with writes; None for a bearer."""
        token = request.cookies.get(self._cookie(request), "")
        return None if _bearer(request) is not None or _TOKEN.fullmatch(token) is None else csrf_of(token)

    def set_cookie(self, request: Request, response: Response, token: str, seconds: int) -> None:
        """Have a browser keep the token."""
        name = self._cookie(request)
        response.set_cookie(
            name, token, max_age=seconds, path="/", httponly=True, samesite="strict", secure=name == SECURE_COOKIE
        )

    def clear_cookie(self, request: Request, response: Response) -> None:
        """Have a browser forget the token."""
        name = self._cookie(request)
        response.delete_cookie(name, path="/", httponly=True, samesite="strict", secure=name == SECURE_COOKIE)

    def _cookie(self, request: Request) -> str:
        return SECURE_COOKIE if urlsplit(self.own_origin(request)).scheme == "https" else LOOPBACK_COOKIE


def csrf_of(token: str) -> str:
    """Derived from the session's token, which the page itself cannot read: base64url of 16 bytes."""
    return to_base64url(sha256(b"tanji csrf v1\n" + parse_base64url(token, "", 32))[:16])


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
