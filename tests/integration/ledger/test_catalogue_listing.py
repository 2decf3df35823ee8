"""`GET /v1/statements` over a catalogue that lags, moves or is being derived anew: every entry once, in order."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from api.http import listing as listing_module
from api.http.listing import Listing
from ledger.ports.catalogue import EntryPlaces
from ledger.services.anchored import AnchorIndex
from ledger.services.lifecycle import Lifecycle
from ledger.store.reader import StoreReader
from tests.support import bodies
from tests.support.catalogue import Naive, Said, append, certificate, dishonest, keeper_of, labels, said
from tests.support.ledger import DEPLOYMENT, MemoryBook, OwnedClock

FILTERS = [
    (None, None),
    ("certificate", None),
    (None, bodies.HOLDER),
    ("labels", bodies.HOLDER),
    ("rule", None),
    ("none", "none"),
]


def mixed(count: int) -> list[Said]:
    log: list[Said] = []
    for number in range(count):
        log.append(certificate(f"M-{number}") if number % 3 else said("footprint", bodies.HOLDER, {"n": number}))
        if number % 5 == 0:
            log.append(labels(bytes(32), number, 1))
    return log


def listing_of(store: StoreReader, catalogue: EntryPlaces | None = None) -> Listing:
    shelf = AnchorIndex(MemoryBook(), OwnedClock())
    return Listing(
        origin=DEPLOYMENT.origin,
        store=store,
        catalogue=catalogue or store.catalogue(),
        shelf=shelf,
        life=Lifecycle(store=store, anchors=shelf),
    )


def all_pages(listing: Listing, kind: str | None, issuer: str | None, limit: int) -> list[int]:
    seen: list[int] = []
    first: int | None = 0
    while first is not None:
        page = listing.page(kind=kind, issuer=issuer, first=first, limit=limit)
        assert len(page.items) <= limit
        seen += [int(str(one["index"])) for one in page.items]
        assert page.following is None or page.following > first, "a cursor that goes on"
        first = page.following
    return seen


@pytest.mark.parametrize("known", [0, 1, 17, 40, 10_000])
def test_however_far_the_catalogue_is(database_url: str, known: int) -> None:
    log = mixed(40)
    append(database_url, log)
    keeper_of(database_url).catch_up(known) if known else None
    store = StoreReader.open(database_url)
    for kind, issuer in FILTERS:
        for limit in (1, 2, 7, 200):
            assert all_pages(listing_of(store), kind, issuer, limit) == Naive(log).places(kind, issuer)
    store.close()


def test_a_cursor_beyond_the_catalogue_and_beyond_the_log(database_url: str) -> None:
    log = mixed(30)
    append(database_url, log)
    keeper_of(database_url).catch_up(10)
    store = StoreReader.open(database_url)
    listing = listing_of(store)
    for first in (9, 10, 11, 25, len(log) - 1, len(log), len(log) + 1, 10**9):
        for kind, issuer in FILTERS:
            page = listing.page(kind=kind, issuer=issuer, first=first, limit=200)
            assert [one["index"] for one in page.items] == [
                index for index in Naive(log).places(kind, issuer) if index >= first
            ]
            assert page.following is None
    store.close()


def test_a_page_that_is_exactly_full_at_the_end_has_no_next(database_url: str) -> None:
    log = [certificate(f"M-{number}") for number in range(10)]
    append(database_url, log)
    store = StoreReader.open(database_url)
    for known in (4, 10):
        keeper_of(database_url).catch_up(known)
        for kind in (None, "certificate"):
            page = listing_of(store).page(kind=kind, issuer=None, first=0, limit=10)
            assert (len(page.items), page.following) == (10, None)
            page = listing_of(store).page(kind=kind, issuer=None, first=0, limit=9)
            assert (len(page.items), page.following) == (9, 9)
    store.close()


def test_few_that_fit_give_short_pages_with_a_next(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_module, "LOOKED_AT", 8)
    log = [*(certificate(f"M-{number}") for number in range(30)), said("rule", bodies.REGULATOR, bodies.body("rule"))]
    append(database_url, log)
    store = StoreReader.open(database_url)
    listing = listing_of(store)
    page = listing.page(kind="rule", issuer=None, first=0, limit=5)
    assert (page.items, page.following) == ((), 8)
    assert all_pages(listing, "rule", None, 5) == [30]
    keeper_of(database_url).catch_up()
    page = listing.page(kind="rule", issuer=None, first=0, limit=5)
    assert ([one["index"] for one in page.items], page.following) == ([30], None), "known, it is found at once"
    store.close()


def test_what_nobody_can_read_is_left_out_and_stops_nothing(database_url: str) -> None:
    log = [certificate("A"), *dishonest(), certificate("B")]
    readable = [
        0,
        *(index for index, one in enumerate(log) if one.data.startswith(b'{"body"') and one.kind),
        len(log) - 1,
    ]
    append(database_url, log)
    store = StoreReader.open(database_url)
    for known in (0, 5, len(log)):
        keeper_of(database_url).catch_up(known) if known else None
        for limit in (1, 3, 200):
            assert all_pages(listing_of(store), None, None, limit) == sorted({*readable})
            certificates = [index for index in sorted({*readable}) if log[index].kind == "certificate"]
            assert all_pages(listing_of(store), "certificate", None, limit) == certificates
    store.close()


@dataclass
class Moving:
    """A catalogue that somebody else works on between any two questions."""

    url: str
    places: EntryPlaces
    way: str

    def entry_places(self, *, kind: str | None, issuer: str | None, first: int, limit: int) -> tuple[int, list[int]]:
        keeper = keeper_of(self.url)
        if self.way == "clearing":
            keeper.start_over()
        keeper.step(5)
        try:
            return self.places.entry_places(kind=kind, issuer=issuer, first=first, limit=limit)
        finally:
            keeper.step(5)


@pytest.mark.parametrize("way", ["growing", "clearing"])
def test_the_catalogue_moves_meanwhile(database_url: str, way: str) -> None:
    log = mixed(40)
    append(database_url, log)
    keeper_of(database_url).catch_up(10 if way == "growing" else None)
    store = StoreReader.open(database_url)
    listing = listing_of(store, Moving(database_url, store.catalogue(), way))
    assert all_pages(listing, "certificate", None, 3) == Naive(log).places("certificate", None)
    store.close()
