"""What awaits a certifier, over a real ledger; the states are given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.desks.awaiting import NEAR_END, SHOWN, Awaiting, awaiting, certified_of, issued_by
from api.desks.parts import DeskParts, desk_parts
from api.pages.mount import page_parts
from tests.support import bodies
from tests.support.ledger import CERTIFIER_KEY, HOLDER_KEY, NOW, certificate_body, footprint_body, sign
from tests.support.service import Served, served
from verifier.canonical import canonicalize
from verifier.statement import parse_statement, statement_id
from verifier.types import StatementId

FAR = NOW + NEAR_END + 100


@dataclass
class Ledger:
    """A ledger whose statements are submitted as they come."""

    running: Served
    parts: DeskParts

    def log(self, document: dict[str, Any]) -> StatementId:
        answer = self.running.client.post(
            "/v1/statements", content=canonicalize(document), headers={"content-type": "application/json"}
        )
        assert answer.status_code == 201, answer.text
        self.running.host.integrate()
        return statement_id(parse_statement(document))

    def footprint(self, number: int) -> StatementId:
        return self.log(sign("footprint", bodies.HOLDER, footprint_body(number), HOLDER_KEY))

    def certificate(self, number: int, footprint: int = 0, until: int = FAR, **changes: Any) -> StatementId:
        body = certificate_body(number, footprint, validFrom=NOW - 10, validUntil=until, **changes)
        del body["grade"]
        return self.log(sign("certificate", bodies.CERTIFIER, body, CERTIFIER_KEY))

    def awaits(self, states: dict[StatementId, str] | None = None) -> Awaiting:
        listed = issued_by(self.parts, bodies.CERTIFIER)
        known = {one.statement: "active" for one in listed} | (states or {})
        return awaiting(self.parts, bodies.CERTIFIER, listed, known)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with served(tmp_path) as running:
        yield Ledger(running=running, parts=desk_parts(page_parts(running.service)))


def test_nothing_awaits_where_nothing_is(ledger: Ledger) -> None:
    found = ledger.awaits()
    assert (found.count, found.footprints, found.ending, found.suspended, found.replaced) == (0, (), (), (), ())


def test_a_footprint_waits_until_a_certificate_names_it(ledger: Ledger) -> None:
    made = [ledger.footprint(number) for number in range(3)]
    assert [one.statement for one in ledger.awaits().footprints] == made[::-1]
    ledger.certificate(1, footprint=1)
    assert [one.statement for one in ledger.awaits().footprints] == [made[2], made[0]]
    assert certified_of(ledger.parts, bodies.HOLDER) == {made[1]}
    assert awaiting(ledger.parts, bodies.HOLDER, [], {}).footprints == (), "one's own is nobody's to certify"


def test_no_more_is_shown_than_fits(ledger: Ledger) -> None:
    for number in range(SHOWN + 5):
        ledger.footprint(number)
    found = ledger.awaits()
    assert (len(found.footprints), found.count) == (SHOWN, SHOWN)


def test_ends_soonest_first_and_only_of_what_is_in_force(ledger: Ledger) -> None:
    ledger.footprint(0)
    late = ledger.certificate(1, until=NOW + NEAR_END)
    soon = ledger.certificate(2, until=NOW + 86_400)
    ledger.certificate(3, until=NOW + NEAR_END + 1)
    gone = ledger.certificate(4, until=NOW + 50)
    found = ledger.awaits({gone: "withdrawn"})
    assert [one.statement for one in found.ending] == [soon, late]


def test_the_suspended_wait_for_a_decision(ledger: Ledger) -> None:
    ledger.footprint(0)
    one, two = ledger.certificate(1), ledger.certificate(2)
    found = ledger.awaits({one: "suspended", two: "withdrawn"})
    assert [card.statement for card in found.suspended] == [one]


def test_what_is_replaced_is_to_be_marked_so_and_not_renewed(ledger: Ledger) -> None:
    ledger.footprint(0)
    old = ledger.certificate(1, until=NOW + 86_400)
    new = ledger.certificate(1, until=NOW + 86_400, version=2, replaces="0x" + old.hex())
    found = ledger.awaits()
    assert [(one.statement, other.statement) for one, other in found.replaced] == [(old, new)]
    assert [one.statement for one in found.ending] == [new]
    assert ledger.awaits({old: "superseded"}).replaced == ()


def test_lists_are_ones_own_certificates_newest_first(ledger: Ledger) -> None:
    ledger.footprint(0)
    made = [ledger.certificate(number) for number in range(3)]
    assert [one.statement for one in issued_by(ledger.parts, bodies.CERTIFIER)] == made[::-1]
    assert issued_by(ledger.parts, bodies.HOLDER) == [], "held, not issued"
