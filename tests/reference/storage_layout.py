"""The contracts' storage once more, naively, from docs/spec/05 and Solidity's "Layout of State Variables in Storage".

Nothing of `verifier` is used: slots come from eth_abi and eth_utils, words are built as strings of bits, left to right as
a reader would write them down. Only tests use it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eth_abi import encode
from eth_utils import keccak

FOREVER = 2**40 - 1
REGULATORS = keccak(text="regulators")
# Variable -> slot, by contract.
TRUST = {
    "parties": 2,
    "keys": 3,
    "grants": 4,
    "logKeys": 5,
    "partySuccessors": 6,
    "statusKeys": 7,
    "statusKeyCounts": 8,
    "consents": 9,
}
STATUS = {"lanes": 2, "successors": 3}
ANCHOR_LOG = {"anchors": 0, "latest": 1, "successor": 2}


def mapping_slot(key_type: str, key: Any, slot: bytes | int) -> bytes:
    """keccak256(h(k) . p) of the Solidity documentation, for value types."""
    at = slot if isinstance(slot, bytes) else slot.to_bytes(32, "big")
    return keccak(encode([key_type], [key]) + at)


def bits(*fields: tuple[int, int]) -> bytes:
    """A 256-bit word from (value, width) pairs, highest bits first."""
    text = ""
    for value, width in fields:
        digits = f"{value:b}".zfill(width)
        if len(digits) != width:
            raise ValueError(f"{value} does not fit {width} bits")
        text += digits
    if len(text) != 256:
        raise ValueError(f"{len(text)} bits")
    return int(text, 2).to_bytes(32, "big")


def word_of(value: int) -> bytes:
    return bits((value, 256))


@dataclass
class KeyRecord:
    """A key as a person would write it on a card."""

    party: bytes
    purposes: int
    start: int
    end: int
    ordinal: int = 0
    compromised_since: int = 0

    def word(self) -> bytes:
        tag = int.from_bytes(self.party[:15], "big")
        return bits(
            (tag, 120),
            (self.purposes, 8),
            (0, 1),
            (self.ordinal, 7),
            (self.compromised_since, 40),
            (self.end, 40),
            (self.start, 40),
        )


def grant_word(intervals: list[tuple[int, int]]) -> bytes:
    """Intervals (from, until), oldest first."""
    padded = [(0, 0)] * (3 - len(intervals)) + intervals
    return bits((0, 16), *[pair for start, end in padded for pair in ((end, 40), (start, 40))])


def lane_word(transitions: list[tuple[int, int, int]]) -> bytes:
    """Transitions (status, writer's ordinal, time), oldest first."""
    padded = [(0, 0, 0)] * (6 - len(transitions)) + transitions
    return bits((0, 4), *[pair for status, writer, time in padded for pair in ((time, 32), (writer, 7), (status, 3))])


@dataclass
class Storage:
    """What every word of one contract should be: slot -> 32 bytes."""

    words: dict[bytes, bytes] = field(default_factory=dict)

    def put(self, slot: bytes | int, word: bytes) -> None:
        self.words[slot if isinstance(slot, bytes) else slot.to_bytes(32, "big")] = word


def grant_slot(party: bytes, purpose: int, scope: bytes) -> bytes:
    key = keccak(encode(["bytes32", "uint256", "bytes32"], [party, purpose, scope]))
    return mapping_slot("bytes32", key, TRUST["grants"])


def lane_slot(owner: bytes, subject: bytes, variable: str = "lanes") -> bytes:
    return mapping_slot("bytes32", keccak(encode(["bytes32", "bytes32"], [owner, subject])), STATUS[variable])


def status_key_slot(owner: bytes, ordinal: int) -> bytes:
    return mapping_slot("uint256", ordinal, mapping_slot("bytes32", owner, TRUST["statusKeys"]))


def anchor_word(size: int, root: bytes, time: int) -> bytes:
    return keccak(encode(["uint256", "bytes32", "uint256"], [size, root, time]))


def latest_word(seq: int, size: int, time: int, *, retired: bool = False) -> bytes:
    return bits((0, 63), (int(retired), 1), (time, 64), (size, 64), (seq, 64))
