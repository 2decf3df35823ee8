"""The route that is found by the first segment is the one the framework would find; all else goes the framework's way."""

from __future__ import annotations

import pytest
from starlette.routing import Match

from api.http.routing import first_segment
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


def test_the_first_segment() -> None:
    assert [first_segment(path) for path in ("/a/b", "/a", "/", "", "//a")] == ["a", "a", "", "", ""]
