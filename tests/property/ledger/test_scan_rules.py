"""Whatever is scanned by whomever: at most suspect, gone after 72 hours, and in any order the same (attack F17)."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.scans import ItemHistory, ItemState, PinUse, Role, Scan, ScanKind, StateChange
from ledger.scans.regions import codes
from ledger.scans.rules import copy_signals
from ledger.scans.thresholds import LIMITS
from verifier.canonical import canonicalize
from verifier.checks.label import check_copied
from verifier.label import Granularity, Label
from verifier.signals import CopyReason
from verifier.types import Signature
from verifier.verdict import CheckOutcome

NOW = 1_790_000_000
REGIONS = st.sampled_from((0, 1100, 3100, 4400, 4403, 5101, *codes()[:5]))
TIMES = st.integers(NOW - 5 * 86_400, NOW)
DEVICES = st.integers(0, 40).map(lambda number: number.to_bytes(8, "big"))
LABEL = Label(
    granularity=Granularity.ITEM, gtin="06901234567892", gmn=None, serial="00000G0123456789AB", batch=None,
    certificate_prefix=bytes(16), signature=Signature(bytes(65)),
)  # fmt: skip


def scans(*kinds: ScanKind) -> st.SearchStrategy[list[Scan]]:
    one = st.builds(Scan, at=TIMES, kind=st.sampled_from(kinds), region=REGIONS, device=DEVICES)
    return st.lists(one, max_size=60)


STATES = st.lists(
    st.builds(StateChange, at=TIMES, state=st.sampled_from(ItemState), role=st.sampled_from(Role), party=st.just("p")),
    max_size=4,
).map(lambda changes: tuple(sorted(changes, key=lambda change: change.at)))
PINS = st.none() | st.builds(PinUse, at=TIMES, region=REGIONS, device=DEVICES)
HISTORIES = st.builds(
    ItemHistory,
    scans=scans(*ScanKind).map(tuple),
    states=STATES,
    first_pin=PINS,
    on_sale_from=st.none() | st.integers(NOW - 86_400, NOW + 30 * 86_400),
)


@given(HISTORIES, st.integers(NOW - 6 * 86_400, NOW + 10 * 86_400))
@settings(max_examples=150, deadline=None)
def test_reasons_are_known_ones_make_a_verdict_suspect_at_most_and_can_be_kept(history: ItemHistory, now: int) -> None:
    signals = copy_signals(history, now)
    assert {signal.reason for signal in signals} <= set(CopyReason)
    assert len({signal.reason for signal in signals}) == len(signals)
    check = check_copied(LABEL, signals)
    assert check.outcome is (CheckOutcome.SUSPECT if signals else CheckOutcome.PASSED)
    for signal in signals:
        canonicalize(dict(signal.fields))  # whole numbers and texts only
        assert "–" not in "".join(check_copied(LABEL, [signal]).sentences())  # no sentence misses a value


@given(HISTORIES, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_in_which_scans_came_does_not_matter(history: ItemHistory, random: Random) -> None:
    mixed = list(history.scans)
    random.shuffle(mixed)
    assert copy_signals(replace(history, scans=tuple(mixed)), NOW) == copy_signals(history, NOW)


@given(HISTORIES, scans(ScanKind.ANONYMOUS))
@settings(max_examples=100, deadline=None)
def test_anonymous_scans_say_nothing_after_72_hours(history: ItemHistory, flood: list[Scan]) -> None:
    without = replace(history, scans=tuple(scan for scan in history.scans if scan.kind is not ScanKind.ANONYMOUS))
    flooded = replace(without, scans=(*without.scans, *flood))
    later = NOW + LIMITS.anonymous_window
    assert copy_signals(flooded, later) == copy_signals(without, later)


@given(HISTORIES, scans(ScanKind.ANONYMOUS))
@settings(max_examples=100, deadline=None)
def test_anonymous_scans_say_nothing_once_the_owner_used_the_pin(history: ItemHistory, flood: list[Scan]) -> None:
    used = PinUse(at=NOW, region=3100, device=b"\xff" * 8)
    without = replace(
        history,
        first_pin=used,
        scans=tuple(scan for scan in history.scans if scan.kind not in (ScanKind.ANONYMOUS, ScanKind.PIN)),
    )
    flooded = replace(without, scans=(*without.scans, *flood))
    assert copy_signals(flooded, NOW) == copy_signals(without, NOW)


@given(HISTORIES, scans(ScanKind.ENTERPRISE))
@settings(max_examples=60, deadline=None)
def test_scans_of_an_enterprise_say_nothing_ever(history: ItemHistory, stock: list[Scan]) -> None:
    assert copy_signals(replace(history, scans=(*history.scans, *stock)), NOW) == copy_signals(history, NOW)


@given(HISTORIES)
@settings(max_examples=100, deadline=None)
def test_what_inspectors_pins_and_states_say_does_not_expire(history: ItemHistory) -> None:
    lasting = replace(
        history, scans=tuple(scan for scan in history.scans if scan.kind in (ScanKind.INSPECTOR, ScanKind.PIN))
    )
    now = {signal.reason for signal in copy_signals(lasting, NOW)}
    later = {signal.reason for signal in copy_signals(lasting, NOW + 1000 * 86_400)}
    assert now <= later
