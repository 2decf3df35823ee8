"""The life of a genuine item: shelf, purchase, household, gift, resale, return, points, recycling; and honest people's odd scans."""

from __future__ import annotations

from random import Random

from bench.market.world import DAY, DAYS, HOLIDAYS, HOUR, START, Life, poisson, some_city, waking
from ledger.domain.scans import ItemState, PinUse, Role, ScanKind, StateChange
from ledger.scans.regions import distance_km

SOLD_REPORTED = 0.7
BUYER_SCANS = 0.35
ONLINE = 0.4
ON_DISPLAY = 0.002
TESTED = 0.005
GIFT = 0.03
RESALE = 0.02
LISTED_WITH_CODE = 0.03
PHOTO_SHARED = 0.001
RETURNED = 0.02
PIN_USED = 0.08
PIN_AGAIN = 0.01
INSPECTED = 0.001
CONSUMED = 0.05
LOOKED_AT_AFTER = 0.003


def genuine(random: Random, photo_shared: float = PHOTO_SHARED) -> Life:
    """One item's life within the market's days; `photo_shared`: share of items whose label goes round as a photograph."""
    life = Life(random=random)
    day = random.choice(tuple(HOLIDAYS)) if random.random() < 0.2 else int(random.random() * 160)
    shop = some_city(random)
    life.on_sale_from = START + (day - 20) * DAY
    _before_sale(life, day, shop)
    home = some_city(random) if random.random() < ONLINE else shop
    arrival = day if home == shop else day + 1 + int(random.random() * 4)
    sold_at = waking(random, arrival)
    if random.random() < SOLD_REPORTED:
        _state(life, sold_at, ItemState.SOLD)
    life.sold_at = sold_at
    household(life, sold_at, home)
    if random.random() < PIN_USED:
        _pin(life, sold_at + 2 * HOUR, home)
    if random.random() < RETURNED:
        _returned(life, sold_at, home)
    _later(life, sold_at, home, photo_shared)
    return life


def _state(life: Life, at: int, state: ItemState) -> None:
    life.states.append(StateChange(at=at, state=state, role=Role.ENTERPRISE, party="uscc:1"))


def _before_sale(life: Life, day: int, shop: int) -> None:
    random = life.random
    if random.random() < TESTED:
        factory, at = some_city(random), START + (day - 30) * DAY
        for phone in (life.phone(), life.phone())[: 1 + int(random.random() * 2)]:
            for _ in range(1 + poisson(random, 1.0)):
                life.scan(at + int(random.random() * 8 * HOUR), factory, phone)
    on_display = random.random() < ON_DISPLAY
    for before in range(1, 21 if on_display else 6):
        mean = (4.0 if on_display else 0.03) * (3.0 if day - before in HOLIDAYS else 1.0)
        for _ in range(poisson(random, mean)):
            life.scan(waking(random, day - before), shop, life.phone())
    if random.random() < INSPECTED:
        life.scan(waking(random, day - 1), shop, life.phone(), ScanKind.INSPECTOR)
    life.scan(START + (day - 4) * DAY, some_city(random), life.phone(), ScanKind.ENTERPRISE)


def household(life: Life, sold_at: int, home: int) -> None:
    """A buyer's: the first evening and some later ones, with one to four phones."""
    random = life.random
    if random.random() >= BUYER_SCANS:
        return
    phones = [life.phone() for _ in range(1 + sum(random.random() < 0.35 for _ in range(3)))]
    # One household in two hundred has a phone whose provider always shows another province.
    odd = some_city(random) if random.random() < 0.005 else home
    for session in range(1 + poisson(random, 0.6)):
        at = sold_at if session == 0 else sold_at + int(random.random() ** 2 * 60 * DAY)
        for place, phone in enumerate(phones):
            if place == 0 or random.random() < 0.5:
                for _ in range(1 + poisson(random, 0.4)):
                    life.scan(at + int(random.random() * 2 * HOUR), odd if place == 1 else home, phone)


def _pin(life: Life, at: int, home: int) -> None:
    used = life.scan(at, home, life.phone(), ScanKind.PIN)
    life.first_pin = PinUse(at=at, region=used.region, device=used.device)
    if life.random.random() < PIN_AGAIN:
        life.scan(at + DAY, home, life.phone(), ScanKind.PIN)


def _returned(life: Life, sold_at: int, home: int) -> None:
    """Sent back within a week and sold again to somebody else."""
    random = life.random
    back = sold_at + DAY + int(random.random() * 6 * DAY)
    again = back + 3 * DAY + int(random.random() * 20 * DAY)
    if random.random() < SOLD_REPORTED:
        _state(life, back, ItemState.RETURNED)
        _state(life, again, ItemState.SOLD)
    household(life, again, some_city(random) if random.random() < 0.6 else home)


def _later(life: Life, sold_at: int, home: int, photo_shared: float) -> None:
    random = life.random
    if random.random() < GIFT:
        _carried(life, sold_at, home)
    if random.random() < RESALE:
        _resold(life, sold_at + 10 * DAY, home)
    if random.random() < photo_shared:
        # A photograph of the label in a family's or a shop's chat group: phones that never held the item.
        posted = sold_at + int(random.random() * 3 * DAY)
        for _ in range(1 + poisson(random, 1.0)):
            city = home if random.random() < 0.5 else some_city(random)
            life.scan(posted + int(random.random() * 6 * HOUR), city, life.phone())
    if random.random() < CONSUMED:
        _used_up(life, sold_at, home)


def _used_up(life: Life, sold_at: int, home: int) -> None:
    """The end of its life: what else was to come does not happen, but for a rare look at the empty pack."""
    random = life.random
    gone = sold_at + 30 * DAY + int(random.random() * 60 * DAY)
    life.scans = [scan for scan in life.scans if scan.at <= gone]
    life.states = [change for change in life.states if change.at <= gone]
    if life.first_pin is not None and life.first_pin.at > gone:
        life.first_pin = None
    _state(life, gone, ItemState.CONSUMED)
    if random.random() < LOOKED_AT_AFTER:
        life.scan(gone + 2 * DAY, home, life.phone())


def _carried(life: Life, sold_at: int, home: int) -> None:
    """A gift, or taken along on a holiday: relatives around a table scan it, and it may come back."""
    random = life.random
    day = (sold_at - START) // DAY
    days = [holiday for holiday in sorted(HOLIDAYS) if holiday > day]
    leaves = waking(random, days[0] if days and random.random() < 0.7 else day + 1 + int(random.random() * 20))
    there = some_city(random)
    arrives = leaves + 2 * HOUR + distance_km(home, there) * HOUR // 500
    if random.random() < BUYER_SCANS:
        for _ in range(1 + poisson(random, 1.2)):
            life.scan(arrives + int(random.random() * 4 * HOUR), there, life.phone())
    if random.random() < 0.3:
        back = arrives + 2 * DAY + int(random.random() * 5 * DAY)
        life.scan(back, home, life.phone())


def _resold(life: Life, at: int, home: int) -> None:
    """Second hand: the seller scans once more, a buyer elsewhere days later; some listings show the code itself."""
    random = life.random
    at += int(random.random() * 60 * DAY)
    life.scan(at, home, life.phone())
    if random.random() < LISTED_WITH_CODE:
        for _ in range(poisson(random, 1.5)):
            life.scan(at + int(random.random() * 3 * DAY), some_city(random), life.phone())
    household(life, at + 3 * DAY + int(random.random() * 4 * DAY), some_city(random))


def last_day() -> int:
    """The end of the market's time, unix seconds."""
    return START + (DAYS + 60) * DAY
