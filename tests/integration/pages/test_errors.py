"""Errors as pages for browsers, as problems for everybody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from api.http.compose import edge_settings
from api.pages.errors import error_pages
from api.pages.mount import page_parts, page_routers
from tests.support.pages import read
from tests.support.service import served

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en"}


def client_of(directory: Path, **changes: object) -> Iterator[TestClient]:
    with served(directory, **changes) as running:
        parts = page_parts(running.service)
        app = create_app(running.service, extra=page_routers(parts), page_for=error_pages(parts.pages))
        with TestClient(app, raise_server_exceptions=False) as made:
            yield made


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    yield from client_of(tmp_path_factory.mktemp("errors"))


def test_a_browser_gets_a_page_in_its_language_and_others_a_problem(client: TestClient) -> None:
    page = client.get("/no/such/page", headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "No such page" in page.text
    assert "没有这个页面" in client.get("/no/such/page?lang=zh", headers=BROWSER).text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert read(page.content).balanced
    problem = client.get("/no/such/page")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["code"] == "http.not-found"


@pytest.mark.parametrize("path", ["/v1/nothing", "/log/nothing", "/recheck", "/.well-known/nothing"])
def test_the_apis_paths_answer_with_problems_to_browsers_too(client: TestClient, path: str) -> None:
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code in (400, 404)
    assert "html" not in answer.headers["content-type"]


def test_what_was_sent_is_not_in_the_page(client: TestClient) -> None:
    assert "<script>" not in client.get("/%3Cscript%3Ealert(1)%3C/script%3E?a=<b>", headers=BROWSER).text


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/pin", 405), ("POST", "/report", 415), ("POST", "/pin", 415)]
)
def test_other_refusals_are_pages_as_well(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert (status == 405) == ("allow" in answer.headers)


def test_who_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    for client in client_of(tmp_path, edge=edge_settings(reads=1, writes=1, hsts=0)):
        answers = [client.get("/verify", headers=BROWSER) for _ in range(12)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "Too many requests" in answers[-1].text
