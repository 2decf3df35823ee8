"""A rival floods genuine items from three cities to make a brand look copied (attack F17)."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Final

from bench.market.world import DAY, HOUR, START, Life
from ledger.domain.scans import ItemHistory, ItemState, PinUse, Scan, ScanKind
from ledger.scans.rules import copy_signals

SHARE: Final = 0.01
BEGINS: Final = START + 120 * DAY + 10 * HOUR
LASTS: Final = 6 * HOUR
CITIES: Final = (3100, 4403, 5101)
HOURS: Final = (-1, 6, 12, 24, 48, 72, 78, 80, 96)  # after it begins
PIN_AT: Final = 12  # hours after it begins, where the owner uses the PIN


def flooded(random: Random, life: Life) -> ItemHistory:
    """The item's history with some 60 scans by 30 phones."""
    phones = [life.phone() for _ in range(30)]
    for _ in range(60):
        phone = random.choice(phones)
        life.scan(BEGINS + int(random.random() * LASTS), CITIES[phone % 3], phone)
    return life.history()


def suspect_over_time(history: ItemHistory, pin: PinUse | None) -> list[bool]:
    """Whether the item is suspect at each of HOURS."""
    answers = []
    for hour in HOURS:
        moment = BEGINS + hour * HOUR
        known = history
        if pin is not None and moment >= pin.at:
            scan = Scan(at=pin.at, kind=ScanKind.PIN, region=pin.region, device=pin.device)
            known = replace(history, first_pin=pin, scans=(*history.scans, scan))
        answers.append(bool(copy_signals(known, moment)))
    return answers


def owners_pin(history: ItemHistory, home: int) -> PinUse | None:
    """The owner's first use of the PIN after the flood; None where it was used before, or the item is used up."""
    if history.first_pin is not None or any(change.state is ItemState.CONSUMED for change in history.states):
        return None
    return PinUse(at=BEGINS + PIN_AT * HOUR, region=home, device=b"\xff" * 8)
