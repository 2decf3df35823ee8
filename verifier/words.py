"""Codecs of the packed words in contract storage (docs/spec/05).

Every word is 32 bytes, big-endian, bit 0 the lowest. The codecs are strict both ways: a reserved bit that is set, a
hole in a history or a number out of range raises `MalformedError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from verifier.contracts import FOREVER, Status
from verifier.errors import MalformedError
from verifier.types import Address, PartyId

MAX_TRANSITIONS: Final = 6
MAX_INTERVALS: Final = 3

_ZERO: Final = bytes(32)
_MASK3, _MASK7, _MASK8, _MASK32, _MASK40, _MASK64 = 7, 0x7F, 0xFF, 2**32 - 1, FOREVER, 2**64 - 1


def _number(word: bytes, place: str) -> int:
    if len(word) != 32:
        raise MalformedError("word-size", place, f"{len(word)} bytes")
    return int.from_bytes(word, "big")


def _field(value: int, bits: int, place: str) -> int:
    if not 0 <= value < 1 << bits:
        raise MalformedError("word-field-range", place, str(value))
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """`[starts_at, ends_at)` in unix seconds; a tie at either end counts against the signer."""

    starts_at: int
    ends_at: int

    def in_force_at(self, time: int) -> bool:
        """`from < T < until`."""
        return self.starts_at < time < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWord:
    """A registered key. Times in unix seconds; `compromised_since` 0 = never; `party_tag` = partyId >> 136, 15 bytes."""

    starts_at: int
    ends_at: int
    compromised_since: int
    status_ordinal: int
    purposes: int
    party_tag: bytes

    def in_force_at(self, time: int) -> bool:
        """`from < T < until`."""
        return self.starts_at < time < self.ends_at

    def compromised_at(self, time: int) -> bool:
        """Whether the key was already in a thief's hands: `0 < compromisedSince ≤ T`."""
        return 0 < self.compromised_since <= time


def party_tag(party_id: PartyId) -> bytes:
    """The first 15 bytes of a partyId, which is what a key word has room for."""
    return party_id[:15]


# key word     255                136 135      128 127 126      120 119          80 79      40 39     0
#             +----------------------+------------+---+------------+----------------+----------+--------+
#             | party tag (120)      | purposes 8 | 0 | ordinal 7  | compromised 40 | until 40 | from 40|
#             +----------------------+------------+---+------------+----------------+----------+--------+
def decode_key_word(word: bytes) -> KeyWord | None:
    """The key word, or None for the zero word (never registered). Raises MalformedError."""
    number = _number(word, "keys")
    if number == 0:
        return None
    if number >> 127 & 1:
        raise MalformedError("word-reserved-bit", "keys", "bit 127")
    key = KeyWord(
        starts_at=number & _MASK40,
        ends_at=number >> 40 & _MASK40,
        compromised_since=number >> 80 & _MASK40,
        status_ordinal=number >> 120 & _MASK7,
        purposes=number >> 128 & _MASK8,
        party_tag=word[:15],
    )
    if key.purposes == 0:
        raise MalformedError("word-impossible", "keys", "no purpose")
    return key


def encode_key_word(key: KeyWord) -> bytes:
    """The 32 bytes `decode_key_word` reads. Raises MalformedError when a number does not fit."""
    if len(key.party_tag) != 15:
        raise MalformedError("word-field-range", "keys.partyTag", f"{len(key.party_tag)} bytes")
    number = (
        _field(key.starts_at, 40, "keys.from")
        | _field(key.ends_at, 40, "keys.until") << 40
        | _field(key.compromised_since, 40, "keys.compromisedSince") << 80
        | _field(key.status_ordinal, 7, "keys.ordinal") << 120
        | _field(key.purposes, 8, "keys.purposes") << 128
        | int.from_bytes(key.party_tag, "big") << 136
    )
    return number.to_bytes(32, "big")


# grant word   255    240 239       160 159        80 79        0      each interval: until (40) ‖ from (40)
#             +----------+-------------+-------------+-----------+
#             | 0        | oldest      | older       | newest    |
#             +----------+-------------+-------------+-----------+
def decode_grant_word(word: bytes) -> tuple[Interval, ...]:
    """The intervals of a grant, newest first; empty for the zero word. Raises MalformedError."""
    number = _number(word, "grants")
    if number >> 240:
        raise MalformedError("word-reserved-bit", "grants", "bits 240-255")
    intervals: list[Interval] = []
    while number:
        starts_at, ends_at = number & _MASK40, number >> 40 & _MASK40
        if starts_at == 0:  # ended before its start is possible (from in the future, ended now); no start is not
            raise MalformedError("word-impossible", "grants", "interval without a start")
        intervals.append(Interval(starts_at=starts_at, ends_at=ends_at))
        number >>= 80
    return tuple(intervals)


