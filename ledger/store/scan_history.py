"""All that is known of one item, in one statement.

what  0 scan: at, kind, region, device      1 state: at, ordinal, 0, -, state, role, party      2 first use of the PIN: at, region, 0, device, reference
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ledger.domain.scans import ItemHistory, ItemState, PinUse, Role, Scan, ScanKind, StateChange

_EXPIRING: Final = f"({int(ScanKind.ANONYMOUS)},{int(ScanKind.ENTERPRISE)})"
# Parameters: item, since when expiring scans count, how many of them, item, item, item.
_ONE: Final = (
    "SELECT * FROM (SELECT 0,at,kind,region,device,'','','' FROM scans"  # noqa: S608 - constants
    f" WHERE item={{mark}} AND kind IN {_EXPIRING} AND at>={{mark}} ORDER BY at DESC,id DESC LIMIT {{mark}}) AS newest"
    f" UNION ALL SELECT 0,at,kind,region,device,'','','' FROM scans WHERE item={{mark}} AND kind NOT IN {_EXPIRING}"
    " UNION ALL SELECT 1,at,ordinal,0,{empty},state,role,party FROM item_states WHERE item={mark}"
    " UNION ALL SELECT 2,at,region,0,device,reference,'','' FROM pin_uses WHERE item={mark}"
)
QUERIES: Final = {
    "sqlite": _ONE.format(mark="?", empty="x''"),
    "postgresql": _ONE.format(mark="%s", empty="''::bytea"),
}


def read_history(rows: Iterable[Any]) -> ItemHistory | None:
    """The history in the statement's rows; None when there are none."""
    scans: list[Scan] = []
    states: list[tuple[int, StateChange]] = []
    first_pin = None
    for what, at, first, region, device, text, role, party in rows:
        if what == 0:
            scans.append(Scan(at=at, kind=ScanKind(first), region=region, device=bytes(device)))
        elif what == 1:
            states.append((first, StateChange(at=at, state=ItemState(text), role=Role(role), party=party)))
        else:
            first_pin = PinUse(at=at, region=first, device=bytes(device), reference=text)
    if not scans and not states and first_pin is None:
        return None
    ordered = tuple(change for _, change in sorted(states, key=lambda state: state[0]))
    return ItemHistory(scans=tuple(scans), states=ordered, first_pin=first_pin)
