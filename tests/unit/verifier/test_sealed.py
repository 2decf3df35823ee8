from __future__ import annotations

from typing import Any

import pytest

from tests.reference import statement as naive
from tests.support.bodies import CERTIFIER, HOLDER, at, body, changed
from verifier.arithmetic import ArithmeticOutcome, check_arithmetic
from verifier.bodies import parse_footprint
from verifier.errors import MalformedError
from verifier.sealed import (
    Disclosure,
    DisclosureError,
    Sealed,
    commitment_of,
    find_commitments,
    open_disclosures,
    parse_disclosures,
    seal,
)

SALT = bytes(range(32))
AMOUNT = "/extensions/0/data/stages/0/amount"
INVENTORY = "/extensions/0/data/inventory"
INNER = f"{INVENTORY}/1/factor"


def sealed(path: str, document: dict[str, Any] | None = None, salt: bytes = SALT) -> tuple[dict[str, Any], Disclosure]:
    document = body("footprint") if document is None else document
    value = at(document, path)
    return (
        changed(document, path, seal(issuer=HOLDER, path=path, value=value, salt=salt)),
        Disclosure(path=path, salt=salt, value=value),
    )


def test_commitment_equals_the_naive_reading() -> None:
    value = {"b": ["碳", 1], "a": "250.0"}
    made = commitment_of(issuer=HOLDER, path=AMOUNT, value=value, salt=SALT)
    assert made == naive.commitment(HOLDER, AMOUNT, value, SALT)


def test_sealed_value_is_typed_and_leaves_sums_open() -> None:
    hidden, disclosure = sealed(AMOUNT)
    footprint = parse_footprint(hidden)
    assert footprint.extension is not None
    assert isinstance(footprint.extension.stages, tuple)
    amount = footprint.extension.stages[0].amount  # type: ignore[union-attr]
    assert amount == Sealed(path=AMOUNT, commitment=commitment_of(issuer=HOLDER, path=AMOUNT, value="250.0", salt=SALT))
    result = check_arithmetic(footprint)
    assert result.outcome is ArithmeticOutcome.NOT_CHECKED
    assert result.open == (f"sealed:{AMOUNT}",)

    opened = open_disclosures(HOLDER, hidden, [disclosure])
    assert opened.body == body("footprint")
    assert opened.undisclosed == ()
    assert hidden != body("footprint"), "the body as signed is left as it is"
    assert check_arithmetic(parse_footprint(opened.body)).outcome is ArithmeticOutcome.PASSED


def test_every_level_may_be_sealed() -> None:
    for path in (
        "/extensions/0/data/plants",
        "/extensions/0/data/plants/0",
        "/extensions/0/data/rule",
        "/extensions/0/data/stages",
        "/extensions/0/data/stages/1",
        "/extensions/0/data/stages/1/stage",
        INVENTORY,
        f"{INVENTORY}/0",
        f"{INVENTORY}/0/activity",
        f"{INVENTORY}/0/unit",
        f"{INVENTORY}/0/emissions",
        "/extensions/0/data/upstream",
        "/extensions/0/data/upstream/0/statement",
        "/extensions/0/data/note",
    ):
        hidden, disclosure = sealed(path)
        parse_footprint(hidden)
        assert find_commitments("footprint", hidden, "") == (path,)
        assert open_disclosures(HOLDER, hidden, [disclosure]).body == body("footprint")


def test_nested_outermost_first() -> None:
    once, inner = sealed(INNER)
    twice, outer = sealed(INVENTORY, once, salt=bytes(32))
    assert open_disclosures(HOLDER, twice, [outer, inner]).body == body("footprint")
    partly = open_disclosures(HOLDER, twice, [outer])
    assert partly.undisclosed == (INNER,)
    assert outer.value == at(once, INVENTORY), "opening does not change the disclosure's own value"
    with pytest.raises(DisclosureError, match="no such place"):
        open_disclosures(HOLDER, twice, [inner, outer])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"salt": bytes(32)}, "do not give"),  # F09
        ({"value": "65.5"}, "do not give"),  # F09: a sibling's value
        ({"value": 250}, "do not give"),
        ({"path": "/extensions/0/data/stages/1/amount"}, "no commitment"),  # F19
        ({"path": "/extensions/0/data/stages/00/amount"}, "no such place"),
        ({"path": "/extensions/0/data/stages/9/amount"}, "no such place"),
        ({"path": "/extensions/0/data/stages/-/amount"}, "no such place"),
        ({"path": f"{AMOUNT}/$sealed"}, "no commitment"),
        ({"path": f"{AMOUNT}/$sealed/x"}, "no such place"),
    ],
)
def test_single_change_of_a_disclosure_opens_nothing(change: dict[str, Any], reason: str) -> None:
    hidden, good = sealed(AMOUNT)
    made = {"path": good.path, "salt": good.salt, "value": good.value, **change}
    with pytest.raises(DisclosureError, match=reason):
        open_disclosures(HOLDER, hidden, [Disclosure(**made)])


