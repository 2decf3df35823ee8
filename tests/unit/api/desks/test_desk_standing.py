"""A party's standing from the registry's answer; ties and what is stolen count against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from api.desks.standing import Grant, Interval, Key, Standing, standing_of
from api.http.errors import NoChainError, UnknownError
from ledger.domain.chain_errors import ChainUnavailableError
from tests.support.ledger import NOW, OwnedClock
from verifier.contracts import scope_of
from verifier.encoding import to_hex

CATEGORY = "urn:a:b"
KEY = {"address": "0x0", "purposes": ["certificate"], "from": NOW - 10, "until": None, "compromisedSince": None}
GRANT = {
    "purpose": "certificate",
    "scope": to_hex(scope_of(CATEGORY)),
    "intervals": [{"from": NOW - 10, "until": None}],
}


@dataclass
class Registry:
    """Answers as `RegistryDesk.party` does, or raises."""

    answer: Any

    def registries(self) -> Registry:
        return self

    def party(self, _party: str) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @property
    def clock(self) -> OwnedClock:
        return OwnedClock()


def standing(keys: list[dict[str, Any]], grants: list[dict[str, Any]], block: int = NOW, scopes: tuple[str, ...] = (CATEGORY,)) -> Standing:  # fmt: skip
    answer = {"block": {"time": block}, "keys": keys, "grants": grants}
    return standing_of(Registry(answer), "uscc:x", scopes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("starts", "ends", "expected"), [(9, None, True), (10, None, False), (9, 10, False), (9, 11, True)]
)
def test_a_tie_counts_against(starts: int, ends: int | None, expected: bool) -> None:
    assert Interval(starts_at=starts, ends_at=ends).in_force_at(10) is expected


def test_scopes_have_names_where_they_are_known() -> None:
    found = standing([KEY], [GRANT, {**GRANT, "scope": None, "purpose": "footprint"}, {**GRANT, "scope": "0xdead"}])
    assert [one.scope for one in found.grants] == [CATEGORY, "", "0xdead"]
    assert found.categories("certificate") == {CATEGORY, "0xdead"}
    assert found.can("certificate")
    assert not found.can("status")


def test_what_has_ended_has_not_begun_or_was_stolen_is_not_in_force() -> None:
    ended = {**GRANT, "intervals": [{"from": NOW - 10, "until": NOW}]}
    assert standing([KEY], [ended]).categories("certificate") == frozenset()
    for key in ({**KEY, "until": NOW}, {**KEY, "from": NOW}, {**KEY, "compromisedSince": NOW + 100}):
        assert not standing([key], []).can("certificate")


def test_a_chain_ahead_of_our_clock_decides() -> None:
    assert not standing([{**KEY, "until": NOW + 50}], [], block=NOW + 60).can("certificate")


@pytest.mark.parametrize("error", [NoChainError(), ChainUnavailableError("node", "away")])
def test_a_node_that_cannot_be_asked_is_not_a_no(error: Exception) -> None:
    found = standing_of(Registry(error), "uscc:x", ())  # type: ignore[arg-type]
    assert (found.known, found.registered) == (False, False)


def test_a_party_nobody_registered_is_known_not_to_be() -> None:
    found = standing_of(Registry(UnknownError("no such party")), "uscc:x", ())  # type: ignore[arg-type]
    assert (found.known, found.registered) == (True, False)


def test_the_parts_are_plain_values() -> None:
    interval = Interval(starts_at=1, ends_at=None)
    grant = Grant(purpose="rule", scope="", intervals=(interval,), in_force=True)
    key = Key(address="0x0", purposes=("rule",), interval=interval, compromised_since=None, in_force=True)
    found = Standing(known=True, registered=True, keys=(key,), grants=(grant,))
    assert found.categories("rule") == {""}
    assert found.can("rule")
