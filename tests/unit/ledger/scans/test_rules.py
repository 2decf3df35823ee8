"""Each rule at the edge of each of its thresholds (docs/copies.md)."""

from __future__ import annotations

import pytest

from ledger.domain.scans import ItemHistory, ItemState, Role, ScanKind
from ledger.scans.rules import copy_signals
from ledger.scans.thresholds import LIMITS
from tests.support.ledger import NOW
from tests.support.scans import (
    BEIJING,
    CHENGDU,
    DAY,
    DONGGUAN,
    GUANGDONG,
    HOUR,
    MINUTE,
    SHANGHAI,
    SHENZHEN,
    history,
    pin_use,
    seen,
    state,
)
from verifier.sentences import sentence
from verifier.signals import CopyReason

INSPECTOR, PIN, ENTERPRISE = ScanKind.INSPECTOR, ScanKind.PIN, ScanKind.ENTERPRISE
# The day of NOW in Shanghai begins at NOW - MORNING.
MORNING = (NOW + 8 * HOUR) % DAY


def reasons(known: ItemHistory, now: int = NOW) -> list[str]:
    return [signal.reason for signal in copy_signals(known, now)]


def two_pairs(gap: int) -> ItemHistory:
    """Two phones in Beijing, `gap` seconds later two in Shenzhen."""
    return history(
        seen(-gap - 20, BEIJING, 1), seen(-gap - 10, BEIJING, 2), seen(-20, SHENZHEN, 3), seen(-10, SHENZHEN, 4)
    )


def test_nothing_known_is_no_reason() -> None:
    assert reasons(history()) == []
    assert reasons(history(seen(-5, SHANGHAI, 1), seen(-4, SHANGHAI, 2))) == []


def test_two_pairs_too_fast_for_one_item() -> None:
    # Beijing to Shenzhen, edge to edge: 1,845 km, 1 h + 2 h 18 min.
    assert reasons(two_pairs(3 * HOUR + 17 * MINUTE)) == [CopyReason.IMPOSSIBLE_TRAVEL]
    assert reasons(two_pairs(3 * HOUR + 20 * MINUTE)) == []


def test_one_odd_scan_is_no_reason_and_neither_are_two_by_one_phone() -> None:
    assert reasons(history(seen(-30, BEIJING, 1), seen(-20, SHENZHEN, 2), seen(-10, BEIJING, 3))) == []
    assert (
        reasons(history(seen(-40, BEIJING, 1), seen(-30, SHENZHEN, 1), seen(-20, BEIJING, 1), seen(-10, SHENZHEN, 1)))
        == []
    )
    one_phone_among_others = (
        seen(-40, BEIJING, 1),
        seen(-30, SHENZHEN, 2),
        seen(-20, BEIJING, 3),
        seen(-10, SHENZHEN, 2),
    )
    assert reasons(history(*one_phone_among_others)) == []


def test_visitors_of_a_shop_with_a_few_odd_gateways_are_no_reason() -> None:
    visitors = [seen(-100 * n, BEIJING, n) for n in range(1, 17)]
    odd = [seen(-90, SHENZHEN, 101), seen(-520, CHENGDU, 102)]
    assert reasons(history(*visitors, *odd)) == []
    more = [seen(-710, SHENZHEN, 103), seen(-910, SHENZHEN, 104)]
    assert CopyReason.IMPOSSIBLE_TRAVEL in reasons(history(*visitors[:14], *odd, *more))


def test_near_regions_and_a_province_with_its_cities_are_one_place() -> None:
    near = [seen(-40, SHENZHEN, 1), seen(-30, DONGGUAN, 2), seen(-20, GUANGDONG, 3), seen(-10, SHENZHEN, 4)]
    assert reasons(history(*near)) == []
    assert (
        reasons(history(*[seen(-n, region, n) for n, region in enumerate((BEIJING, 0, BEIJING, 0, BEIJING, 0), 1)]))
        == []
    )


def test_two_inspectors_are_enough_and_do_not_expire() -> None:
    far_apart = history(seen(-99 * DAY, BEIJING, 1, INSPECTOR), seen(-99 * DAY + HOUR, SHENZHEN, 2, INSPECTOR))
    assert reasons(far_apart) == [CopyReason.IMPOSSIBLE_TRAVEL]
    with_a_shopper = history(seen(-HOUR, BEIJING, 1, INSPECTOR), seen(-1, SHENZHEN, 2))
    assert reasons(with_a_shopper) == []


def slow(*regions: int) -> ItemHistory:
    """One phone after another, 15 hours apart: nobody is too fast."""
    return history(*[seen(-15 * HOUR * n - 1, region, n) for n, region in enumerate(regions)])