def test_f19_another_partys_commitment_or_another_path() -> None:
    hidden, good = sealed(AMOUNT)
    with pytest.raises(DisclosureError):
        open_disclosures(CERTIFIER, hidden, [good])
    other = "/extensions/0/data/stages/1/amount"
    moved = changed(body("footprint"), other, at(hidden, AMOUNT))
    with pytest.raises(DisclosureError):
        open_disclosures(HOLDER, moved, [Disclosure(path=other, salt=SALT, value="250.0")])


def test_each_path_once_and_never_a_commitment_for_a_commitment() -> None:
    hidden, good = sealed(AMOUNT)
    with pytest.raises(DisclosureError, match="opened twice"):
        open_disclosures(HOLDER, hidden, [good, good])
    doubly = seal(issuer=HOLDER, path=AMOUNT, value=at(hidden, AMOUNT), salt=SALT)
    with pytest.raises(DisclosureError, match="opens to a commitment"):
        open_disclosures(
            HOLDER,
            changed(hidden, AMOUNT, doubly),
            [Disclosure(path=AMOUNT, salt=SALT, value=at(hidden, AMOUNT))],
        )


def test_nested_disclosures_cannot_build_a_body_too_deep_to_walk() -> None:
    deep: Any = "x"
    for _ in range(30):
        deep = [deep]
    hidden = changed(body("footprint"), INVENTORY, seal(issuer=HOLDER, path=INVENTORY, value=deep, salt=SALT))
    with pytest.raises(DisclosureError, match="too deep"):
        open_disclosures(HOLDER, hidden, [Disclosure(path=INVENTORY, salt=SALT, value=deep)])


def test_an_opened_value_may_not_smuggle_an_ill_formed_commitment() -> None:
    value = [{"$sealed": "short"}]
    hidden = changed(body("footprint"), INVENTORY, seal(issuer=HOLDER, path=INVENTORY, value=value, salt=SALT))
    with pytest.raises(MalformedError):
        open_disclosures(HOLDER, hidden, [Disclosure(path=INVENTORY, salt=SALT, value=value)])


def test_other_extensions_may_seal_and_escapes_are_those_of_rfc_6901() -> None:
    path = "/extensions/1/data/a~1b~0c"
    extension = {"specVersion": "1.0.0", "dataSchema": "https://example.com/x", "data": {"a/b~c": "1"}}
    hidden = changed(body("footprint"), "/extensions/-", extension)
    hidden["extensions"][1]["data"]["a/b~c"] = seal(issuer=HOLDER, path=path, value="1", salt=SALT)
    assert find_commitments("footprint", hidden, "") == (path,)
    opened = open_disclosures(HOLDER, hidden, [Disclosure(path=path, salt=SALT, value="1")])
    assert at(opened.body, "/extensions/1/data") == {"a/b~c": "1"}


@pytest.mark.parametrize(
    "pointer",
    [
        "/comment",
        "/pcf/primaryDataShare",
        "/productClassifications/0",
        "/extensions/0/data",
        "/extensions/0/dataSchema",
    ],
)
def test_f20_other_places_are_malformed(pointer: str) -> None:
    with pytest.raises(MalformedError, match="seal-place"):
        find_commitments("footprint", changed(body("footprint"), pointer, {"$sealed": "A" * 43}), "")
    with pytest.raises(MalformedError):
        seal(issuer=HOLDER, path=pointer, value="1", salt=SALT)


@pytest.mark.parametrize(
    "document",
    [
        {},
        [{}],
        [{"path": AMOUNT, "salt": "0x" + "00" * 32}],
        [{"path": "", "salt": "0x" + "00" * 32, "value": 1}],
        [{"path": "extensions", "salt": "0x" + "00" * 32, "value": 1}],
        [{"path": "/a~2", "salt": "0x" + "00" * 32, "value": 1}],
        [{"path": "/碳", "salt": "0x" + "00" * 32, "value": 1}],
        [{"path": AMOUNT, "salt": "0x" + "00" * 31, "value": 1}],
        [{"path": AMOUNT, "salt": "0x" + "00" * 32, "value": 1, "issuer": HOLDER}],
    ],
)
def test_malformed_disclosures(document: Any) -> None:
    with pytest.raises(MalformedError):
        parse_disclosures(document, "")
