"""How a route gets at the service."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.http.errors import UnknownError

if TYPE_CHECKING:
    from api.http.payloads import Confidential
    from api.http.service import Service

T = TypeVar("T")


def service_of(request: Request) -> Service:
    """The service this application serves."""
    service: Service = request.app.state.service
    return service


def confidential_of(request: Request) -> Confidential:
    """What this service keeps for parties alone. Raises UnknownError where it keeps nothing of the kind."""
    found = service_of(request).confidential
    if found is None:
        raise UnknownError("this service keeps no confidential payloads")
    return found


async def blocking(work: Callable[..., T], *arguments: object) -> T:
    """Work that waits for database, files or node: on a thread."""
    return await run_in_threadpool(work, *arguments)
