"""Industrial-internet identifiers: their form, and that one keeps its meaning."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.domain.identifiers import (
    IdentifierError,
    IdentifierTakenError,
    RegisteredIdentifier,
    parse_industrial,
)
from ledger.store.engines import parse_url, writing_engine
from ledger.store.identifiers import IdentifierReader, IdentifierRegistry
from ledger.store.schema import migrate
from tests.support import bodies
from verifier.identifiers import Party


@pytest.fixture
def registry(database_url: str) -> Iterator[IdentifierRegistry]:
    engine = writing_engine(parse_url(database_url))
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()
    registry = IdentifierRegistry.open(database_url)
    yield registry
    registry.close()


def wanted(text: str, product: str = bodies.GTIN, party: str = bodies.HOLDER) -> RegisteredIdentifier:
    return RegisteredIdentifier(
        identifier=parse_industrial(text), product=product, party=Party(party), registered_at=1_790_000_000
    )


def test_registered_once_and_found(registry: IdentifierRegistry, database_url: str) -> None:
    made = registry.register(wanted("88.118.8/fridge-300"))
    again = registry.register(wanted("88.118.8/fridge-300"))
    assert again == made
    other = registry.register(wanted("86.1000.11/A?b=c"))
    reader = IdentifierReader.open(database_url)
    assert reader.find(made.identifier) == made
    assert reader.find(parse_industrial("88.118.8/Fridge-300")) is None
    assert reader.of_product(bodies.GTIN) == [other, made]
    reader.close()


@pytest.mark.parametrize("change", [{"product": "06901234567908"}, {"party": bodies.CERTIFIER}])
def test_it_keeps_its_meaning(registry: IdentifierRegistry, change: dict[str, str]) -> None:
    registry.register(wanted("88.118.8/x"))
    with pytest.raises(IdentifierTakenError) as caught:
        registry.register(wanted("88.118.8/x", **change))
    assert (caught.value.product, caught.value.party) == (bodies.GTIN, bodies.HOLDER)


@pytest.mark.parametrize(
    "text",
    [
        "", "88.118.8", "88.118.8/", "87.118.8/x", "88.118/x", "88.118.8.9/x", "88..8/x", "88.118.8/a b", "88.118.8/标识",
        "８8.118.8/x", "88.118.8/x\n", " 88.118.8/x", "88.1١8.8/x", "88.118.8/" + "x" * 300,
    ],
)  # fmt: skip
def test_what_is_no_identifier(text: str) -> None:
    with pytest.raises(IdentifierError):
        parse_industrial(text)
