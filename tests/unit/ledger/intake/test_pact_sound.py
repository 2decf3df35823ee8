"""The quick question never answers yes where the slow one finds an error, and does answer yes to what is usual."""

from __future__ import annotations

import pytest

from ledger.intake import pact
from ledger.intake.pact import errors_of, scalars, sound, surely_sound, validate_footprint
from ledger.intake.pact.scalars import Rule
from tests.conformance.test_pact_reject import REJECTED
from tests.support import bodies
from tests.support.footprints import changed, footprint, put

RULES = [value for value in vars(scalars).values() if isinstance(value, Rule)]
TEXTS = [
    *(
        "",
        "0",
        "0.0",
        "0.000",
        "-0",
        "-0.0",
        "00",
        "01",
        "0.5",
        "-0.5",
        "-1",
        "1",
        "+1",
        "1.",
        ".5",
        "1e3",
        "12x",
        "1\n",
    ),
    *("5", "5.0", "5.1", "4.999", "0.9", "99.9", "100", "100.0", "100.1", "101", "٣", "０", "-00.1"),
    *("9" * 12, "9" * 13, "9" * 30, "9" * 31, "1." + "0" * 17 + "1", "1." + "0" * 19, "-" + "1" * 40),
    *("urn:a:b", "urn:tanji:footprint:1", "urn:", "urn:a", "urn:ab:c", "urn:ab:c d", "https://a.example/b", "a b", "x"),
    *("2026-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00+08:00"),
    *(
        "7b3e2f10-6a4c-4d2e-9b1f-000000000001",
        "7B3E2F10-6A4C-4D2E-9B1F-000000000001",
        "7b3e2f106a4c4d2e9b1f000000000001",
    ),
    *("名", "a·b", "a\tb", "a\nb", "「", "a" * 200, "a" * 201),
]
OTHERS: list[object] = [None, True, False, 0, 1, 1.0, [], ["a"], {}, {"a": 1}]


def hurried(rule: Rule, value: object) -> bool:
    try:
        return bool(rule.surely(value))
    except TypeError:
        return False


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_hurried_yes_is_a_yes(rule: Rule) -> None:
    assert [value for value in [*TEXTS, *OTHERS] if hurried(rule, value) and not rule.holds(value)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_hurried_rule_knows_some_value(rule: Rule) -> None:
    assert any(hurried(rule, value) for value in [*TEXTS, *OTHERS])


@pytest.mark.parametrize("name", REJECTED)
def test_what_is_rejected_is_not_surely_sound(name: str) -> None:
    assert not surely_sound(changed(REJECTED[name][1]))


@pytest.mark.parametrize("body", [footprint(), bodies.body("footprint")], ids=["full", "plain"])
def test_usual_footprints_are_surely_sound(body: dict[str, object]) -> None:
    assert errors_of(validate_footprint(body)) == ()
    assert surely_sound(body)


def test_warnings_do_not_matter() -> None:
    body = changed(put("/pcf/newMember", ["x"]))
    assert validate_footprint(body)
    assert surely_sound(body)


def test_every_rule_that_can_refuse_is_asked() -> None:
    """A rule that words an error is in the tables of the quick question."""
    asked = set(sound.ALWAYS) | {rule for _, rule in (*sound.BY_BODY, *sound.BY_FIGURES)}
    refusing = {rule for rule in pact._CROSS_RULES if "error" in rule.__code__.co_names}  # type: ignore[attr-defined]
    assert refusing == asked
