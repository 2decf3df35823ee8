"""The catalogue on both databases: what it says is what the entries say, derived again in the plainest way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api.pages.catalogue import Catalogue
from ledger.domain.findings import Finding, FindingCode
from ledger.domain.store_errors import SchemaError
from ledger.services.catalogue import CatalogueKeeper, compare_catalogue
from ledger.services.host import LedgerHost
from ledger.store import schema
from ledger.store.catalogue_writer import CatalogueStore
from ledger.store.engines import parse_url, writing_engine
from ledger.store.reader import StoreReader
from ledger.store.tables import ENTRIES, LEDGER, LOG_KEYS
from tests.support import bodies
from tests.support.catalogue import (
    GMN,
    GTINS,
    OTHER,
    Naive,
    Said,
    append,
    certificate,
    everything,
    keeper_of,
    labels,
    product,
    sequenced,
)
from tests.support.ledger import DEPLOYMENT, LOG_SIGNER, config
from verifier.types import StatementId

ROOT = Path(__file__).resolve().parents[3]


def taken_in(url: str, log: list[Said]) -> CatalogueKeeper:
    append(url, log)
    keeper = keeper_of(url)
    keeper.catch_up()
    return keeper


def certificates(first: int, upto: int, **changes: Any) -> list[Said]:
    return [certificate(f"N-{number:05d}", **changes) for number in range(first, upto)]


def findings(url: str) -> list[Finding]:
    found: list[Finding] = []
    reader = StoreReader.open(url)
    compare_catalogue(reader, reader.catalogue(), found.append)
    reader.close()
    return found


def execute(url: str, statement: str) -> None:
    engine = writing_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def check(url: str, log: list[Said]) -> None:
    """Everything lists can ask, against the naive derivation."""
    naive, reader = Naive(log), StoreReader.open(url)
    rows = reader.catalogue()
    assert rows.state() == (len(log), 0)
    kinds = {one.kind for one in log} | {"none"}
    issuers = {one.issuer for one in log} | {"none"}
    for kind, issuer in [(kind, issuer) for kind in [None, *kinds] for issuer in [None, *issuers]]:
        expected = naive.places(kind, issuer)
        assert rows.entry_places(kind=kind, issuer=issuer, first=0, limit=10_000) == (len(log), expected)
        if kind is not None:
            newest = rows.newest_places(kind=kind, issuer=issuer, before=None, limit=10_000)
            assert newest == expected[::-1]
    assert [tuple(one) for one in rows.listed()] == naive.listed()
    assert {one.party: (one.issued, one.held) for one in rows.parties()} == naive.parties()
    products = naive.products()
    assert sorted(rows.products(after="", limit=10_000)) == sorted(products)
    for key, places in products.items():
        assert [row[0] for row in rows.of_product(key, limit=10_000)] == places[::-1]
        assert rows.knows(key)
    for party in naive.parties():
        mine = [
            index for index, one in naive.firsts("certificate").items()
            if party in (one.issuer, one.body["holder"])  # type: ignore[index]
        ]  # fmt: skip
        assert [row[0] for row in rows.of_party(party, limit=10_000)] == mine[::-1]
        assert [one.leaf_index for one in rows.listed(party=party)] == mine
    for index, one in naive.firsts("certificate").items():
        assert rows.certificate(StatementId(one.statement)) == (index, one.statement, one.data)
    asked = [StatementId(one.statement) for one in log]
    assert rows.labels_under(asked) == {key: count for key, count in naive.labels().items() if key in set(asked)}
    for party in {one.issuer for one in naive.firsts("labels").values()}:
        own: dict[StatementId, int] = {}
        for one in naive.firsts("labels").values():
            certificate = StatementId(bytes.fromhex(str(one.body["certificate"])[2:]))
            if one.issuer == party and certificate in set(asked):
                own[certificate] = own.get(certificate, 0) + int(str(one.body["count"]))
        assert rows.labels_under(asked, issuer=party) == own
    totals = rows.totals()
    assert (totals.entries, totals.certificates) == (len(log), len(naive.firsts("certificate")))
    assert (totals.products, totals.parties) == (len(products), len(naive.parties()))
    assert totals.labels == sum(naive.labels().values())
    reader.close()
    assert findings(url) == []


@pytest.mark.parametrize("step", [1, 3, 7, 500])
def test_it_says_what_the_entries_say(database_url: str, step: int) -> None:
    log = everything()
    append(database_url, log)
    keeper = keeper_of(database_url)
    while keeper.step(step):
        pass
    check(database_url, log)
    more = [log[1], labels(log[1].statement, 15, 2), certificate("TJ-1", version=2), *everything()[7:]]
    append(database_url, more)
    assert keeper.catch_up() == len(more)
    assert keeper.catch_up() == 0
    check(database_url, log + more)


def test_an_empty_log_has_an_empty_catalogue(database_url: str) -> None:
    append(database_url, [])
    keeper = keeper_of(database_url)
    assert keeper.catch_up() == 0
    check(database_url, [])
    keeper.start_over()
    assert keeper.catch_up() == 0
    check(database_url, [])


def test_a_statement_counts_at_its_first_entry_whatever_the_steps(database_url: str) -> None:
    one, batch = certificate("A"), labels(certificate("A").statement, 0, 4)
    again = [certificate("A", signature=number) for number in range(1, 4)]
    log = [one, one, again[0], batch, batch, again[1], labels(one.statement, 0, 4, signature=7), again[2], one]
    append(database_url, log)
    keeper = keeper_of(database_url)
    keeper.step(1)
    keeper.step(4)
    keeper.catch_up()
    check(database_url, log)


def test_at_most_so_many_at_a_time(database_url: str) -> None:
    log = certificates(0, 450)
    append(database_url, log)
    keeper = keeper_of(database_url)
    assert [keeper.catch_up(300), keeper.catch_up(100), keeper.catch_up(300), keeper.catch_up(300)] == [300, 100, 50, 0]
    check(database_url, log)


# ---------------------------------------------------------------- searching and turning pages

SEARCHES = (
    ("冰箱",), ("电冰箱", "tj-1"), ("GROSSER",), ("grosser",), ("100%",), ("%",), ("_",), ("100%_a\\b",), ("\\",), ("'",),
    ("'x'",), ("TJ-",), ("tj-2",), ("洗衣机", "泵"), ("pump",), (GMN.lower(),), (GTINS[0],), (GTINS[0][3:9],), (OTHER,),
    (bodies.CERTIFIER,), ("bcd-500",), ("nothing such",), ("冰", "箱"), ("refrigerator",), ("%'; DROP TABLE entries; --",),
)  # fmt: skip


def test_search_takes_words_as_they_are(database_url: str) -> None:
    log = everything()
    keeper = taken_in(database_url, log)
    catalogue, naive = Catalogue(keeper.writer), Naive(log)  # type: ignore[arg-type]
    for words in SEARCHES:
        found = catalogue.page(" ".join(words), limit=100).cards
        expected = naive.search(*(word for text in words for word in text.split()))
        assert [card.index for card in found] == expected, words
        assert (catalogue.page("　 ".join(words)).cards == found) or len(words) == 1, "any white space parts words"
    assert [card.index for card in catalogue.page("", limit=100).cards] == naive.search()
    assert [card.index for card in catalogue.page("tj-1\0", limit=100).cards] == naive.search("tj-1")
    assert catalogue.product("8013:\0") is None
    assert not catalogue.knows("\0")
    assert catalogue.products(after="\0", limit=100)[0]


def test_pages_of_a_growing_log_have_no_gap_and_nothing_twice(database_url: str) -> None:
    log = [*certificates(0, 40), certificate("X-1")]
    keeper = taken_in(database_url, log)
    catalogue = Catalogue(keeper.writer)  # type: ignore[arg-type]
    seen: list[int] = []
    before: int | None = None
    while True:
        page = catalogue.page("n-", before=before, limit=7)
        seen += [card.index for card in page.cards]
        if page.following is None:
            break
        before = page.following
        append(database_url, [certificate(f"N-9{len(seen):04d}")])
        keeper.catch_up()
    assert seen == list(range(39, -1, -1)), "what came meanwhile is newer than the first page"
    assert [card.index for card in catalogue.page("n-", before=0).cards] == []
    assert catalogue.page("n-", limit=46).following is None


def test_products_and_open_data_in_pages(database_url: str) -> None:
    gtins = [f"{number:013d}" for number in range(0, 900, 20)]
    named = [one + str(-sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(one)) % 10) for one in gtins]
    log = [certificate(f"P-{place:03d}", products=[product(name, "x")]) for place, name in enumerate(named)]
    log += certificates(0, 300)
    catalogue = Catalogue(taken_in(database_url, log).writer)  # type: ignore[arg-type]
    seen: list[str] = []
    after = ""
    while True:
        shown, following = catalogue.products(after=after, limit=4)
        seen += [one.key for one in shown]
        if following is None:
            break
        after = following
    assert seen == sorted({*named, GTINS[0]})
    assert [card.index for card in catalogue.onwards()] == list(range(len(log)))


# ---------------------------------------------------------------- two at once, starting over


def workers(url: str, *steps: int) -> list[subprocess.Popen[str]]:
    return [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.catalogue", url, str(step)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for step in steps
    ]  # fmt: skip


def test_two_processes_keep_it_at_once(database_url: str) -> None:
    log = everything() + certificates(0, 300) + everything()
    append(database_url, log)
    for one in workers(database_url, 3, 5):
        assert one.communicate(timeout=120)[1] == ""
    check(database_url, log)


def test_derived_anew_while_another_process_keeps_it(database_url: str) -> None:
    log = everything() + certificates(0, 300)
    keeper = taken_in(database_url, log)
    keeper.start_over()
    for one in workers(database_url, 4):
        while keeper.step(7):
            size, clearing = keeper.writer.state()
            assert 0 <= size <= len(log)
            assert clearing in (0, 1)
        assert one.communicate(timeout=120)[1] == ""
    check(database_url, log)


def test_half_cleared_it_is_the_catalogue_of_a_shorter_log(database_url: str) -> None:
    log = everything() + certificates(0, 20) + everything()
    keeper = taken_in(database_url, log)
    keeper.start_over()
    assert keeper.writer.cut(9) == 9
    rows = keeper.writer
    assert rows.state() == (len(log) - 9, 1)
    naive = Naive(log[:-9])
    assert isinstance(rows, CatalogueStore)
    assert [tuple(one) for one in rows.listed()] == naive.listed()
    assert {one.party: (one.issued, one.held) for one in rows.parties()} == naive.parties()
    assert rows.entry_places(kind="certificate", issuer=None, first=0, limit=1_000)[1] == naive.places(
        "certificate", None
    )
    assert findings(database_url) == [], "while it is being cleared nothing is compared"
    keeper.catch_up()
    check(database_url, log)


def test_rows_of_nobody_go_too(database_url: str) -> None:
    log = everything()
    keeper = taken_in(database_url, log)
    execute(database_url, "INSERT INTO catalogue_products (product, leaf_index) VALUES ('x', 5000)")
    execute(database_url, "INSERT INTO catalogue_entries (leaf_index, kind, issuer) VALUES (900, 'a', 'b')")
    assert [one.place for one in findings(database_url)] == [f"catalogue beyond {len(log)}"]
    assert keeper.writer.entry_places(kind="a", issuer=None, first=0, limit=9) == (len(log), [])  # type: ignore[attr-defined]
    keeper.start_over()
    keeper.catch_up()
    check(database_url, log)


def test_without_its_state_it_is_made_again(database_url: str) -> None:
    log = everything()
    keeper = taken_in(database_url, log)
    execute(database_url, "DELETE FROM catalogue_state")
    keeper.start_over()
    keeper.catch_up()
    check(database_url, log)


# ---------------------------------------------------------------- fsck, migration

ALTERED = {
    "kind": "UPDATE catalogue_entries SET kind = 'rule' WHERE leaf_index = 1",
    "entry-gone": "DELETE FROM catalogue_entries WHERE leaf_index = 3",
    "number": "UPDATE catalogue_certificates SET number = 'TJ-9' WHERE leaf_index = 1",
    "terms": "UPDATE catalogue_certificates SET terms = 'nothing' WHERE leaf_index = 1",
    "period": "UPDATE catalogue_certificates SET valid_until = valid_until + 1 WHERE leaf_index = 1",
    "certificate-gone": "DELETE FROM catalogue_certificates WHERE leaf_index = 2",
    "product-gone": "DELETE FROM catalogue_products WHERE leaf_index = 1",
    "product-added": "INSERT INTO catalogue_products (product, leaf_index) VALUES ('x', 3)",
    "role": "UPDATE catalogue_parties SET role = 3 WHERE leaf_index = 1 AND role = 1",
    "party-added": "INSERT INTO catalogue_parties (party, leaf_index, role) VALUES ('x', 3, 1)",
    "labels": "UPDATE catalogue_batches SET count = 9999 WHERE leaf_index = 3",
    "batch-moved": "UPDATE catalogue_batches SET leaf_index = 6 WHERE leaf_index = 3",
}


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED)
def test_fsck_finds_what_was_altered_and_a_rebuild_mends_it(database_url: str, altered: str) -> None:
    log = everything()
    keeper = taken_in(database_url, log)
    execute(database_url, altered)
    (found,) = findings(database_url)
    assert (found.code, found.place) == (FindingCode.CATALOGUE_DIFFERS, f"catalogue 0..{len(log) - 1}")
    assert "--rebuild" in found.detail
    keeper.start_over()
    keeper.catch_up()
    check(database_url, log)


def test_what_lags_is_no_finding(database_url: str) -> None:
    append(database_url, certificates(0, 30))
    keeper = keeper_of(database_url)
    keeper.step(10)
    assert findings(database_url) == []


def test_a_log_from_before_the_catalogue_gets_one(database_url: str, tmp_path: Path) -> None:
    from alembic import command

    log = everything()
    engine = writing_engine(parse_url(database_url))
    with engine.begin() as connection:
        settings = schema._config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0006_confidential")
        connection.execute(sa.insert(LEDGER).values(id=1, origin=DEPLOYMENT.origin, epoch=3))
        connection.execute(sa.insert(LOG_KEYS).values(id=1, public_key=LOG_SIGNER.public_key))
        rows = [one._asdict() | {"log_key": 1, "leaf_index": one.index} for one in sequenced(log)]
        for row in rows:
            del row["index"]
        connection.execute(sa.insert(ENTRIES), rows)
    engine.dispose()
    with pytest.raises(SchemaError):
        StoreReader.open(database_url)
    host = LedgerHost.open(config(database_url, tmp_path / "log"))
    assert host.reader.size() == host.tree.size == len(log)
    assert [one.entry for one in host.reader.entries(0, len(log))] == [one.data for one in log]
    check(database_url, log)
    host.close()
