"""The rules, one function each. A rule looks at what counts at a moment and gives a reason to suspect a copy, or none.

    copy_signals(history, now) = every rule's word on `sight(history, now)`

What counts (F17: scans must not become a weapon):
    anonymous scans     for 72 hours, and only those after the first correct PIN use
    inspectors', PINs   for good, as item states do
    enterprises' scans  never: who owns the stock does not accuse it
The answer depends on the set of scans alone, not on the order in which they came.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from ledger.domain.scans import ItemHistory, ItemState, PinUse, Scan, ScanKind, StateChange
from ledger.scans.regions import distance_km
from ledger.scans.thresholds import DAY, HOUR, LIMITS, Thresholds
from verifier.checks.label import CopySignal
from verifier.signals import CopyReason
from verifier.types import JsonValue

_SHANGHAI: Final = 8 * HOUR
_FARTHEST_KM: Final = 4_500  # no two regions of the list are farther apart
_HAS_OWNER: Final = frozenset({ItemState.SOLD, ItemState.CONSUMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What counts at `now`: `recent` anonymous scans and `lasting` ones (inspectors, PINs), each by rising time."""

    now: int
    recent: Sequence[Scan]
    lasting: Sequence[Scan]
    states: Sequence[StateChange]
    first_pin: PinUse | None
    on_sale_from: int | None


def sight(history: ItemHistory, now: int, limits: Thresholds = LIMITS) -> Sight:
    """Leave out what does not count at `now` (unix seconds)."""
    pin = history.first_pin if history.first_pin is not None and history.first_pin.at <= now else None
    since = now - limits.anonymous_window
    cleared = -1 if pin is None else pin.at
    recent, lasting = [], []
    for scan in history.scans:
        if scan.at > now or scan.kind is ScanKind.ENTERPRISE:
            continue
        if scan.kind is not ScanKind.ANONYMOUS:
            lasting.append(scan)
        elif scan.at > since and scan.at > cleared:
            recent.append(scan)
    recent.sort()
    del recent[: -limits.most]
    lasting.sort()
    states = [change for change in history.states if change.at <= now]
    return Sight(
        now=now, recent=recent, lasting=lasting, states=states, first_pin=pin, on_sale_from=history.on_sale_from
    )


def copy_signals(history: ItemHistory, now: int, limits: Thresholds = LIMITS) -> tuple[CopySignal, ...]:
    """All reasons to suspect a copy at `now`, those that do not expire first."""
    seen = sight(history, now, limits)
    found = (rule(seen, limits) for rule in RULES)
    return tuple(signal for signal in found if signal is not None)


def recalled(seen: Sight, limits: Thresholds) -> CopySignal | None:  # noqa: ARG001 - every rule is called alike
    """The item's last state is recalled."""
    if not seen.states or seen.states[-1].state is not ItemState.RECALLED:
        return None
    return CopySignal(reason=CopyReason.RECALLED, fields={"since": seen.states[-1].at})


def after_consumed(seen: Sight, limits: Thresholds) -> CopySignal | None:
    """Scanned after it was used up."""
    used_up = next((change.at for change in seen.states if change.state is ItemState.CONSUMED), None)
    if used_up is None:
        return None
    late = [scan.at for scan in (*seen.recent, *seen.lasting) if scan.at > used_up + limits.consumed_grace]
    if not late:
        return None
    return CopySignal(reason=CopyReason.AFTER_CONSUMED, fields={"consumed": used_up, "scans": len(late)})


def pin_reused(seen: Sight, limits: Thresholds) -> CopySignal | None:
    """The PIN was used after its first use by other devices: several of them, or one far away."""
    first = seen.first_pin
    if first is None:
        return None
    again = [scan for scan in seen.lasting if scan.kind is ScanKind.PIN and scan.device != first.device]
    far = any(distance_km(first.region, scan.region) >= limits.far for scan in again)
    devices = len({scan.device for scan in again})
    if not far and devices < limits.pin_repeats:
        return None
    return CopySignal(reason=CopyReason.PIN_REUSED, fields={"times": len(again), "first": first.at})


