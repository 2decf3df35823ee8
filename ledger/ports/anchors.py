"""What has been anchored, as fsck, evidence and the sequencer read it. The anchorer's side implements it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from verifier.snapshot import Anchor


class AnchorHistory(Protocol):
    """The anchors on the chain."""

    def anchors(self, after: int = 0) -> Sequence[Anchor]:
        """Anchors with seq > after as the chain has them now, in order, without a gap: a reorganisation may take the
        newest away again.

        Raises:
            BackpressureError: they cannot be read now.
        """
        ...