def encode_grant_word(intervals: tuple[Interval, ...]) -> bytes:
    """The 32 bytes `decode_grant_word` reads; at most three intervals, newest first. Raises MalformedError."""
    if len(intervals) > MAX_INTERVALS:
        raise MalformedError("word-history-full", "grants", f"{len(intervals)} intervals")
    number = 0
    for place, interval in enumerate(intervals):
        packed = _field(interval.starts_at, 40, "grants.from") | _field(interval.ends_at, 40, "grants.until") << 40
        number |= packed << 80 * place
    return number.to_bytes(32, "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One change of status: what, by which of the lane owner's status keys (ordinal from 1), and when."""

    status: Status
    ordinal: int
    time: int


# lane word    255  252 251                              84 83         42 41               0
#             +--------+-------------------------------+-------------+------------------+
#             | 0      | oldest …                      |             | newest           |   each: time 32 ‖ ordinal 7 ‖ status 3
#             +--------+-------------------------------+-------------+------------------+
def decode_lane_word(word: bytes) -> tuple[Transition, ...]:
    """The transitions of a lane, newest first; empty for the zero word (active). Raises MalformedError."""
    if word == _ZERO:  # nearly every lane
        return ()
    number = _number(word, "lanes")
    if number >> 252:
        raise MalformedError("word-reserved-bit", "lanes", "bits 252-255")
    transitions: list[Transition] = []
    while number:
        status, ordinal, time = number & _MASK3, number >> 3 & _MASK7, number >> 10 & _MASK32
        if not 1 <= status <= 6 or ordinal == 0 or time == 0:
            raise MalformedError("word-impossible", "lanes", "transition without status, writer or time")
        if transitions and time > transitions[-1].time:
            raise MalformedError("word-impossible", "lanes", "transitions out of order")
        transitions.append(Transition(status=Status(status), ordinal=ordinal, time=time))
        number >>= 42
    return tuple(transitions)


def encode_lane_word(transitions: tuple[Transition, ...]) -> bytes:
    """The 32 bytes `decode_lane_word` reads; at most six transitions, newest first. Raises MalformedError."""
    if len(transitions) > MAX_TRANSITIONS:
        raise MalformedError("word-history-full", "lanes", f"{len(transitions)} transitions")
    number = 0
    for place, transition in enumerate(transitions):
        packed = (
            transition.status
            | _field(transition.ordinal, 7, "lanes.ordinal") << 3
            | _field(transition.time, 32, "lanes.time") << 10
        )
        number |= packed << 42 * place
    return number.to_bytes(32, "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """AnchorLog.latest: number of anchors so far, and size and block time of the last one (all 0: none yet).

    retired: the log is closed for good; what it anchored stays good, and `successor` names the log that follows.
    """

    seq: int
    size: int
    time: int
    retired: bool = False


# latest       255   193 192       191   128 127    64 63     0
#             +---------+---------+---------+---------+--------+
#             | 0       | retired | time 64 | size 64 | seq 64 |
#             +---------+---------+---------+---------+--------+
def decode_latest(word: bytes) -> Latest:
    """AnchorLog's slot 1. Raises MalformedError."""
    number = _number(word, "latest")
    if number >> 193:
        raise MalformedError("word-reserved-bit", "latest", "bits 193-255")
    return Latest(
        seq=number & _MASK64,
        size=number >> 64 & _MASK64,
        time=number >> 128 & _MASK64,
        retired=bool(number >> 192),
    )


def encode_latest(latest: Latest) -> bytes:
    """The 32 bytes `decode_latest` reads. Raises MalformedError when a number does not fit."""
    number = (
        _field(latest.seq, 64, "latest.seq")
        | _field(latest.size, 64, "latest.size") << 64
        | _field(latest.time, 64, "latest.time") << 128
        | int(latest.retired) << 192
    )
    return number.to_bytes(32, "big")


def decode_log_key_word(word: bytes) -> Interval | None:
    """TrustRegistry.logKeys: bits 0-39 from, 40-79 until; None for the zero word. Raises MalformedError."""
    number = _number(word, "logKeys")
    if number >> 80:
        raise MalformedError("word-reserved-bit", "logKeys", "bits 80-255")
    if number == 0:
        return None
    return Interval(starts_at=number & _MASK40, ends_at=number >> 40)


def encode_log_key_word(interval: Interval) -> bytes:
    """The 32 bytes `decode_log_key_word` reads. Raises MalformedError when a number does not fit."""
    number = _field(interval.starts_at, 40, "logKeys.from") | _field(interval.ends_at, 40, "logKeys.until") << 40
    return number.to_bytes(32, "big")


def decode_address_word(word: bytes, place: str) -> Address | None:
    """A word that holds an address (statusKeys, AnchorLog.successor); None for zero. Raises MalformedError."""
    if _number(word, place) >> 160:
        raise MalformedError("word-reserved-bit", place, "bits 160-255")
    return Address(word[12:]) if any(word) else None
