"""The portal's lists over more certificates than a page: filters, ends, empty pages, counts, and how long one page may judge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from api.pages import overview as overview_module
from api.pages.mount import page_routers
from api.pages.overview import Rested, ordered_counts
from api.pages.parts import PageParts, page_parts
from api.pages.routes import portal
from api.pages.statuses import BUDGET_SECONDS, Reviews
from ledger.domain.catalogue import Listed
from ledger.domain.store_errors import StoreUnavailableError
from tests.support import bodies
from tests.support.ledger import MemoryBook, OwnedClock, certificate
from tests.support.pages import Read, read
from tests.support.service import Served, served

COUNT = 33
ENGLISH = {"Accept-Language": "en"}


class Site:
    """The pages of a ledger with COUNT certificates, none anchored: all are pending."""

    def __init__(self, running: Served) -> None:
        self.running = running
        self.parts: PageParts = page_parts(running.service)
        self.client = TestClient(create_app(running.service, extra=page_routers(self.parts)))

    def page(self, path: str, **options: Any) -> Read:
        answer = self.client.get(path, **options)
        assert answer.status_code == 200, answer.text
        found = read(answer.content)
        assert found.balanced
        return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("lists")) as running:
        list(running.host.ingest(certificate(number) for number in range(COUNT)))
        running.host.integrate()
        yield Site(running)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page looks at ten certificates, five at a time."""
    monkeypatch.setattr(portal, "LOOKED_AT", 10)
    monkeypatch.setattr(portal, "CHUNK", 5)


def certificates(page: Read) -> list[str]:
    return [link["href"] for link in page.all("a") if (link["href"] or "").startswith("/certificates/0x")]  # type: ignore[misc]


def button(page: Read) -> str | None:
    found = [link["href"] for link in page.all("a") if link.get("class") == "button"]
    return found[0] if found else None


def test_pages_have_every_certificate_once(site: Site) -> None:
    seen: list[str] = []
    path: str | None = "/certificates"
    while path is not None:
        page = site.page(path)
        seen += certificates(page)
        following = button(page)
        path = None if following is None else "/certificates" + following
    assert len(seen) == len(set(seen)) == COUNT
    assert site.page("/certificates?before=0").text.count("后面没有了") == 1


def test_a_filter_goes_through_all_pages(site: Site, few: None) -> None:
    seen: list[str] = []
    path: str | None = "/certificates?state=pending&q=tj-2026"
    while path is not None:
        page = site.page(path)
        seen += certificates(page)
        following = button(page)
        path = None if following is None else "/certificates" + following
    assert len(seen) == len(set(seen)) == COUNT


def test_an_empty_page_with_more_to_look_at_says_so_and_leads_on(site: Site, few: None) -> None:
    page = site.page("/certificates?state=withdrawn&q=tj")
    assert "在刚才查看的 10 张证书中，没有状态为「撤销」的" in page.text
    assert "账本里还没有证书" not in page.text
    links = {link["href"] for link in page.all("a")}
    assert "?q=tj" in links, "the filter can be taken off"
    pages, path = 0, button(page)
    while path is not None:
        pages += 1
        asked = parse_qs(urlsplit(path).query)
        assert (asked["state"], asked["q"]) == (["withdrawn"], ["tj"])
        last = site.page("/certificates" + path)
        path = button(last)
    assert pages == 3
    assert "后面没有了" in last.text
    assert "?q=tj&state=withdrawn" in {link["href"] for link in last.all("a")}, "back to the start keeps the filter"
    english = site.page("/certificates?state=withdrawn", headers=ENGLISH)
    assert "None of the 10 certificates just looked at has the status “Withdrawn”" in english.text
    assert "Look further back" in english.text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/certificates?state=withdrawn", "没有状态为「撤销」的证书"),
        ("/certificates?q=nothing-such", "没有符合的证书"),
        ("/certificates?q=nothing-such&state=expired", "没有状态为「已过期」的证书"),
        ("/certificates?state=nonsense", "TJ-2026-000032"),
    ],
)
def test_other_ends_have_their_own_words(site: Site, path: str, text: str) -> None:
    page = site.page(path)
    assert text in page.text
    assert "账本里还没有证书" not in page.text


def test_an_empty_ledger_says_so(tmp_path: Path) -> None:
    with served(tmp_path) as running:
        site = Site(running)
        assert "账本里还没有证书" in site.page("/certificates").text
        assert "账本里还没有证书" in site.page("/").text
        assert site.client.get(f"/parties/{bodies.HOLDER}").status_code == 404


