"""What /recheck hands to the reader's browser: the very inputs of the verdict, from which it is reached again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from api.pages.mount import page_parts, page_routers
from tests.support.labels import genuine_label
from tests.support.service import served
from verifier.saved import parse_saved, replay, same_verdict


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with served(tmp_path) as running:
        app = create_app(running.service, extra=page_routers(page_parts(running.service)))
        with TestClient(app, raise_server_exceptions=False) as made:
            yield made


def test_a_label_unknown_here_is_judged_without_evidence_and_reached_again(client: TestClient) -> None:
    text = genuine_label().document["label"]["text"]
    given = client.get("/recheck?" + urlencode({"label": text}))
    saved = parse_saved(given.content)
    assert given.status_code == 200
    assert given.headers["cache-control"] == "no-store"
    assert saved.text == text
    assert saved.evidence.certificate is None
    assert same_verdict(saved, replay(saved))
    assert saved.verdict["outcome"] == "inconclusive"


@pytest.mark.parametrize(
    "query",
    ["", "label=", "label=x&statement=0x" + "00" * 32, "label=" + "x" * 600, "statement=0x12", "verdict=authentic"],
)
def test_anything_else_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/recheck?{query}").status_code == 400


def test_a_statement_unknown_here_is_not_found(client: TestClient) -> None:
    assert client.get("/recheck?statement=0x" + "11" * 32).status_code == 404
