"""Finding the first anchor that covers an entry, among candidate preimages that nobody vouches for.

AnchorLog keeps one hash per anchor, so a candidate is either exactly right or dropped. `size` rises with `seq`: the first
anchor that covers an index is found by bisection over the candidates, and its neighbour `seq − 1` shows that none before it
does (docs/spec/06).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable

from verifier.contracts import anchor_digest
from verifier.deployment import Deployment
from verifier.questions import anchor_word
from verifier.rpc.fetcher import StateFetcher
from verifier.snapshot import Anchor

MAX_ROUNDS = 64
"""Each round drops at least one wrong candidate; a source with more of them than this is given up."""


class AnchorBook:
    """Anchors whose hash the chain confirms, at the fetcher's block."""

    def __init__(self, fetcher: StateFetcher, deployment: Deployment) -> None:
        self._fetcher = fetcher
        self._deployment = deployment
        self._confirmed: dict[int, Anchor] = {}

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """Those confirmed so far, by rising sequence number."""
        return tuple(self._confirmed[seq] for seq in sorted(self._confirmed))

    def uncovered(self, indices: Collection[int]) -> tuple[int, ...]:
        """The indices for which no confirmed pair of neighbours shows the first covering anchor."""
        anchors = self.anchors
        sizes = [anchor.size for anchor in anchors]
        return tuple(index for index in indices if not self._bracketed(anchors, bisect_right(sizes, index), index))

    def search(self, candidates: Iterable[Anchor], indices: Collection[int]) -> None:
        """Confirm what is needed of these candidates to bracket the indices; wrong ones are dropped, not reported.

        Raises:
            EndpointError: the proofs of anchor words cannot be fetched.
        """
        pool = {candidate for candidate in candidates if candidate.seq > 0}
        for _ in range(MAX_ROUNDS):
            wanted = self._wanted(pool, self.uncovered(indices))
            if not wanted:
                return
            self._fetcher.load(anchor_word(anchor.seq, self._deployment) for anchor in wanted)
            refuted = {anchor for anchor in wanted if not self._confirm(anchor)}
            pool -= refuted
            if not refuted:
                return

    def _wanted(self, pool: set[Anchor], indices: Collection[int]) -> set[Anchor]:
        """The covering candidate of each index and its predecessor, as far as they are not yet confirmed."""
        ordered = sorted(pool, key=lambda anchor: (anchor.size, anchor.seq))
        sizes = [anchor.size for anchor in ordered]
        by_seq: dict[int, list[Anchor]] = {}
        for anchor in ordered:
            by_seq.setdefault(anchor.seq, []).append(anchor)
        wanted: set[Anchor] = set()
        for index in indices:
            place = bisect_right(sizes, index)
            if place < len(ordered):
                wanted.add(ordered[place])
                wanted.update(by_seq.get(ordered[place].seq - 1, ()))
        return {anchor for anchor in wanted if self._confirmed.get(anchor.seq) != anchor}

    def _confirm(self, anchor: Anchor) -> bool:
        word = self._fetcher.word(anchor_word(anchor.seq, self._deployment))
        if word != anchor_digest(anchor.size, anchor.root, anchor.time):
            return False
        self._confirmed[anchor.seq] = anchor
        return True

    def _bracketed(self, anchors: tuple[Anchor, ...], place: int, index: int) -> bool:
        if place == len(anchors):
            return False
        seq = anchors[place].seq
        before = self._confirmed.get(seq - 1)
        return seq == 1 or (before is not None and before.size <= index)
