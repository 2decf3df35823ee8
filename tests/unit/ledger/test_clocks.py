"""The clock that promises are dated by: what it believes when the wall jumps, back and forth, once and again."""

from __future__ import annotations

import pytest

from ledger.domain.errors import ClockJumpedError
from ledger.services.clocks import SETTLING_SECONDS, TOLERANCE_SECONDS, SteadyClock
from tests.support.ledger import NOW, OwnedClock

TOLERATED = int(TOLERANCE_SECONDS)
SETTLING = int(SETTLING_SECONDS)


@pytest.fixture
def wall() -> OwnedClock:
    return OwnedClock()


@pytest.fixture
def steady(wall: OwnedClock) -> SteadyClock:
    return SteadyClock(wall)


def refused(steady: SteadyClock) -> ClockJumpedError:
    with pytest.raises(ClockJumpedError) as caught:
        steady.read()
    return caught.value


def test_time_that_passes_is_read(steady: SteadyClock, wall: OwnedClock) -> None:
    assert steady.read() == NOW
    wall.pass_time(86_400)  # a night without a submission
    assert steady.read() == NOW + 86_400


@pytest.mark.parametrize("jump", [TOLERATED, -TOLERATED, 1, -1])
def test_a_correction_within_two_minutes_is_followed(steady: SteadyClock, wall: OwnedClock, jump: int) -> None:
    wall.jump(jump)
    assert steady.read() == NOW + jump


@pytest.mark.parametrize("jump", [TOLERATED + 1, -TOLERATED - 1, 3 * 365 * 86_400, -3 * 365 * 86_400])
def test_a_jump_is_refused_with_its_size_and_how_long_to_wait(steady: SteadyClock, wall: OwnedClock, jump: int) -> None:
    wall.jump(jump)
    error = refused(steady)
    assert error.code == "ledger.clock-jumped"
    assert error.retry_after == SETTLING
    wall.pass_time(20)
    assert refused(steady).retry_after == SETTLING - 20


@pytest.mark.parametrize("jump", [3_600, -3_600])
def test_a_clock_that_keeps_to_its_new_time_is_believed_after_a_minute(
    steady: SteadyClock, wall: OwnedClock, jump: int
) -> None:
    wall.jump(jump)
    refused(steady)
    wall.pass_time(SETTLING - 1)
    refused(steady)
    wall.pass_time(1)
    assert steady.read() == NOW + jump + SETTLING
    wall.jump(-jump)  # the new time is the measure now: back again is a jump
    refused(steady)


@pytest.mark.parametrize("jump", [3_600, -3_600])
def test_back_to_where_it_was_is_believed_at_once(steady: SteadyClock, wall: OwnedClock, jump: int) -> None:
    wall.jump(jump)
    refused(steady)
    wall.pass_time(30)
    wall.jump(-jump)
    assert steady.read() == NOW + 30
    wall.jump(jump)  # the half minute of before counts for nothing
    assert refused(steady).retry_after == SETTLING


def test_a_clock_that_jumps_back_and_forth_is_never_believed(steady: SteadyClock, wall: OwnedClock) -> None:
    stands = 0
    for round_ in range(1, 11):
        wanted = 3_600 * (round_ if round_ % 2 else -round_)
        wall.jump(wanted - stands)
        stands = wanted
        assert refused(steady).retry_after == SETTLING
        wall.pass_time(SETTLING - 1)
        assert refused(steady).retry_after == 1


def test_small_corrections_do_not_add_up_to_a_jump(steady: SteadyClock, wall: OwnedClock) -> None:
    for day in range(1, 200):
        wall.pass_time(86_400)
        wall.jump(5)
        assert steady.read() == NOW + day * 86_405