def test_to_and_fro_by_trips_or_by_places() -> None:
    assert reasons(slow(BEIJING, SHENZHEN, BEIJING, SHENZHEN)) == [CopyReason.TO_AND_FRO]
    assert reasons(slow(BEIJING, SHENZHEN, BEIJING, BEIJING)) == []
    assert reasons(slow(BEIJING, BEIJING, SHENZHEN, CHENGDU)) == [CopyReason.TO_AND_FRO]
    assert reasons(slow(BEIJING, SHENZHEN, CHENGDU)) == []  # three phones only
    assert reasons(slow(BEIJING, BEIJING, SHENZHEN, SHENZHEN)) == []  # carried there: a gift


def test_trips_of_trusted_scans_count_within_one_window_only() -> None:
    spread = [seen(-40 * DAY * n - 1, region, n, INSPECTOR) for n, region in enumerate((BEIJING, SHENZHEN) * 3)]
    assert reasons(history(*spread)) == []


def test_a_burst() -> None:
    spaced = HOUR // LIMITS.burst
    assert reasons(history(*[seen(-spaced * n, SHANGHAI, 1) for n in range(LIMITS.burst)])) == [CopyReason.SCAN_BURST]
    assert reasons(history(*[seen(-spaced * n, SHANGHAI, 1) for n in range(LIMITS.burst - 1)])) == []
    slower = (HOUR + LIMITS.burst) // (LIMITS.burst - 1)
    assert reasons(history(*[seen(-slower * n, SHANGHAI, 1) for n in range(LIMITS.burst)])) == []


def visitors(count: int, **more: object) -> ItemHistory:
    """One after another through the morning, the last one after a pause of three hours."""
    late = 400 * (count - 2) + 3 * HOUR
    times = [*(400 * n for n in range(count - 1)), late]
    return history(*[seen(-MORNING + at, SHANGHAI, n) for n, at in enumerate(times)], **more)


@pytest.mark.parametrize(
    ("more", "limit"),
    [
        ({}, LIMITS.devices_unowned),
        ({"states": (state(-9 * DAY, ItemState.SOLD),)}, LIMITS.devices_owned),
        ({"first_pin": pin_use(-9 * DAY)}, LIMITS.devices_owned),
        ({"states": (state(-9 * DAY, ItemState.SOLD), state(-8 * DAY, ItemState.RETURNED))}, LIMITS.devices_unowned),
    ],
    ids=["in the shop", "sold", "PIN used", "returned"],
)
def test_many_devices_on_one_day(more: dict[str, object], limit: int) -> None:
    evening = NOW - MORNING + DAY - 1
    assert reasons(visitors(limit, **more), evening) == [CopyReason.MANY_DEVICES]
    assert reasons(visitors(limit - 1, **more), evening) == []


def test_guests_who_look_at_it_together_are_one_occasion() -> None:
    sold = (state(-9 * DAY, ItemState.SOLD),)

    def party(count: int) -> ItemHistory:
        return history(*[seen(-MORNING + 400 * n, SHANGHAI, n) for n in range(count)], states=sold)

    evening = NOW - MORNING + DAY - 1
    assert reasons(party(LIMITS.devices_together - 1), evening) == []
    assert reasons(party(LIMITS.devices_together), evening) == [CopyReason.MANY_DEVICES]


def occasions(count: int, devices: int, *, pause: int = 15 * HOUR, region: int = SHANGHAI) -> ItemHistory:
    """A sold item that one device looked at on each of `count` occasions, and more of them on the last."""
    times = [-pause * n - 60 for n in range(count)] + [-40 - n for n in range(devices - count)]
    sold = (state(-9 * DAY, ItemState.SOLD),)
    return history(*[seen(at, region, n) for n, at in enumerate(times)], states=sold)


def test_many_occasions_within_the_window() -> None:
    few, enough = LIMITS.occasions, LIMITS.occasion_devices
    (signal,) = copy_signals(occasions(few, enough), NOW)
    assert signal.reason == CopyReason.MANY_OCCASIONS
    assert signal.fields == {"occasions": few, "devices": enough}
    assert reasons(occasions(few, enough - 1)) == []
    assert reasons(occasions(few - 1, enough)) == []
    assert reasons(occasions(few, enough, pause=LIMITS.occasion)) == []
    assert reasons(occasions(few, enough, pause=25 * HOUR)) == []  # the first of them counts no longer


def test_many_occasions_at_a_shelf_are_no_reason() -> None:
    assert reasons(ItemHistory(scans=occasions(6, 8).scans)) == []


def test_there_and_back_on_one_occasion_after_another() -> None:
    assert reasons(slow(BEIJING, SHENZHEN, BEIJING, BEIJING)) == []  # a journey: four phones
    crowd = (seen(-60, BEIJING, 9), *slow(BEIJING, SHENZHEN, BEIJING, BEIJING).scans)
    assert reasons(history(*crowd)) == [CopyReason.TO_AND_FRO]
    at_once = [
        seen(-13 * HOUR - n, region, n) for n, region in enumerate((BEIJING, BEIJING, SHENZHEN, BEIJING, BEIJING))
    ]
    assert CopyReason.TO_AND_FRO not in reasons(history(*at_once))


