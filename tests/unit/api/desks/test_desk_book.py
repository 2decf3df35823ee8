"""What the log holds by issuer, newest first, over entries that a dishonest operator may have put there."""

from __future__ import annotations

from api.desks.book import LedgerBook
from tests.support import bodies
from tests.support.desk_book import Shelf
from tests.support.ledger import CERTIFIER_KEY, HOLDER_KEY, NOW, REGULATOR_KEY, footprint_body, sign
from verifier.bodies import parse_rule
from verifier.statement import Statement, parse_statement
from verifier.types import StatementId


def footprint(number: int) -> Statement:
    return parse_statement(sign("footprint", bodies.HOLDER, footprint_body(number), HOLDER_KEY))


def rule(code: str, issuer: str = bodies.REGULATOR) -> Statement:
    return parse_statement(sign("rule", issuer, {**bodies.body("rule"), "code": code}, REGULATOR_KEY))


def test_footprints_newest_first_each_once_and_page_by_page() -> None:
    shelf = Shelf()
    made = [shelf.put(footprint(number)) for number in range(4)]
    shelf.put(footprint(1))  # submitted again
    book = LedgerBook(shelf, shelf)
    assert [one.statement for one in book.footprints(limit=10)] == [made[1], made[3], made[2], made[0]]
    first = book.footprints(bodies.HOLDER, limit=2)
    assert [one.statement for one in first] == [made[1], made[3]]
    assert [one.statement for one in book.footprints(bodies.HOLDER, before=first[-1].index, limit=2)] == [
        made[2],
        made[1],
    ]
    assert book.footprints(bodies.CERTIFIER, limit=10) == []


def test_a_footprint_is_found_by_its_id_and_a_certificate_is_none() -> None:
    shelf = Shelf()
    identity = shelf.put(footprint(1))
    other = shelf.put(rule("A"))
    book = LedgerBook(shelf, shelf)
    found = book.footprint(identity)
    assert found is not None
    assert (found.issuer, found.issued_at, found.index) == (bodies.HOLDER, NOW, 0)
    assert book.footprint(other) is None
    assert book.footprint(StatementId(bytes(32))) is None


def test_entries_that_are_none_and_bodies_that_are_none_are_passed_over() -> None:
    shelf = Shelf()
    shelf.put(footprint(1), b"no entry at all")
    shelf.put(footprint(2), kind="labels")
    shelf.put(footprint(3), kind="rule")
    good = shelf.put(footprint(4))
    book = LedgerBook(shelf, shelf)
    assert [one.statement for one in book.footprints(limit=10)] == [good]
    assert book.batches_of(bodies.HOLDER, limit=10) == []
    assert book.rules() == ()


def test_batches_and_rules_are_read_with_their_bodies() -> None:
    shelf = Shelf()
    shelf.put(parse_statement(sign("labels", bodies.HOLDER, bodies.body("labels"), HOLDER_KEY)))
    old, new = shelf.put(rule("OLD")), shelf.put(rule("NEW"))
    shelf.put(parse_statement(sign("rule", bodies.CERTIFIER, bodies.body("rule"), CERTIFIER_KEY)))
    book = LedgerBook(shelf, shelf)
    (batch,) = book.batches_of(bodies.HOLDER, limit=10)
    assert (batch.labels.batch, batch.labels.count) == ("B2026-04", 500)
    assert [one.statement for one in book.rules()][1:] == [new, old]
    assert book.rules()[1].rule == parse_rule({**bodies.body("rule"), "code": "NEW"})
    assert book.rules()[0].issuer == bodies.CERTIFIER, "who may set rules is asked elsewhere"
