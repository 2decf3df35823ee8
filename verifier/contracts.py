"""The storage layout of the three contracts (docs/spec/05): what lives in which slot. The words are in `words.py`.

The layout is the protocol: the verifier reads these words by Merkle-Patricia proof and asks the contracts nothing.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from typing import Final

from verifier.hashing import keccak256
from verifier.types import Address, PartyId

FOREVER: Final = 2**40 - 1
REGULATORS: Final = PartyId(keccak256(b"regulators"))
NO_SCOPE: Final = bytes(32)
_MODEL: Final = "8013:"  # before a GMN where a product is one word (docs/spec/08)


class Purpose(IntEnum):
    """What a key may do, one bit each (docs/spec/05, Purposes)."""

    REGULATOR = 1
    SEQUENCER = 2
    FOOTPRINT = 4
    CERTIFICATE = 8
    LABELS = 16
    STATUS = 32
    ADMIN = 64
    RULE = 128


class Status(IntEnum):
    """Status of a subject as written in a lane; 3 to 6 are terminal."""

    ACTIVE = 1
    SUSPENDED = 2
    WITHDRAWN = 3
    CANCELLED = 4
    SUPERSEDED_LABELS_GOOD = 5
    SUPERSEDED_LABELS_VOID = 6

    @property
    def is_terminal(self) -> bool:
        """Whether no further transition may follow in the same lane."""
        return self >= Status.WITHDRAWN


class TrustSlot(IntEnum):
    """Slots of TrustRegistry (0 and 1 belong to OpenZeppelin's EIP712)."""

    PARTIES = 2
    KEYS = 3
    GRANTS = 4
    LOG_KEYS = 5
    PARTY_SUCCESSORS = 6
    STATUS_KEYS = 7
    STATUS_KEY_COUNTS = 8
    CONSENTS = 9


class StatusSlot(IntEnum):
    """Slots of StatusRegistry (0 and 1 belong to OpenZeppelin's EIP712)."""

    LANES = 2
    SUCCESSORS = 3


class AnchorSlot(IntEnum):
    """Slots of AnchorLog."""

    ANCHORS = 0
    LATEST = 1
    SUCCESSOR = 2


# ---------------------------------------------------------------- slots


def plain_slot(slot: int) -> bytes:
    """The 32-byte key of a plain (unmapped) slot."""
    return slot.to_bytes(32, "big")


_SLOT32: Final = tuple(plain_slot(number) for number in range(10))

_LANES: Final = _SLOT32[StatusSlot.LANES]
_ANCHORS: Final = _SLOT32[AnchorSlot.ANCHORS]


def mapping_slot(key: bytes, slot: int) -> bytes:
    """`keccak256(key32 ‖ slot32)`, Solidity's place of `mapping[key]`; `key` is exactly 32 bytes."""
    return keccak256(key + _SLOT32[slot])


def _word_of(address: Address) -> bytes:
    return bytes(12) + address


@lru_cache(maxsize=1024)
def scope_of(text: str) -> bytes:
    """A grant's 32-byte scope: zero for the empty text, else keccak256 of its UTF-8."""
    return keccak256(text.encode()) if text else NO_SCOPE


def gs1_scopes(product: str) -> tuple[bytes, ...]:
    """The scopes of which one is to be granted for labels of a product: its GS1 prefixes of 4 to 12 digits.

    product: 14 digits, of which the first tells the packing level and belongs to no prefix (GS1 General Specifications, 3.3.2); or
    `8013:` and a GMN, whose prefix is the digits it begins with.
    """
    if not product.startswith(_MODEL):
        return tuple(scope_of(f"gs1:{product[1 : 1 + length]}") for length in range(4, 13))
    digits = re.match("[0-9]*", product.removeprefix(_MODEL))
    known = "" if digits is None else digits.group()
    return tuple(scope_of(f"gs1:{known[:length]}") for length in range(4, min(12, len(known)) + 1))


def party_slot(party_id: PartyId) -> bytes:
    """TrustRegistry.parties[partyId]."""
    return mapping_slot(party_id, TrustSlot.PARTIES)


def key_slot(address: Address) -> bytes:
    """TrustRegistry.keys[address]."""
    return mapping_slot(_word_of(address), TrustSlot.KEYS)


def grant_slot(party_id: PartyId, purpose: int, scope: bytes) -> bytes:
    """TrustRegistry.grants[keccak256(abi.encode(partyId, uint256 purpose, bytes32 scope))]."""
    return mapping_slot(keccak256(party_id + purpose.to_bytes(32, "big") + scope), TrustSlot.GRANTS)


def log_key_slot(ed25519_key: bytes) -> bytes:
    """TrustRegistry.logKeys[32-byte Ed25519 public key]."""
    return mapping_slot(ed25519_key, TrustSlot.LOG_KEYS)


def party_successor_slot(party_id: PartyId) -> bytes:
    """TrustRegistry.partySuccessors[partyId]."""
    return mapping_slot(party_id, TrustSlot.PARTY_SUCCESSORS)


def status_key_slot(owner: PartyId, ordinal: int) -> bytes:
    """TrustRegistry.statusKeys[lane owner][uint256 ordinal]."""
    return keccak256(ordinal.to_bytes(32, "big") + mapping_slot(owner, TrustSlot.STATUS_KEYS))


def status_key_count_slot(owner: PartyId) -> bytes:
    """TrustRegistry.statusKeyCounts[lane owner]."""
    return mapping_slot(owner, TrustSlot.STATUS_KEY_COUNTS)


def consent_slot(address: Address) -> bytes:
    """TrustRegistry.consents[address]."""
    return mapping_slot(_word_of(address), TrustSlot.CONSENTS)


def lane_key(owner: PartyId, subject: bytes) -> bytes:
    """`keccak256(abi.encode(bytes32 owner, bytes32 subject))`: the key of both mappings of StatusRegistry."""
    return keccak256(owner + subject)


def lane_slot(owner: PartyId, subject: bytes) -> bytes:
    """StatusRegistry.lanes[lane key]."""
    return keccak256(keccak256(owner + subject) + _LANES)  # as drawn in docs/spec/05; asked six times a statement


def successor_slot(owner: PartyId, subject: bytes) -> bytes:
    """StatusRegistry.successors[lane key]."""
    return mapping_slot(lane_key(owner, subject), StatusSlot.SUCCESSORS)


def anchor_slot(seq: int) -> bytes:
    """AnchorLog.anchors[uint256 seq]."""
    return keccak256(seq.to_bytes(32, "big") + _ANCHORS)


def anchor_digest(size: int, root: bytes, time: int) -> bytes:
    """The word of an anchor: `keccak256(abi.encode(uint256 size, bytes32 root, uint256 time))`."""
    return keccak256(size.to_bytes(32, "big") + root + time.to_bytes(32, "big"))
