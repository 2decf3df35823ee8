"""The demo's forgeries as data: named, told apart, each caught by a check that exists, all families there."""

from __future__ import annotations

from collections import Counter

from api.demo.doubtful import DOUBTS, SPOILT
from api.demo.forgeries.catalogue import FORGERIES
from api.demo.forgeries.names import NAMES
from api.demo.report import FAMILIES
from verifier.verdict import CheckId


def test_every_forgery_has_a_name_of_its_own() -> None:
    slugs = [forgery.slug for forgery in FORGERIES]
    assert max(Counter(slugs).values()) == 1
    assert set(slugs) == set(NAMES)
    assert max(Counter(NAMES.values()).values()) == 1


def test_every_forgery_is_caught_by_a_check_that_exists() -> None:
    known = {str(check) for check in CheckId}
    assert {forgery.check for forgery in FORGERIES} <= known
    assert {doubt.check for doubt in DOUBTS} <= known


def test_no_family_is_left_out() -> None:
    families = Counter(forgery.row[0] for forgery in FORGERIES)
    assert set(families) == {letter for letter, _, _ in FAMILIES}
    assert len(FORGERIES) >= 25


def test_most_checks_of_the_ladder_catch_something() -> None:
    caught = {forgery.check for forgery in FORGERIES}
    assert len(caught) >= 14
    assert {spoilt.row for spoilt in SPOILT} >= {"A02", "A05", "A06", "A08", "B01"}
