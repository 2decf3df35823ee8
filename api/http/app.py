"""The application: routers over one service, errors as problems, the edge around it all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount

from api.http.edge import Edge, Scope
from api.http.errors import ForwardedError, RequestError
from api.http.events import EventSource
from api.http.hub import EventHub
from api.http.metrics import Metrics
from api.http.openapi import PROBLEM, SECURITY_SCHEMES
from api.http.problems import PageFor, error_response, no_page
from api.http.routes import (
    chain,
    changes,
    evidence,
    operations,
    payloads,
    registry,
    sessions,
    statements,
    verify,
    webhooks,
)
from api.http.routing import Switchboard
from api.http.service import Service
from api.http.tiles import PREFIX, TileApp
from api.runtime.errors import RuntimeSetupError
from ledger.domain.errors import LedgerError
from verifier.errors import VerifierError

VERSION: Final = "1.0.0"
# Each brings its own prefix. Pages add theirs here.
ROUTERS: Final[tuple[APIRouter, ...]] = (
    statements.router,
    evidence.router,
    verify.router,
    registry.router,
    changes.router,
    payloads.router,
    sessions.router,
    webhooks.router,
    chain.router,
    operations.events_router,
    operations.router,
)
_DESCRIPTION: Final = """碳迹 Tanji: a ledger of product carbon footprint labels that anyone can check.

Statements carry their own signatures, so writing needs no account. Nothing here has to be believed: evidence and snapshots let anyone judge
without this service. Errors are RFC 9457 problems with a stable `code`. The log's tiles are under `/log` (C2SP tlog-tiles)."""


def create_app(service: Service, extra: Sequence[tuple[str, APIRouter]] = (), page_for: PageFor = no_page) -> FastAPI:
    """An ASGI application for one service.

    Args:
        service: the ledger's parts.
        extra: further routers (pages), each with a prefix (best empty: the router's own paths are whole then).
        page_for: makes pages of errors for browsers (`api.pages.errors`).
    """
    app = FastAPI(
        title="Tanji 碳迹",
        version=VERSION,
        description=_DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # the bundled page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours are at the edge
        lifespan=_lifespan,
    )
    app.state.service = service
    app.state.page_for = page_for
    app.state.metrics = metrics = _metrics(service)
    app.state.events = hub = EventHub(EventSource(service))
    metrics.gauge("tanji_event_listeners", "Listeners of the event stream", lambda: float(hub.listeners))
    app.router.routes.insert(0, Mount(PREFIX, app=TileApp(service.files), name="log"))
    for prefix, router in (*(("", one) for one in ROUTERS), *extra):
        if prefix:
            app.include_router(router, prefix=prefix)
        else:  # one flat list: an included router would be searched, and named in logs, without its prefix
            app.router.routes.extend(router.routes)
    app.router.middleware_stack = Switchboard(app.router)
    for kind in (RequestError, LedgerError, VerifierError, RuntimeSetupError, HTTPException):
        app.add_exception_handler(kind, _problem)
    app.add_middleware(Edge, settings=service.edge, metrics=metrics, allowed=_allowed_of(app), page_for=page_for)
    _describe_problem(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await app.state.events.close()


async def _problem(request: Request, error: Exception) -> Response:
    state = request.app.state
    now = state.service.clock.now()
    if isinstance(error, HTTPException):
        forwarded = ForwardedError(error.status_code, str(error.detail))
        return error_response(request, forwarded, now, state.page_for, error.headers)
    return error_response(request, error, now, state.page_for)


def _metrics(service: Service) -> Metrics:
    metrics = Metrics()
    metrics.gauge("tanji_log_entries", "Sequenced entries", lambda: float(service.store.size()))
    newest = service.shelf.newest
    metrics.gauge(
        "tanji_log_anchored_entries", "Entries the newest anchor covers", lambda: float(getattr(newest(), "size", 0))
    )
    hooks = service.webhooks
    if hooks is not None:
        metrics.gauge("tanji_webhook_messages_waiting", "Messages not told yet", lambda: float(hooks.waiting()))
    return metrics


def _allowed_of(app: FastAPI) -> Any:
    """Which methods a path knows, for OPTIONS."""

    def allowed(scope: Scope) -> frozenset[str]:
        return _methods(app.routes, scope)

    return allowed


def _methods(routes: Sequence[BaseRoute], scope: Scope) -> frozenset[str]:
    found: set[str] = set()
    for route in routes:
        match, _ = route.matches({**scope, "method": "GET"})
        if match is not Match.NONE:
            found |= getattr(route, "methods", None) or {"GET"}
    return frozenset(found)


def _describe_problem(app: FastAPI) -> None:
    """Add the problem's schema to the description, which is made on first request."""
    make = app.openapi

    def described() -> dict[str, Any]:
        schema = make()
        components = schema.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = PROBLEM
        components["securitySchemes"] = SECURITY_SCHEMES
        return schema

    app.openapi = described  # type: ignore[method-assign]
