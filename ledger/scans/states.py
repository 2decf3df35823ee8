"""How an item goes from state to state, and who may say so.

issued ──▶ sold ⇄ returned      consumed, recalled: from any of these; consumed may still be recalled
recalled ──▶ returned | sold    once it was put right; a regulator's recall is lifted by a regulator only
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ledger.domain.scan_errors import NotEntitledError, TransitionError
from ledger.domain.scans import Actor, IssuedItem, ItemHistory, ItemState, Role, StateChange

TRANSITIONS: Final[Mapping[ItemState, frozenset[ItemState]]] = {
    ItemState.ISSUED: frozenset({ItemState.SOLD, ItemState.CONSUMED, ItemState.RECALLED}),
    ItemState.SOLD: frozenset({ItemState.RETURNED, ItemState.CONSUMED, ItemState.RECALLED}),
    ItemState.RETURNED: frozenset({ItemState.SOLD, ItemState.CONSUMED, ItemState.RECALLED}),
    ItemState.CONSUMED: frozenset({ItemState.RECALLED}),
    ItemState.RECALLED: frozenset({ItemState.RETURNED, ItemState.SOLD}),
}
ENTITLED: Final[Mapping[Role, frozenset[ItemState]]] = {
    Role.ENTERPRISE: frozenset({ItemState.SOLD, ItemState.RETURNED, ItemState.CONSUMED, ItemState.RECALLED}),
    Role.POINTS_PLATFORM: frozenset({ItemState.CONSUMED}),
    Role.REGULATOR: frozenset({ItemState.RECALLED, ItemState.RETURNED, ItemState.SOLD}),
}


def current_state(states: Sequence[StateChange]) -> ItemState:
    """The last state recorded, issued when there is none."""
    return states[-1].state if states else ItemState.ISSUED


def require_transition(issued: IssuedItem, history: ItemHistory, wanted: ItemState, actor: Actor) -> None:
    """Refuse what this actor may not record of this item now.

    Raises:
        NotEntitledError: another role's, another enterprise's, or a platform's that has not seen the item's PIN.
        TransitionError: the item does not go there from where it is.
    """
    if wanted not in ENTITLED[actor.role]:
        raise NotEntitledError(actor.role, wanted, "that state is for others to record")
    if actor.role is Role.ENTERPRISE and actor.party != issued.issuer:
        raise NotEntitledError(actor.role, wanted, "the labels are another enterprise's")
    if actor.role is Role.POINTS_PLATFORM and history.first_pin is None:
        raise NotEntitledError(actor.role, wanted, "the item's PIN has not been used")
    found = current_state(history.states)
    last = history.states[-1] if history.states else None
    if last is not None and last.state is ItemState.RECALLED:
        by_regulator = last.role is Role.REGULATOR
        if by_regulator != (actor.role is Role.REGULATOR):
            raise NotEntitledError(actor.role, wanted, f"the recall is the {last.role}'s")
    if wanted not in TRANSITIONS[found]:
        raise TransitionError(found, wanted)