def impossible_travel(seen: Sight, limits: Thresholds) -> CopySignal | None:
    """Scanned in two places with too little time to travel between them.

    One odd scan is no reason (a provider's gateway in another province): it takes two pairs that share no device, in which a fair
    share of all devices was away; or one pair of scans by an inspector or with a PIN.
    """
    witnesses = _located(seen)
    reach = limits.travel_overhead + _FARTHEST_KM * HOUR // limits.travel_speed
    paired: set[bytes] = set()
    trusted = False
    worst = (0, 0)
    for place, later in enumerate(witnesses):
        if later.device in paired:
            continue
        for earlier in reversed(witnesses[:place]):
            waited = later.at - earlier.at
            if waited > reach:
                break
            if earlier.region == later.region or earlier.device in paired or earlier.device == later.device:
                continue
            km = distance_km(earlier.region, later.region)
            if km < limits.far or waited >= limits.travel_overhead + km * HOUR // limits.travel_speed:
                continue
            paired |= {earlier.device, later.device}
            trusted = trusted or ScanKind.ANONYMOUS not in (earlier.kind, later.kind)
            worst = max(worst, (km, waited))
            break
    pairs = len(paired) // 2
    if not trusted and (pairs < limits.travel_pairs or not _scattered(_firsts(witnesses), limits)):
        return None
    fields: dict[str, JsonValue] = {"km": worst[0], "minutes": worst[1] // 60, "pairs": pairs}
    return CopySignal(reason=CopyReason.IMPOSSIBLE_TRAVEL, fields=fields)


def to_and_fro(seen: Sight, limits: Thresholds) -> CopySignal | None:
    """Several devices, within the window, went between far regions more often than a thing that has an owner does, or were at
    more places. Each device tells of its first place only, so that one phone that changes networks makes no trips. There and back is
    a journey, unless people look at it on one occasion after another.
    """
    firsts = _firsts(_located(seen))
    if len(firsts) < limits.roaming_devices:
        return None
    told = [_roaming(part, limits) for part in _windows(firsts, limits.anonymous_window)]
    found = max((one for one in told if one.is_odd(limits)), key=lambda one: (one.trips, one.places), default=None)
    if found is None or not _scattered(firsts, limits):
        return None
    return CopySignal(reason=CopyReason.TO_AND_FRO, fields={"trips": found.trips, "places": found.places})


class _Roaming(NamedTuple):
    """Devices, trips between far regions, places far from each other, and occasions, of one window."""

    devices: int
    trips: int
    places: int
    occasions: int

    def is_odd(self, limits: Thresholds) -> bool:
        """More than a thing that has an owner does."""
        if self.devices < limits.roaming_devices:
            return False
        if self.trips >= limits.trips or self.places >= limits.places:
            return True
        is_busy = self.occasions >= limits.occasions and self.devices >= limits.return_devices
        return is_busy and self.trips >= limits.return_trips


def _roaming(firsts: Sequence[Scan], limits: Thresholds) -> _Roaming:
    trips = sum(
        distance_km(before.region, after.region) >= limits.far for before, after in pairwise(firsts)
    )  # fmt: skip
    places: list[int] = []
    for scan in firsts:
        if all(distance_km(place, scan.region) >= limits.far for place in places):
            places.append(scan.region)
    return _Roaming(devices=len(firsts), trips=trips, places=len(places), occasions=_occasions(firsts, limits.occasion))


def scan_burst(seen: Sight, limits: Thresholds) -> CopySignal | None:
    """Scanned more often within an hour than anybody looks at one thing."""
    most = _most_within([scan.at for scan in seen.recent], limits.burst_window)
    return CopySignal(reason=CopyReason.SCAN_BURST, fields={"scans": most}) if most >= limits.burst else None


def many_devices(seen: Sight, limits: Thresholds) -> CopySignal | None:
    """Scanned by more devices on one day than a household has, or, before it has an owner, than stop at a shelf. Guests who look at
    it together are one occasion: of an item that has an owner it takes two, or a large party.
    """
    owned = _is_owned(seen)
    limit = limits.devices_owned if owned else limits.devices_unowned
    if len(seen.recent) < limit:
        return None
    days: dict[int, list[Scan]] = {}
    for scan in seen.recent:
        days.setdefault((scan.at + _SHANGHAI) // DAY, []).append(scan)
    most = 0
    for firsts in map(_firsts, days.values()):
        together = owned and len(firsts) < limits.devices_together and _occasions(firsts, limits.occasion) < 2
        most = most if together else max(most, len(firsts))
    return CopySignal(reason=CopyReason.MANY_DEVICES, fields={"devices": most}) if most >= limit else None


def many_occasions(seen: Sight, limits: Thresholds) -> CopySignal | None:
    """An item that has an owner was scanned by several devices on one occasion after another, within the window."""
    if len(seen.recent) < limits.occasion_devices or not _is_owned(seen):
        return None
    firsts = _firsts(seen.recent)
    occasions = _occasions(firsts, limits.occasion)
    if len(firsts) < limits.occasion_devices or occasions < limits.occasions:
        return None
    return CopySignal(reason=CopyReason.MANY_OCCASIONS, fields={"occasions": occasions, "devices": len(firsts)})


def before_sale(seen: Sight, limits: Thresholds) -> CopySignal | None:
    """Scanned by several devices long before the product went on sale: its labels got out before it did."""
    if seen.on_sale_from is None:
        return None
    early = [scan for scan in seen.recent if scan.at < seen.on_sale_from - limits.sale_lead]
    devices = len({scan.device for scan in early})
    if devices < limits.sale_devices:
        return None
    days = (seen.on_sale_from - early[0].at) // DAY
    return CopySignal(reason=CopyReason.BEFORE_SALE, fields={"devices": devices, "days": days})


Rule = Callable[[Sight, Thresholds], CopySignal | None]
RULES: Final[tuple[Rule, ...]] = (
    recalled,
    after_consumed,
    pin_reused,
    impossible_travel,
    to_and_fro,
    scan_burst,
    many_devices,
    many_occasions,
    before_sale,
)


def _is_owned(seen: Sight) -> bool:
    if seen.states:
        return seen.states[-1].state in _HAS_OWNER
    return seen.first_pin is not None


def _occasions(firsts: Sequence[Scan], gap: int) -> int:
    """Into how many companies devices fall by the times of their first scans; a company has no pause longer than `gap`."""
    return bool(firsts) + sum(later.at - earlier.at > gap for earlier, later in pairwise(firsts))


def _located(seen: Sight) -> list[Scan]:
    """Every scan that counts and says where, by rising time."""
    located = [scan for scan in seen.recent if scan.region]
    lasting = [scan for scan in seen.lasting if scan.region]
    return sorted(located + lasting) if lasting else located


def _firsts(witnesses: Sequence[Scan]) -> list[Scan]:
    """Each device's first scan."""
    firsts: dict[bytes, Scan] = {}
    for scan in witnesses:
        firsts.setdefault(scan.device, scan)
    return list(firsts.values())


def _scattered(firsts: Sequence[Scan], limits: Thresholds) -> bool:
    """Whether a fair share of the devices was far from where most were: in a shop with many visitors some phones always show
    another province."""
    regions = Counter(scan.region for scan in firsts)
    main = max(regions, key=lambda region: (regions[region], -region), default=0)
    away = sum(count for region, count in regions.items() if distance_km(main, region) >= limits.far)
    return away * limits.away_share >= len(firsts)


def _windows(scans: Sequence[Scan], window: int) -> Iterator[Sequence[Scan]]:
    """The longest runs of scans that lie within a window. Recent scans are one; lasting ones may be years apart."""
    if not scans or scans[-1].at - scans[0].at < window:
        yield scans
        return
    times = [scan.at for scan in scans]
    for place, at in enumerate(times):
        yield scans[bisect_left(times, at - window + 1) : place + 1]


def _most_within(times: Sequence[int], window: int) -> int:
    """The most times of a rising sequence that lie within one window (its end not in it)."""
    return max((place + 1 - bisect_left(times, at - window + 1) for place, at in enumerate(times)), default=0)
