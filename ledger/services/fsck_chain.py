"""Holding the anchors kept here against the words of AnchorLog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger.chain.anchor_log import AnchorLogReader, anchor_word
from ledger.domain.chain import BlockRef
from ledger.domain.findings import Finding, FindingCode
from verifier.snapshot import Anchor


def compare_anchors(anchors: Sequence[Anchor], log: AnchorLogReader, block: BlockRef) -> Iterator[Finding]:
    """Findings about anchors kept here that the chain does not have under `block`, or has and we do not know.

    Every word is read, the latest word included; what fsck then compares with the tree is what the chain holds.
    Raises ChainUnavailableError, BlockUnknownError.
    """
    head = log.head(block)
    for anchor in anchors:
        place = f"anchor {anchor.seq}"
        if anchor.seq > head.seq:
            detail = f"the chain's latest is {head.seq}"
            yield Finding(code=FindingCode.ANCHOR_NOT_ON_CHAIN, place=place, detail=detail)
        elif log.word(anchor.seq, block) != anchor_word(anchor):
            detail = "its size, root and time do not give the chain's word"
            yield Finding(code=FindingCode.ANCHOR_NOT_ON_CHAIN, place=place, detail=detail)
    known = {anchor.seq for anchor in anchors}
    for seq in range(1, head.seq + 1):
        if seq not in known:
            detail = "on the chain, and what it covers is not kept here"
            yield Finding(code=FindingCode.ANCHOR_UNKNOWN_HERE, place=f"anchor {seq}", detail=detail)
