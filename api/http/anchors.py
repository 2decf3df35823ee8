"""Anchors as the service shows them to the snapshot builder."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ledger.services.anchored import AnchorIndex
from verifier.snapshot import Anchor, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfHints:
    """`verifier.rpc.hints.Hints` from the operator's own journal and profiles: candidates, checked against the chain."""

    shelf: AnchorIndex
    known: Collection[Profile] = ()

    def anchors(self, indices: Collection[int]) -> Iterable[Anchor]:
        """The anchors around the indices."""
        return self.shelf.around(indices)

    def profiles(self, parties: Collection[str]) -> Iterable[Profile]:
        """Those of the parties asked for."""
        return [profile for profile in self.known if profile.party in parties]
