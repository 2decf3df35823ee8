"""Every number that the rules use, in one frozen value (docs/copies.md says why each is what it is)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HOUR: Final = 3_600
DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Seconds, kilometres, kilometres per hour, and counts. A rule speaks when a count is reached.

    anonymous_window: how long an anonymous scan counts.
    far: two regions are apart from this distance on.
    travel_speed, travel_overhead: an item needs `overhead + distance / speed` between two far regions, door to door.
    travel_pairs: pairs of scans, no device in two of them, that no item could have made; a pair of trusted scans is enough alone.
    away_share: one device in so many must have been far from where most were.
    trips, places, roaming_devices: so many devices within the window that changed so often between far regions, or were at so many
        places far from each other.
    return_trips, return_devices: fewer trips are enough where so many devices made them on `occasions` occasions.
    burst, burst_window: scans within a window.
    occasion: devices that first scan within so long of one another look together, on one occasion.
    devices_owned, devices_unowned: devices on one calendar day, of an item that has an owner, and of one that may stand in a shop.
    devices_together: as many make a reason for an item that has an owner though all looked on one occasion.
    occasions, occasion_devices: occasions and devices within the window of an item that has an owner.
    consumed_grace: the owner may look once more after the item was used up.
    sale_lead, sale_devices: devices that scan longer than `sale_lead` before the product is on sale.
    most: newest anonymous scans of an item that are looked at; a flood costs no more.
    pin_repeats: devices that use a PIN after its first use; one is enough where it is far from the first.
    """

    anonymous_window: int = 72 * HOUR
    far: int = 300
    travel_speed: int = 800
    travel_overhead: int = HOUR
    travel_pairs: int = 2
    away_share: int = 5
    trips: int = 3
    places: int = 3
    roaming_devices: int = 4
    return_trips: int = 2
    return_devices: int = 5
    burst: int = 20
    burst_window: int = HOUR
    occasion: int = 2 * HOUR
    devices_owned: int = 6
    devices_unowned: int = 40
    devices_together: int = 9
    occasions: int = 4
    occasion_devices: int = 6
    consumed_grace: int = DAY
    sale_lead: int = 7 * DAY
    sale_devices: int = 3
    pin_repeats: int = 3
    most: int = 512


LIMITS: Final = Thresholds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long records are kept, in seconds. Anonymous scans stop counting after 72 hours: longer is for statistics only."""

    expiring: int = 30 * DAY
    lasting: int = 5 * 365 * DAY
    alerts: int = 2 * 365 * DAY


RETENTION: Final = Retention()
