"""Regions, states, PINs, day keys."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.domain.scan_errors import NotEntitledError, TransitionError
from ledger.domain.scans import Actor, ItemHistory, ItemState, Role, ScanKind, ScanReport
from ledger.scans.daykey import KEY_LENGTH, DayKeyDirectory, client_of, device_of
from ledger.scans.pins import is_right, pin_hash, read_item
from ledger.scans.regions import RegionError, codes, distance_km, region_name, require_region
from ledger.scans.states import ENTITLED, TRANSITIONS, require_transition
from tests.support import bodies
from tests.support.ledger import NOW
from tests.support.scans import (
    BEIJING,
    DAY,
    GTIN,
    GUANGDONG,
    ITEM,
    OTHER,
    PIN,
    SERIAL,
    SHANGHAI,
    SHENZHEN,
    issued,
    pin_use,
    state,
)
from verifier.errors import MalformedError

HOLDER = Actor(role=Role.ENTERPRISE, party=bodies.HOLDER)
PLATFORM = Actor(role=Role.POINTS_PLATFORM, party="uscc:points")
REGULATOR = Actor(role=Role.REGULATOR, party=bodies.REGULATOR)


def test_distances_are_symmetric_at_least_and_never_beyond_the_map() -> None:
    for one, other in itertools.combinations(codes(), 2):
        assert distance_km(one, other) == distance_km(other, one)
        assert 0 <= distance_km(one, other) < 4_500
    assert 900 < distance_km(BEIJING, SHANGHAI) < 1_070  # 1,070 km from middle to middle
    assert distance_km(GUANGDONG, SHENZHEN) == 0
    assert distance_km(0, BEIJING) == 0
    assert distance_km(9999, BEIJING) == 0


def test_region_codes() -> None:
    assert region_name(SHENZHEN) == "深圳"
    assert region_name(1) == ""
    assert require_region(0) == 0
    with pytest.raises(RegionError) as refused:
        require_region(1)
    assert refused.value.region == 1


def history_in(found: ItemState, role: Role = Role.ENTERPRISE) -> ItemHistory:
    states = () if found is ItemState.ISSUED else (state(-9, found, role),)
    return ItemHistory(states=states, first_pin=pin_use(-10))


@pytest.mark.parametrize(("found", "wanted"), list(itertools.product(ItemState, ItemState)))
def test_the_enterprise_takes_its_items_along_the_lines_and_nowhere_else(found: ItemState, wanted: ItemState) -> None:
    if wanted is ItemState.ISSUED:
        with pytest.raises(NotEntitledError):
            require_transition(issued(), history_in(found), wanted, HOLDER)
    elif wanted in TRANSITIONS[found]:
        require_transition(issued(), history_in(found), wanted, HOLDER)
    else:
        with pytest.raises(TransitionError) as refused:
            require_transition(issued(), history_in(found), wanted, HOLDER)
        assert (refused.value.found, refused.value.wanted) == (found, wanted)


def test_who_may_record_what() -> None:
    for actor, wanted in itertools.product((HOLDER, PLATFORM, REGULATOR), ItemState):
        if wanted not in ENTITLED[actor.role]:
            with pytest.raises(NotEntitledError):
                require_transition(issued(), history_in(ItemState.SOLD), wanted, actor)
    stranger = Actor(role=Role.ENTERPRISE, party="uscc:somebody")
    with pytest.raises(NotEntitledError, match="another enterprise"):
        require_transition(issued(), ItemHistory(), ItemState.SOLD, stranger)
    with pytest.raises(NotEntitledError, match="PIN"):
        require_transition(issued(), ItemHistory(), ItemState.CONSUMED, PLATFORM)
    require_transition(issued(), history_in(ItemState.ISSUED), ItemState.CONSUMED, PLATFORM)


def test_a_recall_is_lifted_by_who_made_it() -> None:
    by_regulator = history_in(ItemState.RECALLED, Role.REGULATOR)
    with pytest.raises(NotEntitledError, match="recall"):
        require_transition(issued(), by_regulator, ItemState.RETURNED, HOLDER)
    require_transition(issued(), by_regulator, ItemState.SOLD, REGULATOR)
    with pytest.raises(NotEntitledError, match="recall"):
        require_transition(issued(), history_in(ItemState.RECALLED), ItemState.RETURNED, REGULATOR)


def test_pin_hash_is_the_specs() -> None:
    """docs/spec/08, computed by hand."""
    from hashlib import sha256

    text = f'{{"gtin":"{GTIN}","pin":"{PIN}","serial":"{SERIAL}"}}'.encode()
    assert pin_hash(GTIN, SERIAL, PIN) == sha256(b"\x04" + text).digest()


def test_a_pin_is_right_for_its_item_alone_and_as_people_type_it() -> None:
    assert is_right(ITEM, PIN, issued())
    assert is_right(ITEM, " 7k3m-9qx2 tvwz", issued())
    assert is_right(ITEM, "OIl" + "0" * 9, issued(pin="011" + "0" * 9))
    for wrong in ("7K3M9QX2TVWY", "", "7K3M9QX2TVW", PIN + "0", "7K3M9QX2TVW!", "０" * 12):
        assert not is_right(ITEM, wrong, issued())
    assert not is_right(OTHER, PIN, issued())
    assert not is_right(ITEM, PIN, None)
    assert not is_right(ITEM, "0" * 13, issued(pin="0" * 12))  # the stand-in for what cannot be read is no way in


def test_items_as_typed() -> None:
    assert read_item(GTIN, SERIAL.lower().replace("0", "o")) == ITEM
    for gtin, serial in (("123", SERIAL), (GTIN, "123"), ("０" * 14, SERIAL)):
        with pytest.raises(MalformedError):
            read_item(gtin, serial)


def test_every_day_has_its_own_key_and_yesterdays_is_gone(tmp_path: Path) -> None:
    keys = DayKeyDirectory(tmp_path / "day")
    first = keys.today(NOW)
    assert len(first) == KEY_LENGTH
    assert keys.today(NOW + 1) == first
    assert DayKeyDirectory(tmp_path / "day").today(NOW) == first  # another process
    (file,) = (tmp_path / "day").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    second = keys.today(NOW + DAY)
    assert second != first
    (file,) = (tmp_path / "day").iterdir()
    assert file.read_bytes() == second
    assert DayKeyDirectory(tmp_path / "day").today(NOW + DAY) == second


def test_the_key_turns_at_midnight_in_shanghai(tmp_path: Path) -> None:
    keys = DayKeyDirectory(tmp_path)
    midnight = NOW - (NOW + 8 * 3600) % DAY + DAY
    before = keys.today(midnight - 1)
    assert keys.today(midnight) != before


def test_a_clock_that_was_far_ahead_leaves_no_key_that_lasts(tmp_path: Path) -> None:
    far = DayKeyDirectory(tmp_path).today(NOW + 1000 * DAY)
    keys = DayKeyDirectory(tmp_path)
    assert keys.today(NOW) != far
    assert len(list(tmp_path.iterdir())) == 1


def test_a_process_a_little_behind_uses_the_day_another_began(tmp_path: Path) -> None:
    ahead = DayKeyDirectory(tmp_path).today(NOW + DAY)
    assert DayKeyDirectory(tmp_path).today(NOW) == ahead


def test_many_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: DayKeyDirectory(tmp_path).today(NOW), range(64)))
    assert len(set(found)) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_device_cannot_be_followed_to_another_item_or_day() -> None:
    key, other = b"k" * 32, b"l" * 32
    assert device_of(key, ITEM, b"phone") == device_of(key, ITEM, b"phone")
    assert len({device_of(key, ITEM, b"phone"), device_of(key, OTHER, b"phone"), device_of(other, ITEM, b"phone")}) == 3
    assert client_of(key, b"phone")[:8] != device_of(key, ITEM, b"phone")


def test_secrets_do_not_show() -> None:
    report = ScanReport(item=ITEM, kind=ScanKind.ANONYMOUS, region=SHANGHAI, device_hint=b"my phone")
    assert "my phone" not in repr(report)
    assert issued().pin_hash.hex() not in repr(issued())
