"""Packed words: round trips, and every way a word can be refused. Bits as docs/spec/05 draws them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier import words
from verifier.contracts import FOREVER, Status
from verifier.errors import MalformedError
from verifier.words import Interval, KeyWord, Latest, Transition

TIME = st.integers(0, FOREVER)


def test_key_word_bits() -> None:
    number = 1000 | 2000 << 40 | 1500 << 80 | 7 << 120 | 40 << 128 | int.from_bytes(b"\xab" * 15, "big") << 136
    key = words.decode_key_word(number.to_bytes(32, "big"))
    assert key == KeyWord(
        starts_at=1000, ends_at=2000, compromised_since=1500, status_ordinal=7, purposes=40, party_tag=b"\xab" * 15
    )


@given(
    st.builds(
        KeyWord, starts_at=TIME, ends_at=TIME, compromised_since=TIME, status_ordinal=st.integers(0, 127),
        purposes=st.integers(1, 255), party_tag=st.binary(min_size=15, max_size=15),
    )
)  # fmt: skip
def test_key_word_round_trip(key: KeyWord) -> None:
    assert words.decode_key_word(words.encode_key_word(key)) == key


@given(st.lists(st.builds(Interval, starts_at=st.integers(1, FOREVER), ends_at=TIME), max_size=3))
def test_grant_word_round_trip(intervals: list[Interval]) -> None:
    assert words.decode_grant_word(words.encode_grant_word(tuple(intervals))) == tuple(intervals)


@given(
    st.lists(
        st.builds(
            Transition, status=st.sampled_from(Status), ordinal=st.integers(1, 127), time=st.integers(1, 2**32 - 1)
        ),
        max_size=6,
    )
)
def test_lane_word_round_trip(transitions: list[Transition]) -> None:
    newest_first = tuple(sorted(transitions, key=lambda transition: -transition.time))
    assert words.decode_lane_word(words.encode_lane_word(newest_first)) == newest_first


@given(
    st.builds(
        Latest,
        seq=st.integers(0, 2**64 - 1),
        size=st.integers(0, 2**64 - 1),
        time=st.integers(0, 2**64 - 1),
        retired=st.booleans(),
    )
)
def test_latest_round_trip(latest: Latest) -> None:
    assert words.decode_latest(words.encode_latest(latest)) == latest


def test_zero_words_say_nothing() -> None:
    zero = bytes(32)
    assert words.decode_key_word(zero) is None
    assert words.decode_grant_word(zero) == ()
    assert words.decode_lane_word(zero) == ()
    assert words.decode_log_key_word(zero) is None
    assert words.decode_address_word(zero, "x") is None


@pytest.mark.parametrize(
    ("decode", "number"),
    [
        pytest.param(words.decode_key_word, 1 << 127 | 1 << 128, id="key-bit-127"),
        pytest.param(words.decode_key_word, 5, id="key-without-purpose"),
        pytest.param(words.decode_grant_word, 1 << 240, id="grant-bit-240"),
        pytest.param(words.decode_grant_word, (1 | 2 << 40) << 80, id="grant-hole"),
        pytest.param(words.decode_grant_word, 2 << 40, id="grant-without-start"),
        pytest.param(words.decode_lane_word, 1 << 252, id="lane-bit-252"),
        pytest.param(words.decode_lane_word, 7 | 1 << 3 | 1 << 10, id="lane-status-7"),
        pytest.param(words.decode_lane_word, 1 | 1 << 10, id="lane-without-writer"),
        pytest.param(words.decode_lane_word, (1 | 1 << 3 | 1 << 10) << 42, id="lane-hole"),
        pytest.param(words.decode_lane_word, (1 | 1 << 3 | 1 << 10) | (1 | 1 << 3 | 2 << 10) << 42, id="lane-order"),
        pytest.param(words.decode_latest, 1 << 193, id="latest-bit-193"),
        pytest.param(words.decode_log_key_word, 1 << 80, id="log-key-bit-80"),
    ],
)
def test_refused(decode, number: int) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(MalformedError):
        decode(number.to_bytes(32, "big"))


def test_too_much_does_not_fit() -> None:
    with pytest.raises(MalformedError):
        words.encode_grant_word((Interval(starts_at=1, ends_at=2),) * 4)
    with pytest.raises(MalformedError):
        words.encode_lane_word((Transition(status=Status.ACTIVE, ordinal=1, time=1),) * 7)
    with pytest.raises(MalformedError):
        words.encode_log_key_word(Interval(starts_at=-1, ends_at=2))


def test_a_tie_counts_against_the_signer() -> None:
    interval = Interval(starts_at=10, ends_at=20)
    assert [interval.in_force_at(time) for time in (10, 11, 19, 20)] == [False, True, True, False]