def test_devices_of_two_days_are_not_added_up() -> None:
    sold = (state(-9 * DAY, ItemState.SOLD),)
    half = [seen(-MORNING - 10 * n - 1, SHANGHAI, n) for n in range(3)]
    other = [seen(-MORNING + 10 * n, SHANGHAI, 10 + n) for n in range(3)]
    assert reasons(history(*half, *other, states=sold)) == []


def test_scanned_after_it_was_used_up() -> None:
    used_up = (state(-3 * DAY, ItemState.CONSUMED),)
    assert reasons(history(seen(-2 * DAY + 1, SHANGHAI, 1), states=used_up)) == [CopyReason.AFTER_CONSUMED]
    assert reasons(history(seen(-2 * DAY, SHANGHAI, 1), states=used_up)) == []
    lasting = history(seen(0, SHANGHAI, 1, INSPECTOR), states=used_up)
    assert reasons(lasting, NOW + 400 * DAY) == [CopyReason.AFTER_CONSUMED]
    assert reasons(history(states=used_up)) == []


def test_recalled_until_it_is_put_right() -> None:
    recalled = state(-9 * DAY, ItemState.RECALLED, Role.REGULATOR)
    assert reasons(history(states=(recalled,)), NOW + 999 * DAY) == [CopyReason.RECALLED]
    assert reasons(history(states=(recalled, state(-8 * DAY, ItemState.RETURNED, Role.REGULATOR)))) == []
    assert reasons(history(states=(recalled,)), NOW - 10 * DAY) == []


def test_scans_long_before_the_sale() -> None:
    early = [seen(-100 - n, SHANGHAI, n) for n in range(LIMITS.sale_devices)]
    assert reasons(history(*early, on_sale_from=NOW + LIMITS.sale_lead)) == [CopyReason.BEFORE_SALE]
    assert reasons(history(*early[1:], on_sale_from=NOW + LIMITS.sale_lead)) == []
    assert reasons(history(*early, on_sale_from=NOW + LIMITS.sale_lead - 102)) == []
    assert reasons(history(*early)) == []


def test_a_pin_used_again() -> None:
    first = pin_use(-9 * DAY)
    again = [seen(-8 * DAY + n, SHANGHAI, n, PIN) for n in range(LIMITS.pin_repeats)]
    assert reasons(history(*again, first_pin=first)) == [CopyReason.PIN_REUSED]
    assert reasons(history(*again[1:], first_pin=first)) == []
    assert reasons(history(seen(-8 * DAY, BEIJING, 1, PIN), first_pin=first)) == [CopyReason.PIN_REUSED]
    assert reasons(history(seen(-8 * DAY, BEIJING, 900, PIN), first_pin=first)) == []  # the same phone on the same day


def test_a_right_pin_clears_what_anonymous_scans_said_before() -> None:
    flood = [seen(-HOUR + n, (BEIJING, SHENZHEN, CHENGDU)[n % 3], n) for n in range(60)]
    assert CopyReason.SCAN_BURST in reasons(history(*flood))
    assert reasons(history(*flood, first_pin=pin_use(-10))) == []
    assert reasons(history(*flood, first_pin=pin_use(-2 * HOUR))) != []
    assert reasons(history(*flood, first_pin=pin_use(5))) != []  # not yet


def test_an_enterprise_scanning_its_own_stock_never_accuses_it() -> None:
    stock = [seen(-HOUR + n, (BEIJING, SHENZHEN)[n % 2], n, ENTERPRISE) for n in range(200)]
    assert reasons(history(*stock, states=(state(-9 * DAY, ItemState.CONSUMED),))) == []


def test_f05_fifty_scans_in_three_cities_within_an_hour() -> None:
    scans = [seen(-60 * n, (SHANGHAI, SHENZHEN, CHENGDU)[n % 3], n % 12) for n in range(50)]
    found = reasons(history(*scans))
    assert CopyReason.IMPOSSIBLE_TRAVEL in found
    assert CopyReason.SCAN_BURST in found


def test_a_flood_costs_no_more_than_its_newest_scans() -> None:
    flood = history(*[seen(-n, SHANGHAI, n) for n in range(5_000)])
    (burst,) = [signal for signal in copy_signals(flood, NOW) if signal.reason == CopyReason.SCAN_BURST]
    assert burst.fields["scans"] == LIMITS.most


@pytest.mark.parametrize("reason", list(CopyReason))
def test_every_reason_has_a_sentence_of_its_own(reason: CopyReason) -> None:
    chinese, english = sentence("label.copied", "suspect", reason, {})
    general = sentence("label.copied", "suspect", "", {})
    assert chinese != general[0]
    assert english != general[1]
