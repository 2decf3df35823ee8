"""Steps 2 and 3, `*.anchored` and `*.logged`: is the statement in this log, and since when (docs/spec/07)?"""

from __future__ import annotations

from typing import NamedTuple

from verifier.checks.entry import Entry
from verifier.checks.inquiry import UNANSWERED, unanswered
from verifier.encoding import to_hex
from verifier.errors import CannotCheckError, ProofError
from verifier.evidence import Item
from verifier.merkle import root_from_inclusion
from verifier.state import ChainView, Covering
from verifier.types import NodeHash
from verifier.verdict import Check, CheckId, failed, inconclusive, not_checked, passed


class Place(NamedTuple):
    """Where the view puts an index: the smallest anchor shown that covers it, or why there is none."""

    covering: Covering | None
    gap: CannotCheckError | None

    @property
    def time(self) -> int | None:
        """The entry's time T: block time of the *first* anchor that covers it (P3), unix seconds; None when not shown."""
        if self.covering is None or not self.covering.is_first:
            return None
        return self.covering.anchor.time


def find_place(view: ChainView, index: int) -> Place:
    """Ask the view which anchor first covers `index`."""
    try:
        return Place(view.covering(index), None)
    except CannotCheckError as gap:
        return Place(None, gap)


def check_anchored(view: ChainView, origin: str, place: Place, at: int | None, check: CheckId) -> Check:
    """The evidence names this deployment's log, and the view shows the first anchor that covers the entry."""
    if origin != view.origin:
        return failed(check, "another-log", origin=origin, expected=view.origin)
    if place.gap is not None:
        return unanswered(check, place.gap)
    time = place.time
    if time is None:
        return inconclusive(check, UNANSWERED, why="anchor-before-not-shown")
    if at is not None and time > at:
        return inconclusive(check, "anchored-after-at", time=time, at=at)
    return passed(check)


def check_logged(view: ChainView, origin: str, entry: Entry, place: Place, check: CheckId) -> Check:
    """The proof leads from the re-derived entry at this index to the root of the first covering anchor (RFC 9162 2.1.3).

    What can be told without the view is told without it: a proof of the wrong length fails whatever the chain says.
    """
    item = entry.item
    if origin != view.origin:
        return not_checked(check, "another-log")
    if entry.leaf is None:
        return not_checked(check, "no-entry")
    try:
        root = root_from_inclusion(item.index, item.size, entry.leaf, item.proof)
    except ProofError as error:
        return failed(check, "proof-form", rule=error.rule, index=item.index, size=item.size)
    if place.gap is not None:
        return unanswered(check, place.gap)
    return _check_root(item, root, place.covering, check)


def _check_root(item: Item, root: NodeHash, covering: Covering | None, check: CheckId) -> Check:
    if covering is None:
        return not_checked(check, "no-anchor")
    anchor = covering.anchor
    # an anchor with fewer entries already covers the index, so the size offered cannot be that of the first (B12)
    if item.size > anchor.size or (covering.is_first and item.size != anchor.size):
        return failed(check, "not-first-anchor", size=item.size, first=anchor.size, index=item.index)
    if item.size == anchor.size and root != anchor.root:
        return failed(check, "not-included", index=item.index, size=item.size, root=to_hex(anchor.root))
    if not covering.is_first:
        return inconclusive(check, UNANSWERED, why="anchor-before-not-shown")
    return passed(check)
