"""Which route answers, found by the address's first segment: the framework tries every route there is, one regular expression after another.

Only what would be chosen anyway is chosen here; what is not found, or not by this method, goes the framework's own way.
An endpoint that takes the request and gives the response needs nothing read, validated or serialised for it: it is called as Starlette
calls one, without the framework's handler around it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from inspect import signature
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount, Route, request_response

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Switchboard:
    """Stands before a router (`router.middleware_stack`). Routes that are added later are found as well."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._routes = 0
        self._by_segment: dict[str, tuple[BaseRoute, ...]] = {}
        self._anywhere: tuple[BaseRoute, ...] = ()
        self._plain: dict[int, App] = {}  # by the id of a route, which the router keeps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and not scope.get("root_path"):
            for route in self._candidates(scope["path"]):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.setdefault("router", self._router)
                    scope.update(found)
                    plain = self._plain.get(id(route))
                    await (route.handle if plain is None else plain)(scope, receive, send)
                    return
        await self._router.app(scope, receive, send)

    def _candidates(self, path: str) -> Sequence[BaseRoute]:
        if len(self._router.routes) != self._routes:
            self._sort()
        return self._by_segment.get(first_segment(path), self._anywhere)

    def _sort(self) -> None:
        """Each segment's routes in the order of all, those that begin with a parameter among them."""
        routes = list(self._router.routes)
        self._routes = len(routes)
        if not all(isinstance(route, Route | Mount) for route in routes):
            self._by_segment, self._anywhere, self._plain = (
                {},
                (),
                {},
            )  # a kind whose paths are not known: the framework's own way
            return
        self._plain = {
            id(route): request_response(route.endpoint)
            for route in routes
            if isinstance(route, APIRoute) and is_plain(route.endpoint)
        }
        segments = {id(route): first_segment(getattr(route, "path", "")) for route in routes}
        named = {segment for segment in segments.values() if "{" not in segment}
        self._by_segment = {
            name: tuple(route for route in routes if segments[id(route)] == name or "{" in segments[id(route)])
            for name in named
        }
        self._anywhere = tuple(route for route in routes if "{" in segments[id(route)])


def is_plain(endpoint: Callable[..., Any]) -> bool:
    """Whether an endpoint takes a request and nothing else, and gives a response."""
    try:
        found = signature(endpoint, eval_str=True)
    except NameError:  # a name for the type checker alone
        return False
    taken = [one.annotation for one in found.parameters.values()]
    given = found.return_annotation
    return taken == [Request] and isinstance(given, type) and issubclass(given, Response)


def first_segment(path: str) -> str:
    """What stands between the first two slashes."""
    return path[1:].partition("/")[0]