def test_what_is_not_known_is_told(tmp_path: Path) -> None:
    book = MemoryBook()
    with served(tmp_path, anchors=book) as running:
        list(running.host.ingest(certificate(number) for number in range(3)))
        running.host.integrate()
        book.anchor(running.host, running.clock.now() + 1)
        running.clock.pass_time(5)
        page = Site(running).page("/certificates?state=active")
        assert "没有状态为「有效」的证书" in page.text
        assert "其中 3 张的状态现在还不清楚" in page.text, "there is no node to ask"


def test_figures_are_those_of_all_certificates(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.catalogue.PIECE", 7)
    overview = page_parts(site.running.service).overviews
    assert overview.overview().counts == {"pending": COUNT}
    assert overview.overview().totals.certificates == COUNT
    assert overview.overview().categories == (
        ("urn:pact:tanji.example:category:refrigerator", COUNT, {"pending": COUNT}),
    )  # fmt: skip
    for party in (bodies.HOLDER, bodies.CERTIFIER):
        assert overview.of_party(party) == {"pending": COUNT}
        assert str(COUNT) in site.page(f"/parties/{party}").text
    assert overview.of_party(bodies.REGULATOR) == {}
    assert len(site.client.get("/open-data/certificates.ndjson").text.splitlines()) == COUNT
    assert str(COUNT) in site.page("/").text


# ---------------------------------------------------------------- how long one page may judge


def listed(count: int) -> list[Listed]:
    return [Listed(number, bytes([number]) * 32, bodies.CERTIFIER, bytes(32), "x", 0, 2**40) for number in range(count)]  # type: ignore[arg-type]


def test_pieces_of_one_page_share_its_budget(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, judged = OwnedClock(), list[bytes]()

    def judge(_self: Reviews, statement: bytes) -> bool:
        judged.append(statement)
        clock.pass_time(1)
        return True

    monkeypatch.setattr(Reviews, "_judge", judge)
    parts = page_parts(site.running.service)
    monkeypatch.setattr(parts.statuses, "_clock", clock)
    monkeypatch.setattr(parts.statuses, "_anchored", lambda: 20)
    object.__setattr__(site.running.service, "clock", clock)
    cards = listed(20)
    parts.statuses.states(listed(23)[20:])
    assert judged == [], "what is not anchored is pending, judged or not"
    for round_ in range(1, 4):
        until = parts.statuses.deadline()
        assert until == clock.monotonic() + BUDGET_SECONDS
        for at in range(0, 20, 5):
            assert len(parts.statuses.states(cards[at : at + 5], until)) == 5
        assert judged == [one.statement for one in cards[:round_]], "one a page here, and the next goes on"
    parts.statuses.review(cards)
    assert judged == [one.statement for one in cards], "before the doors open all are, each once"


# ---------------------------------------------------------------- figures that are made seldom


class Ticking:
    """`time` for the overview: it passes only when told to."""

    def __init__(self) -> None:
        self.at = 0.0

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Ticking:
    made = Ticking()
    monkeypatch.setattr(overview_module, "time", made)
    return made


def made_by(ticking: Ticking, took: float) -> tuple[Rested[int], list[int]]:
    made: list[int] = []

    def make() -> int:
        ticking.at += took
        made.append(len(made))
        return made[-1]

    return Rested(make), made


def test_what_is_quick_is_made_anew_after_its_rest(ticking: Ticking) -> None:
    rested, made = made_by(ticking, 0.01)
    assert [rested.now(), rested.now()] == [0, 0]
    ticking.at += 0.19
    assert rested.now() == 0
    ticking.at += 0.02
    assert rested.now() == 1
    assert len(made) == 2


def test_nobody_waits_for_what_is_slow_while_there_is_an_old_one(ticking: Ticking) -> None:
    rested, made = made_by(ticking, 1.0)
    assert rested.now() == 0
    ticking.at += 21
    assert rested.now() == 0, "it is made beside the request"
    while len(made) < 2 or rested._making.locked():
        pass
    assert rested.now() == 1
    ticking.at += 20 + overview_module.STALE_SECONDS + 1
    assert rested.now() == 2, "one that is too old is not shown"


def test_a_failure_beside_is_told_once_the_old_one_is_too_old(ticking: Ticking) -> None:
    failing = False

    def make() -> int:
        ticking.at += 1.0
        if failing:
            raise StoreUnavailableError("away")
        return 7

    rested = Rested(make)
    assert rested.now() == 7
    failing = True
    ticking.at += 21
    assert rested.now() == 7
    while rested._making.locked():
        pass
    ticking.at += overview_module.STALE_SECONDS + 1
    with pytest.raises(StoreUnavailableError):
        rested.now()


def test_counts_stand_in_the_order_states_are_told_in() -> None:
    assert list(ordered_counts(["unknown", "expired", "active", "expired"]).items()) == [
        ("active", 1), ("expired", 2), ("unknown", 1),
    ]  # fmt: skip
