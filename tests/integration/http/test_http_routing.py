"""The route that is found by the first segment is the one the framework would find; all else goes the framework's way."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match

from api.http.routing import first_segment, is_plain
from tests.support.service import Served


def test_every_path_is_answered_by_the_first_route_that_fits(running: Served) -> None:
    app = running.client.app
    switchboard = app.router.middleware_stack  # type: ignore[attr-defined]
    for path in (
        "/v1/statements", "/v1/statements/0x00", "/v1/parties/x/explain", "/v1/anchors", "/log/checkpoint", "/healthz", "/metrics",
        "/v1/sessions/current", "/v1/sessions/0x01", "/v1/verify:bulk", "/none", "/", "", "//", "/v1",
    ):  # fmt: skip
        for method in ("GET", "POST", "DELETE"):
            scope = {"type": "http", "method": method, "path": path, "headers": []}
            full = [route for route in app.routes if route.matches(scope)[0] is Match.FULL]  # type: ignore[attr-defined]
            found = [route for route in switchboard._candidates(path) if route.matches(scope)[0] is Match.FULL]
            assert found[:1] == full[:1], (method, path)


def test_a_route_that_is_added_later_is_found(running: Served) -> None:
    assert running.client.get("/late/1").status_code == 404
    running.client.app.add_api_route("/late/{number}", lambda number: {"number": number})  # type: ignore[attr-defined]
    assert running.client.get("/late/1").json() == {"number": "1"}


@pytest.mark.parametrize(("method", "path", "status"), [("DELETE", "/v1/statements", 405), ("GET", "/v1/nothing", 404)])
def test_what_is_not_found_is_a_problem_as_before(running: Served, method: str, path: str, status: int) -> None:
    answer = running.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def _plain(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.url.path)


async def _of(name: str, request: Request) -> Response:
    return PlainTextResponse(f"{name} {request.url.path}")


def _with_a_parameter(request: Request, number: int) -> Response:
    return PlainTextResponse(f"{request.url.path} {number}")


async def _without_a_response(request: Request) -> dict[str, str]:
    return {"path": request.url.path}


def test_only_what_takes_a_request_and_gives_a_response_is_called_without_the_framework() -> None:
    assert [is_plain(one) for one in (_plain, _with_a_parameter, _without_a_response)] == [True, False, False]
    assert [is_plain(partial(_of, name)) for name in ("a", "b")] == [True, True]


def test_both_kinds_answer_and_an_error_in_one_is_a_problem(running: Served) -> None:
    app: Any = running.client.app
    for number, endpoint in enumerate((_plain, _with_a_parameter, _without_a_response, partial(_of, "x"))):
        app.add_api_route(f"/kind{number}", endpoint)
    assert running.client.get("/kind0").text == "/kind0"
    assert running.client.get("/kind1?number=3").text == "/kind1 3"
    assert running.client.get("/kind1?number=x").status_code == 422
    assert running.client.get("/kind2").json() == {"path": "/kind2"}
    assert running.client.get("/kind3").text == "x /kind3"
    assert running.client.post("/kind0").status_code == 405
    assert running.client.get("/v1/evidence/0x00").json()["code"] == "malformed"


def test_the_first_segment() -> None:
    assert [first_segment(path) for path in ("/a/b", "/a", "/", "", "//a")] == ["a", "a", "", "", ""]
