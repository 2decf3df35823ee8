"""AnchorLog as storage words and one call (docs/spec/05). Reads are at a block hash, so all parts agree.

The contract's functions are never asked: the words are the protocol, the verifier proves the same ones, and a node that
answers an `eth_call` wrongly would not be caught.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.chain.abi import encode_call
from ledger.domain.chain import AnchorHead, BlockRef
from ledger.domain.chain_errors import BlockUnknownError
from ledger.ports.chain import ChainReader
from verifier import contracts, words
from verifier.hashing import keccak256
from verifier.snapshot import Anchor
from verifier.types import Address, NodeHash

ANCHOR_CALL: Final = "anchor(bytes32,uint64,bytes32,bytes32[])"
ANCHORED_TOPIC: Final = keccak256(b"Anchored(uint64,uint64,bytes32,uint64)")
MAX_GROWTH: Final = 1 << 24  # AnchorLog.MAX_GROWTH


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorLogReader:
    """Reads one AnchorLog. Methods raise what `ChainReader.storage` raises, and MalformedError for impossible words."""

    chain: ChainReader
    address: Address

    def head(self, block: BlockRef) -> AnchorHead:
        """The newest anchor under a block (seq 0: none).

        Raises BlockUnknownError when the node answers from two states: one transaction writes `latest` and its anchor.
        """
        latest = words.decode_latest(self._word(contracts.plain_slot(contracts.AnchorSlot.LATEST), block))
        word = self.word(latest.seq, block) if latest.seq else bytes(32)
        if latest.seq and not any(word):
            raise BlockUnknownError(f"0x{block.hash.hex()}")
        return AnchorHead(seq=latest.seq, size=latest.size, time=latest.time, word=word)

    def word(self, seq: int, block: BlockRef) -> bytes:
        """`anchors[seq]` under a block, zero when there is none."""
        return self._word(contracts.anchor_slot(seq), block)

    def successor(self, block: BlockRef) -> Address | None:
        """The AnchorLog that follows, once this one is retired."""
        word = self._word(contracts.plain_slot(contracts.AnchorSlot.SUCCESSOR), block)
        return words.decode_address_word(word, "successor")

    def events(self, first: int, last: int) -> list[Anchor]:
        """What `Anchored` events claim, as far as the node still has them: candidates, to be checked against words."""
        found: list[Anchor] = []
        for record in self.chain.logs(self.address, ANCHORED_TOPIC, first, last):
            if len(record.topics) == 2 and len(record.data) == 96:
                size, root, time = record.data[:32], record.data[32:64], record.data[64:]
                number = int.from_bytes
                anchor = Anchor(
                    seq=number(record.topics[1], "big"),
                    size=number(size, "big"),
                    root=NodeHash(root),
                    time=number(time, "big"),
                )
                found.append(anchor)
        return found

    def _word(self, slot: bytes, block: BlockRef) -> bytes:
        return self.chain.storage(self.address, slot, block.hash)


def encode_anchor(*, old_root: bytes, new_size: int, new_root: bytes, proof: list[bytes]) -> bytes:
    """Call data of `anchor`. Raises AbiError when a hash is not 32 bytes."""
    return encode_call(ANCHOR_CALL, old_root, new_size, new_root, proof)


def anchor_word(anchor: Anchor) -> bytes:
    """The storage word an anchor's preimage gives."""
    return contracts.anchor_digest(anchor.size, anchor.root, anchor.time)
