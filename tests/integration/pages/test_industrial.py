"""An industrial-internet identifier leads where the product's GS1 address leads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from api.pages.mount import page_parts, page_routers
from ledger.domain.identifiers import RegisteredIdentifier, parse_industrial
from ledger.store.identifiers import IdentifierRegistry
from tests.support.service import served
from verifier.identifiers import parse_party

GTIN = "09520000000011"
GMN = "1987654Ad4X4bL5ttr2310c2K"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with served(tmp_path) as running:
        url = next(f"sqlite:///{found}" for found in sorted(tmp_path.rglob("*")) if found.read_bytes()[:6] == b"SQLite")
        registry = IdentifierRegistry.open(url)
        party = parse_party("uscc:91210100MA0H0EXAM6", "")
        for code, product in (("88.118.8/fridge-300", GTIN), ("86.1000.7/线".replace("线", "x?y"), f"8013:{GMN}")):
            registry.register(
                RegisteredIdentifier(identifier=parse_industrial(code), product=product, party=party, registered_at=1)
            )
        parts = page_parts(running.service, identifiers=registry)
        with TestClient(create_app(running.service, extra=page_routers(parts)), follow_redirects=False) as made:
            yield made
        registry.close()


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/id/88.118.8/fridge-300", f"/01/{GTIN}"),
        ("/id/88.118.8/fridge-300?linkType=all", f"/01/{GTIN}?linkType=all"),
        ("/id/86.1000.7/x%3Fy", f"/8013/{GMN}"),
    ],
)
def test_a_registered_identifier_leads_to_its_product(client: TestClient, asked: str, leads_to: str) -> None:
    answer = client.get(asked)
    assert (answer.status_code, answer.headers["location"]) == (307, leads_to)


@pytest.mark.parametrize(
    ("asked", "status"),
    [("/id/88.118.8/unknown", 404), ("/id/87.1.1/x", 400), ("/id/88.118.8/", 400), ("/id/%E7%A2%B3", 400)],
)
def test_an_unknown_one_is_not_found_and_another_text_is_refused(client: TestClient, asked: str, status: int) -> None:
    answer = client.get(asked)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
